-- The editions communes are scored by, as they were written: pages read them from the version they show.
CREATE TABLE mart.edition (
  scorecard VARCHAR, edition VARCHAR, valid_from DATE, legal_status VARCHAR,
  file VARCHAR,                          -- name of the file, for people
  body VARCHAR,                          -- its text
  sha256 VARCHAR
);
