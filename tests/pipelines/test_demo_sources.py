"""All eight sources of a small demo province, over real files, a real database and real HTTP, into core."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ioc.settings import load_settings
from pipelines.demo import DemoOptions, DemoSystems
from pipelines.run import run_all
from tests.pipelines.places import count, open_run
from tests.shared import ROOT

TABLES = (
    "procedure", "dossier", "rating", "portal_dossier", "report_value", "report_submission", "field_report",
    "traffic_site", "traffic_flow", "task", "assessment", "system_count",
)  # fmt: skip


def test_the_demo_province_comes_whole_and_grows(tmp_path: Path) -> None:
    """Every row is good, every table is filled, a second reading changes nothing, what happens later comes."""
    moments = [datetime(2026, 7, 1, 2, 0, tzinfo=UTC)]
    home = tmp_path / "home"
    systems = DemoSystems.build(home, DemoOptions(scale=0.01, months=5), moments[0])
    shipped = load_settings(ROOT / "config.yaml").sources
    sources = {name: entry.connection for name, entry in shipped.items()}
    with systems.running(lambda: moments[0]), open_run(home, sources, now=moments[0]) as ctx:
        first = run_all(ctx)
        assert {result.source: result.status for result in first} == dict.fromkeys(sources, "ok")
        for result in first:
            assert result.rows_in == result.rows_good + result.rows_refused + result.rows_duplicate
            assert result.rows_refused == 0
        assert [table for table in TABLES if not count(ctx, f"SELECT count(*) FROM core.{table}")] == []
        assert (
            count(ctx, "SELECT count(*) FROM core.procedure WHERE valid_to IS NULL AND service_level = 'full'") == 848
        )
        assert count(ctx, "SELECT count(DISTINCT site_code) FROM core.traffic_flow WHERE quality = 'valid'") == 14
        assert sum(result.rows_changed for result in run_all(ctx)) == 0
        before = count(ctx, "SELECT count(*) FROM core.traffic_flow")
        moments[0] += timedelta(hours=3)
        systems.advance(moments[0])
        later = run_all(ctx.at(moments[0]))
        assert {result.status for result in later} == {"ok"}
        assert count(ctx, "SELECT count(*) FROM core.traffic_flow") > before
        assert count(ctx, "SELECT count(*) FROM core.dossier WHERE received_at > TIMESTAMP '2026-07-01 02:00:00'") > 0
