"""The national portal's extract: what arrived through a queue that delays, loses and repeats."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.dossiers import DossierMaker
from pipelines.demo.lives import Lives
from pipelines.demo.moment import NEVER, isos
from pipelines.demo.trouble import queue_stops

OPENED = np.datetime64("2025-07-01")
LOSS, TWICE = 0.008, 0.005
_COLUMNS = (
    "ma_ban_ghi",
    "ma_ho_so",
    "ma_co_quan",
    "trang_thai",
    "ngay_tiep_nhan",
    "ngay_hen_tra",
    "ngay_ket_thuc",
    "thoi_diem_den",
)


class Portal:
    """Keeps its own little database (home/demo/portal.sqlite), one row per record as it stands now."""

    def __init__(self, path: Path, maker: DossierMaker) -> None:
        self.path, self.maker = path, maker
        self.stops = queue_stops(maker.place)
        self._over: dict[int, tuple[list[str], list[str]]] = {}

    def fill(self, months: Iterable[Lives], instant: np.datetime64) -> None:
        """Make the database with everything that arrived by a local instant."""
        self.path.unlink(missing_ok=True)
        with sqlite3.connect(self.path) as connection:
            connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
            kinds = ", ".join(f"{name} {'INTEGER' if name == 'trang_thai' else 'TEXT'}" for name in _COLUMNS)
            connection.execute(f"CREATE TABLE ban_ghi (so INTEGER PRIMARY KEY AUTOINCREMENT, {kinds})")
            for lives in months:
                self._write(connection, lives, np.datetime64("1970-01-01", "s"), instant)
            connection.execute("CREATE UNIQUE INDEX ban_ghi_ma ON ban_ghi (ma_ban_ghi)")
            connection.execute("CREATE INDEX ban_ghi_den ON ban_ghi (thoi_diem_den, ma_ban_ghi)")
            connection.commit()
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()

    def advance(self, months: Iterable[Lives], since: np.datetime64, instant: np.datetime64) -> None:
        """Write the records whose last message arrived after `since` and up to `instant`."""
        with sqlite3.connect(self.path, timeout=30) as connection:
            for lives in months:
                self._write(connection, lives, since, instant)
        connection.close()

    def arrived(self, since: str | None) -> list[int]:
        """Row numbers of the records that arrived since (ISO local, inclusive), in order of arrival."""
        rows = self._query(
            "SELECT rowid FROM ban_ghi WHERE thoi_diem_den >= ? ORDER BY thoi_diem_den, ma_ban_ghi",
            (since or "",),
        )
        return [row[0] for row in rows]

    def records(self, numbers: list[int]) -> list[dict[str, Any]]:
        """The records of these row numbers; one replaced meanwhile is left out: it arrives again later."""
        if not numbers:
            return []
        wanted = ",".join(map(str, numbers))
        rows = self._query(
            f"SELECT {', '.join(_COLUMNS)} FROM ban_ghi WHERE so IN ({wanted}) ORDER BY thoi_diem_den, ma_ban_ghi",
            (),
        )
        return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]

    def _query(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def planted(
        self, months: range, lives_of: Callable[[int], Lives], instant: np.datetime64
    ) -> tuple[list[str], list[str]]:
        """Codes lost and codes sent twice, of dossiers submitted by an instant; months that are over are kept."""
        lost: list[str] = []
        twice: list[str] = []
        for index in months:
            if index not in self._over:
                lives = lives_of(index)
                sent = (lives.submitted <= instant) & (lives.submitted >= OPENED)
                marks = (lives.code[sent & _lost(lives)].tolist(), lives.code[sent & _twice(lives)].tolist())
                if index == months[-1]:
                    lost, twice = lost + marks[0], twice + marks[1]
                    continue
                self._over[index] = marks
            lost, twice = lost + self._over[index][0], twice + self._over[index][1]
        return lost, twice

    def _write(
        self, connection: sqlite3.Connection, lives: Lives, since: np.datetime64, instant: np.datetime64
    ) -> None:
        lives = lives.where((lives.submitted >= OPENED) & ~_lost(lives))
        if len(lives) == 0:
            return
        chance = draw(self.maker.options, "portal", int(lives.submitted[0].astype("M8[M]").astype(int)))
        first = self._arrive(lives.submitted + lives.delay, chance)
        closing = np.fmax(lives.ended, lives.refused)
        second = np.maximum(self._arrive(closing + lives.delay, chance), first + np.timedelta64(1, "s"))
        again = second + chance.integers(300, 90_000, len(lives)).astype("m8[s]")
        closed = second <= instant
        arrived = np.where(closed, second, first)
        rows = self._rows(lives, closed, arrived, (arrived <= instant) & (arrived > since), "")
        rows += self._rows(lives, closed, again, _twice(lives) & (again <= instant) & (again > since), "-2")
        statement = f"INSERT INTO ban_ghi ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
        if since > np.datetime64("1971-01-01"):
            connection.executemany("DELETE FROM ban_ghi WHERE ma_ban_ghi = ?", [(row[0],) for row in rows])
        connection.executemany(statement, rows)

    def _arrive(self, sent: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        wait = np.minimum(chance.exponential(420, len(sent)) + 30, 7200)
        nightly = chance.random(len(sent)) < 0.06  # some offices send once a night
        wait = np.where(nightly, wait + 36_000, wait)
        arrival = sent + wait.astype(np.int64).astype("m8[s]")
        spread = chance.integers(60, 7200, len(sent)).astype("m8[s]")
        for stop in self.stops:
            arrival = np.where((arrival >= stop.start) & (arrival < stop.end), stop.end + spread, arrival)
        return arrival

    def _rows(
        self, lives: Lives, closed: np.ndarray, arrived: np.ndarray, mask: np.ndarray, suffix: str
    ) -> list[tuple[object, ...]]:
        if not mask.any():
            return []
        part, done = lives.where(mask), closed[mask]
        refused = ~np.isnat(part.refused)
        status = np.where(done, np.where(refused, 3, np.where(part.end_status == 9, 10, part.end_status)), 4)
        due = np.where(refused, NEVER, part.due)
        ended = np.where(done, np.fmax(part.ended, part.refused), NEVER)
        codes = part.code.tolist()
        return list(
            zip(
                [f"QG-{code}{suffix}" for code in codes],
                codes,
                self.maker.offices.code[part.agency].tolist(),
                status.tolist(),
                isos(part.submitted),
                isos(due),
                isos(ended),
                isos(arrived[mask]),
                strict=True,
            )
        )


def _lost(lives: Lives) -> np.ndarray:
    return lives.lot < LOSS


def _twice(lives: Lives) -> np.ndarray:
    return lives.lot > 1 - TWICE
