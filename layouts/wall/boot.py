"""The frame of a wall page, and the page a kiosk starts with while the server may still be down."""

from __future__ import annotations

from html import escape

from ioc.words import Words
from layouts.preload import ASKED, CHARTS
from layouts.theme import DARK


def index_string(prefix: str, lang: str, wall: str, build: str) -> str:
    """Dash's page frame: language, theme and build as attributes, fonts preloaded, the watchdog before all
    else."""
    fonts = "\n".join(
        f'<link rel="preload" href="{prefix}assets/fonts/{name}.woff2" as="font" crossorigin>'
        for name in ("inter-latin", "inter-vietnamese")
    )
    asked = (ASKED + CHARTS).format(prefix=prefix)
    return f"""<!DOCTYPE html>
<html lang="{lang}" data-theme="dark" data-wall="{escape(wall)}" data-build="{build}" data-conn="ok">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{%title%}}</title>
<link rel="icon" href="data:,">
{fonts}
{asked}
<script src="{prefix}assets/watchdog.js?b={build}"></script>
{{%css%}}
</head>
<body>
{{%app_entry%}}
<footer class="loader">{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
</body>
</html>"""


def boot_page(words: Words, lang: str) -> str:
    """A page without any outside file but its script: shows that it waits, opens the wall when the server
    answers."""
    title, sub = escape(words("wall.waiting", lang)), escape(words("wall.waiting_sub", lang))
    return f"""<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<style>html{{background:{DARK.bg};color:{DARK.text};font:4vh sans-serif;height:100%;cursor:none}}
body{{margin:0;height:100%;display:grid;place-content:center;text-align:center}}p{{color:{DARK.text_2};font-size:2.4vh}}</style>
<script src="/wall/main/assets/watchdog.js" data-boot="1"></script>
</head><body><main><h1>{title}</h1><p>{sub}</p></main></body></html>"""
