"""What `sources/<domain>/<source>/source.yaml` says: who delivers what, by when, in which form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ioc.catalogue.model import FreshnessRule, LocalText, Owner, parse_duration
from ioc.errors import ConfigError
from ioc.yamlfile import load_yaml, validate
from pipelines.guards import Deletions, Drift, Reconcile, Scale, Volume
from pipelines.scanner.names import refuse_personal

SOURCES = Path(__file__).parent / "sources"
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
ZONE = re.compile(r"^([+-]\d\d:\d\d|[A-Z][A-Za-z_]+(/[A-Za-z_+-]+)*)$")


class Entry(BaseModel):
    """Frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Take = Literal["same", "first", "last", "min", "max", "sum", "mean", "count"]


class PlaceRule(Entry):
    """How a code in a column becomes a unit. The staged column `<name>__unit` holds the measured unit.

    commune: an official commune code (a former one when `on` lies before 1 July 2025, following the succession);
    agency: an electronic agency code; unit: any code of the registry. `name` is a column with the name beside it.
    `unknown`: refuse the row, or leave the unit empty.
    """

    kind: Literal["commune", "agency", "unit"]
    on: str | None = None
    name: str | None = None
    unknown: Literal["refuse", "empty"] = "refuse"


class ColumnSpec(Entry):
    """One allow-listed column: its type and what its values may be."""

    type: Literal["text", "integer", "decimal", "boolean", "date", "local_time", "instant"] = "text"
    required: bool = False
    path: str = ""  # place in a nested document, the heading in a sheet, or a field of shape.read
    format: str = ""  # dates: strptime form; or epoch_s, epoch_ms, excel (a serial day number)
    zone: str = ""  # times without a zone: where they are local, when not in Vietnam (America/Chicago, -06:00)
    decimal: Literal[".", ","] = "."
    values: tuple[str | int, ...] = ()  # closed list of codes
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""  # the whole text must match
    place: PlaceRule | None = None
    # of a mapping: changes to the delivered text before it is typed
    missing: tuple[str, ...] = ()  # texts that mean: no value
    codes: dict[str | int, str | int] = {}  # translation of a code list; a code outside it is refused
    otherwise: str | None = None  # what a code outside `codes` becomes instead
    extract: str = ""  # the part that matches the first group (or the whole) of this pattern
    take: Take = "same"  # of a group of rows: the value all share, else which one, or what is made of them
    when: str = ""  # with `take`: only of rows that meet this expression
    personal: Literal["refuse", "mask"] = "refuse"  # a cell with personal data: refuse its row, or mask the part
    personal_reason: str = ""  # why this column cannot hold personal data although it looks so; it is not searched


class RowRule(Entry):
    """A condition every row must meet, in SQL over the staged columns; NULL counts as met."""

    id: str
    test: str
    field: str = ""
    vi: str
    en: str


class Target(Entry):
    """A core table the dataset feeds: its key and what decides between two versions of a row.

    `set` says what each column of the table becomes, by expressions over the fields of the dataset; with it no
    conform.sql is needed, and key and order are those of the table.
    """

    key: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    span: str = ""  # time column of the key: only stored rows within the span of a batch can meet it
    day: str = ""  # date column by which the volume of days is judged
    scale: Scale | None = None
    set: dict[str, str | bool | int | float] = {}


class Unpivot(Entry):
    """Columns that are values of one measure become rows: the named groups of `columns` become fields."""

    columns: str  # pattern of the headings, with named groups: '(?P<year>[0-9]{4}) (?P<measure>.+)'
    value: str  # field that takes the cell


class Grouping(Entry):
    """Several delivered rows make one: those with the same `by`, in the order of `order_by`, then of delivery."""

    by: tuple[str, ...] = Field(min_length=1)
    order_by: tuple[str, ...] = ()


class Shape(Entry):
    """How delivered rows become rows of the dataset, in this order."""

    read: dict[str, str] = {}  # delivered columns that only the steps below use: name and heading
    missing: tuple[str, ...] = ()  # texts that mean: no value
    fill_down: tuple[str, ...] = ()  # an empty cell repeats the one above
    add: dict[str, str] = {}  # further fields by expressions over the delivered texts
    where: str = ""  # rows of the delivery that belong to this dataset
    unpivot: Unpivot | None = None
    group: Grouping | None = None
    number: str = ""  # field that takes the number of the row within the fields of `number_within`
    number_within: tuple[str, ...] = ()
    number_by: tuple[str, ...] = ()


class Owes(Entry):
    """What the covenant promises for every month: data of each unit of these kinds, and these core columns filled."""

    units: tuple[Literal["province", "commune", "department"], ...] = ()
    day: str  # date column of the core table that says which month a row belongs to
    fields: tuple[str, ...] = ()

    @model_validator(mode="after")
    def check(self) -> Owes:
        """Refuse what is no column name."""
        for name in (self.day, *self.fields):
            if not NAME.match(name):
                raise ValueError(f"owes: '{name}' is no column of a core table")
        return self


class DatasetSpec(Entry):
    """One dataset of a source: how it is asked for, its contract, and where its rows go."""

    request: dict[str, Any]
    columns: dict[str, ColumnSpec] = Field(min_length=1)
    key: tuple[str, ...] = Field(min_length=1)
    order_by: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = ()
    flags: tuple[RowRule, ...] = ()  # what a row should meet; it is kept when it does not, and listed
    shape: Shape | None = None
    into: dict[str, Target] = Field(min_length=1)
    use: str = ""  # what its rows are read for where no indicator is measured from them
    overlap: str = "0m"  # how far behind the watermark the next pull starts
    deep_overlap: str = ""  # the same for the pull that looks for late rows, every six hours
    first_since: str = ""  # how far back the first pull reaches ('' = all)
    lag: str = "0m"  # rows of this age may still be on their way
    empty: Literal["refuse", "allow"] = "refuse"
    volume: Volume = Volume()
    by_content: bool = False  # files: the same content is the same load
    owes: Owes | None = None
    lettering: Literal["unicode", "tcvn3", "vni"] = "unicode"  # others are transcoded; an undeclared one is refused
    drift: Drift = Drift()
    deletions: Deletions = Deletions()
    reconcile: Reconcile | None = None

    @model_validator(mode="after")
    def check(self) -> DatasetSpec:
        """Refuse names and spans that cannot be."""
        for name in self.columns:
            if not NAME.match(name):
                raise ValueError(
                    f"column '{name}': write names in small letters, digits and _; say path: for other headings"
                )
        known = self.fields
        for name in (*self.key, *self.order_by):
            if name not in known:
                raise ValueError(f"'{name}' is not among the columns: {', '.join(sorted(known))}")
        for name, column in self.columns.items():
            if column.zone and not ZONE.match(column.zone):
                raise ValueError(f"column '{name}': zone '{column.zone}' is none; write America/Chicago or -06:00")
            for other in (column.place.on, column.place.name) if column.place else ():
                if other and other not in known:
                    raise ValueError(f"place: '{other}' is not among the columns")
        for name, heading in self.shape.read.items() if self.shape else ():
            if not NAME.match(name) or not heading:
                raise ValueError(f"shape.read: write '{name}' in small letters, and the heading beside it")
        refuse_personal(self.delivered, {name for name, column in self.columns.items() if column.personal_reason})
        self.deletions.check_against(self.columns)
        for span in (self.overlap, self.lag, self.deep_overlap or "0m", self.first_since or "0m"):
            parse_duration(span)
        return self

    @property
    def fields(self) -> set[str]:
        """Every name a rule or an expression may use."""
        return set(self.columns) | {f"{name}__unit" for name, column in self.columns.items() if column.place}

    @property
    def is_shaped(self) -> bool:
        """Whether delivered rows are changed before the contract judges them."""
        return self.shape is not None or any(
            column.codes or column.extract or column.missing for column in self.columns.values()
        )

    @property
    def made(self) -> set[str]:
        """Names that a shape makes; they are not asked of the source."""
        shape = self.shape
        if shape is None:
            return set()
        unpivot = shape.unpivot
        groups = set(re.compile(unpivot.columns).groupindex) | {unpivot.value} if unpivot else set()
        return {*shape.add, *groups, *([shape.number] if shape.number else []), *(["varies"] if shape.group else [])}

    @property
    def delivered(self) -> dict[str, str]:
        """What is asked of the source: name and heading (or place in a document)."""
        read = dict(self.shape.read) if self.shape else {}
        made = self.made
        for name, column in self.columns.items():
            path = column.path or name
            if name not in made and not (path in made or path in read or path in read.values()):
                read[name] = path
        return read


class SourceSpec(Entry):
    """One source system, its owner and its datasets. `folder` is where its files lie."""

    id: str
    domain: Literal["procedures", "reporting", "traffic", "digital"]
    kind: Literal["sql", "rest", "ngsi", "files", "download", "ckan"]
    name: LocalText
    owner: Owner
    freshness: FreshnessRule
    needs: tuple[str, ...] = ()  # sources whose rows must be there first
    deadline: str = "10m"
    datasets: dict[str, DatasetSpec] = Field(min_length=1)
    reach: dict[str, Any] = {}  # of a mapping: when and where, unless config.yaml says so
    folder: Path = Path()
    file: Path = Path()  # where it is written

    @property
    def is_mapped(self) -> bool:
        """Whether it was written as a mapping by the province, without code."""
        return bool(self.file.name) and self.file.name != "source.yaml"

    @property
    def due(self) -> str:
        """When data must have come: '+15m', '+1d 17:00', '+1wd 17:00'."""
        return self.freshness.due

    @property
    def deadline_seconds(self) -> float:
        """How long one run may take."""
        return parse_duration(self.deadline).total_seconds()


def load_source(path: Path) -> SourceSpec:
    """One source.yaml; errors name file and line."""
    document = load_yaml(path)
    spec = validate(SourceSpec, document)
    if spec.id != path.parent.name:
        raise ConfigError(path, document.line(("id",)), f"id '{spec.id}' differs from the folder '{path.parent.name}'")
    return spec.model_copy(update={"folder": path.parent, "file": path})


def load_sources(folder: Path = SOURCES) -> dict[str, SourceSpec]:
    """Every shipped source by its id, in an order in which what is needed comes first."""
    return dict(_load_sources(folder))


@lru_cache(maxsize=4)
def _load_sources(folder: Path) -> dict[str, SourceSpec]:
    return in_order({spec.id: spec for spec in map(load_source, sorted(folder.glob("*/*/source.yaml")))})


def in_order(found: Mapping[str, SourceSpec]) -> dict[str, SourceSpec]:
    """Sources in an order in which what is needed comes first; ConfigError for a need that cannot be met."""
    ordered: dict[str, SourceSpec] = {}

    def place(name: str, above: tuple[str, ...]) -> None:
        if name not in found or name in above:
            raise ConfigError(
                found[above[-1]].file if above else name,
                None,
                f"needs '{name}', which {'needs it in turn' if name in above else 'does not exist'}",
            )
        for other in found[name].needs:
            if other not in ordered:
                place(other, (*above, name))
        ordered[name] = found[name]

    for name in found:
        if name not in ordered:
            place(name, ())
    return ordered
