"""Typed catalogue entries: what may stand in the YAML files, and what it means."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Literal

from pydantic import Field, model_validator

from ioc.catalogue.combined import Parts
from ioc.catalogue.dataset import Column, ColumnType, Dataset
from ioc.catalogue.entry import (
    Bands,
    Entry,
    ExactDecimal,
    FreshnessRule,
    LegalBasis,
    LocalText,
    Owner,
    parse_duration,
    suggest,
)
from ioc.catalogue.target import Target
from ioc.errors import UsageError
from ioc.period import Period

__all__ = [
    "DOMAINS",
    "FLOW_KINDS",
    "MEASURED_KINDS",
    "STOCK_KINDS",
    "Bands",
    "Catalogue",
    "Column",
    "ColumnType",
    "Dataset",
    "Entry",
    "ExactDecimal",
    "FreshnessRule",
    "Indicator",
    "Kind",
    "LegalBasis",
    "Level",
    "LocalText",
    "Owner",
    "PeriodKind",
    "Reported",
    "Target",
    "parse_duration",
    "suggest",
]

DOMAINS = ("procedures", "reporting", "traffic", "digital")
# A source and a dataset of a source are measured units too: their numbers say how well the data come.
Level = Literal["province", "commune", "department", "source", "dataset"]
PeriodKind = Literal["day", "week", "month", "quarter", "half", "nine_months", "year", "ytd"]
Kind = Literal[
    "ratio", "count", "sum", "mean", "stock", "stock_ratio", "snapshot", "reported", "combined", "external", "score"
]
FLOW_KINDS = frozenset({"ratio", "count", "sum", "mean"})
STOCK_KINDS = frozenset({"stock", "stock_ratio"})
MEASURED_KINDS = FLOW_KINDS | STOCK_KINDS | {"snapshot"}
_MEASURE_UNIT = re.compile(r"percent|count:[a-z_0-9]+|vnd_bn|km_h|minutes|points|index|days|per_1000|number")


class Reported(Entry):
    """How a number that arrives ready-made is found in core.report_value.

    `key` same: filed under the period's own key; month: filed by month; ytd: filed cumulative since January.
    `takes`: the period itself (same), the latest filed in it (last), their sum, or the difference of two
    cumulative values (METHODS 5.5; a negative difference is a revision and stays).
    `reads` says whether the filed value counts as it stands or as n/N of the filed numerator and denominator.
    `due_days`: calendar days after the period's end until it must be there.
    """

    field: str
    key: Literal["same", "ytd", "month"] = "same"
    takes: Literal["same", "last", "difference", "sum"] = "same"
    reads: Literal["value", "ratio"] = "value"
    due_days: int = 20


class Indicator(Entry):
    """One definition of one number: what is counted, by which decision, for whom, since when.

    A definition that was replaced keeps its entry with `valid_to` (its last day); `change` of the newer one says
    what is different, for the break mark.
    """

    id: str
    version: int = Field(ge=1)
    valid_from: date
    valid_to: date | None = None
    change: LocalText | None = None
    name: LocalText
    short_name: LocalText
    definition: LocalText
    formula: LocalText
    legal_basis: LegalBasis
    owner: Owner
    measure_unit: str
    precision: int = Field(ge=0, le=4)
    direction: Literal["up", "down", "band", "none"]
    kind: Kind
    dataset: str
    period_by: str | None = None
    enters_on: str | None = None
    leaves_on: str | None = None
    where: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    reported: Reported | None = None
    parts: Parts | None = None
    quotes: str | None = None  # kind external: the own indicator that stands beside the published figure
    levels: tuple[Level, ...] = Field(min_length=1)
    periods: tuple[PeriodKind, ...] = Field(min_length=1)
    slices: tuple[str, ...] = ()
    roll_up: Literal["ratio", "sum", "last", "none"]
    absent: Literal["zero", "missing"] = "zero"
    storm_grace: bool = False  # a unit with nothing due within a declared grace is not due, instead of without cases
    applies_to: Literal["all", "present"] = "all"
    bands: Bands | None = None
    freshness: FreshnessRule | None = None

    @property
    def domain(self) -> str:
        """procedures | reporting | traffic | digital."""
        return self.id.split(".", 1)[0]

    @property
    def scale(self) -> int:
        """What n/N is multiplied by to give the value in the measure unit."""
        return {"percent": 100, "per_1000": 1000}.get(self.measure_unit, 1)

    @property
    def is_measured(self) -> bool:
        """Whether it is computed from records (so a second engine can recompute it)."""
        return self.kind in MEASURED_KINDS

    @property
    def is_additive(self) -> bool:
        """Whether the values of units add up to that of the whole; else it is computed from n and N, or not at all."""
        return self.roll_up in ("sum", "last") and not self.has_denominator

    @property
    def carry_forward(self) -> Literal["never", "within_period", "standing"]:
        """What stands for days without news: nothing, the latest count of the same period, or what stands open then.

        Nothing is ever carried over from an earlier period.
        """
        if self.kind in STOCK_KINDS:
            return "standing"
        takes_last = self.reported is not None and self.reported.takes == "last"
        return "within_period" if self.kind == "snapshot" or takes_last else "never"

    @property
    def has_denominator(self) -> bool:
        """Whether its value is n/N."""
        if self.parts is not None:
            return bool(self.parts.denominator)
        return self.denominator is not None or (self.reported is not None and self.reported.reads == "ratio")

    @model_validator(mode="after")
    def check(self) -> Indicator:
        """The fields that each kind needs, and those it must not have."""
        domain, _, rest = self.id.partition(".")
        if domain not in DOMAINS or not re.fullmatch(r"[a-z][a-z0-9_]*", rest):
            raise ValueError(f"id {self.id!r} is not <domain>.<name> with a domain of {', '.join(DOMAINS)}")
        if not _MEASURE_UNIT.fullmatch(self.measure_unit):
            raise ValueError(f"unknown measure_unit {self.measure_unit!r}")
        needs: set[str] = set()
        if self.kind in FLOW_KINDS:
            needs = {"period_by", "numerator"}
        elif self.kind in STOCK_KINDS:
            needs = {"enters_on", "leaves_on", "numerator"}
        elif self.kind == "snapshot":
            needs = {"period_by", "numerator"}
        elif self.kind in ("reported", "combined"):
            needs = {"reported" if self.kind == "reported" else "parts"}
        if self.kind in ("ratio", "stock_ratio", "mean"):
            needs.add("denominator")
        for name in sorted(needs):
            if getattr(self, name) is None:
                raise ValueError(f"kind {self.kind!r} needs {name!r}")
        allowed = needs | {"where"} | ({"denominator"} if self.kind == "snapshot" else set())
        checked = {"period_by", "enters_on", "leaves_on", "where", "numerator", "denominator", "reported", "parts"}
        if self.kind in ("reported", "combined", "external", "score"):
            allowed.discard("where")
        if self.kind == "external":
            allowed.add("quotes")
        for name in sorted((checked | {"quotes"}) - allowed):
            if getattr(self, name) is not None:
                raise ValueError(f"kind {self.kind!r} has no {name!r}")
        if self.slices and self.kind not in FLOW_KINDS:
            raise ValueError("slices exist for ratio, count, sum and mean only")
        if self.direction == "band" and (self.bands is None or self.bands.low is None or self.bands.high is None):
            raise ValueError("direction 'band' needs bands with low and high")
        return self


class Catalogue(Entry):
    """All definitions of one product version; `to_json` is what a published version carries."""

    datasets: dict[str, Dataset]
    indicators: dict[str, Indicator]
    targets: tuple[Target, ...] = ()
    earlier: tuple[Indicator, ...] = ()  # replaced definitions, oldest first

    def indicator(self, key: str) -> Indicator:
        """The definition of that id; UsageError with a suggestion when there is none."""
        found = self.indicators.get(key)
        if found is None:
            raise UsageError(
                f"no indicator {key!r}{suggest(key, self.indicators)}", remedy="`ioc indicators` lists them"
            )
        return found

    def versions_of(self, key: str) -> tuple[Indicator, ...]:
        """All definitions of an indicator, oldest first; the last one is in force."""
        return (*(one for one in self.earlier if one.id == key), self.indicator(key))

    def definition(self, key: str, version: int) -> Indicator:
        """The definition of that version; UsageError when the catalogue does not hold it."""
        for one in self.versions_of(key):
            if one.version == version:
                return one
        raise UsageError(f"no version {version} of {key!r}", remedy="`ioc indicators` lists them")

    def definition_for(self, key: str, period: Period) -> Indicator:
        """The newest definition that had begun by the period's end; the oldest one for periods before all of them."""
        versions = self.versions_of(key)
        return next((one for one in reversed(versions) if one.valid_from <= period.end), versions[0])

    def only(self, *keys: str) -> Catalogue:
        """These indicators alone, with their replaced definitions; everything else as it is."""
        kept = {key: self.indicator(key) for key in keys}
        return self.model_copy(
            update={"indicators": kept, "earlier": tuple(one for one in self.earlier if one.id in kept)}
        )

    def measured_span(self, indicator: Indicator) -> tuple[date | None, date | None]:
        """First and last period end a definition is measured for; None where it has no neighbour on that side.

        A replaced definition is still measured for a year beside its successor (a double run), so that a year of
        both exists; only numbers made of records can be.
        """
        newer = [one for one in self.versions_of(indicator.id) if one.version > indicator.version]
        older = [one for one in self.versions_of(indicator.id) if one.version < indicator.version]
        first = indicator.valid_from if older else None
        if not newer:
            return first, None
        last = newer[0].valid_from - timedelta(days=1)
        return first, last + timedelta(days=365) if indicator.is_measured else last

    def dataset_of(self, indicator: Indicator) -> Dataset:
        """The core table an indicator is measured from."""
        return self.datasets[indicator.dataset]

    def target_for(self, indicator: str, unit: str, level: str, period: Period) -> Target | None:
        """The target in force at the period's end: of the unit, else of its level, else of all units.

        On a path `value` is what is due by the period's end; the text stays that of the whole promise.
        """
        found: Target | None = None
        rank = -1
        for target in self.targets:
            if target.indicator != indicator or target.unit not in (unit, level, "*"):
                continue
            if target.valid_from > period.end or (target.valid_to and target.valid_to < period.end):
                continue
            own = {unit: 2, level: 1}.get(target.unit, 0)
            if own > rank or (own == rank and found is not None and target.valid_from > found.valid_from):
                found, rank = target, own
        return found.due_at(period) if found is not None else None

    def to_json(self) -> str:
        """JSON in the order of the files: equal catalogues give equal text."""
        plain = self.model_dump(mode="json")
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Catalogue:
        """The catalogue a published version was measured with."""
        return cls.model_validate(json.loads(text))
