-- When a record that was changed since had first come: tells late records from corrected ones in the restatement ledger.
-- NULL: the record never changed, so `known_at` is its first landing too. Kept by the merge, never brought by a source.
ALTER TABLE core.dossier ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.rating ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.portal_dossier ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.report_submission ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.report_value ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.field_report ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.traffic_flow ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.task ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.assessment ADD COLUMN first_known_at TIMESTAMP;
ALTER TABLE core.system_count ADD COLUMN first_known_at TIMESTAMP;
