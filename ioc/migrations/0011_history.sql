-- From which day on numbers were measured last: another day in config.yaml means another measurement.
CREATE TABLE ops.history (
  history_from DATE                -- NULL: the default, two years before this one
);
