"""Commune scores: one commune on a printable page, comparison, editions, what-if, the appraisal desk."""

from layouts.blocks.appraisal_desk import findings, meanwhile, over_claims, queue
from layouts.blocks.score_compare import double_run, editions, overlap, picker, side_by_side
from layouts.blocks.score_profile import next_points, place, rates, waterfall
from layouts.blocks.score_whatif import outcome, sliders
from layouts.page import Page

COMMUNE = Page("commune", "/commune", (place(), waterfall(), next_points(), rates()))
COMPARE = Page("side_by_side", "/compare", (picker(), side_by_side(), overlap()))
EDITIONS = Page("editions", "/editions", (double_run(), editions()))
WHAT_IF = Page("whatif", "/what-if", (sliders(), outcome()))
APPRAISAL = Page("appraisal", "/appraisal", (queue(), findings(), meanwhile(), over_claims()))
SCORE_PAGES = (COMMUNE, COMPARE, EDITIONS, WHAT_IF, APPRAISAL)
