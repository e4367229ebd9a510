"""`ioc boundaries`: replace the schematic shapes by an official file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from ioc.unit import UnitRegistry
from ioc_cli.context import Context


@click.group()
def boundaries() -> None:
    """Import official commune boundaries, or rebuild the files the maps draw."""


@boundaries.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--crs", default=None, help="Coordinate reference system of a file without one, such as EPSG:9213 (VN-2000)."
)
@click.option("--code-column", default=None, help="Attribute that holds the official five-digit code.")
@click.option("--layer", default=None, help="Layer of a file with several.")
@click.option("--attribution", default="", help="Whose boundaries these are; shown under the map.")
@click.pass_obj
def import_file(
    ctx: Context, file: Path, crs: str | None, code_column: str | None, layer: str | None, attribution: str
) -> None:
    """Import FILE (GeoJSON, GeoPackage, shapefile, GeoParquet): checked, simplified with shared edges, put in use."""
    from pipelines.geo import build_map_files, import_boundaries

    province = ctx.settings.province
    registry = UnitRegistry.load(province)
    report = import_boundaries(
        file,
        home=ctx.home,
        registry_codes={unit.code for unit in registry.communes()},
        province_code=province,
        now=datetime.now(UTC),
        crs=crs,
        code_column=code_column,
        layer=layer,
        attribution=attribution,
    )
    build_map_files(ctx.home, province, ctx.home / "published" / "geo")
    kept = f", {len(report.kept_schematic)} kept schematic" if report.kept_schematic else ""
    notes = "".join(f"\n  note: {note}" for note in report.notes)
    ctx.emit(
        asdict(report),
        f"{report.shape_count} shapes of province {province} in use from {report.source_name} ({report.crs}){kept}; "
        f"overlap {report.overlap_share:.4%}, gaps {report.gap_share:.4%}{notes}",
    )


@boundaries.command("build")
@click.pass_obj
def build(ctx: Context) -> None:
    """Write the web geometry anew from the boundaries in use."""
    from pipelines.geo import build_map_files

    files = build_map_files(ctx.home, ctx.settings.province, ctx.home / "published" / "geo")
    ctx.emit({"meta": str(files.meta_path)}, f"wrote {files.meta_path}")


COMMANDS: Sequence[click.Command] = (boundaries,)
