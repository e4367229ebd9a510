"""`ioc demo`: build the demo source systems of a province and bring their data the whole way to a published copy."""

from __future__ import annotations

import re
import shutil
import signal
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from ioc.errors import ConfigError, UsageError
from ioc.settings import Settings, load_settings
from ioc.unit import UnitRegistry
from ioc_cli.context import Context
from ioc_cli.ingest import ingest_once
from pipelines.demo import DemoOptions, DemoSystems


def now() -> datetime:
    """The moment commands work for."""
    return datetime.now(UTC)


@click.group(invoke_without_command=True)
@click.option("--province", default=None, help="Two-digit province code (default: config.yaml, 51).")
@click.option("--scale", type=float, default=None, help="1 is the full size of the province, about 1.2 M dossiers.")
@click.option("--months", type=int, default=None, help="Months of history.")
@click.option("--seed", type=int, default=None, help="The same number gives the same history.")
@click.option("--fresh", is_flag=True, help="Remove what the home holds first.")
@click.pass_context
def demo(
    click_context: click.Context,
    province: str | None,
    scale: float | None,
    months: int | None,
    seed: int | None,
    fresh: bool,
) -> None:
    """Build the demo source systems, pull everything, measure and publish. Twice is the same as once."""
    if click_context.invoked_subcommand is not None:
        return
    ctx: Context = click_context.obj
    if fresh and ctx.home.exists():
        shutil.rmtree(ctx.home)
    settings = choose(ctx, province=province, scale=scale, months=months, seed=seed)
    document = build(settings)
    ctx.emit(document, document["text"])


@demo.command()
@click.option("--period", type=float, default=30.0, show_default=True, help="Seconds between two steps of the clock.")
@click.pass_obj
def serve(ctx: Context, period: float) -> None:
    """Run the demo source systems over HTTP on loopback, and let time pass in them, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    DemoSystems.open(ctx.home).serve(now, stop, period=period)


def choose(ctx: Context, **options: float | str | None) -> Settings:
    """Write what was asked for into the home's config.yaml, so that later commands agree; never another province."""
    settings = ctx.settings
    asked = {key: value for key, value in options.items() if value is not None}
    if not asked:
        return settings
    place = ctx.home / "config.yaml"
    shipped = settings.config_path
    if shipped is None:
        raise ConfigError("config.yaml", None, "no configuration found", remedy="name one with --config")
    text = shipped.read_text(encoding="utf-8")
    if "province" in asked:
        code = str(asked["province"])
        known = {unit.code: unit.full_name for unit in UnitRegistry.nation().provinces()}
        if code not in known:
            raise UsageError(f"unknown province code '{code}'", remedy=f"one of {', '.join(sorted(known))}")
        if (ctx.home / "demo" / "demo.json").exists() and code != settings.province:
            raise UsageError(
                f"{ctx.home} holds province {settings.province}", remedy="name another --home, or add --fresh"
            )
        text = re.sub(r"^province:.*$", f'province: "{code}"', text, flags=re.M)
    if "seed" in asked:
        text = re.sub(r"^seed:.*$", f"seed: {asked['seed']}", text, flags=re.M)
    for key in ("scale", "months"):
        if key in asked:
            text = re.sub(rf"(^demo:.*\b{key}: )[\d.]+", rf"\g<1>{asked[key]}", text, flags=re.M)
    ctx.home.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return load_settings(place, ctx.home, ctx.env)


def build(settings: Settings) -> dict[str, object]:
    """Build or open the systems, run every source once, publish; returns what was done with its seconds."""
    home = Path(settings.home)
    started = time.perf_counter()
    moment = now()
    if (home / "demo" / "demo.json").exists():
        systems = DemoSystems.open(home)
        systems.advance(moment)
    else:
        options = DemoOptions(settings.province, settings.seed, settings.demo.scale, settings.demo.months)
        systems = DemoSystems.build(home, options, moment)
    systems.place.write_terrain(home / "terrain.csv")
    built = time.perf_counter()
    with systems.running(now):
        outcome = ingest_once(settings, moment)
    ended = time.perf_counter()
    province = UnitRegistry.load(settings.province).province
    rows = sum(result.rows_good for result in outcome.results)
    text = (
        f"{province.full_name} ({province.code}): source systems in {built - started:.1f} s, "
        f"{rows:,} rows pulled, measured and published in {ended - built:.1f} s"
    )
    return {
        "province": province.code,
        "built_seconds": round(built - started, 2),
        "ingest_seconds": round(ended - built, 2),
        "rows": rows,
        "version": outcome.version,
        "runs": [{"source": item.source, "status": item.status, "message": item.message} for item in outcome.results],
        "text": text,
    }


COMMANDS: Sequence[click.Command] = (demo,)
