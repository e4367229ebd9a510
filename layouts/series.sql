-- The history of several numbers of one unit and kind of period at once (a page has fifteen cards).
SELECT indicator, version, unit, unit_level, period, period_kind, period_start, period_end, basis, "view", slice_dim,
  slice_value, value, numerator, denominator, comparator, state, quality, provenance, as_of, data_as_of, known_at, source,
  run_id
FROM mart.observation
WHERE indicator IN (SELECT unnest(CAST(? AS VARCHAR[]))) AND unit = ? AND period_kind = ? AND period_end <= ?
  AND basis = 'as_then' AND "view" = 'official' AND slice_dim = '' /*scope unit*/
ORDER BY period_end, period_start, version
