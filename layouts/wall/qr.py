"""QR code of a number's card, so that a phone held up to the wall opens the explanation."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

import segno

from layouts.theme import Theme


@lru_cache(maxsize=128)
def uri(public_url: str, card: str, lang: str, theme: Theme) -> str:
    """SVG data URI of the address that opens the card; '' without a public address (then no code is
    shown)."""
    if not public_url:
        return ""
    address = f"{public_url.rstrip('/')}/?{urlencode({'card': card, 'lang': lang})}"
    code = segno.make(address, error="m", micro=False)
    # Readers expect dark modules on a light ground, also on a dark wall.
    return str(code.svg_data_uri(dark=theme.bg, light=theme.actual, border=3, xmldecl=False, svgns=True))
