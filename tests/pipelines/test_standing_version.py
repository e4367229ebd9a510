"""A version that no longer shows what the warehouse holds is found by the ledger, not by the memory of a process."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from ioc.published import Publication
from ioc_cli.measuring import measure_and_publish
from ioc_cli.standing_version import has_new_history, is_ageing, is_behind
from pipelines.run import run_source
from tests.pipelines.places import NOW, dossier, open_run, write_one_stop

BOXES = {"hand_entry": "entries", "office_upload": "uploads"}


def test_rows_loaded_after_the_version_leave_it_behind_and_quiet_sources_get_their_age(tmp_path: Path) -> None:
    place = tmp_path / "one_stop.sqlite"
    settings = {"one_stop": {"address": write_one_stop(place, [dossier(i) for i in range(20)]), "every": "1h"}}
    with open_run(tmp_path / "home", settings) as ctx:
        assert not is_behind(ctx)  # nothing published: the first reading publishes
        first = measure_and_publish(ctx, [run_source("one_stop", ctx)])
        assert first is not None
        assert not is_behind(ctx)
        later = ctx.at(NOW + timedelta(minutes=2))
        quiet = run_source("one_stop", later)
        assert (quiet.status, quiet.rows_changed) == ("ok", 0)
        assert measure_and_publish(later, [quiet]) is None
        assert not is_behind(later)
        longer = ctx.settings.model_copy(update={"history_from": date(2020, 1, 1)})
        assert has_new_history(replace(later, settings=longer))  # asked for after the reading: measured all the same
        assert not has_new_history(later)
        much_later = ctx.at(NOW + timedelta(minutes=6))
        assert is_ageing(much_later)
        second = measure_and_publish(much_later, [run_source("one_stop", much_later)])
        assert second is not None
        assert second.id > first.id
        publication = Publication(tmp_path / "home")
        with publication.reader() as reader:
            seen = {state.last_success_at for state in reader.sources() if state.dataset == "ho_so"}
        publication.close()
        assert seen == {much_later.now}
        place.unlink()
        write_one_stop(place, [dossier(i) for i in range(21)])
        again = ctx.at(NOW + timedelta(minutes=8))
        assert run_source("one_stop", again).rows_changed
        assert is_behind(again)  # the process ends here, before it could publish
        assert measure_and_publish(again, []) is not None
        assert not is_behind(again)


def test_refused_rows_are_shown_at_once_and_are_news_once(tmp_path: Path) -> None:
    """A run that only refused rows changes no number, and the page of the sources still tells it."""
    place = tmp_path / "one_stop.sqlite"
    settings = {"one_stop": {"address": write_one_stop(place, [dossier(i) for i in range(20)]), "every": "1h"}}
    with open_run(tmp_path / "home", settings) as ctx:
        assert measure_and_publish(ctx, [run_source("one_stop", ctx)]) is not None
        bad = dossier(99, trang_thai=77)
        with sqlite3.connect(place) as connection:
            connection.execute(f"INSERT INTO ho_so VALUES ({', '.join('?' * len(bad))})", tuple(bad.values()))
        connection.close()
        later = ctx.at(NOW + timedelta(minutes=1))
        result = run_source("one_stop", later)
        assert (result.rows_changed, result.rows_refused) == (0, 1)
        assert measure_and_publish(later, [result]) is not None
        publication = Publication(tmp_path / "home")
        with publication.reader() as reader:
            assert [line.source for line in reader.quarantine("one_stop")] == ["one_stop"]
        publication.close()
        again = ctx.at(NOW + timedelta(minutes=2))
        repeated = run_source("one_stop", again)
        assert measure_and_publish(again, [repeated]) is None


def test_the_boxes_of_the_home_are_there_after_the_first_reading(tmp_path: Path) -> None:
    """Figures by hand and forms of offices have nothing in them at first, and that is no fault."""
    boxes = {name: {"path": f"{{home}}/desk/{box}"} for name, box in BOXES.items()}
    with open_run(tmp_path / "home", boxes) as ctx:
        for name, box in BOXES.items():
            result = run_source(name, ctx)
            assert result.status == "ok"
            assert "no file came yet" in result.message
            assert (tmp_path / "home" / "desk" / box).is_dir()
