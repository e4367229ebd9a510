-- Where communes stand: annotations of official scores, their reasons, and the appraisal of what communes claim.
-- Everything here stands beside mart.score and never alters it.

CREATE TABLE mart.standing (             -- one row per unit, period and edition
  scorecard VARCHAR, edition VARCHAR, period VARCHAR, unit VARCHAR,
  layer VARCHAR,                         -- official: the edition in force | parallel: another edition run beside it
  score DOUBLE, score_error DOUBLE,      -- points; sampling error of the score
  rank INTEGER, tied_with VARCHAR,       -- codes of the units that share the place, separated by commas
  rank_low INTEGER, rank_high INTEGER, rank_median DOUBLE, expected_rank DOUBLE, p_top DOUBLE, tier INTEGER,
  analytical_score DOUBLE, analytical_rank INTEGER,          -- on shrunken rates
  peer_group VARCHAR, peers VARCHAR, peer_count INTEGER, peer_rank INTEGER, peer_median DOUBLE,
  cases DOUBLE, thin INTEGER,            -- fewest cases behind a rate; rates with fewer than 10 cases
  before_period VARCHAR, before_edition VARCHAR, before_score DOUBLE, before_rank INTEGER,
  own DOUBLE, others DOUBLE, method DOUBLE,                  -- Shapley parts of the rank move, positive is better
  p_rise DOUBLE, is_real BOOLEAN, move_vi VARCHAR, move_en VARCHAR,
  state VARCHAR, basis VARCHAR,          -- digest of everything the row rests on
  known_at TIMESTAMP, run_id VARCHAR
);
CREATE TABLE mart.score_rate (           -- the ratio criteria of a unit
  scorecard VARCHAR, edition VARCHAR, period VARCHAR, unit VARCHAR, node VARCHAR,
  numerator DOUBLE, denominator DOUBLE, rate DOUBLE, shrunk DOUBLE, rate_low DOUBLE, rate_high DOUBLE,
  funnel VARCHAR,                        -- inside | low | high | far_low | far_high
  publication VARCHAR                    -- rank | grey | no_rank
);
CREATE TABLE mart.score_summary (        -- the province: mean, floor, spread, how far places can be told apart
  scorecard VARCHAR, edition VARCHAR, period VARCHAR, measure VARCHAR, value DOUBLE, units INTEGER
);
CREATE TABLE mart.score_pair (           -- neighbours whose order turns round in a fair share of the draws
  scorecard VARCHAR, edition VARCHAR, period VARCHAR, ahead VARCHAR, behind VARCHAR, turned DOUBLE
);
CREATE TABLE mart.next_point (           -- the cheapest way to the next tier's place, confirmed by scoring again
  scorecard VARCHAR, edition VARCHAR, period VARCHAR, unit VARCHAR, goal_rank INTEGER, step INTEGER, node VARCHAR,
  cases INTEGER, points DOUBLE, score_after DOUBLE, rank_after INTEGER, promised DOUBLE, is_reached BOOLEAN
);
CREATE TABLE mart.appraisal (            -- a criterion of a commune: what it claims, what was verified, what counts
  period VARCHAR, unit VARCHAR, criterion VARCHAR, self_value DOUBLE, verified_value DOUBLE, final_value DOUBLE,
  status VARCHAR,                        -- self | verified | disputed | final
  evidence VARCHAR, reason VARCHAR, entered_by VARCHAR, entered_at TIMESTAMP,
  expected DOUBLE, impact DOUBLE, queue_place INTEGER,        -- while pending: expected value, rank variance it would settle
  known_at TIMESTAMP
);
CREATE TABLE mart.appraisal_standing (   -- the place of a commune by what it claims, by what is verified, and meanwhile
  period VARCHAR, unit VARCHAR, self_score DOUBLE, self_rank INTEGER, verified_score DOUBLE, verified_rank INTEGER,
  expected_score DOUBLE, expected_rank INTEGER, rank_low INTEGER, rank_high INTEGER, pending INTEGER, disputed INTEGER,
  claimed DOUBLE, over_claimed DOUBLE, over_ratio DOUBLE, verified_cells INTEGER, known_at TIMESTAMP
);
CREATE TABLE mart.claim_criterion (      -- over-claims by criterion
  period VARCHAR, criterion VARCHAR, cells INTEGER, claimed DOUBLE, over_claimed DOUBLE, over_ratio DOUBLE
);
CREATE TABLE mart.finding (              -- who stands out: strong, weak, over_claim
  period VARCHAR, unit VARCHAR, kind VARCHAR, value DOUBLE, bound DOUBLE, deviation DOUBLE, known_at TIMESTAMP
);
