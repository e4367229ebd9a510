"""The nodes of a scorecard: groups, criteria, and what a decision names but nobody can score (DOMAIN 10)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from indicators.score.exact import ZERO, Exact, ExactNumber
from indicators.score.form import Strict
from indicators.score.forms import AnyForm

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


Operation.model_rebuild()
Group.model_rebuild()
