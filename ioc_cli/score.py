"""`ioc score`: a scorecard applied to a table, or the published scores of an edition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from indicators.score import find_scorecard, load_scorecard, read_csv, score_table
from ioc.errors import UsageError
from ioc_cli.context import Context


@click.command()
@click.argument("edition", required=False)
@click.option("--scorecard", type=click.Path(path_type=Path), default=None, help="A scorecard file (YAML).")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="A table of units and inputs (CSV).")
@click.option("--encoding", default=None, help="Encoding of the table when the scorecard does not say.")
@click.option("--period", default=None, help="Period key, such as 2026-Q3.")
@click.option("--layer", type=click.Choice(["official", "analytical"]), default=None)
@click.pass_obj
def score(
    ctx: Context,
    edition: str | None,
    scorecard: Path | None,
    data: Path | None,
    encoding: str | None,
    period: str | None,
    layer: Any,
) -> None:
    """Score any table (--data) by EDITION or --scorecard FILE; without --data, show the published scores of EDITION."""
    if (edition is None) == (scorecard is None):
        raise UsageError(
            "name one scorecard", remedy="ioc score demo-commune-dti --period 2026-Q3, or --scorecard FILE"
        )
    card = load_scorecard(scorecard or find_scorecard(str(edition), [ctx.home / "scorecards"]))
    if data is None:
        if period is None:
            raise UsageError("published scores need --period", remedy="such as --period 2026-Q3")
        document = published(ctx, card.id, period)
    else:
        table = read_csv(data, card.table, encoding=encoding)
        document = score_table(card, table, layer=layer, period=period).to_dict(ctx.settings.language)
    lines = [f"{row['rank'] or '-':>4}  {row['score'] if row['score'] is not None else '-':>10}  {row['unit']}"
             for row in document["units"]]  # fmt: skip
    ctx.emit(document, "\n".join(lines))


def published(ctx: Context, scorecard: str, period: str) -> dict[str, Any]:
    """The published official scores of a period with their rank intervals and parts."""
    publication = ctx.publication()
    try:
        with publication.reader() as reader:
            rows = reader.scores(scorecard, period)
    finally:
        publication.close()
    if not rows:
        raise UsageError(
            f"no scores of {scorecard} in {period}", remedy="see `ioc indicators`; months and quarters are scored"
        )
    roots = sorted(
        (row for row in rows if row.parent is None), key=lambda row: (row.rank is None, row.rank or 0, row.unit)
    )
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row.parent is not None:
            parts.setdefault(row.unit, []).append(
                {
                    "node": row.node,
                    "parent": row.parent,
                    "points": row.score,
                    "available": row.max_score,
                    "state": row.state,
                }
            )
    return {
        "scorecard": scorecard,
        "edition": roots[0].edition if roots else None,
        "period": period,
        "units": [
            {
                "unit": row.unit,
                "score": row.score,
                "rank": row.rank,
                "rank_low": row.rank_low,
                "rank_high": row.rank_high,
                "tier": row.tier,
                "state": row.state,
                "recipe_hash": row.recipe_hash,
                "parts": parts.get(row.unit, []),
            }
            for row in roots
        ],
    }


COMMANDS: Sequence[click.Command] = (score,)
