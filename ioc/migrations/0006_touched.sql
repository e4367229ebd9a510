-- What a measurement rests on, so that the next one repeats only what changed.

-- Cells whose rows changed since the last measurement: written by the merge, removed by the measurement.
CREATE TABLE ops.touched (
  table_name VARCHAR,              -- core.dossier ...
  column_name VARCHAR,             -- date column the month is of; '*': every cell of the table
  unit_code VARCHAR, month DATE    -- first day of the local month
);
-- One row per dataset: the ground, the clock and the rows of its last measurement.
CREATE TABLE ops.measured (
  dataset VARCHAR,                 -- key of datasets.yaml; 'reported' for ready-made numbers
  ground VARCHAR,                  -- digest of definitions, units and history: another one means another measurement
  content VARCHAR,                 -- digest of the loads the table consists of
  data_as_of TIMESTAMP, settled_at TIMESTAMP, measured_on DATE, behind VARCHAR,
  cells BIGINT
);
