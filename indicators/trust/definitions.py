"""On time by four definitions, and the identity of stock and flow (METHODS 3.2)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from indicators.concordance.today import Asked
from indicators.measure.cells import instant_sql
from indicators.trust.window import Scope


@dataclass(frozen=True, slots=True)
class OnTime:
    """Counts of a period [a, b). `settled`, of them `on_time`; `open_before` at a, `open_after` at b, of them
    `overdue`; `received` and `closed` (refused, withdrawn, stopped) in between; `due` and of them `due_on_time`."""

    settled: int
    on_time: int
    open_before: int
    received: int
    closed: int
    open_after: int
    overdue: int
    due: int
    due_on_time: int

    @property
    def by_settled(self) -> float | None:
        """A: of those settled. Rises when late files stay open."""
        return _share(self.on_time, self.settled)

    @property
    def by_settled_and_overdue(self) -> float | None:
        """B: of those settled, and those open past their due time."""
        return _share(self.on_time, self.settled + self.overdue)

    @property
    def by_stock(self) -> float | None:
        """C: one less late and overdue, of those settled and those still open (as Gia Lai publishes)."""
        whole = self.settled + self.open_after
        return _share(whole - (self.settled - self.on_time) - self.overdue, whole)

    @property
    def by_due(self) -> float | None:
        """D: of those that fell due (as Vĩnh Phúc counts): cannot rise by leaving late files open."""
        return _share(self.due_on_time, self.due)

    @property
    def residual(self) -> int:
        """Open before + received - settled - closed - open after: nothing, or unexplained dossiers."""
        return self.open_before + self.received - self.settled - self.closed - self.open_after

    @property
    def gap(self) -> float | None:
        """A less D in points: above one the official figure flatters."""
        a, d = self.by_settled, self.by_due
        return None if a is None or d is None else a - d

    def to_dict(self) -> dict[str, float | int | None]:
        """Counts and shares."""
        shares = {name: getattr(self, name) for name in ("by_settled", "by_settled_and_overdue", "by_stock", "by_due")}
        return {**asdict(self), **shares, "gap": self.gap, "residual": self.residual}


def count_on_time(reader: Asked, scope: Scope) -> OnTime:
    """Count everything from the records, each part by its own condition (so that the identity can fail)."""
    parts = conditions(scope)
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in parts.items())
    row = reader.select(f"SELECT {counts} FROM core.dossier WHERE {scope.where} /*scope unit_code*/")[0]
    return OnTime(**{name: int(str(row[name])) for name in parts})


def conditions(scope: Scope) -> dict[str, str]:
    """Which dossiers each part counts, as conditions of core.dossier."""
    begins, as_of = instant_sql(scope.begins), scope.moment
    in_days = f"BETWEEN DATE '{scope.first}' AND DATE '{scope.last}'"
    open_at = "received_at < {moment} AND (finished_at IS NULL OR finished_at >= {moment})"
    due = (
        f"due_original_on {in_days} AND due_original_at < {as_of} AND status NOT IN ('refused', 'withdrawn', 'stopped')"
    )
    return {
        "settled": scope.settled,
        "on_time": f"{scope.settled} AND finished_at <= due_original_at",
        "open_before": open_at.format(moment=begins),
        "received": f"received_on {in_days} AND received_at < {as_of}",
        "closed": f"status IN ('refused', 'withdrawn', 'stopped') AND finished_on {in_days} AND finished_at < {as_of}",
        "open_after": open_at.format(moment=as_of),
        "overdue": f"{open_at.format(moment=as_of)} AND due_original_at < {as_of}",
        "due": due,
        "due_on_time": f"{due} AND is_settled AND finished_at <= due_original_at",
    }


def _share(part: int, whole: int) -> float | None:
    return part * 100 / whole if whole else None
