-- The first day of the month or quarter that a count covers: the beginning of its history.
ALTER TABLE core.platform_count ADD COLUMN covers_from DATE;
ALTER TABLE core.procedure_count ADD COLUMN covers_from DATE;
ALTER TABLE core.sector_count ADD COLUMN covers_from DATE;
ALTER TABLE core.land_count ADD COLUMN covers_from DATE;
UPDATE core.platform_count SET covers_from = CAST(date_trunc('month', counted_on) AS DATE);
UPDATE core.procedure_count SET covers_from = CAST(date_trunc('month', counted_on) AS DATE);
UPDATE core.sector_count SET covers_from = CAST(date_trunc('month', counted_on) AS DATE);
UPDATE core.land_count SET covers_from = CAST(date_trunc('quarter', counted_on) AS DATE);
