"""The tokens are one: python, CSS, and the configuration of every graph."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from layouts import theme

ROOT = Path(__file__).resolve().parents[2]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_tokens_css_is_what_the_theme_writes() -> None:
    assert (theme.ASSETS / "tokens.css").read_text(encoding="utf-8") == theme.tokens_css()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_texts_and_shapes_have_contrast(name: str) -> None:
    colours = theme.THEMES[name]
    for ink in (colours.text, colours.text_2, colours.text_3):
        assert contrast(ink, colours.panel) >= 4.5
        assert contrast(ink, colours.bg) >= 4.5
    for level in ("good", "bad"):
        assert contrast(colours.status(level), colours.panel) >= 3
    assert contrast(colours.watch_edge, colours.panel) >= 3


def test_status_is_a_shape_not_only_a_colour() -> None:
    drawn = {level: unquote(theme.shape_uri(level, "light")) for level in theme.LEVELS}
    assert "circle" in drawn["good"]
    assert "dasharray" in drawn["unknown"]
    assert len({text.split("fill")[0] for text in drawn.values()}) == 4


def test_fonts_lie_beside_their_licence_and_are_small() -> None:
    fonts = theme.ASSETS / "fonts"
    files = sorted(fonts.glob("*.woff2"))
    assert len(files) == 2
    assert sum(file.stat().st_size for file in files) < 62_000
    assert "SIL OPEN FONT LICENSE" in (fonts / "INTER-OFL.txt").read_text(encoding="utf-8")


def test_graph_configuration_sends_nothing_out() -> None:
    for config in (theme.GRAPH_CONFIG, theme.graph_config("en", static=True)):
        assert config["showSendToCloud"] is False
        assert config["plotlyServerURL"] == ""
        assert config["displaylogo"] is False
        assert config["topojsonURL"].startswith("/")


def test_no_asset_names_another_server() -> None:
    for path in theme.ASSETS.rglob("*"):
        if path.suffix in {".js", ".css"}:
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text, path.name
            assert "https://" not in text, path.name
