"""Services that never end, and services whose certificate is not what it should be. Real sockets on loopback."""

from __future__ import annotations

import http.server
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ioc.errors import SourceError
from pipelines.connect.delivery import Deadline
from pipelines.connect.web import Transient, Web

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """A server that says whatever `talk` says to every connection, however slowly."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = door.accept()
                with line, suppress(OSError):
                    line.recv(65536)
                    talk(line)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


def drip(line: socket.socket, first: bytes, then: bytes) -> None:
    """Something at once, then a byte every twentieth of a second for ever."""
    line.sendall(first)
    while True:
        line.sendall(then)
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("first", "then"),
    [(b"HTTP/1.1 200 OK\r\nx-slow: ", b"x"), (HEAD + b"content-length: 1000000\r\n\r\n[", b" ")],
    ids=["headers", "body"],
)
def test_p02_a_byte_now_and_then_ends_with_the_run(first: bytes, then: bytes) -> None:
    """P-02: the limit between two bytes never ends it; the limit of the run does, and no repeat begins."""
    with talking(lambda line: drip(line, first, then)) as url:
        began = time.monotonic()
        with Web("slow", url, deadline=Deadline("slow", 0.6), allow_origins=[url], attempts=1) as web:
            with pytest.raises(SourceError, match="longer than its limit"):
                web.get("/rows")
            assert time.monotonic() - began < 10


def test_p02_an_answer_without_an_end_stops_at_the_limit_of_size() -> None:
    """P-02: a stream that never ends is cut at `max_bytes`, long before the run is over."""
    block = b"10000\r\n" + b" " * 65536 + b"\r\n"

    def flood(line: socket.socket) -> None:
        line.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        while True:
            line.sendall(block)

    with (
        talking(flood) as url,
        Web("endless", url, deadline=Deadline("endless", 60), allow_origins=[url], max_bytes=2**20) as web,
    ):
        with pytest.raises(SourceError, match="more than 1 MB") as error:
            web.get("/rows")
        assert error.value.permanent
        assert web.taken < 2 * 2**20


def test_p02_a_run_asked_to_stop_does_not_wait_for_the_answer() -> None:
    """J-08: the end of the process reaches a reading that trickles."""
    deadline = Deadline("slow", 600)

    def trickle(line: socket.socket) -> None:
        threading.Timer(0.2, deadline.stop.set).start()
        drip(line, HEAD + b"content-length: 1000000\r\n\r\n[", b" ")

    with (
        talking(trickle) as url,
        Web("slow", url, deadline=deadline, allow_origins=[url], attempts=1) as web,
        pytest.raises(SourceError, match="asked to stop"),
    ):
        web.get("/rows")


def openssl() -> str:
    """The program that makes certificates; absent: skipped visibly, failed in CI."""
    found = shutil.which("openssl")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("openssl is absent")
    if found is None:
        pytest.skip("openssl is absent")
    return str(found)


def certificate(folder: Path, name: str, host: str, signer: str | None, days: tuple[int, int] = (-1, 30)) -> Path:
    """A certificate for `host`, signed by `signer` or by itself, valid from and until so many days from today."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    today = datetime.now()
    start, end = (f"{today + timedelta(days=shift):%Y%m%d%H%M%SZ}" for shift in days)
    kind = "IP" if host[0].isdigit() else "DNS"
    common = ["-subj", f"/CN={name}", "-keyout", str(key), "-nodes", "-newkey", "ec", "-pkeyopt"]
    common += ["ec_paramgen_curve:P-256"]
    config = folder / f"{name}.cnf"
    config.write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/{name}.index\nserial={folder}/{name}.serial\n"
        f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n"
        f"[ext]\nsubjectAltName={kind}:{host}\nbasicConstraints=critical,CA:{'FALSE' if signer else 'TRUE'}\n"
        "subjectKeyIdentifier=hash\n"
    )
    (folder / f"{name}.index").write_text("")
    (folder / f"{name}.serial").write_text(f"{zlib.crc32(name.encode()):08X}\n")
    request = folder / f"{name}.csr"

    def call(*words: str) -> None:
        subprocess.run([openssl(), *words], check=True, capture_output=True)

    call("req", "-new", *common, "-out", str(request))
    sign = ["-selfsign", "-keyfile", str(key)]
    if signer:
        sign = ["-cert", str(folder / f"{signer}.pem"), "-keyfile", str(folder / f"{signer}.key")]
    call(
        *("ca", "-batch", "-notext", "-config", str(config), "-extensions", "ext", "-in", str(request)),
        *("-startdate", start, "-enddate", end, "-out", str(made), *sign),
    )
    return made


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The province's own authority and what it signed; one certificate that nobody signed."""
    folder = tmp_path_factory.mktemp("tls")
    certificate(folder, "authority", "authority.invalid", None)
    certificate(folder, "good", "127.0.0.1", "authority")
    certificate(folder, "late", "127.0.0.1", "authority", days=(-30, -1))
    certificate(folder, "elsewhere", "other.invalid", "authority")
    certificate(folder, "alone", "127.0.0.1", None)
    return folder


@contextmanager
def encrypted(folder: Path, name: str, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Iterator[str]:
    """A service of one JSON document behind this certificate."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(b"[1]")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Refused handshakes are the point."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    if newest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = newest
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def ask(url: str, **connection: object) -> object:
    """What the service says to a connector of this connection."""
    deadline = Deadline("tls", 20)
    with Web("tls", url, deadline=deadline, allow_origins=[url], connection=connection, attempts=1) as web:
        return web.get("/").document


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_c04_a_certificate_is_refused_unless_its_authority_is_named(authorities: Path) -> None:
    """C-04: self-signed, unknown authority, expired, another host, an old protocol: refused for good, with words."""
    own = str(authorities / "authority.pem")
    with encrypted(authorities, "good") as url:
        with pytest.raises(SourceError, match="certificate") as error:
            ask(url)
        assert error.value.permanent
        assert "ca_file" in str(error.value)
        assert ask(url, ca_file=own) == [1]
    for name, words in (("alone", "self-signed"), ("late", "expired"), ("elsewhere", "mismatch|not valid for")):
        with encrypted(authorities, name) as url, pytest.raises(SourceError, match=words) as error:
            ask(url, ca_file=own)
        assert error.value.permanent
    with encrypted(authorities, "alone") as url:
        assert ask(url, ca_file=str(authorities / "alone.pem")) == [1]
    with encrypted(authorities, "good", ssl.TLSVersion.TLSv1_1) as url, pytest.raises(Transient, match="cannot be"):
        ask(url, ca_file=own)
    with pytest.raises(SourceError, match="cannot be read"):
        ask("https://127.0.0.1:9", ca_file=str(authorities / "absent.pem"))


def test_c04_nothing_in_the_code_turns_verification_off() -> None:
    """C-04: no connector has a switch for it."""
    root = Path(__file__).resolve().parents[2]
    for path in [*root.joinpath("pipelines").rglob("*.py"), *root.joinpath("ioc").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for words in ("verify=False", "CERT_NONE", "check_hostname = False", "_create_unverified_context"):
            assert words not in text, f"{path.relative_to(root)}: {words}"
