"""An edited configuration takes effect when it holds, and is named and ignored when it does not."""

import os

import pytest

from ioc.errors import ConfigError
from ioc_cli.config_watch import ConfigWatch
from ioc_cli.context import check_catalogue, read_settings
from ioc_cli.up import Child, _may_start


def write(path, text, turn):
    path.write_text(text)
    os.utime(path, (1_700_000_000 + turn, 1_700_000_000 + turn))


def test_a_good_edit_is_taken_once_and_a_bad_one_is_told_once(tmp_path):
    config = tmp_path / "config.yaml"
    write(config, "province: '51'\n", 0)
    told = []
    watch = ConfigWatch(read_settings(None, tmp_path, {}), lambda: read_settings(None, tmp_path, {}), told.append)
    assert watch.look() is None
    write(config, "province: '68'\n", 1)
    taken = watch.look()
    assert taken is not None
    assert taken.province == "68"
    assert watch.look() is None
    write(config, "provinse: '51'\n", 2)
    assert watch.look() is None
    assert watch.look() is None
    assert [str(error).endswith("did you mean 'province'?") for error in told] == [True]
    assert watch.settings.province == "68"
    write(config, "province: '51'\n", 3)
    assert watch.look().province == "51"


def test_a_file_laid_over_the_catalogue_counts_as_an_edit(tmp_path):
    settings = read_settings(None, tmp_path, {})
    watch = ConfigWatch(settings, lambda: settings, lambda error: None)
    (tmp_path / "catalogue").mkdir()
    write(tmp_path / "catalogue" / "own.yaml", "indicators: []\n", 0)
    assert watch.look() is settings


def test_an_open_draft_of_a_definition_is_told_and_all_goes_on(tmp_path):
    told = []
    watch = ConfigWatch(
        read_settings(None, tmp_path, {}), lambda: check_catalogue(read_settings(None, tmp_path, {})), told.append
    )
    (tmp_path / "catalogue").mkdir()
    write(tmp_path / "catalogue" / "own.yaml", "indicators: CONFIRM\n", 0)
    assert watch.look() is None
    assert watch.look() is None
    assert ["still to be filled in" in str(error) for error in told] == [True]
    write(tmp_path / "catalogue" / "own.yaml", "indicators: []\n", 1)
    assert watch.look() is not None


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("task_service: {evry: 10m, url: 'http://10.0.0.1'}", r"yaml:2: .*unknown key 'evry'; did you mean 'every'"),
        ("task_servise: {every: 10m}", r"yaml:2: there is no source 'task_servise'; did you mean 'task_service'"),
        ("report_files: {every: 10m}", r"yaml:2: sources\.report_files: 'path' is missing"),
    ],
)
def test_a_slip_in_a_source_is_found_at_the_start(tmp_path, entry, fault):
    (tmp_path / "config.yaml").write_text(f"sources:\n  {entry}\n")
    with pytest.raises(ConfigError, match=fault):
        read_settings(None, tmp_path, {})


def test_the_worker_waits_for_the_demo_but_not_for_ever(tmp_path):
    child = Child("worker", [], needs=tmp_path / "ports.json")
    assert not _may_start(child, 100.0)
    assert not _may_start(child, 129.0)
    assert _may_start(child, 130.0)
    (tmp_path / "ports.json").write_text("{}")
    assert _may_start(Child("worker", [], needs=tmp_path / "ports.json"), 0.0)
