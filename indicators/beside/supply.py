"""What came from the sources: the rows of a load and where they went; the units that are excused from reporting."""

from __future__ import annotations

from typing import Any

from indicators.fact_card import Again, Counted, Listed, Question, compare_again
from ioc.errors import UsageError

MOST = 200  # refused rows shown on a card; the desk of the source has them all


def count_load(asked: Question) -> Counted:
    """The rows of one load: as they came, good, refused and duplicate, with the refused ones and their reasons.

    `part` is the load's id. The second count adds up what became of the rows. A row that is refused again stands
    under the load that brought it first, and of a very large refusal the first rows are kept: `refused_here` says how
    many of the refused rows are listed.
    """
    rows = asked.reader.select("SELECT * FROM ops.load_ledger WHERE load_id = ?", [asked.part])
    if not rows:
        raise UsageError(f"no load {asked.part!r}", remedy="choose it on the sources page")
    load = rows[0]
    names = ("rows_in", "rows_good", "rows_refused", "rows_duplicate")
    refused = asked.reader.select(
        f"""SELECT position, field, rule, reason_vi, reason_en FROM ops.quarantine WHERE load_id = ?
        ORDER BY position, quarantine_id LIMIT {MOST}""",
        [asked.part],
    )
    found = tuple(
        {
            "position": row["position"], "field": row["field"] or "",
            "reason": {"vi": row["reason_vi"], "en": row["reason_en"]}, "card": "",
        }
        for row in refused
    )  # fmt: skip

    count = asked.reader.select("SELECT count(*) AS n FROM ops.quarantine WHERE load_id = ?", [asked.part])[0]["n"]

    def again() -> Again:
        return compare_again([sum(int(str(load[name])) for name in names[1:])], [load["rows_in"]])

    numbers: dict[str, Any] = {name: load[name] for name in names} | {"refused_here": count}
    numbers |= {"landed_path": load["landed_path"], "sha256": load["sha256"]}
    listed = Listed(("position", "field", "reason"), found, int(str(count)))
    return Counted(
        numbers, listed, again=again, known_at=load["loaded_at"], run_id=str(load["run_id"]),  # type: ignore[arg-type]
        part_name={"vi": f"{load['source']} · {load['dataset']}", "en": f"{load['source']} · {load['dataset']}"},
    )  # fmt: skip


def count_excused(asked: Question) -> Counted:
    """The units that one declaration excuses from reporting; `part` is the id of any of its entries."""
    rows = asked.reader.select("SELECT reason, from_on, to_on FROM ops.grace WHERE grace_id = ?", [asked.part])
    if not rows:
        raise UsageError(f"no grace {asked.part!r}", remedy="choose it on the page that shows it")
    one = rows[0]
    mine = asked.reader.select(
        """SELECT DISTINCT unit_code FROM ops.grace WHERE reason = ? AND from_on = ? AND to_on = ?
        /*scope unit_code*/ ORDER BY unit_code""",
        [one["reason"], one["from_on"], one["to_on"]],
    )
    found = tuple({"unit": row["unit_code"], "card": ""} for row in mine)
    numbers = {"count": len(found), "reason": one["reason"], "from_on": one["from_on"], "to_on": one["to_on"]}
    return Counted(numbers, Listed(("unit",), found, len(found)))
