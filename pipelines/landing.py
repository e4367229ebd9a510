"""The landing zone: what sources delivered, immutable, the system of record.

`landing/<source>/<dataset>/date=YYYY-MM-DD/run=<run_id>[-n]/part-<n>.parquet` and `manifest.json`, written last.
A folder without a manifest is an unfinished landing and is removed at the next start. Landed are the allow-listed
columns only, with the values as delivered (text stays text); the manifest keeps the hash of the original.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ioc.errors import StorageError
from pipelines.connect.delivery import POSITION, Delivery
from pipelines.scanner.kinds import redact

MANIFEST = "manifest.json"
LOCAL = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Part:
    """One file of a landing."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Landed:
    """A finished landing as its manifest tells it. Instants are UTC."""

    source: str
    dataset: str
    run_id: str
    load_id: str
    path: str  # folder, relative to the home
    origin: str  # table, path of the service, or file name
    sha256: str  # of what the source delivered
    rows: int
    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    interval_from: datetime | None
    interval_to: datetime
    watermark: datetime | None
    complete_through: datetime | None
    landed_at: datetime
    is_full: bool
    spec_version: int = 1
    redacted: Mapping[str, int] = field(default_factory=dict)  # cells masked before landing, by column and kind
    lane: str = "live"  # backfill: rows only, the state of the source does not move
    form: str = "rows"  # keys: the list of keys the source still has

    def files(self, home: Path) -> list[str]:
        """Absolute paths of the parts, in order."""
        return [str(home / self.path / part.name) for part in self.parts]


def load_id_of(source: str, dataset: str, sha256: str, interval: str) -> str:
    """The identity of a load: the same content of the same interval is the same load."""
    text = "\x1f".join((source, dataset, sha256, interval))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass
class LandingWriter:
    """Writes one delivery; `finish` makes it count, `abandon` leaves nothing."""

    home: Path
    source: str
    dataset: str
    run_id: str
    now: datetime
    parts: list[Part] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    lane: str = "live"
    form: str = "rows"
    redacted: dict[str, int] = field(default_factory=dict)  # cells masked on the way, by `column:kind`

    def __post_init__(self) -> None:
        day = self.now.astimezone(LOCAL).date().isoformat()
        parent = self.home / "landing" / self.source / self.dataset / f"date={day}"
        parent.mkdir(parents=True, exist_ok=True)
        for number in range(100_000):
            self.folder = parent / (f"run={self.run_id}" + (f"-{number}" if number else ""))
            try:
                self.folder.mkdir()
                return
            except FileExistsError:
                continue
        raise StorageError(f"no free folder for run {self.run_id} below {parent}")

    def write(self, table: pa.Table) -> None:
        """Land one table as the next part, on disk when this returns."""
        if table.num_rows == 0:
            return
        name = f"part-{len(self.parts) + 1}.parquet"
        path = self.folder / name
        try:
            pq.write_table(
                table,
                path,
                compression="zstd",
                compression_level=1,
                # every position is different: a dictionary of them costs half the time of writing
                use_dictionary=[name for name in table.column_names if name != POSITION],
                row_group_size=131_072,
                write_statistics=False,
            )
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"cannot write {path.name} of {self.source}/{self.dataset}: {error}",
                remedy="check free space of the disk that holds the home",
            ) from error
        path.chmod(0o444)
        self.parts.append(Part(name, table.num_rows, path.stat().st_size, digest.hexdigest()))
        self.columns = self.columns or tuple(table.column_names)

    def finish(self, delivery: Delivery, *, by_content: bool) -> Landed:
        """Write the manifest. `by_content`: the load is known by its content alone (a file), whenever it came."""
        interval = "" if by_content else f"{delivery.interval_from}|{delivery.interval_to}"
        interval += "" if (self.lane, self.form) == ("live", "rows") else f"|{self.lane}|{self.form}"
        landed = Landed(
            source=self.source,
            dataset=self.dataset,
            run_id=self.run_id,
            load_id=load_id_of(self.source, self.dataset, delivery.sha256, interval),
            path=self.folder.relative_to(self.home).as_posix(),
            origin=redact(delivery.origin),
            sha256=delivery.sha256,
            rows=sum(part.rows for part in self.parts),
            parts=tuple(self.parts),
            columns=self.columns,
            ignored_columns=tuple(sorted(redact(name) for name in delivery.ignored_columns)),
            interval_from=delivery.interval_from,
            interval_to=delivery.interval_to,
            watermark=delivery.watermark,
            complete_through=delivery.complete_through,
            landed_at=self.now,
            is_full=delivery.is_full,
            redacted=self.redacted,
            lane=self.lane,
            form=self.form,
        )
        write_manifest(self.folder, landed)
        return landed

    def abandon(self) -> None:
        """Remove an unfinished landing."""
        shutil.rmtree(self.folder, ignore_errors=True)


def write_manifest(folder: Path, landed: Landed) -> None:
    """The manifest, durable before anything is loaded."""
    text = json.dumps(asdict(landed), ensure_ascii=False, indent=1, default=write_instant)
    partial = folder / (MANIFEST + ".tmp")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MANIFEST)
    for place in (folder, folder.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_instant(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"cannot write {type(value).__name__} into a manifest")


def read_manifest(path: Path) -> Landed:
    """A manifest back from disk; a damaged one is a StorageError naming it."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        for name in ("interval_from", "interval_to", "watermark", "complete_through", "landed_at"):
            raw[name] = datetime.fromisoformat(raw[name]) if raw[name] else None
        raw["parts"] = tuple(Part(**part) for part in raw["parts"])
        for name in ("columns", "ignored_columns"):
            raw[name] = tuple(raw[name])
        return Landed(**raw)
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"the manifest {path} is damaged ({error})",
            remedy="restore it from the backup, or remove its folder and pull again",
        ) from error


def manifests(home: Path, source: str | None = None) -> Iterator[Landed]:
    """Every finished landing, oldest first."""
    found = [read_manifest(path) for path in (home / "landing").glob(f"{source or '*'}/*/date=*/run=*/{MANIFEST}")]
    yield from sorted(found, key=lambda landed: (landed.landed_at, landed.source, landed.path))


def remove_unfinished(home: Path) -> int:
    """Remove landings that never got their manifest; returns how many there were."""
    count = 0
    for folder in (home / "landing").glob("*/*/date=*/run=*"):
        if not (folder / MANIFEST).exists():
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def verify(home: Path, landed: Landed) -> None:
    """Raise StorageError when a landed part is missing or changed."""
    for part in landed.parts:
        path = home / landed.path / part.name
        if not path.exists():
            raise StorageError(
                f"the landed file {landed.path}/{part.name} is missing",
                remedy="restore the landing folder from the backup",
            )
        if hashlib.sha256(path.read_bytes()).hexdigest() != part.sha256:
            raise StorageError(
                f"the landed file {landed.path}/{part.name} was changed after landing",
                remedy="restore the landing folder from the backup",
            )
