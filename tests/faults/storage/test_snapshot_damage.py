"""S-10: a damaged version, pointer or missing target never empties the screen and never raises at the
viewer."""

import shutil
from datetime import timedelta

import pytest

from ioc.errors import StorageError
from ioc.published import Publication
from ioc.published import folder as files
from tests.warehouse_fixture import NOW, make_home, observation, open_warehouse, publish_now

ROW = {"indicator": "a.b", "unit": "51", "period": "2026-06", "value": 1.0}


@pytest.fixture(scope="module")
def three_versions(tmp_path_factory):
    """Three versions; the number of version n is n."""
    home = make_home(tmp_path_factory.mktemp("three"), [observation(**ROW)])
    with open_warehouse(home) as warehouse:
        for value in (2.0, 3.0):
            publish_value(warehouse, home, value)
    return home


@pytest.fixture
def home(three_versions, tmp_path):
    """A copy to be damaged."""
    return shutil.copytree(three_versions, tmp_path / "home")


def publish_value(warehouse, home, value):
    with warehouse.transaction() as cursor:
        cursor.execute("UPDATE mart.observation SET value = ?", [value])
    return publish_now(warehouse, home, now=NOW + timedelta(minutes=value))


def value_of(publication):
    with publication.reader() as reader:
        return reader.observation("a.b", "51", "2026-06").value


def current_path(home):
    folder = home / "published"
    return folder / files.file_name(files.read_pointer(folder))


def rewrite(path, change):
    content = bytearray(path.read_bytes())
    path.chmod(0o644)
    path.write_bytes(change(content))


def flip(place):
    def change(content):
        content[int(len(content) * place)] ^= 0x10
        return content

    return change


DAMAGES = {
    "header": flip(0.0001),
    "front": flip(0.01),
    "middle": flip(0.5),
    "end": flip(0.999),
    "halved": lambda content: content[: len(content) // 2],
    "emptied": lambda content: b"",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_s10_a_damaged_target_falls_back_at_start(home, damage):
    rewrite(current_path(home), DAMAGES[damage])
    publication = Publication(home, check_seconds=0)
    assert value_of(publication) == 2.0
    assert "cannot be used" in publication.degraded
    publication.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_s10_a_damaged_new_version_keeps_the_open_one(home, damage):
    publication = Publication(home, check_seconds=0)
    assert value_of(publication) == 3.0
    with open_warehouse(home) as warehouse:
        publish_value(warehouse, home, 4.0)
    rewrite(current_path(home), DAMAGES[damage])
    assert value_of(publication) == 3.0
    assert "cannot be used" in publication.degraded
    with open_warehouse(home) as warehouse:
        publish_value(warehouse, home, 5.0)
    assert value_of(publication) == 5.0
    assert publication.degraded == ""
    publication.close()


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe", b"../../etc/passwd\n", b"ioc-99.duckdb\n", None])
def test_s10_a_bad_pointer(home, content):
    open_before = Publication(home, check_seconds=0)
    assert value_of(open_before) == 3.0
    pointer = home / "published" / files.CURRENT
    pointer.unlink()
    if content is not None:
        pointer.write_bytes(content)
    started_after = Publication(home, check_seconds=0)
    for publication in (open_before, started_after):
        assert value_of(publication) == 3.0
        assert "pointer" in publication.degraded
    with open_warehouse(home) as warehouse:
        publish_value(warehouse, home, 6.0)
    for publication in (open_before, started_after):
        assert value_of(publication) == 6.0
        assert publication.degraded == ""
        publication.close()


def test_s10_the_target_is_missing(home):
    current_path(home).unlink()
    publication = Publication(home, check_seconds=0)
    assert value_of(publication) == 2.0
    assert "cannot be used" in publication.degraded
    publication.close()


def test_s10_two_bad_versions_and_then_none_left(home):
    folder = home / "published"
    for version in files.list_versions(folder)[1:]:
        rewrite(folder / files.file_name(version), DAMAGES["halved"])
    publication = Publication(home, check_seconds=0)
    assert value_of(publication) == 1.0
    publication.close()


def test_s10_a_version_of_a_newer_schema_is_not_used(home, monkeypatch):
    monkeypatch.setattr("ioc.published.holder.schema_version", lambda: 0)
    publication = Publication(home, check_seconds=0)
    publication.refresh()
    assert publication.version is None
    assert "newer than this code" in publication.degraded


def test_s10_an_older_pointer_does_not_take_the_screen_back(home):
    publication = Publication(home, check_seconds=0)
    assert value_of(publication) == 3.0
    folder = home / "published"
    files.write_pointer(folder, files.list_versions(folder)[0])
    assert value_of(publication) == 3.0
    assert "older than the one on screen" in publication.degraded
    publication.close()


def test_s10_damage_under_an_open_version_costs_one_answer(home):
    """The request that meets the damage fails as a StorageError (one block of the page); the next is served older."""
    publication = Publication(home, check_seconds=0)
    assert publication.refresh()
    path = current_path(home)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * (path.stat().st_size - 3 * 4096))
    with pytest.raises(StorageError):
        value_of(publication)
    assert value_of(publication) == 2.0
    assert "cannot be read" in publication.degraded
    publication.close()
