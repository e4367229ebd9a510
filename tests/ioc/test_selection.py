"""A link is the view: the query string and the selection are one thing in two forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import IocError
from ioc.selection import Selection

HOME = Selection(unit="51", period="2026-09")


@given(
    unit=st.sampled_from(["51", "21289", "H48.01", "H48.21"]),
    period=st.sampled_from(["2026-06", "2026-Q2", "2026-06.ytd", "2026-W23", "2025-07-01..2026-06-30"]),
    lang=st.sampled_from(["vi", "en"]),
    compare=st.sampled_from(["", "previous", "last_year"]),
    card=st.sampled_from(["", "procedures.on_time|51|2026-09", "traffic.volume|51|2026-09|junction_code|Ngã tư"]),
    sort=st.sampled_from(["", "-value", "unit"]),
)
def test_round_trip(unit: str, period: str, lang: str, compare: str, card: str, sort: str) -> None:
    made = Selection(unit, period, lang, compare, "procedures.on_time", card, sort)  # type: ignore[arg-type]
    assert Selection.parse(made.to_query(), unit="51", period="2026-09") == made
    assert Selection.parse("?" + made.to_query(defaults=HOME), unit="51", period="2026-09") == made


def test_other_keys_are_left_alone_and_defaults_fill_in() -> None:
    assert Selection.parse("?page=3", unit="51", period="2026-09") == HOME


@pytest.mark.parametrize(
    "query",
    ["unit=5", "unit=51%27--", "period=2026-13", "lang=fr", "compare=x", "indicator=DROP", "card=a|b", "sort=%3Cb%3E"],
)
def test_what_no_page_can_show_is_refused(query: str) -> None:
    with pytest.raises(IocError) as caught:
        Selection.parse(query, unit="51", period="2026-09")
    assert caught.value.remedy


def test_card_parts() -> None:
    card = HOME.with_(card="traffic.volume|51|2026-09|junction_code|N1")
    assert card.card_parts() == ("traffic.volume", "51", "2026-09", "junction_code", "N1")
    assert HOME.card_parts() is None
