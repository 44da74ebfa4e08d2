"""Databases that only the benchmark uses: made empty for each size, and dropped at its end.

The installation's own database is never opened. On PostgreSQL there is one benchmark database per server,
`concord_benchmark`; a session on the server's maintenance database holds a lock on it, so that two benchmarks
cannot share it, and a comment marks it, so that a database somebody else made under that name is left alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import psycopg
from django.db import connection
from psycopg import sql

from config.environment import DATABASE_SCHEMES
from workflows.exceptions import Invalid, Locked

NAME = "concord_benchmark"
POSTGRESQL, SQLITE = "postgresql", "sqlite"
_MAINTENANCE = "postgres"
_MARK = "Made by `manage.py benchmark`, which drops it again."


@dataclass(frozen=True)
class Target:
    """Where to measure: the vendor and, for PostgreSQL, the address of any database on the server."""

    vendor: str
    server_url: str = ""


def choose_targets(wanted: str, configured: Mapping[str, Any]) -> list[Target]:
    """Return where to measure for the option's word: sqlite, postgresql, both, or a PostgreSQL address.

    `configured` is Django's settings entry of the installation's database; "postgresql" and "both" mean its
    server. Raises `Invalid` where that is no PostgreSQL, or where the word is none of these.
    """
    if urlsplit(wanted).scheme:
        if DATABASE_SCHEMES.get(urlsplit(wanted).scheme) != "postgresql":
            raise Invalid(f"{wanted!r} is no PostgreSQL address (postgres://user:password@host:5432/name).")
        return [Target(POSTGRESQL, wanted)]
    if wanted == SQLITE:
        return [Target(SQLITE)]
    if wanted not in (POSTGRESQL, "both"):
        raise Invalid(f"{wanted!r} is not a database: use sqlite, postgresql, both, or a PostgreSQL address.")
    if "postgresql" not in configured["ENGINE"]:
        raise Invalid("DATABASE_URL names no PostgreSQL server; set it, or give --database an address.")
    server = Target(POSTGRESQL, _address(configured))
    return [server] if wanted == POSTGRESQL else [server, Target(SQLITE)]


def _address(configured: Mapping[str, Any]) -> str:
    person = quote(configured["USER"], safe="")
    if configured["PASSWORD"]:
        person += f":{quote(configured['PASSWORD'], safe='')}"
    port = f":{configured['PORT']}" if configured["PORT"] else ""
    host = quote(configured["HOST"], safe="")
    options = urlencode({name: value for name, value in configured["OPTIONS"].items() if name != "pool"})
    address = f"{person}@{host}{port}" if person else f"{host}{port}"
    return f"postgres://{address}/{_MAINTENANCE}{'?' + options if options else ''}"


@contextlib.contextmanager
def open_target(target: Target, folder: Path) -> Iterator[Callable[[], str]]:
    """Yield a function that makes the benchmark's database anew, empty, and returns its address.

    What it made is dropped at the end. Raises `Locked` while another benchmark uses the same server, and
    `Invalid` where a database of that name is not the benchmark's or the server does not answer.
    """
    if target.vendor == SQLITE:
        file = folder / f"{NAME}.sqlite3"

        def make_file() -> str:
            _remove_file(file)
            return f"sqlite:///{quote(str(file))}"

        try:
            yield make_file
        finally:
            _remove_file(file)
        return
    with _server(target.server_url) as server:

        def make_database() -> str:
            _drop(server)
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
            server.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(NAME), sql.Literal(_MARK))
            )
            return urlsplit(target.server_url)._replace(path=f"/{NAME}").geturl()

        try:
            yield make_database
        finally:
            _drop(server)


@contextlib.contextmanager
def _server(url: str) -> Iterator[psycopg.Connection]:
    address = urlsplit(url)._replace(path=f"/{_MAINTENANCE}").geturl()
    try:
        server = psycopg.connect(address, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise Invalid(f"The PostgreSQL server does not let the benchmark in: {error}".strip()) from error
    with server:
        mine = server.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [NAME]).fetchone()
        if mine != (True,):
            raise Locked("Another benchmark is running on this PostgreSQL server; wait for its end.")
        yield server


def _drop(server: psycopg.Connection) -> None:
    found = server.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [NAME]
    ).fetchone()
    if found is None:
        return
    if found != (_MARK,):
        raise Invalid(f"The database {NAME} is not the benchmark's; rename or drop it.")
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))


def _remove_file(file: Path) -> None:
    for part in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        part.unlink(missing_ok=True)


def check_is_benchmark_database() -> None:
    """Raise `Invalid` unless this process is connected to the benchmark's own database."""
    if Path(str(connection.settings_dict["NAME"])).name not in (NAME, f"{NAME}.sqlite3"):
        raise Invalid("A phase of the benchmark runs on the benchmark's own database only.")
