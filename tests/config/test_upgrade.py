"""A database that the first work's code wrote is migrated to the newest without losing a value.

`tests/data/first_work.*` are dumps of the demo brand's installation as that code left it, with requests in
every state, a conflict waiting, and an approved request whose job had not run; passwords are unusable.
"""

from __future__ import annotations

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.config.databases import environment_of, login

ROOT = Path(__file__).parents[2]
DUMPS = ROOT / "tests" / "data"
APPS = ("assets", "catalog", "channels", "workflows")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Installation:
    """A database of the first work: how to ask it in SQL, and how to run today's commands on it."""

    ask: Callable[[str], Rows]
    manage: Callable[..., str]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return the first work's database, as it was written."""
    folder = tmp_path_factory.mktemp("first_work")
    yield from (_on_postgresql if connection.vendor == "postgresql" else _on_sqlite)(folder)


def _on_sqlite(folder: Path) -> Iterator[Installation]:
    file = folder / "concord.sqlite3"
    file.write_bytes(lzma.decompress((DUMPS / "first_work.sqlite3.xz").read_bytes()))

    def ask(sql: str) -> Rows:
        with closing(sqlite3.connect(file)) as database:
            return database.execute(sql).fetchall()

    yield Installation(ask, _commands({"CONCORD_DATA_DIR": str(folder)}))


def _on_postgresql(folder: Path) -> Iterator[Installation]:
    where = login(settings.DATABASES["default"])
    name = f"concord_first_work_{os.getpid()}"
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(**where, dbname=name) as database:
                database.execute(lzma.decompress((DUMPS / "first_work.postgresql.sql.xz").read_bytes()))

            def ask(sql: str) -> Rows:
                with psycopg.connect(**where, dbname=name) as database:
                    return database.execute(sql).fetchall()

            yield Installation(ask, _commands(environment_of(where, name, folder)))
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _commands(environment: dict[str, str]) -> Callable[..., str]:
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("DATABASE_", "CONCORD_"))}

    def manage(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**kept, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    return manage


def _columns(installation: Installation) -> dict[str, list[str]]:
    """Return the columns of every table of Concord, in order of name."""
    if connection.vendor == "postgresql":
        found = installation.ask(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND is_generated = 'NEVER' ORDER BY 1, 2"
        )
    else:
        found = installation.ask(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c "
            "WHERE t.type = 'table' ORDER BY 1, 2"
        )
    columns: dict[str, list[str]] = {}
    for table, column in found:
        # The parts of the search index are the database's own; the table it is made from is compared.
        if table.startswith(APPS) and not table.startswith("catalog_search_"):
            columns.setdefault(table, []).append(column)
    return columns


def _contents(installation: Installation, columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the rows of tables as text, sorted, so that two readings can be compared."""
    return {
        table: sorted(
            json.dumps(row, default=str, sort_keys=True)
            for row in installation.ask(f"SELECT {', '.join(names)} FROM {table}")  # noqa: S608 - names are the database's
        )
        for table, names in columns.items()
    }


def test_the_newest_migrations_keep_every_value_of_the_first_work(installation: Installation) -> None:
    columns = _columns(installation)
    before = _contents(installation, columns)
    assert (len(before["catalog_product"]), len(before["workflows_changerequest"])) == (147, 17)
    assert len(before["catalog_historicalproduct"]) == 153
    assert len(before["channels_listingversion"]) == 656

    installation.manage("migrate", "--verbosity", "0")

    assert _contents(installation, columns) == before

    _goes_on(installation)


def _goes_on(installation: Installation) -> None:
    """Apply what was approved before the upgrade, publish, and find nothing that differs from scratch."""
    installation.manage("run_jobs")
    assert installation.ask("SELECT state FROM workflows_changerequest WHERE id = 17") == [("applied",)]
    for channel in ("google", "storefront"):
        installation.manage("publish", channel)
    assert "0 units wait" in installation.manage("recompute", "--check")
