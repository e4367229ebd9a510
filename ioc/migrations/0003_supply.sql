-- How well sources keep their covenant: what came when, what passed, what was owed. Facts, never judgements: the four
-- scores (right, complete, clean, alive) are indicators of the catalogue over these tables.
-- `unit_code` is the dataset as a measured unit (src.<source>.<dataset>), `source_code` its parent (src.<source>).

CREATE TABLE ops.reach (                -- the moments at which a dataset came past another full hour; only ever appended
  source VARCHAR, dataset VARCHAR, through_at TIMESTAMP, reached_at TIMESTAMP, run_id VARCHAR
);
CREATE TABLE ops.delivery (             -- one row per part (local day, or hour) that was owed or came
  unit_code VARCHAR, source_code VARCHAR, source VARCHAR, dataset VARCHAR,
  part_ends_at TIMESTAMP, due_at TIMESTAMP, due_on DATE,       -- due: with the grace of the covenant
  arrived_at TIMESTAMP,                                        -- NULL: not yet
  is_on_time BOOLEAN, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE ops.supply_day (           -- one row per dataset and local day on which something came
  unit_code VARCHAR, source_code VARCHAR, source VARCHAR, dataset VARCHAR, supplied_on DATE,
  batch_count BIGINT, batch_passed BIGINT, rows_in BIGINT, rows_good BIGINT, rows_refused BIGINT, rows_duplicate BIGINT,
  load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE ops.coverage (             -- one row per month and unit or field the covenant names
  unit_code VARCHAR, source_code VARCHAR, source VARCHAR, dataset VARCHAR, covered_on DATE,
  item_kind VARCHAR,                                           -- unit | field
  item_code VARCHAR, is_reported BOOLEAN, load_id VARCHAR, known_at TIMESTAMP
);
CREATE TABLE ops.covenant (             -- the covenant in force, as the machine reads it (JSON)
  source VARCHAR, body VARCHAR, known_at TIMESTAMP
);
CREATE TABLE ops.grace (                -- declared reporting grace of cut-off units (storm, flood)
  grace_id VARCHAR, unit_code VARCHAR, from_on DATE, to_on DATE, reason VARCHAR, declared_by VARCHAR, declared_at TIMESTAMP
);
ALTER TABLE core.report_submission ADD COLUMN is_excused BOOLEAN;   -- TRUE: due within a declared grace of its unit; else NULL
