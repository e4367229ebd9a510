"""A try: the communes scored by an edition with other points and targets. Never stored, never published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from indicators.beside.gaps import editions_of
from indicators.fact_card import Again, Counted, Listed, Question, compare_again
from indicators.score import Scorecard, ScoreResult
from indicators.score.decomposition import contributions
from indicators.score.exact import parse_exact
from indicators.score.forms import AnyForm
from indicators.score.scorecard import Criterion, Group
from indicators.standing.again import score_again
from indicators.standing.editions import edition_in_force
from ioc.errors import UsageError
from ioc.published import Reader

MOST_POINTS, MOST_TARGET = 100, 100
AS_IT_IS = "none"
_CHANGE = re.compile(r"([wt])([1-9][0-9]?)-([0-9]{1,3})")

Changes = Mapping[str, int]


def changes_part(changes: Changes) -> str:
    """What names the changes in a card's key: 'w1-30.t2-90' (criterion 1 worth 30, target of criterion 2 90 %)."""
    return ".".join(f"{key}-{value}" for key, value in sorted(changes.items())) or AS_IT_IS


def read_changes(part: str) -> dict[str, int]:
    """The changes of a card's key; UsageError for what cannot be read."""
    found = {}
    for text in part.split(".") if part not in ("", AS_IT_IS) else []:
        match = _CHANGE.fullmatch(text)
        if match is None:
            raise UsageError(f"cannot read the change {text!r}", remedy="write it like w1-30 or t2-90")
        found[match[1] + match[2]] = min(int(match[3]), MOST_POINTS if match[1] == "w" else MOST_TARGET)
    return found


def weight_of(changes: Changes, place: int, criterion: Criterion) -> float:
    """Points of a criterion: as changed, else its own, exactly; its own where its form has no one maximum."""
    asked = changes.get(f"w{place}") if can_scale(criterion) else None
    return asked if asked is not None else criterion.maximum().value()


def can_scale(criterion: Criterion) -> bool:
    """Whether a change can alter what a criterion is worth."""
    return criterion.form is not None and (hasattr(criterion.form, "max") or hasattr(criterion.form, "steps"))


def target_of(changes: Changes, place: int, criterion: Criterion) -> float | None:
    """Target in percent of a criterion that has one: as changed, else its own, exactly."""
    target = getattr(criterion.form, "target", None)
    if target is None:
        return None
    asked = changes.get(f"t{place}")
    return max(1, asked) if asked is not None else 100 * float(target.value())


def changed_card(card: Scorecard, changes: Changes) -> Scorecard:
    """The edition with the asked points (scaled to its own sum) and targets; everything else as it is."""
    if not changes:
        return card
    places = {criterion.id: place for place, criterion in enumerate(card.criteria(), start=1)}
    weights = {c.id: weight_of(changes, places[c.id], c) for c in card.criteria()}
    full, total = sum(c.maximum().value() for c in card.criteria()), sum(weights.values()) or 1

    def change(node: Any) -> Any:
        if isinstance(node, Group):
            return node.model_copy(
                update={"children": tuple(change(one) for one in node.children), "cap": None, "points": None}
            )
        if not isinstance(node, Criterion) or node.form is None:
            return node
        target = target_of(changes, places[node.id], node) if f"t{places[node.id]}" in changes else None
        return node.model_copy(update={"form": scaled(node.form, full * weights[node.id] / total, target)})

    return card.model_copy(update={"nodes": tuple(change(node) for node in card.nodes), "bands": None})


def scaled(form: AnyForm, points: float, target: float | None) -> AnyForm:
    """A form worth other points: its maximum, or every step in proportion; with another target where it has one."""
    own = form.maximum().value()
    update: dict[str, Any] = {}
    if target is not None:
        update["target"] = parse_exact(f"{target}%")
    if hasattr(form, "steps"):
        factor = points / own if own else 0.0
        update["steps"] = tuple(
            step.model_copy(update={"points": parse_exact(round(step.points.value() * factor, 9))})
            for step in form.steps
        )
    elif hasattr(form, "max"):
        update["max"] = parse_exact(round(points, 9))
    return form.model_copy(update=update)


def standing_now(reader: Reader, card: Scorecard, period: str) -> dict[str, Mapping[str, Any]]:
    """Published score and place of every commune by an edition."""
    rows = reader.select(
        "SELECT unit, score, rank FROM mart.standing WHERE scorecard = ? AND edition = ? AND period = ? /*scope unit*/",
        [card.id, card.edition, period],
    )
    return {str(row["unit"]): row for row in rows}


def try_unit(asked: Question) -> Counted:
    """One commune as it stands and as it would stand, criterion by criterion, with what was changed."""
    card, changes = edition_in_force(editions_of(asked), asked.period.key), read_changes(asked.part)
    now = standing_now(asked.reader, card, asked.period.key).get(asked.unit)
    tried = score_again(asked.reader, changed_card(card, changes), asked.period.key)
    then = next((one for one in tried.units if one.unit == asked.unit), None)
    if now is None or then is None:
        raise UsageError(f"{asked.unit} has no score in {asked.period.key}", remedy="choose a commune that has one")
    own = score_again(asked.reader, card, asked.period.key)
    numbers = {
        "score_before": now["score"], "score_then": then.score, "rank_before": now["rank"], "rank_then": then.rank,
        "moved": now["rank"] - then.rank if now["rank"] is not None and then.rank is not None else None,
    }  # fmt: skip
    pairs = ("added", "weight", "target")
    columns = ("criterion", *(f"{name}_{side}" for name in pairs for side in ("before", "then")))
    rows = tuple(_criteria(asked.unit, card, changes, own, tried))

    def again() -> Again:
        """What the criteria add, summed: the score before and after."""
        return compare_again(
            [sum(row["added_before"] or 0.0 for row in rows), sum(row["added_then"] or 0.0 for row in rows)],
            [numbers["score_before"], numbers["score_then"]],
        )

    listed = Listed(columns, rows, len(rows))
    return Counted(numbers, listed, card=card, again=again, part_name={"vi": "", "en": ""})


def _criteria(
    unit: str, card: Scorecard, changes: Changes, own: ScoreResult, tried: ScoreResult
) -> list[dict[str, Any]]:
    before, then = contributions(own, unit), contributions(tried, unit)
    rows = []
    weights = sum(weight_of(changes, place, one) for place, one in enumerate(card.criteria(), start=1)) or 1
    full = sum(one.maximum().value() for one in card.criteria())
    for place, one in enumerate(card.criteria(), start=1):
        rows.append(
            {
                "criterion": one.id, "name": {"vi": one.name.vi, "en": one.name.en},
                "weight_before": one.maximum().value(),
                "weight_then": full * weight_of(changes, place, one) / weights,
                "target_before": target_of({}, place, one), "target_then": target_of(changes, place, one),
                "added_before": before.get(one.id), "added_then": then.get(one.id), "card": "",
            }
        )  # fmt: skip
    return rows


def try_all(asked: Question) -> Counted:
    """The mean of all communes as it is and as it would be, and how many change their place."""
    card, changes = edition_in_force(editions_of(asked), asked.period.key), read_changes(asked.part)
    now = standing_now(asked.reader, card, asked.period.key)
    tried = score_again(asked.reader, changed_card(card, changes), asked.period.key)
    rows: list[dict[str, Any]] = []
    for one in tried.units:
        row = now.get(one.unit)
        if row is None or row["score"] is None or one.score is None:
            continue
        moved = (row["rank"] or 0) - (one.rank or 0)
        key = f"whatif.score|{one.unit}|{asked.period.key}|part|{changes_part(changes)}"
        rows.append(
            {
                "unit": one.unit, "score_before": row["score"], "score_then": one.score, "rank_before": row["rank"],
                "rank_then": one.rank, "moved": moved, "card": key,
            }
        )  # fmt: skip
    if not rows:
        raise UsageError(f"nothing was scored in {asked.period.key}", remedy="choose another period")
    rows.sort(key=lambda row: (-abs(row["moved"]), row["unit"]))
    count = sum(1 for row in rows if row["moved"])
    numbers = {
        "mean_before": sum(row["score_before"] for row in rows) / len(rows),
        "mean_then": sum(row["score_then"] for row in rows) / len(rows),
        "moved_count": count,
        "same_count": len(rows) - count,
    }

    def again() -> Again:
        """By the means of the criteria instead of those of the communes."""
        own = score_again(asked.reader, card, asked.period.key)
        units = [row["unit"] for row in rows]
        means = [
            sum(added for unit in units for added in contributions(side, unit).values()) / len(units)
            for side in (own, tried)
        ]
        return compare_again(means, [numbers["mean_before"], numbers["mean_then"]])

    columns = ("unit", "score_before", "score_then", "rank_before", "rank_then", "moved")
    listed = Listed(columns, tuple(rows), len(rows))
    return Counted(numbers, listed, card=card, again=again, part_name={"vi": "", "en": ""})
