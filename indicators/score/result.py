"""What a scored table gives back: units with score, place, ties, class and every part with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from indicators.score.exact import Exact, round_half_up
from indicators.score.scorecard import Criterion, Group, NotScored, Scorecard


@cache
def load_words() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("words.yaml")
    words: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return words


@dataclass(frozen=True, slots=True)
class Note:
    """A remark as code and values; its sentence exists in both languages (`words.yaml`)."""

    code: str
    values: dict[str, str] = field(default_factory=dict)

    def text(self, lang: str = "vi") -> str:
        if self.code == "rank_move":
            return rank_sentence(self.values, lang)
        return load_words()[self.code][lang].format(**self.values)


def rank_sentence(values: dict[str, str], lang: str) -> str:
    """The sentence of a rank move; numbers carry the decimal mark and the minus sign of the language."""
    words = load_words()
    before, after = int(values["before"]), int(values["after"])
    word = "rank_up" if after < before else "rank_down" if after > before else "rank_same"
    signed = {k: values[k].replace("-", "\u2212") for k in ("own", "others", "method")}
    if lang == "vi":
        signed = {k: v.replace(".", ",") for k, v in signed.items()}
    return words["rank_move"][lang].format(before=before, after=after, word=words[word][lang], **signed)


@dataclass(slots=True)
class NodeColumn:
    """One node for all units: exact points, the points it could have given, and the state of each cell."""

    points: list[Exact]
    available: list[Exact]
    states: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One node of one unit's score. `contribution` is signed: a malus is negative."""

    node: str
    parent: str | None
    kind: Literal["group", "criterion", "not_scored"]
    points: Exact
    available: Exact
    contribution: float
    state: str
    note: Note | None


@dataclass(frozen=True, slots=True)
class UnitScore:
    """One unit's line of the table."""

    unit: str
    name: str
    level: str
    score: float | None
    exact: Exact | None
    available: float
    rank: int | None
    tied_with: tuple[str, ...]
    band: str | None
    provisional: bool
    notes: tuple[Note, ...]


@dataclass(slots=True)
class ScoreResult:
    """A scored table. Nodes are kept as columns; `parts` builds the rows of one unit on demand."""

    scorecard: Scorecard
    layer: Literal["official", "analytical"]
    period: str | None
    recipe_hash: str
    data_hash: str
    units: list[UnitScore]
    nodes: dict[str, NodeColumn]
    rows: dict[str, int]
    signs: dict[str, int]
    notes: list[Note]
    stages: dict[str, Any] = field(default_factory=dict)

    def unit(self, code: str) -> UnitScore:
        return next(u for u in self.units if u.unit == code)

    def ranking(self) -> list[UnitScore]:
        """Best first; units without a rank stand last."""
        return sorted(self.units, key=lambda u: (u.rank is None, u.rank or 0, u.unit))

    def parts(self, code: str) -> list[Part]:
        """Every node of one unit, in the order of the scorecard."""
        row = self.rows[code]
        parts = []
        for node, path in self.scorecard.walk():
            parent = path[-1] if path else None
            if isinstance(node, NotScored):
                reason = Note("not_scored", {"vi": node.not_scored.vi, "en": node.not_scored.en})
                parts.append(Part(node.id, parent, "not_scored", Exact(0, 1), Exact(0, 1), 0.0, "not_scored", reason))
                continue
            column = self.nodes[node.id]
            state = column.states[row]
            sign = self.signs[node.id]
            note = Note(f"state.{state}") if isinstance(node, Criterion) and state != "reported" else None
            kind: Literal["group", "criterion"] = "group" if isinstance(node, Group) else "criterion"
            points = column.points[row]
            parts.append(Part(node.id, parent, kind, points, column.available[row], sign * points.value(), state, note))
        return parts

    def points(self, code: str, node: str) -> Exact:
        return self.nodes[node].points[self.rows[code]]

    def to_dict(self, lang: str = "vi") -> dict[str, Any]:
        """Plain values for JSON; the same table always gives the same text."""
        card = self.scorecard
        names = {node.id: getattr(node.name, lang) for node, _ in card.walk()}
        return {
            "scorecard": card.id,
            "edition": card.edition,
            "name": getattr(card.name, lang),
            "legal_basis": card.legal_basis,
            "legal_status": card.legal_status,
            "layer": self.layer,
            "period": self.period,
            "recipe_hash": self.recipe_hash,
            "data_hash": self.data_hash,
            "notes": [{"code": n.code, "text": n.text(lang)} for n in self.notes],
            "not_scored": [
                {
                    "node": n.id,
                    "name": getattr(n.name, lang),
                    "points": n.points.value() if n.points else None,
                    "reason": getattr(n.not_scored, lang),
                }
                for n in card.not_scored()
            ],
            "units": [self.unit_dict(u, names, lang) for u in self.ranking()],
        }

    def unit_dict(self, unit: UnitScore, names: dict[str, str], lang: str) -> dict[str, Any]:
        return {
            "unit": unit.unit,
            "name": unit.name,
            "level": unit.level,
            "score": unit.score,
            "available": unit.available,
            "rank": unit.rank,
            "tied_with": list(unit.tied_with),
            "band": unit.band,
            "provisional": unit.provisional,
            "notes": [{"code": n.code, "text": n.text(lang)} for n in unit.notes],
            "parts": [
                {
                    "node": p.node,
                    "parent": p.parent,
                    "name": names[p.node],
                    "kind": p.kind,
                    "points": p.points.value(),
                    "available": p.available.value(),
                    "contribution": p.contribution,
                    "state": p.state,
                    "note": p.note.text(lang) if p.note else None,
                }
                for p in self.parts(unit.unit)
            ],
        }


def shown(points: Exact, decimals: int) -> float:
    """Points as published: half up on decimals (6.725 -> 6.73)."""
    return round_half_up(points, decimals).value()
