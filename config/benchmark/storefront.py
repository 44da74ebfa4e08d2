"""How fast the storefront answers, held against a bare view on the same server in the same run."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

from channels.api.access import load_facts
from channels.models import Listing
from workflows.exceptions import NotFound

HOST = "127.0.0.1"
START_S = 30.0
ANSWER_S = 30.0


@dataclass(frozen=True)
class StorefrontRates:
    """Requests per second in each round, in turns: the bare view and storefront detail."""

    bare: tuple[float, ...]
    detail: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Return the best round of detail over the best of the bare view."""
        return max(self.detail) / max(self.bare)


def measure(
    channel: str,
    *,
    key: str = "",
    environment: Mapping[str, str] | None = None,
    requests: int = 4000,
    connections: int = 4,
    workers: int = 2,
    rounds: int = 3,
) -> StorefrontRates:
    """Serve the site with granian on loopback and ask for bare rows and storefront details in turns.

    Uses what is published on the channel in its first market and language; `key` opens a closed one.
    `environment` adds to this process's variables, so that the server reads the database in use here.
    Each round sends `requests` requests over `connections` persistent connections. Raises `NotFound` when
    nothing is published, `RuntimeError` when the server does not start or answers anything but 200.
    """
    facts = load_facts(channel)
    place = facts.place({}) if facts is not None else None
    rows = list(
        Listing.objects.filter(channel__code=channel)
        .filter(market=place.market if place else "", locale=place.locale if place else "")
        .exclude(content="")
        .order_by("id")
        .values_list("pk", "product_id")[:1000]
    )
    if not rows:
        raise NotFound(f"Nothing is published on the channel {channel}.")
    bare = [f"/bare/{pk}/" for pk, _product in rows]
    detail = [f"/api/v1/storefront/{channel}/products/{product}/" for _pk, product in rows]
    with _server(workers, environment or {}) as port:
        for paths in (bare, detail):  # both warm: connections open, statements prepared, code loaded
            _round(port, paths, key, max(200, requests // 10), connections)
        rates = [
            (_round(port, bare, key, requests, connections), _round(port, detail, key, requests, connections))
            for _number in range(rounds)
        ]
    return StorefrontRates(tuple(rate[0] for rate in rates), tuple(rate[1] for rate in rates))


@contextmanager
def _server(workers: int, environment: Mapping[str, str]) -> Iterator[int]:
    """Run the server in a process of its own and yield its port once it answers."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port),
        "--workers", str(workers), "--no-access-log", "config.benchmark.storefront_site:application",
    ]  # fmt: skip
    variables = {**os.environ, "CONCORD_LOG_LEVEL": "WARNING", **environment}
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # workers that outlived it


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with code {process.returncode}.")
        asking = http.client.HTTPConnection(HOST, port, timeout=ANSWER_S)
        try:
            asking.request("GET", "/healthz")
            asking.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            asking.close()
    raise RuntimeError(f"The server did not answer within {START_S:.0f} s.")


def _request(path: str, key: str) -> bytes:
    given = f"Authorization: Api-Key {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{given}\r\n".encode()


def _round(port: int, paths: Sequence[str], key: str, requests: int, connections: int) -> float:
    """Send the requests, spread over threads with a connection each; returns requests per second."""
    wanted = [_request(path, key) for path in islice(cycle(paths), requests)]
    faults: list[BaseException] = []

    def run(mine: Sequence[bytes]) -> None:
        try:
            with _Connection(port) as connection:
                for request in mine:
                    connection.get(request)
        except (OSError, RuntimeError) as fault:
            faults.append(fault)

    threads = [
        threading.Thread(target=run, args=(wanted[number::connections],)) for number in range(connections)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    if faults:
        raise RuntimeError(str(faults[0])) from faults[0]
    return requests / taken


class _Connection:
    """A persistent HTTP/1.1 connection that does as little as possible: the server is what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=ANSWER_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_exception: object) -> None:
        self._socket.close()

    def get(self, request: bytes) -> int:
        """Send one request and read its whole answer; returns the length of the body."""
        self._socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive()
        head = data[:end].lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"The server answered {head[:30].decode()!r}.")
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        missing = length - (len(data) - end - 4)
        while missing > 0:
            missing -= len(self._receive())
        return length

    def _receive(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise RuntimeError("The server closed the connection.")
        return piece
