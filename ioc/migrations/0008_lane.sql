-- What came beside the live schedule, what the sources deleted, and how their days compare with ours.
ALTER TABLE ops.load_ledger ADD COLUMN lane VARCHAR;   -- NULL or live; backfill, reconcile: the state of the source did not move
CREATE TABLE ops.tombstone (             -- a row that was removed because the source deleted it
  source VARCHAR, dataset VARCHAR, table_name VARCHAR,
  key_text VARCHAR,                      -- the values of the key, joined by the unit separator
  gone_order TIMESTAMP,                  -- an older version of the row that comes late stays out; NULL: any version may come back
  load_id VARCHAR, gone_at TIMESTAMP
);
CREATE TABLE ops.reconciliation (        -- one row per day and measure that was compared with the source
  source VARCHAR, dataset VARCHAR, day DATE, measure VARCHAR,     -- rows, or the column that was summed
  source_value DOUBLE, core_value DOUBLE, is_equal BOOLEAN, checked_at TIMESTAMP
);
