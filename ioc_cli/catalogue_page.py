"""docs/indicators.md, generated from the catalogue."""

from __future__ import annotations

from ioc.catalogue import Catalogue, Indicator

TITLES = {
    "procedures": "Procedures (thủ tục hành chính)",
    "reporting": "Reporting (báo cáo, kinh tế - xã hội, phản ánh hiện trường)",
    "traffic": "Traffic (giao thông)",
    "digital": "Digital transformation (chuyển đổi số)",
}
INTRODUCTION = """# Indicators

Generated from `indicators/catalogue/*.yaml` and `indicators/targets/*.yaml` by `ioc indicators --write-docs`; do not edit.
{count} indicators: {measured} measured from records, {reported} reported ready-made, {scored} from a scorecard.
"""


def catalogue_page(catalogue: Catalogue) -> str:
    """The whole page as Markdown."""
    entries = list(catalogue.indicators.values())
    measured = sum(one.is_measured for one in entries)
    reported = sum(one.kind == "reported" for one in entries)
    scored = sum(one.kind == "score" for one in entries)
    parts = [INTRODUCTION.format(count=len(entries), measured=measured, reported=reported, scored=scored)]
    for domain, title in TITLES.items():
        own = sorted((one for one in entries if one.domain == domain), key=lambda one: one.id)
        parts += [
            f"## {title}\n",
            "| id | name | unit | direction | target |",
            "| --- | --- | --- | --- | --- |",
        ]
        parts += [_row(catalogue, one) for one in own]
        parts += ["", *(_section(catalogue, one) for one in own)]
    return "\n".join(parts).rstrip() + "\n"


def _row(catalogue: Catalogue, entry: Indicator) -> str:
    targets = [target for target in catalogue.targets if target.indicator == entry.id]
    aims = "; ".join(dict.fromkeys(target.text.vi for target in targets)) or "-"
    return f"| `{entry.id}` | {entry.name.vi} / {entry.name.en} | {entry.measure_unit} | {entry.direction} | {aims} |"


def _section(catalogue: Catalogue, entry: Indicator) -> str:
    lines = [
        f"### `{entry.id}`",
        "",
        f"**{entry.name.vi}** / {entry.name.en}. Version {entry.version}, valid from {entry.valid_from}.",
        "",
        f"* {entry.definition.vi}",
        f"* {entry.definition.en}",
        f"* Formula: {entry.formula.vi} / {entry.formula.en}.",
        f"* Counted: {_counted(entry)}",
        f"* Legal basis: {entry.legal_basis.text} ({entry.legal_basis.status}).",
        f"* Owner: {entry.owner.office.vi} ({entry.owner.contact.vi}).",
        f"* Levels: {', '.join(entry.levels)}. Periods: {', '.join(entry.periods)}. Roll-up: {entry.roll_up}."
        + (f" Slices: {', '.join(entry.slices)}." if entry.slices else ""),
        f"* Sources: {', '.join(catalogue.dataset_of(entry).sources) or 'scorecard'}.",
        "",
    ]
    return "\n".join(lines)


def _counted(entry: Indicator) -> str:
    if entry.reported is not None:
        rule = entry.reported
        return f"field `{rule.field}` as filed (key {rule.key}, takes {rule.takes}, reads {rule.reads})."
    if entry.kind == "score":
        return "root score of the scorecard."
    when = (
        f"by `{entry.period_by}`"
        if entry.period_by
        else f"in from `{entry.enters_on}`, out at `{entry.leaves_on}`"
    )
    share = f" over `{entry.denominator}`" if entry.denominator else ""
    where = f" where `{entry.where}`" if entry.where else ""
    return f"`{entry.numerator}`{share} of `{entry.dataset}`{where}, {when} ({entry.kind})."
