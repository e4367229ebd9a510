"""What communes claim, what is verified, what counts; and what the open verifications mean for the places."""

from indicators.appraisal.claims import Claim, ClaimEntry, read_claims
from indicators.appraisal.desk import appraise

__all__ = ["Claim", "ClaimEntry", "appraise", "read_claims"]
