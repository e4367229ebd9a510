"""Examples: rows in, number out, as a domain expert writes them; computed again by the second engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from indicators.second import recompute
from indicators.second.tables import Tables, used_columns
from ioc.calendar import VIETNAM
from ioc.catalogue import Catalogue, Dataset, Indicator, ShippedCatalogue
from ioc.errors import ConfigError, IocError
from ioc.words import significant
from ioc.yamlfile import Document, load_yaml

NEEDS = ("indicator", "says", "now", "table", "rows", "ask", "expect")
PARTS = ("numerator", "denominator")
PROVINCE = "51"  # the province of an example that names none


def disagreements(catalogue: Catalogue, folder: Path) -> Iterator[ConfigError]:
    """Every example of a folder (`<id>.yaml`, `<id>@<version>.yaml` of a replaced definition) that does not hold.

    A fault names the line of what was expected. Published figures (kind external) are copied: nothing is computed.
    """
    for path in sorted(folder.glob("*.yaml")):
        try:
            yield from _disagreement(catalogue, path, load_yaml(path))
        except ConfigError as error:
            yield error


def missing_examples(loaded: ShippedCatalogue, folder: Path, *, below: Path) -> Iterator[ConfigError]:
    """The definitions written in files below a folder that have no example in `folder`."""
    catalogue = loaded.catalogue
    for entry in (*catalogue.indicators.values(), *catalogue.earlier):
        origin = loaded.origins[f"{entry.id} {entry.version}"]
        if entry.kind == "score" or not origin.document.path.is_relative_to(below):
            continue
        in_force = catalogue.indicators[entry.id].version == entry.version
        name = f"{entry.id}.yaml" if in_force else f"{entry.id}@{entry.version}.yaml"
        if not (folder / name).is_file():
            message = f"{entry.id} version {entry.version} has no example {name}"
            yield origin.error("id", message, remedy=f"write rows in and number out into {folder / name}")


def _disagreement(catalogue: Catalogue, path: Path, document: Document) -> Iterator[ConfigError]:
    example = document.data
    if not isinstance(example, Mapping) or (missing := [name for name in NEEDS if name not in example]):
        names = ", ".join(NEEDS if not isinstance(example, Mapping) else missing)
        yield ConfigError(path, 1, f"an example needs {names}", remedy="copy one from tests/examples")
        return
    key, _, version = path.stem.partition("@")
    if example["indicator"] != key:
        yield document.error(("indicator",), f"the file is named after {key!r}", remedy="name both the same")
        return
    try:
        entry = catalogue.definition(key, int(version)) if version else catalogue.indicator(key)
        dataset = catalogue.dataset_of(entry)
        if dataset.table.removeprefix("core.") != str(example["table"]).removeprefix("core."):
            yield document.error(("table",), f"{key} is measured from {dataset.table}")
            return
        if entry.kind == "external":
            return
        moment = datetime.fromisoformat(str(example["now"])).replace(tzinfo=VIETNAM).astimezone(UTC)
        tables = _tables(catalogue, entry, dataset, example)
        asked = (str(example["ask"]["unit"]), str(example["ask"]["period"]))
        found = recompute(tables, catalogue, entry.id, *asked, now=moment, version=entry.version)
    except (IocError, ValueError, KeyError, TypeError) as error:
        yield document.error(("rows",), f"the example cannot be computed: {error}", remedy="mend rows and ask")
        return
    expect = example["expect"]
    seen = {"state": found.state, "value": found.value, **{name: getattr(found, name) for name in PARTS}}
    for name, wanted in expect.items():
        if name in seen and not _same(seen[name], wanted):
            message = f"{name} comes out as {seen[name]!r}, the example says {wanted!r}"
            yield document.error(("expect", name), message, remedy="correct the definition or the example")


def _same(seen: Any, wanted: Any) -> bool:
    if isinstance(seen, (int, float)) and isinstance(wanted, (int, float)):
        return significant(seen) == significant(wanted)
    return bool(seen == wanted)


def _tables(catalogue: Catalogue, entry: Indicator, dataset: Dataset, example: Mapping[str, Any]) -> Tables:
    """The rows of the example as the frames of the second engine; the other tables are empty."""
    rows = [dict(row) for row in example["rows"]]
    for row in rows:
        for name in [name for name in row if name.endswith("_at") and row[name] is not None]:
            day = name.removesuffix("_at") + "_on"
            if day in dataset.columns:
                row.setdefault(day, str(row[name])[:10])
    terms = [] if entry.parts is None else [catalogue.indicator(part.of) for _, part in entry.parts.terms()]
    frames = {}
    for name in {one.dataset for one in (entry, *terms)}:
        own = catalogue.datasets[name]
        users = [one for one in (entry, *terms) if one.dataset == name]
        columns = set().union(*(used_columns(own, one) for one in users)) | {
            own.unit,
            *([own.parent] if own.parent else []),
        }
        given = rows if own.table == dataset.table else []
        frames[name] = pd.DataFrame({column: _column(own, column, given) for column in sorted(columns)})
    codes = {str(example["ask"]["unit"]), *(str(row[dataset.unit]) for row in rows if row.get(dataset.unit))}
    if not any(_level(code) == "province" for code in codes):
        codes.add(PROVINCE)
    units = pd.DataFrame(
        [
            {"unit_code": code, "unit_kind": level, "unit_level": level, "valid_from": pd.NaT, "valid_to": pd.NaT}
            for code, level in ((code, _level(code)) for code in sorted(codes))
        ]
    )
    states = pd.DataFrame({"source": [], "dataset": [], "complete_through": []})
    grace = pd.DataFrame({"unit_code": [], "from_on": [], "to_on": []})
    return Tables(frames, units, states, grace)


def _column(dataset: Dataset, name: str, rows: list[dict[str, Any]]) -> pd.Series:
    kind = "timestamp" if name == "known_at" else dataset.columns[name].type
    cells = [row.get(name) for row in rows]
    if kind == "timestamp":
        moments = [None if cell is None else _instant(cell) for cell in cells]
        return pd.Series(moments, dtype="datetime64[us]")
    if kind == "date":
        days = [None if cell is None else date.fromisoformat(str(cell)[:10]) for cell in cells]
        return pd.Series(pd.to_datetime(pd.Series(days, dtype="object"))).astype("datetime64[us]")
    if kind == "number":
        return pd.Series(cells, dtype="float64")
    if kind == "boolean" and all(cell is not None for cell in cells):
        return pd.Series(cells, dtype="bool")
    return pd.Series(cells, dtype="object")


def _instant(cell: object) -> datetime:
    """A local time of the example as the tables hold it: UTC without a zone."""
    return datetime.fromisoformat(str(cell)).replace(tzinfo=VIETNAM).astimezone(UTC).replace(tzinfo=None)


def _level(code: str) -> str:
    """What kind of unit a code names: 51, 21289, H48.01, src.one_stop, src.one_stop.ho_so."""
    if code.startswith("src."):
        return "source" if code.count(".") == 1 else "dataset"
    return "department" if not code.isdigit() else "province" if len(code) == 2 else "commune"
