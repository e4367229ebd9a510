"""Landed values become typed ones: SQL expressions per declared type. What cannot be read becomes NULL and is refused.

Local times are in +07:00, the zone of Vietnam since 1975; an instant must say its zone. Text is NFC and trimmed.
"""

from __future__ import annotations

from pipelines.spec import ColumnSpec

LOCAL_OFFSET = "INTERVAL 7 HOUR"
TEXTUAL = ("VARCHAR",)


def quoted(name: str) -> str:
    """A column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A constant for SQL."""
    return (
        str(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool)
        else "'" + str(value).replace("'", "''") + "'"
    )


def text_of(name: str, landed: str) -> str:
    """The landed value as trimmed NFC text, NULL when blank."""
    raw = quoted(name) if landed in TEXTUAL else f"CAST({quoted(name)} AS VARCHAR)"
    return f"nullif(trim(nfc_normalize({raw})), '')"


def typed(name: str, column: ColumnSpec, landed: str) -> str:
    """SQL of the typed value of a landed column; `landed` is the type it has in the landed file."""
    if landed in ("NULL", '"NULL"'):
        return f"CAST(NULL AS {TARGET[column.type]})"
    return (
        {
            "text": text_of,
            "integer": integer,
            "boolean": boolean,
        }[column.type](name, landed)
        if column.type in ("text", "integer", "boolean")
        else OTHER[column.type](name, column, landed)
    )


TARGET = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "local_time": "TIMESTAMP",
    "instant": "TIMESTAMP",
}


def integer(name: str, landed: str) -> str:
    """Whole numbers; 12.0 is one, 12.5 is not."""
    if landed in ("BIGINT", "INTEGER", "SMALLINT", "TINYINT"):
        return quoted(name)
    if landed == "DOUBLE":
        value = quoted(name)
        return f"CASE WHEN isfinite({value}) AND {value} = floor({value}) THEN TRY_CAST({value} AS BIGINT) END"
    text = text_of(name, landed)
    raw = quoted(name) if landed in TEXTUAL else text
    return (
        f"CASE WHEN strlen({raw}) = 1 AND {raw} BETWEEN '0' AND '9' THEN TRY_CAST({raw} AS BIGINT) "  # most codes
        rf"WHEN regexp_full_match({text}, '[+-]?[0-9]{{1,18}}') THEN TRY_CAST({text} AS BIGINT) "
        rf"WHEN regexp_full_match({text}, '[+-]?[0-9]{{1,15}}\.0+') "
        f"THEN TRY_CAST(TRY_CAST({text} AS DOUBLE) AS BIGINT) END"
    )


def boolean(name: str, landed: str) -> str:
    """true and false, or 1 and 0."""
    if landed == "BOOLEAN":
        return quoted(name)
    if landed in ("BIGINT", "INTEGER", "SMALLINT", "TINYINT"):
        return f"CASE {quoted(name)} WHEN 1 THEN true WHEN 0 THEN false END"
    text = text_of(name, landed)
    raw = quoted(name) if landed in TEXTUAL else text
    return (
        f"CASE WHEN {raw} = '1' THEN true WHEN {raw} = '0' THEN false "
        f"WHEN lower({text}) IN ('1', 'true') THEN true WHEN lower({text}) IN ('0', 'false') THEN false END"
    )


def decimal(name: str, column: ColumnSpec, landed: str) -> str:
    """Numbers as declared: decimal point, or decimal comma with points between thousands; never a guess."""
    if landed in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({quoted(name)}) THEN {quoted(name)} END"
    if landed not in TEXTUAL:
        return f"CAST({quoted(name)} AS DOUBLE)"
    text = text_of(name, landed)
    if column.decimal == ",":
        form = r"[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?"
        number = f"replace(replace({text}, '.', ''), ',', '.')"
    else:
        form, number = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?", text
    return f"CASE WHEN regexp_full_match({text}, '{form}') THEN TRY_CAST({number} AS DOUBLE) END"


def date(name: str, column: ColumnSpec, landed: str) -> str:
    """Days in the declared form (ISO without one)."""
    if landed == "DATE":
        return quoted(name)
    text = text_of(name, landed)
    if column.format == "excel":
        return f"DATE '1899-12-30' + TRY_CAST(floor(TRY_CAST({text} AS DOUBLE)) AS INTEGER)"
    if column.format:
        return f"CAST(try_strptime({text}, {literal(column.format)}) AS DATE)"
    return (
        rf"CASE WHEN regexp_full_match({text}, '\d{{4}}-\d{{2}}-\d{{2}}( 00:00:00)?') THEN TRY_CAST({text} AS DATE) END"
    )


def local_time(name: str, column: ColumnSpec, landed: str) -> str:
    """Local times without zone become instants in UTC. The usual form has a short way, others are looked at closely."""
    if landed.startswith("TIMESTAMP") and "ZONE" not in landed:
        return f"{quoted(name)} - {LOCAL_OFFSET}"
    text = text_of(name, landed)
    if column.zone:
        return elsewhere(text, column)
    if column.format == "excel":
        return f"TIMESTAMP '1899-12-30' + to_seconds(round(TRY_CAST({text} AS DOUBLE) * 86400)) - {LOCAL_OFFSET}"
    if column.format:
        return f"try_strptime({text}, {literal(column.format)}) - {LOCAL_OFFSET}"
    raw = quoted(name) if landed in TEXTUAL else text
    form = r"'\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?'"
    return (
        f"CASE WHEN strlen({raw}) = 19 AND {raw}[17] = ':' THEN TRY_CAST({raw} AS TIMESTAMP) - {LOCAL_OFFSET} "
        f"WHEN regexp_full_match({text}, {form}) THEN TRY_CAST({text} AS TIMESTAMP) - {LOCAL_OFFSET} END"
    )


def elsewhere(text: str, column: ColumnSpec) -> str:
    """Local times of another zone (a name of the tz database, or a fixed offset such as -06:00) as instants."""
    form = literal(column.format or "%Y-%m-%d %H:%M:%S")
    moment = f"try_strptime({text}, {form})"
    if column.zone[:1] in "+-":
        sign, hours, minutes = column.zone[0], int(column.zone[1:3]), int(column.zone[4:6] or 0)
        return f"{moment} {'-' if sign == '+' else '+'} INTERVAL {hours * 60 + minutes} MINUTE"
    return f"timezone('UTC', timezone({literal(column.zone)}, {moment}))"


def instant(name: str, column: ColumnSpec, landed: str) -> str:
    """Instants that say their zone (or count from 1970); one without is not readable."""
    text = text_of(name, landed)
    if column.format in ("epoch_s", "epoch_ms"):
        factor = 1_000_000 if column.format == "epoch_s" else 1000
        return f"make_timestamp(CAST(round(TRY_CAST({text} AS DOUBLE) * {factor}) AS BIGINT))"
    if column.format:
        return f"timezone('UTC', try_strptime({text}, {literal(column.format)}))"
    raw = quoted(name) if landed in TEXTUAL else text
    return (
        f"CASE WHEN strlen({raw}) = 20 AND {raw}[20] = 'Z' THEN TRY_CAST({raw} AS TIMESTAMP) "
        f"WHEN {text} LIKE '%Z' THEN TRY_CAST({text} AS TIMESTAMP) "
        rf"WHEN regexp_matches({text}, 'T?\d\d:\d\d.*[+-]\d\d(:?\d\d)?$') "
        f"THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) END"
    )


OTHER = {"decimal": decimal, "date": date, "local_time": local_time, "instant": instant}
