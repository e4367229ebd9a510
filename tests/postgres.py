"""A real PostgreSQL in a temporary folder, run by an unprivileged user. Absent: skipped visibly, failed in CI."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PLACES = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def binary(name: str) -> Path:
    """A program of the newest installed server."""
    for place in PLACES:
        if (place / name).exists():
            return place / name
    found = shutil.which(name)
    if found:
        return Path(found)
    reason = f"PostgreSQL is absent ({name} was not found)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
    raise AssertionError


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_postgres() -> Iterator[str]:
    """SQLAlchemy address of a fresh server, gone afterwards."""
    initdb, postgres, ready = binary("initdb"), binary("postgres"), binary("pg_isready")
    folder = Path(tempfile.mkdtemp(prefix="ioc-pg-"))
    user: str | None = None
    if os.geteuid() == 0:
        user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)
    data, port = folder / "data", free_port()
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    common: dict[str, object] = {"env": environment, "cwd": str(folder), **({"user": user} if user else {})}
    subprocess.run(
        [str(initdb), "-D", str(data), "-U", "reader", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        **common,  # type: ignore[call-overload]
    )
    server = subprocess.Popen(
        [
            str(postgres),
            "-D",
            str(data),
            "-p",
            str(port),
            "-k",
            str(folder),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "timezone=UTC",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **common,  # type: ignore[call-overload]
    )
    try:
        for _ in range(100):
            waiting = [str(ready), "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "5"]
            if subprocess.run(waiting, check=False, env=environment).returncode == 0:
                break
            if server.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
        yield f"postgresql+psycopg://reader@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One server for the whole test session."""
    with running_postgres() as url:
        yield url
