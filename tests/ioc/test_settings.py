"""config.yaml: typed, checked, and free of secrets."""

from datetime import timedelta

import pytest

from ioc.errors import ConfigError
from ioc.settings import load_settings, resolve_secret


def write(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, tmp_path / "home", {})
    assert (settings.province, settings.language, settings.web.port) == ("51", "vi", 8050)
    assert settings.config_path is None
    assert settings.home == tmp_path / "home"


def test_lookup_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    write(tmp_path, 'province: "01"\n')
    assert load_settings(None, home, {}).province == "01"
    write(home, 'province: "02"\n')
    assert load_settings(None, home, {}).province == "02"
    assert load_settings(None, None, {"IOC_HOME": str(home)}).province == "02"
    (tmp_path / "named.yaml").write_text('province: "04"\n')
    assert load_settings(tmp_path / "named.yaml", home, {}).province == "04"
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings(tmp_path / "absent.yaml", home, {})


def test_unknown_key_names_line_and_neighbour(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, 'version: 1\n\n\nprovnce: "51"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(path, None, {})
    assert str(caught.value) == "config.yaml:4: unknown key 'provnce'; did you mean 'province'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("web:\n  host: 0.0.0.0\n", "config.yaml:2: web.host: the web answers on this machine only"),
        ("web:\n  port: 80500\n", "config.yaml:2: web.port"),
        ("province: 51\n", "config.yaml:1: province must be text"),
        ("sources:\n  a:\n    every: 5x\n", "is no interval"),
        ("sources:\n  a:\n    every: 1s\n", "shortest interval"),
        ("sources:\n  a:\n    every: 5m\n    at: 06:30\n", "exclude each other"),
        ("sources:\n  a:\n    at: 24:30\n", "is no time of day"),
        ("sources:\n  a:\n    at: 06:30\n    on: monday\n", "did you mean 'mon'"),
        ("sources:\n  a:\n    password: secret1\n", "config.yaml:3: 'password' is written out"),
        ("sources:\n  a:\n    params:\n      api_key: x\n", "config.yaml:4: 'api_key' is written out"),
        (
            "sources:\n  a:\n    url: postgresql://u:pw@h/db\n",
            "config.yaml:3: the address of 'url' holds a password",
        ),
        ("version: 2\n", "config.yaml:1: version cannot be '2'"),
    ],
)
def test_refusals_name_the_line(tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, text), None, {})
    assert message in str(caught.value)


def test_sources_keep_their_connection_and_rhythm(tmp_path):
    path = write(
        tmp_path,
        "sources:\n  one_stop:\n    every: 5m\n    url: postgresql://reader@db.local/onestop\n"
        "    password: env:PW\n"
        "  report_files: {at: [06:30, 16:30], on: mon, path: inbox}\n",
    )
    sources = load_settings(path, tmp_path, {}).sources
    assert sources["one_stop"].cadence == timedelta(minutes=5)
    assert sources["one_stop"].connection == {
        "url": "postgresql://reader@db.local/onestop",
        "password": "env:PW",
    }
    assert sources["report_files"].at == ["06:30", "16:30"]
    assert sources["report_files"].on == ["mon"]
    assert sources["report_files"].cadence == timedelta(days=7)


def test_secrets_come_from_the_environment():
    assert resolve_secret("env:PW", {"PW": "x"}, where="config.yaml") == "x"
    assert resolve_secret("plain", {}, where="config.yaml") == "plain"
    with pytest.raises(ConfigError, match="the environment has no PW"):
        resolve_secret("env:PW", {}, where="config.yaml")
