"""What has to be measured together: indicators that share a dataset, a date and a dimension take one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from indicators.expression import (
    Aggregate,
    Node,
    Total,
    aggregates_in,
    columns_in,
    parse_condition,
    parse_moment,
    parse_total,
)
from ioc.catalogue import Catalogue, Indicator
from ioc.catalogue.model import FLOW_KINDS, STOCK_KINDS


@dataclass(frozen=True)
class Compiled:
    """An indicator with its expressions read and typed."""

    indicator: Indicator
    where: Node | None
    numerator: Total
    denominator: Total | None
    enters: Node | None = None
    leaves: Node | None = None
    moment: Node | None = None

    def aggregates(self) -> list[Aggregate]:
        """All aggregates, numerator first."""
        rest = [] if self.denominator is None else list(aggregates_in(self.denominator))
        return [*aggregates_in(self.numerator), *rest]

    def columns(self) -> set[str]:
        """Every column of the dataset it reads."""
        parts: list[Node | Total | None] = [self.where, self.numerator, self.denominator]
        return set().union(*(columns_in(part) for part in [*parts, self.enters, self.leaves, self.moment]))


@dataclass
class Pass:
    """One reading of one dataset: the aggregates of all its indicators as columns of one grouped query."""

    dataset: str
    moment: Node
    slice_dim: str
    is_snapshot: bool
    members: list[Compiled] = field(default_factory=list)


def compile_indicator(catalogue: Catalogue, indicator: Indicator) -> Compiled:
    """Read the expressions of a measured indicator; ExpressionError when they do not fit the dataset."""
    dataset = catalogue.dataset_of(indicator)
    columns = {name: column.type for name, column in dataset.columns.items()}
    assert indicator.numerator is not None

    def moment(text: str | None) -> Node | None:
        return None if text is None else parse_moment(text, columns)

    return Compiled(
        indicator,
        None if indicator.where is None else parse_condition(indicator.where, columns),
        parse_total(indicator.numerator, columns),
        None if indicator.denominator is None else parse_total(indicator.denominator, columns),
        moment(indicator.enters_on),
        moment(indicator.leaves_on),
        moment(indicator.period_by),
    )


def plan_passes(compiled: Iterable[Compiled]) -> list[Pass]:
    """Group flow and snapshot indicators by dataset, date and slice dimension; the whole before the parts."""
    passes: dict[tuple[str, Node, str, bool], Pass] = {}
    for item in compiled:
        if item.indicator.kind not in FLOW_KINDS and item.indicator.kind != "snapshot":
            continue
        assert item.moment is not None
        for dim in ("", *item.indicator.slices):
            key = (item.indicator.dataset, item.moment, dim, item.indicator.kind == "snapshot")
            passes.setdefault(key, Pass(*key)).members.append(item)
    return sorted(passes.values(), key=lambda one: (one.dataset, repr(one.moment), one.slice_dim))


def stocks_of(compiled: Iterable[Compiled]) -> list[Compiled]:
    """The indicators judged at a moment."""
    return [item for item in compiled if item.indicator.kind in STOCK_KINDS]
