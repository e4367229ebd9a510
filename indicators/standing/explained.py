"""The numbers that are no observations explain themselves: ranks, intervals, tiers, points, rates, appraisal; counts,
gaps, tries, loads and the trust panel (`indicators/beside`).

Each card is read from one published version alone: what the number is, how it came about, by which edition and recipe,
from which inputs, and what counting it again gives.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from indicators.answer import catalogue_of
from indicators.appraisal.provisional import DRAWS as APPRAISAL_DRAWS
from indicators.beside import BESIDE
from indicators.fact_card import FactCard, Input, Question
from indicators.score import Scorecard
from indicators.score.scorecard import Criterion
from indicators.standing.again import can_count, count_again
from indicators.standing.editions import edition_in_force, published_editions
from indicators.standing.scoring import DRAWS
from indicators.standing.summary import WEIGHT_SPREAD
from ioc.calendar import WorkCalendar
from ioc.errors import UsageError
from ioc.period import Period
from ioc.published import Reader
from ioc.words import format_number
from ioc.yamlfile import did_you_mean, load_yaml

FACTS = Path(__file__).with_name("facts.yaml")
DRAWN = ("score.interval", "score.tier", "score.top", "appraisal.place")
Row = dict[str, Any]


def is_fact(key: str) -> bool:
    """Whether a card key names a number beside a score, not an indicator."""
    return key in known_facts()


@lru_cache(maxsize=1)
def known_facts() -> dict[str, Any]:
    """The facts there are, with their texts."""
    found: dict[str, Any] = load_yaml(FACTS).data
    return found


def fact_name(fact: str, part: str, lang: str) -> str:
    """What a fact is called, with its part: 'Why late, The office was late'."""
    texts = known_facts()[fact]
    named = texts.get("parts", {}).get(part.partition(":")[0])
    return ", ".join([texts["name"][lang], *([named[lang]] if named else [])])


def explain_fact(
    reader: Reader,
    fact: str,
    unit: str,
    period: str,
    part: str = "",
    *,
    again: bool = False,
    calendar: WorkCalendar | None = None,
) -> FactCard:
    """The card of a number that is no observation; `part` is a node of the scorecard, a measure, or a criterion, and
    may end with `@` and an edition (else the one in force). What it is for a number beside scores says its module in
    `indicators/beside`.

    With `again` the places are counted from the published observations once more, intervals drawn once more, lists
    another way. Raises UsageError for what is not known and for a number that was never published.
    """
    if not is_fact(fact):
        raise UsageError(f"unknown fact {fact!r}", remedy=did_you_mean(fact, known_facts()))
    parsed = Period.parse(period)
    if fact in BESIDE:
        days = calendar if calendar is not None else _shipped_calendar()
        return _beside(Question(reader, catalogue_of(reader), days, fact, unit, parsed, part), again)
    part, _, edition = part.partition("@")
    row, card = _row(reader, fact, unit, parsed.key, part, edition)
    texts, is_drawn = known_facts()[fact], fact in DRAWN
    draws = (APPRAISAL_DRAWS if fact.startswith("appraisal") else DRAWS) if is_drawn else None
    seed = zlib.crc32(parsed.key.encode()) if is_drawn else None
    filled = {
        name: {lang: text.format(draws=format_number(draws, 0, lang), seed=seed) for lang, text in texts[name].items()}
        for name in ("name", "definition", "method")
    }
    root = _root(reader, card, unit, parsed.key) if card is not None else {}
    return FactCard(
        fact, unit, parsed, part, texts.get("parts", {}).get(part) or _part_name(card, part), filled, texts["source"],
        {key: value for key, value in row.items() if key not in ("known_at", "run_id")},
        {} if card is None else _edition(card), str(root.get("recipe_hash") or ""), draws, seed,
        row.get("known_at") or root.get("known_at"), str(row.get("run_id") or root.get("run_id") or ""),
        reader.version.id, reader.version.data_as_of,
        () if card is None or fact == "score.summary" else _inputs(reader, card, unit, parsed.key, part),
        count_again(reader, card, fact, unit, parsed.key, part, row) if card is not None and again else None,
        is_countable=can_count(fact),
    )  # fmt: skip


def _beside(asked: Question, again: bool) -> FactCard:
    """The card of a number that `indicators/beside` counts."""
    found, reader = BESIDE[asked.fact](asked), asked.reader
    texts = known_facts()[asked.fact]
    parts, first, last = texts.get("parts", {}), asked.part.partition(":")[0], asked.part.rpartition(":")[2]
    named = parts.get(first)
    if named is None and found.part_name is not None and last in parts:  # a number and a status of it
        named = {lang: f"{name}, {parts[last][lang]}" for lang, name in found.part_name.items()}
    root = _root(reader, found.card, asked.unit, asked.period.key) if found.card is not None else {}
    return FactCard(
        asked.fact, asked.unit, asked.period, asked.part,
        named or found.part_name or _part_name(found.card, asked.part) if asked.part else {"vi": "", "en": ""},
        {name: texts[name] for name in ("name", "definition", "method")}, texts["source"], found.numbers,
        {} if found.card is None else _edition(found.card), str(root.get("recipe_hash") or ""), None, None,
        found.known_at or root.get("known_at"), found.run_id or str(root.get("run_id") or ""), reader.version.id,
        reader.version.data_as_of, again=found.again() if again and found.again is not None else None,
        listed=found.listed, records=found.records, is_countable=found.again is not None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _shipped_calendar() -> WorkCalendar:
    return WorkCalendar.load()


def _row(reader: Reader, fact: str, unit: str, period: str, part: str, edition: str) -> tuple[Row, Scorecard | None]:
    """The published numbers of a fact, and its edition (None for the appraisal)."""
    if fact.startswith("appraisal."):
        own = {"appraisal.criterion": [period, part]}
        own |= {key: [period, unit, part] for key in ("appraisal.cell", "appraisal.finding")}
        params = own.get(fact, [period, unit])
        return _one(reader, _APPRAISAL[fact], params, f"{fact} of {unit} in {period}"), None
    editions = published_editions(reader)
    if not editions:
        raise UsageError("no scores are published", remedy="see `ioc status`")
    asked = [one for one in editions if one.edition == edition]
    if edition and not asked:
        raise UsageError(f"no edition {edition!r}", remedy=f"one of {', '.join(one.edition for one in editions)}")
    card = asked[0] if asked else edition_in_force(editions, period)
    scored = [card.id, card.edition, period]
    params = scored + ([part] if fact == "score.summary" else [unit, part] if fact in _WITH_NODE else [unit])
    return _one(reader, _SCORE[fact], params, f"{fact} of {unit} in {period}"), card


def _one(reader: Reader, sql: str, params: Sequence[object], what: str) -> Row:
    rows = reader.select(sql, params)
    if not rows:
        raise UsageError(f"{what} was not published", remedy="choose it on the page that shows it")
    return rows[0]


_WITH_NODE = ("score.points", "score.rate")
_OWN = "scorecard = ? AND edition = ? AND period = ?"
_STANDING = f"FROM mart.standing WHERE {_OWN} AND unit = ? /*scope unit*/"
_SCORE = {
    "score.rank": f"""SELECT rank, (SELECT max(units) FROM mart.score_summary s WHERE s.scorecard = standing.scorecard
      AND s.edition = standing.edition AND s.period = standing.period) AS units, score, tied_with, known_at, run_id
      {_STANDING}""",
    "score.interval": f"""SELECT rank_low, rank_high, rank, rank_median, expected_rank, score_error, known_at, run_id
      {_STANDING}""",
    "score.analytical": f"SELECT analytical_score, analytical_rank, score, rank, known_at, run_id {_STANDING}",
    "score.tier": f"SELECT tier, rank_low, rank_high, known_at, run_id {_STANDING}",
    "score.top": f"SELECT p_top, rank, rank_low, rank_high, known_at, run_id {_STANDING}",
    "score.peer_rank": f"""SELECT peer_rank, peer_count, peer_median, peer_group, peers, score, known_at, run_id
      {_STANDING}""",
    "score.move": f"""SELECT before_rank - rank AS moved, own, others, method, before_period, before_edition,
      before_rank, rank, p_rise, is_real, known_at, run_id {_STANDING}""",
    "score.points": f"""SELECT score AS points, max_score AS available, contribution, weight, state, known_at, run_id
      FROM mart.score WHERE {_OWN} AND unit = ? AND node = ? /*scope unit*/""",
    "score.rate": f"""SELECT rate, numerator, denominator, shrunk, rate_low, rate_high, funnel, publication
      FROM mart.score_rate WHERE {_OWN} AND unit = ? AND node = ? /*scope unit*/""",
    "score.path": f"""SELECT min(goal_rank) AS goal_rank, count(node) AS steps, sum(cases) AS added_cases,
      sum(points) AS added_points, min(promised) AS promised, min(score_after) AS score_after,
      min(rank_after) AS rank_after, bool_and(is_reached) AS is_reached
      FROM mart.next_point WHERE {_OWN} AND unit = ? /*scope unit*/ GROUP BY unit""",
    "score.summary": f"""SELECT value, units,
      CAST(if(measure = 'tier_stability', {WEIGHT_SPREAD}, NULL) AS DOUBLE) AS weight_spread
      FROM mart.score_summary WHERE {_OWN} AND measure = ?""",
}
_APPRAISAL = {
    "appraisal.place": """SELECT expected_rank, rank_low, rank_high, expected_score, self_rank, self_score,
      verified_rank, verified_score, pending, known_at FROM mart.appraisal_standing
      WHERE period = ? AND unit = ? /*scope unit*/""",
    "appraisal.over": """SELECT over_ratio, over_claimed, claimed, verified_cells, known_at FROM mart.appraisal_standing
      WHERE period = ? AND unit = ? /*scope unit*/""",
    "appraisal.finding": """SELECT if(kind = 'over_claim', value, NULL) AS over_ratio,
      if(kind = 'over_claim', bound, NULL) AS over_bound, if(kind = 'over_claim', NULL, value) AS mean_rate,
      if(kind = 'over_claim', NULL, bound) AS mean_bound, deviation, known_at FROM mart.finding
      WHERE period = ? AND unit = ? AND kind = ? /*scope unit*/""",
    "appraisal.criterion": """SELECT over_ratio, over_claimed, claimed, cells FROM mart.claim_criterion
      WHERE period = ? AND criterion = ?""",
    "appraisal.cell": """SELECT self_value, verified_value, final_value, status, reason, evidence, entered_by, expected,
      impact, queue_place, known_at FROM mart.appraisal
      WHERE period = ? AND unit = ? AND criterion = ? /*scope unit*/""",
}


def _root(reader: Reader, card: Scorecard, unit: str, period: str) -> Row:
    rows = reader.select(
        f"SELECT recipe_hash, known_at, run_id FROM mart.score WHERE {_OWN} AND parent IS NULL /*scope unit*/ "
        "ORDER BY unit = ? DESC LIMIT 1",
        [card.id, card.edition, period, unit],
    )
    return rows[0] if rows else {}


def _part_name(card: Scorecard | None, part: str) -> Mapping[str, str]:
    found = None if card is None else next((node for node, _ in card.walk() if node.id == part), None)
    return {"vi": part, "en": part} if found is None else {"vi": found.name.vi, "en": found.name.en}


def _edition(card: Scorecard) -> dict[str, Any]:
    return {
        "scorecard": card.id, "edition": card.edition, "name": {"vi": card.name.vi, "en": card.name.en},
        "legal_basis": card.legal_basis, "legal_status": card.legal_status,
        "valid_from": card.valid_from.isoformat() if card.valid_from else None,
    }  # fmt: skip


def _inputs(reader: Reader, card: Scorecard, unit: str, period: str, part: str) -> tuple[Input, ...]:
    """The criteria behind a number: of the part, else all, each with the observation it rests on."""
    under = [node for node, path in card.walk() if isinstance(node, Criterion) and part in ("", node.id, *path)]
    rows = {
        str(row["node"]): row
        for row in reader.select(
            f"SELECT node, score, max_score, state FROM mart.score WHERE {_OWN} AND unit = ? /*scope unit*/",
            [card.id, card.edition, period, unit],
        )
    }
    found = []
    for criterion in under:
        row: Row = rows.get(criterion.id, {})
        seen = reader.observation(criterion.indicator, unit, period) if criterion.indicator else None
        name = {"vi": criterion.name.vi, "en": criterion.name.en}
        found.append(
            Input(
                criterion.id,
                name,
                criterion.indicator,
                row.get("score"),
                row.get("max_score"),
                row.get("state"),
                seen.value if seen else None,
                seen.numerator if seen else None,
                seen.denominator if seen else None,
            )
        )
    return tuple(found)
