-- What each pass over a dataset added up, unit by unit and month by month: a measurement in part reads the rows of the
-- months that changed, and takes the others from here.
CREATE TABLE ops.month_sum (
  dataset VARCHAR,                 -- key of datasets.yaml
  recipe VARCHAR,                  -- digest of the pass: another date, condition or sum is another recipe
  unit VARCHAR, month DATE,        -- first day of the local month
  slice_value VARCHAR,
  known TIMESTAMP,                 -- landing of the newest row of the month
  sums DECIMAL(38, 6)[]            -- in the order of the recipe
);
