SELECT criterion, cells, claimed, over_claimed, over_ratio FROM mart.claim_criterion WHERE period = ? ORDER BY over_ratio DESC
