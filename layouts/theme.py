"""One source for colour, type, spacing and chart defaults; `tokens.css` is written from it.

Two themes (dark for the wall, light for desks and paper) carry the same names, so a chart serves both.
Status is always shape + word + colour; words stay in text colour (coloured words fail colour-blind readers).
Contrast and colour distances of the values: the visual standard, section 4.3.

`python -m layouts.theme` writes `layouts/assets/tokens.css`; a test compares the two.
What each Dash application leaves out (`assets_ignore`): `WALL_ASSETS_IGNORE`, `ANALYST_ASSETS_IGNORE`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

Level = Literal["good", "watch", "bad", "unknown"]
LEVELS: tuple[Level, ...] = ("bad", "watch", "good", "unknown")
# What a count of units tells: the four levels, and units where nothing was to be measured.
COUNTED = (*LEVELS, "not_applicable")
SHAPES: dict[str, str] = {
    "good": "circle", "watch": "triangle", "bad": "diamond", "unknown": "ring", "not_applicable": "dash",
}  # fmt: skip

ASSETS = Path(__file__).with_name("assets")
WALL_ASSETS_IGNORE = r"^(?!tokens\.css|charts\.css|geo_stub\.js|tree\.js|wall\w*\.(css|js)).*"
ANALYST_ASSETS_IGNORE = r"^(wall\w*|watchdog)\.(css|js)$"

FONT = "Inter, 'Noto Sans', 'Liberation Sans', sans-serif"
# Latin and Vietnamese subsets of Inter hold every letter we write; the rest are signs of numbers.
LATIN_RANGE = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+0394,U+2000-206F,"
    "U+20AC,U+2122,U+2190-2193,U+2212,U+2215,U+2248,U+2264-2265,U+FEFF,U+FFFD"
)
VIETNAMESE_RANGE = (
    "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,"
    "U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB"
)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one theme; field names become CSS variables (`text_2` -> `--text-2`)."""

    name: str
    bg: str
    panel: str
    line: str
    nav: str
    text: str
    text_2: str
    text_3: str
    accent: str
    actual: str
    plan: str
    last_year: str
    good: str
    watch: str
    bad: str
    unknown: str
    watch_edge: str  # outline of the amber shape, needed on white only
    tint_good: str
    tint_watch: str
    tint_bad: str
    missing: str  # area without a value on a map
    class_1: str
    class_2: str
    class_3: str
    class_4: str
    class_5: str

    @property
    def classes(self) -> tuple[str, str, str, str, str]:
        """Five map classes, least first."""
        return (self.class_1, self.class_2, self.class_3, self.class_4, self.class_5)

    def status(self, level: str) -> str:
        """Colour of a status level; unknown levels are the colour of `unknown`."""
        return str({"good": self.good, "watch": self.watch, "bad": self.bad}.get(level, self.unknown))


DARK = Theme(
    name="dark", bg="#0B1220", panel="#131D31", line="#26344E", nav="#0B1220",
    text="#F3F6FB", text_2="#B4C0D3", text_3="#8C9BB3", accent="#6FB1FF",
    actual="#DCE6F5", plan="#9FB0CC", last_year="#7C8DAA",
    good="#35C9B0", watch="#FFCB47", bad="#FF5C4D", unknown="#8C9BB3", watch_edge="#FFCB47",
    tint_good="rgba(53,201,176,.15)", tint_watch="rgba(255,203,71,.15)", tint_bad="rgba(255,92,77,.20)",
    missing="#5B606D",
    class_1="#2A4B7C", class_2="#376AA8", class_3="#4C91CF", class_4="#86BCEA", class_5="#D2EAFC",
)  # fmt: skip
LIGHT = Theme(
    name="light", bg="#F3F5F9", panel="#FFFFFF", line="#DDE3EC", nav="#0F2340",
    text="#101828", text_2="#475467", text_3="#5D6B82", accent="#0B5CAD",
    actual="#344054", plan="#667085", last_year="#8391A7",
    good="#0B7D74", watch="#F2AC12", bad="#BF2418", unknown="#8391A7", watch_edge="#8A5A00",
    tint_good="#E3F3F1", tint_watch="#FFF3D6", tint_bad="#FCE8E6",
    missing="#C9CAD1",
    class_1="#DCEAF7", class_2="#ABCDEA", class_3="#6FA9D8", class_4="#3279B7", class_5="#0B4A83",
)  # fmt: skip
THEMES: dict[str, Theme] = {"dark": DARK, "light": LIGHT}

# Every graph takes this configuration: without it plotly.js 4 offers to upload the figure to a public server.
GRAPH_CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "topojsonURL": "/assets/topo/",
    "displayModeBar": False,
    "locale": "vi",
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
}


def graph_config(lang: str = "vi", *, static: bool = False) -> dict[str, Any]:
    """The house configuration of a `dcc.Graph`; `static` drops hover and drag (the wall has no pointer)."""
    return {**GRAPH_CONFIG, "locale": "vi" if lang == "vi" else "en", "staticPlot": static}


def base_layout(theme: Theme, lang: str, *, size: float = 13) -> dict[str, Any]:
    """Layout keys shared by every figure: font, number marks, transparent ground, no margins, no legend.

    `size` is the base font size in px (the wall passes u = 1/1080 of the height and scales the whole plot).
    """
    return {
        "font": {"family": FONT, "size": size, "color": theme.text_2},
        "separators": ",." if lang == "vi" else ".,",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {
            "font": {"family": FONT, "size": size, "color": theme.text},
            "bgcolor": theme.panel,
            "bordercolor": theme.line,
        },
        "uirevision": "keep",
        "autosize": True,
    }


@cache
def shape_uri(level: str, theme_name: str) -> str:
    """The status shape as an SVG data URI: circle, triangle, diamond, dashed ring (20 x 20 box)."""
    theme = THEMES[theme_name]
    colour = theme.status(level)
    match SHAPES.get(level, "ring"):
        case "circle":
            mark = f"<circle cx='10' cy='10' r='7.6' fill='{colour}'/>"
        case "triangle":
            mark = (
                f"<path d='M10 2.2 18.6 17.4H1.4Z' fill='{colour}' stroke='{theme.watch_edge}' "
                "stroke-width='1' stroke-linejoin='round'/>"
            )
        case "diamond":
            mark = f"<path d='M10 .8 19.2 10 10 19.2.8 10Z' fill='{colour}'/>"
        case "dash":
            mark = f"<rect x='2.5' y='8' width='15' height='4' rx='2' fill='{colour}'/>"
        case _:
            mark = (
                f"<circle cx='10' cy='10' r='7.2' fill='none' stroke='{colour}' stroke-width='2.4' "
                "stroke-dasharray='3.4 2.25'/>"
            )
    return svg_uri(f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'>{mark}</svg>")


def svg_uri(svg: str) -> str:
    """An SVG text as a data URI that a strict policy (`img-src 'self' data:`) accepts."""
    return "data:image/svg+xml," + quote(svg, safe=" ='/:(),;-.")


def tokens_css() -> str:
    """The text of `tokens.css`: fonts, both themes as CSS variables, the status shapes as backgrounds."""
    parts = ["/* Written by `python -m layouts.theme`; edit layouts/theme.py instead. */"]
    for subset, span in (("latin", LATIN_RANGE), ("vietnamese", VIETNAMESE_RANGE)):
        parts.append(
            "@font-face{font-family:Inter;font-style:normal;font-display:swap;font-weight:100 900;"
            f"src:url(fonts/inter-{subset}.woff2) format('woff2');unicode-range:{span}}}"
        )
    parts.append(_theme_rule(":root,[data-theme=light]", LIGHT))
    parts.append(_theme_rule("[data-theme=dark]", DARK))
    parts.append(
        ":root{--font:" + FONT + ";--u:calc(100vh / 1080);--s-1:4px;--s-2:8px;--s-3:12px;--s-4:16px;--s-5:24px;"
        "--s-6:36px;--radius:10px}"
    )
    parts.append(".shape{display:inline-block;width:.78em;height:.78em;flex:none;background:center/contain no-repeat}")
    for level in COUNTED:
        parts.append(f'.shape-{level}{{background-image:url("{shape_uri(level, "light")}")}}')
        parts.append(f'[data-theme=dark] .shape-{level}{{background-image:url("{shape_uri(level, "dark")}")}}')
    parts.append(
        ".num{font-variant-numeric:tabular-nums lining-nums}"
        ".sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}"
    )
    return "\n".join(parts) + "\n"


def _theme_rule(selector: str, theme: Theme) -> str:
    pairs = [
        f"--{field.name.replace('_', '-')}:{getattr(theme, field.name)}"
        for field in fields(theme)
        if field.name != "name"
    ]
    return f"{selector}{{color-scheme:{theme.name};{';'.join(pairs)}}}"


def write_tokens(path: Path | None = None) -> Path:
    """Write `tokens.css` from this module; returns the path."""
    target = path or ASSETS / "tokens.css"
    target.write_text(tokens_css(), encoding="utf-8")
    return target


if __name__ == "__main__":
    write_tokens()
