"""Files that people edit: lines, traps of YAML, and errors that name the remedy."""

from datetime import date
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from ioc.errors import ConfigError
from ioc.yamlfile import check, load_yaml, parse_yaml, validate


class Port(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int = 1
    kind: Literal["plain", "secure"] = "plain"


class House(BaseModel):
    model_config = ConfigDict(extra="forbid")
    province: str
    ports: dict[str, Port] = {}
    rooms: list[Port] | None = None


def test_traps_of_yaml_stay_text():
    doc = parse_yaml(
        "a: 16:30\nb: 04\nc: no\nd: 2018-01-01\ne: 1.5\nf: 2026-06\ng: -3\nh: true\ni: 1_000\nj: ~\nk: 0\n"
    )
    expected = {"a": "16:30", "b": "04", "c": "no", "d": date(2018, 1, 1), "e": 1.5, "f": "2026-06", "g": -3}
    assert doc.data == {**expected, "h": True, "i": "1_000", "j": None, "k": 0}


def test_unknown_key_names_line_and_neighbour():
    doc = parse_yaml('province: "51"\nports:\n  web:\n    numbr: 3\n', label="config.yaml")
    with pytest.raises(ConfigError) as caught:
        validate(House, doc)
    assert str(caught.value) == "config.yaml:4: unknown key 'numbr'; did you mean 'number'?"


def test_unknown_key_below_an_optional_list():
    doc = parse_yaml('province: "51"\nrooms:\n- number: 1\n- kinds: plain\n', label="config.yaml")
    assert str(check(House, doc)[0]) == "config.yaml:4: unknown key 'kinds'; did you mean 'kind'?"


def test_every_fault_is_listed_in_line_order():
    doc = parse_yaml("rooms:\n- kind: secur\n- number: x\nprovince: 51\n", label="c.yaml")
    faults = check(House, doc)
    assert [fault.line for fault in faults] == [2, 3, 4]
    assert "did you mean 'secure'?" in str(faults[0])
    assert 'write it in quotes: "51"' in str(faults[2])
    with pytest.raises(ConfigError, match=r"c\.yaml:2: .*and 2 more, line 3, 4"):
        validate(House, doc)


def test_missing_key_and_empty_file():
    with pytest.raises(ConfigError, match="key 'province' is missing"):
        validate(House, parse_yaml("", label="c.yaml"))


def test_a_key_written_twice_is_refused():
    with pytest.raises(ConfigError, match=r"c\.yaml:3: key 'a' is written twice"):
        parse_yaml("a: 1\nb: 2\na: 3\n", label="c.yaml")


def test_broken_yaml_names_the_line(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("a: 1\nb: [1, 2\nc: 3\n")
    with pytest.raises(ConfigError) as caught:
        load_yaml(path)
    assert caught.value.line is not None
    with pytest.raises(ConfigError, match="does not exist"):
        load_yaml(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_yaml(tmp_path / "latin.yaml")


def test_text_is_nfc_and_a_self_alias_is_refused():
    assert parse_yaml("a: Ho\u0300a").data == {"a": "H\u00f2a"}
    with pytest.raises(ConfigError, match="alias of itself"):
        parse_yaml("a: &x [*x]")


def test_part_keeps_the_lines():
    doc = parse_yaml("list:\n- number: 1\n- kind: bad\n", label="c.yaml")
    assert check(Port, doc.part("list", 1))[0].line == 3
