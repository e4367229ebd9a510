"""`ioc source`: look at a file or a source as it would land, and draft a mapping from a sample."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click

from ioc.errors import IocError
from ioc.lock import IngestLock
from ioc.unit import UnitRegistry
from ioc.words.letters import fold
from ioc.yamlfile import did_you_mean, load_yaml
from ioc_cli.context import Context
from ioc_cli.worker import open_context
from pipelines.connection import connection_of
from pipelines.context import RunContext
from pipelines.mapping.draft import DOMAINS, draft_mapping
from pipelines.mapping.preview import Preview, file_connection, preview_source
from pipelines.mapping.sample import read_sample
from pipelines.mapping.source_file import load_sound_sources, read_mapping, with_mapped, without
from pipelines.spec import SourceSpec


@click.group()
def source() -> None:
    """Connect a source by configuration: draft a mapping, see what would land."""


@source.command()
@click.argument("target")
@click.option("--mapping", type=click.Path(path_type=Path), default=None, help="Mapping file to read TARGET with.")
@click.option("--dataset", default="", help="Only this dataset of the source.")
@click.option("--rows", default=5, show_default=True, help="How many rows of each core table to show.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", help="Language of the reasons.")
@click.pass_obj
def preview(ctx: Context, target: str, mapping: Path | None, dataset: str, rows: int, lang: str) -> None:
    """Show the first rows of TARGET (a file, or the id of a source) as they would land, with every error.

    Nothing is kept: pull, contract and conform run in a home that is thrown away. Exit code 1 when rows were refused
    or a batch would be held.
    """
    now = datetime.now(UTC)
    spec = chosen_spec(ctx, target, mapping)
    with scratch(ctx, now) as run, tempfile.TemporaryDirectory(prefix="ioc-") as folder:
        if Path(target).is_file():
            if spec.kind not in ("files", "download", "ckan"):
                raise IocError(f"{spec.id} reads no files ({spec.kind})", remedy="preview the source by its id")
            spec = for_file(spec, Path(target))
            connection: dict[str, Any] = file_connection(Path(target), Path(folder))
        else:
            settings = with_mapped(ctx.settings, {spec.id: spec})
            connection = connection_of(settings, ctx.home, spec.id, spec.kind, ctx.env)
        found = list(preview_source(run, spec, connection, rows=rows, only=dataset, now=now))
    text = "\n\n".join(tell(one, lang) for one in found) or "nothing was delivered"
    ctx.emit({"source": spec.id, "deliveries": [asdict(one) for one in found]}, text)
    if any(one.held or one.rows_refused or one.notices for one in found) or not found:
        click.get_current_context().exit(1)


def chosen_spec(ctx: Context, target: str, mapping: Path | None) -> SourceSpec:
    """The mapping to use: the file named, the source named, or the one source whose files this file would be."""
    if mapping is not None:
        return read_mapping(load_yaml(mapping))
    specs, aside = load_sound_sources(ctx.settings)
    for one in aside:
        if target == one.source:
            raise one.error
    if target in specs:
        return specs[target]
    path = Path(target)
    if not path.is_file():
        raise IocError(f"'{target}' is neither a file nor a source", remedy=did_you_mean(target, specs))
    fitting = [spec for spec in specs.values() if spec.kind == "files" and spec.is_mapped and fits(spec, path.name)]
    if not fitting and aside:  # one of them is likely the mapping that was meant
        raise aside[0].error
    if len(fitting) != 1:
        known = ", ".join(spec.id for spec in fitting) or "none"
        raise IocError(
            f"which source is {path.name}? fitting: {known}",
            remedy="say --mapping FILE, or draft one: ioc source init FILE",
        )
    return fitting[0]


def globs(request: Any) -> list[str]:
    given = request.get("glob") or ["*"]
    return [given] if isinstance(given, str) else list(given)


def fits(spec: SourceSpec, name: str) -> bool:
    """Whether a dataset of the source reads files of this name."""
    return any(fnmatch(name, pattern) for one in spec.datasets.values() for pattern in globs(one.request))


def for_file(spec: SourceSpec, path: Path) -> SourceSpec:
    """The source as one that reads just this file: datasets that read such files, or all when none says so."""
    some = {k: v for k, v in spec.datasets.items() if any(fnmatch(path.name, one) for one in globs(v.request))}
    strange = ("done_marker", "package", "resource", "path", "params")
    datasets = {
        name: one.model_copy(
            update={
                "request": {k: v for k, v in one.request.items() if k not in strange} | {"glob": "*", "settle": "0m"}
            }
        )
        for name, one in (some or spec.datasets).items()
    }
    return spec.model_copy(update={"kind": "files", "datasets": datasets})


@contextmanager
def scratch(ctx: Context, now: datetime) -> Iterator[RunContext]:
    """A run context over an empty home that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="ioc-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        settings = ctx.settings.model_copy(update={"home": home})
        with IngestLock(home) as lock:
            run = open_context(settings, home, lock, now)
            try:
                yield replace(run, settings=settings)
            finally:
                run.store.close()
                run.warehouse.close()


def tell(one: Preview, lang: str) -> str:
    """One delivery for a person."""
    lines = [f"{one.dataset}: {one.origin}"]
    lines += [f"  {text}" for text in one.notices]
    if one.notices:
        return "\n".join(lines)
    made = f" in {one.rows_in} records" if one.rows_in != one.delivered else ""
    cut = f" (only the first {one.cut_at} were looked at)" if one.cut_at else ""
    counts = f"{one.rows_good} good, {one.rows_refused} refused, {one.rows_duplicate} duplicate"
    lines.append(f"  {one.delivered} rows delivered{made}: {counts}{cut}")
    if one.held:
        lines.append(f"  NOT LOADED: {one.held}")
    for entry in one.refused:
        shown = f"'{entry['value']}'" if entry["value"] is not None else "nothing"
        where = f"first at row {entry['row']}: {shown}"
        lines.append(f"  refused {entry['count']}: {entry['rule']}: {entry[lang]} ({where})")
    lines += [f"  flagged {e['count']}: {e['rule']}: {e[lang]} (first at row {e['row']})" for e in one.flagged]
    if one.ignored:
        lines.append(f"  columns left behind: {', '.join(one.ignored[:20])}")
    if one.in_time:
        lines.append(f"  {due_line(one.in_time)}")
    for table, rows in one.tables.items():
        lines += [f"  -> {table}", *(f"     {line}" for line in grid(rows))]
    return "\n".join(lines)


def due_line(counts: dict[str, int]) -> str:
    """What the due time makes of the dossiers, and a warning where it cannot be the right column."""
    finished, strange = counts["finished"], counts["due_before_receipt"]
    share = f" ({counts['in_time'] / finished:.1%})" if finished else ""
    text = f"due time: {counts['in_time']} of {finished} finished are in time{share}, {counts['without_due']} have none"
    if strange * 50 > counts["dossiers"]:
        return f"{text}; WRONG COLUMN? {strange} of {counts['dossiers']} are due before they were received"
    if finished and counts["in_time"] in (0, finished):
        return (
            f"{text}; WRONG COLUMN? all or none in time is rarely true: compare due_original_at with a share you know"
        )
    return f"{text}; compare it with a share you know"


def grid(rows: list[dict[str, Any]]) -> list[str]:
    """Rows on their side: a line for each column, a place for each row."""
    if not rows:
        return ["no row"]
    names = list(rows[0])
    cells = [[str(row[name]) if row[name] is not None else "-" for row in rows] for name in names]
    widths = [min(32, max(len(line[i]) for line in cells)) for i in range(len(rows))]
    left = max(map(len, names))
    return [
        f"{name:<{left}}  "
        + "  ".join(f"{cell[:32]:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for name, line in zip(names, cells, strict=True)
    ]


@source.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into", type=click.Choice(sorted(DOMAINS)), default="dossier", show_default=True, help="What it feeds.")
@click.option("--id", "name", default="", help="Id of the source (default: from the name of the file).")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write here (default: standard output).")
@click.pass_obj
def init(ctx: Context, file: Path, into: str, name: str, out: Path | None) -> None:
    """Draft a mapping for FILE: format, encoding, header row, types and columns guessed, each guess marked."""
    plain = file.name.split(".")[0]
    chosen = name or re.sub(r"[^a-z0-9]+", "_", fold(plain)).strip("_") or "new_source"
    chosen = chosen if chosen[0].isalpha() else f"s_{chosen}"
    registry = UnitRegistry.load(ctx.settings.province)

    def is_unit(said: str) -> str:
        if said in registry:
            return "code"
        return "name" if registry.find_commune(None, said).unit is not None else ""

    ending = "".join(file.suffixes[-2:] if file.name.endswith(".gz") else file.suffixes[-1:])
    text = draft_mapping(read_sample(file), source=chosen, glob=f"*{ending}", into=into, is_unit=is_unit)
    if out is None:
        ctx.emit({"id": chosen, "mapping": text}, text.rstrip("\n"))
        return
    if out.exists():
        raise IocError(f"{out} exists already", remedy="remove it, or name another file")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    home = f"--home {ctx.home_option} " if ctx.home_option else ""
    told = f"drafted {out}; confirm its guesses, then: ioc {home}source preview {file} --mapping {out}"
    ctx.emit({"id": chosen, "file": str(out)}, told)


@source.command("list")
@click.pass_obj
def list_sources(ctx: Context) -> None:
    """List the sources: id, domain, kind, where each is written, and whether it is switched on."""
    specs, aside = load_sound_sources(ctx.settings)
    settings = with_mapped(without(ctx.settings, aside), specs)
    items = [
        {
            "id": spec.id,
            "domain": spec.domain,
            "kind": spec.kind,
            "mapped": spec.is_mapped,
            "file": str(spec.file),
            "enabled": spec.id in settings.sources and settings.sources[spec.id].enabled,
        }
        for spec in specs.values()
    ]
    lines = [
        f"{i['id']:<24} {i['domain']:<11} {i['kind']:<9} {'on' if i['enabled'] else 'off':<4} "
        f"{i['file'] if i['mapped'] else 'shipped'}"
        for i in items
    ]
    lines += [f"{one.source:<24} not read: {one.error}" for one in aside]
    not_read = [{"id": one.source, "error": str(one.error)} for one in aside]
    ctx.emit({"items": items, "not_read": not_read}, "\n".join(lines))


COMMANDS: Sequence[click.Command] = (source,)
