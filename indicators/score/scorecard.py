"""The scorecard: a versioned tree of groups and criteria with its policies (METHODS 2; DOMAIN 10).

An edition never changes once it has been used; a new decision, weight or threshold is a new edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from indicators.score.exact import ZERO, Exact, ExactNumber, add
from indicators.score.form import Operator, Strict
from indicators.score.forms import AnyForm
from indicators.score.recipe import Recipe

LegalStatus = Literal["official", "provincial", "reproduced", "unverified", "demonstration", "reference"]
Confidence = Literal["A", "B", "C", "G", "NF"]
NotApplicable = Literal["award_max", "reduce_max", "reduce_and_rescale", "zero"]
ZeroDenominator = Literal["full", "zero", "not_applicable", "missing"]
AggregateName = Literal["arithmetic", "geometric", "harmonic", "median"]

OPERATIONS = ("max", "min", "sum", "minus", "times", "divide", "by_period")


class Text(Strict):
    """A name in Vietnamese and English."""

    vi: str
    en: str


class Operation(Strict):
    """A small sum over inputs: `{max: [a, b]}`, `{minus: [total, late]}`, `{divide: [a, 12]}`."""

    op: Literal["max", "min", "sum", "minus", "times", "divide", "by_period"]
    args: tuple[Quantity, ...] = ()
    divisors: dict[str, ExactNumber] = Field(default_factory=dict)


def read_quantity(value: Any) -> Any:
    """`{max: [a, b]}` -> Operation; `{by_period: {input: a, month: 12}}` divides by the kind of period."""
    if isinstance(value, dict) and len(value) == 1:
        ((op, body),) = value.items()
        if op == "by_period" and isinstance(body, dict):
            return {
                "op": op,
                "args": [body.get("input")],
                "divisors": {k: v for k, v in body.items() if k != "input"},
            }
        if op in OPERATIONS:
            return {"op": op, "args": body}
        raise ValueError(f"unknown operation {op!r}; known: {', '.join(OPERATIONS)}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value


Quantity = Annotated[str | Operation, BeforeValidator(read_quantity)]


def read_chain(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"chain"}:
        return value["chain"]
    return [value] if value is not None and not isinstance(value, list) else value


class Criterion(Strict):
    """A leaf: what is measured, how it becomes points, and how far its rule is confirmed."""

    id: str
    name: Text
    form: AnyForm | None = None
    status: Literal["ready", "to_be_loaded"] = "ready"
    unit: str = ""
    indicator: str | None = None
    numerator: Quantity | None = None
    denominator: Annotated[tuple[Quantity, ...] | None, BeforeValidator(read_chain)] = None
    value: Quantity | None = None
    complement: bool = False
    zero_denominator: ZeroDenominator = "missing"
    not_applicable: NotApplicable | None = None
    levels: tuple[str, ...] = ()
    rounding: int | None = None
    legal_status: LegalStatus = "unverified"
    confidence: Confidence = "G"
    legal_ref: str = ""
    note: str = ""
    # analytical layer
    weight: ExactNumber | None = None
    direction: Literal["up", "down"] = "up"
    per: str | None = None
    transform: Literal["log"] | None = None
    goalposts: tuple[ExactNumber, ExactNumber] | None = None
    target: ExactNumber | None = None

    @model_validator(mode="after")
    def check_measure(self) -> Criterion:
        if (self.numerator is None) != (self.denominator is None):
            raise ValueError("numerator and denominator go together")
        if sum(x is not None for x in (self.indicator, self.numerator, self.value)) > 1:
            raise ValueError("give one of indicator, numerator/denominator, value")
        return self

    def maximum(self) -> Exact:
        return self.form.maximum() if self.form else ZERO

    def source(self) -> str:
        """The column that feeds this criterion when it is not computed from several."""
        return self.indicator or self.id


class NotScored(Strict):
    """A node that the decision names but that cannot be scored; it says why and what it would be worth."""

    id: str
    name: Text
    not_scored: Text
    points: ExactNumber | None = None
    legal_status: LegalStatus = "unverified"
    confidence: Confidence = "NF"
    legal_ref: str = ""


class Group(Strict):
    """An inner node. `points` is a check on what its children add to; `cap` limits what they give."""

    id: str
    name: Text
    children: tuple[Node, ...] = Field(min_length=1)
    role: Literal["core", "bonus", "malus"] = "core"
    mode: Literal["sum", "highest"] = "sum"
    points: ExactNumber | None = None
    cap: ExactNumber | None = None
    rounding: int | None = None
    weight: ExactNumber | None = None
    aggregate: AggregateName | None = None
    levels: tuple[str, ...] = ()
    legal_ref: str = ""
    note: str = ""


def node_kind(value: Any) -> str:
    if isinstance(value, (Group, Criterion, NotScored)):
        return {Group: "group", Criterion: "criterion", NotScored: "not_scored"}[type(value)]
    if isinstance(value, dict) and "children" in value:
        return "group"
    return "not_scored" if isinstance(value, dict) and "not_scored" in value else "criterion"


Node = Annotated[
    Annotated[Group, Tag("group")] | Annotated[Criterion, Tag("criterion")] | Annotated[NotScored, Tag("not_scored")],
    Discriminator(node_kind),
]


class Condition(Strict):
    """One test on an input of the table, an attribute of the unit or a part of the score."""

    input: str | None = None
    attribute: str | None = None
    part: str | None = None
    score: Literal["total", "core"] | None = None
    op: Operator | None = None
    bound: ExactNumber | None = None
    among: tuple[str, ...] = ()

    @model_validator(mode="after")
    def check_subject(self) -> Condition:
        if sum(x is not None for x in (self.input, self.attribute, self.part, self.score)) != 1:
            raise ValueError("a condition tests exactly one of input, attribute, part, score")
        if (self.attribute is not None) != bool(self.among):
            raise ValueError("an attribute is tested with among: [...], anything else with op and bound")
        if self.attribute is None and (self.op is None or self.bound is None):
            raise ValueError("op and bound are needed")
        return self


class Band(Strict):
    """A class reached from `min` on; `when` are further conditions (all must hold)."""

    id: str
    name: Text
    min: ExactNumber | None = None
    when: tuple[Condition, ...] = ()


class BandOverride(Strict):
    """Conditions that settle the class whatever the points say."""

    band: str
    when: tuple[Condition, ...] = Field(min_length=1)
    reason: Text


class Bands(Strict):
    """The first band whose minimum and conditions hold, read from the top; overrides come first."""

    legal_status: LegalStatus = "unverified"
    of: tuple[Band, ...] = Field(min_length=1)
    overrides: tuple[BandOverride, ...] = ()


class TieBreak(Strict):
    """One link of the chain that orders equal scores; what remains equal shares a rank (or goes to a
    vote)."""

    input: str | None = None
    part: str | None = None
    order: Literal["high", "low"] = "high"


class Policies(Strict):
    """What happens where the data do not give a plain value (DECISIONS 20)."""

    not_reported: Literal["zero", "unranked"] = "zero"
    not_applicable: NotApplicable = "zero"
    off_level: NotApplicable = "award_max"
    pending: Literal["zero", "self"] = "zero"
    availability: ExactNumber = ZERO


class Rounding(Strict):
    """Decimals at each stage; null = exact. Mode is half up, on decimals, never on binary floats."""

    mode: Literal["half_up"] = "half_up"
    criterion: int | None = None
    group: int | None = None
    total: int | None = None


class Scale(Strict):
    """How the points are shown: 700 of 1,000 points as 0.7000."""

    divisor: ExactNumber
    decimals: int


class RowFilter(Strict):
    """Keep the rows of a foreign table where the column is filled, or does not start with a text."""

    column: str
    filled: bool = False
    not_prefix: str | None = None


class TableShape(Strict):
    """How to read a table that was not made for us: its columns and its encoding."""

    unit: str = "unit_code"
    name: str | None = None
    level: str | None = None
    groups: tuple[str, ...] = ()
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    rows: tuple[RowFilter, ...] = ()


class Scorecard(Strict):
    """One edition of one scorecard."""

    id: str
    edition: str
    name: Text
    legal_basis: str
    legal_status: LegalStatus
    valid_from: date | None = None
    valid_to: date | None = None
    replaces: str | None = None
    note: str = ""
    layer: Literal["official", "analytical"] = "official"
    levels: tuple[str, ...] = ()
    points: ExactNumber | None = None
    policies: Policies = Policies()
    rounding: Rounding = Rounding()
    scale: Scale | None = None
    bands: Bands | None = None
    tie_break: tuple[TieBreak, ...] = ()
    tie_vote: bool = False
    merge: Literal["mean", "sum_num_den", "none"] = "none"
    views: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    table: TableShape = TableShape()
    recipe: Recipe | None = None
    nodes: tuple[Node, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def check_tree(self) -> Scorecard:
        seen: set[str] = set()
        for node, _ in self.walk():
            if node.id in seen:
                raise ValueError(f"node id {node.id!r} is used twice")
            seen.add(node.id)
        for view, ids in self.views.items():
            unknown = [i for i in ids if i not in seen]
            if unknown:
                raise ValueError(f"view {view!r} names {', '.join(unknown)}, which is no node of the tree")
        if self.bands:
            known = {band.id for band in self.bands.of}
            for override in self.bands.overrides:
                if override.band not in known:
                    raise ValueError(f"band override names {override.band!r}, which is no band")
        if self.layer == "analytical" and self.recipe is None:
            raise ValueError("an analytical scorecard needs a recipe")
        return self

    def walk(self) -> Iterator[tuple[Group | Criterion | NotScored, tuple[str, ...]]]:
        """Every node with the ids on the path above it, in the order of the file."""

        def visit(nodes: tuple[Node, ...], path: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
            for node in nodes:
                yield node, path
                if isinstance(node, Group):
                    yield from visit(node.children, (*path, node.id))

        return visit(self.nodes, ())

    def criteria(self) -> list[Criterion]:
        return [node for node, _ in self.walk() if isinstance(node, Criterion)]

    def not_scored(self) -> list[NotScored]:
        return [node for node, _ in self.walk() if isinstance(node, NotScored)]

    def to_be_loaded(self) -> list[str]:
        """Criteria whose points are not loaded: the edition refuses to score while there is one."""
        return [c.id for c in self.criteria() if c.status == "to_be_loaded"]

    def key(self) -> str:
        return f"{self.id}@{self.edition}"


def declared_maximum(node: Group | Criterion | NotScored) -> Exact:
    """Points a node can give when everything applies; bonus and malus count on their own side."""
    if isinstance(node, Criterion):
        return node.maximum()
    if isinstance(node, NotScored):
        return ZERO
    total = ZERO
    for child in node.children:
        best = declared_maximum(child)
        if node.mode == "highest":
            total = max(total, best, key=Exact.fraction)
        elif not (isinstance(child, Group) and child.role != "core"):
            total = add(total, best)
    return min(total, node.cap, key=Exact.fraction) if node.cap else total


Operation.model_rebuild()
Group.model_rebuild()
Scorecard.model_rebuild()
