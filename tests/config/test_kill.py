"""Killed (-9) in the middle of applying or publishing and started again, work ends as if nothing had
happened.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """Three copies of one small installation, each with a runner for `tests.config.killing`."""
    folder = tmp_path_factory.mktemp("installations")
    names = ("undisturbed", "apply", "publish")
    yield from (_on_postgresql if connection.vendor == "postgresql" else _on_sqlite)(folder, names)


def _on_sqlite(folder: Path, names: tuple[str, ...]) -> Iterator[dict[str, Run]]:
    _runner({"CONCORD_DATA_DIR": str(folder / "built")})("build")
    for name in names:
        shutil.copytree(folder / "built", folder / name)
    yield {name: _runner({"CONCORD_DATA_DIR": str(folder / name)}) for name in names}


def _on_postgresql(folder: Path, names: tuple[str, ...]) -> Iterator[dict[str, Run]]:
    params: dict[str, Any] = settings.DATABASES["default"]
    where = {
        "host": params["HOST"],
        "port": params["PORT"],
        "user": params["USER"],
        "password": params["PASSWORD"],
    }
    where = {name: str(value) for name, value in where.items() if value}
    prefix = f"concord_kill_{os.getpid()}"
    databases = [f"{prefix}_{name}" for name in ("built", *names)]
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        try:
            admin.execute(f"CREATE DATABASE {databases[0]}")
            _runner(_environment(where, databases[0], folder / "built"))("build")
            for name, database in zip(names, databases[1:], strict=True):
                admin.execute(f"CREATE DATABASE {database} TEMPLATE {databases[0]}")
                shutil.copytree(folder / "built", folder / name)
            yield {
                name: _runner(_environment(where, database, folder / name))
                for name, database in zip(names, databases[1:], strict=True)
            }
        finally:
            for database in databases:
                admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def _environment(where: dict[str, str], database: str, folder: Path) -> dict[str, str]:
    login = where.get("user", "") + (f":{where['password']}" if where.get("password") else "")
    port = f":{where['port']}" if where.get("port") else ""
    if where.get("host", "").startswith("/"):
        url = f"postgres://{login}@/{database}?host={where['host']}"
    else:
        url = f"postgres://{login}@{where.get('host', '')}{port}/{database}"
    return {"CONCORD_DATA_DIR": str(folder), "DATABASE_URL": url}


def _runner(environment: dict[str, str]) -> Run:
    def run(*arguments: str, expected: int = 0) -> subprocess.CompletedProcess[str]:
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "CONCORD_"))
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.config.killing", *arguments],
            cwd=ROOT,
            env={**variables, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == expected, done.stderr[-2000:]
        return done

    return run


@pytest.mark.parametrize("place", ["apply", "publish"])
def test_a_killed_run_ends_as_an_undisturbed_one(installations: dict[str, Run], place: str) -> None:
    undisturbed, killed = installations["undisturbed"], installations[place]
    undisturbed("work")

    killed("work", place, expected=-signal.SIGKILL)
    between = json.loads(killed("tell").stdout)
    killed("work")

    expected = json.loads(undisturbed("tell").stdout)
    assert len(expected["products"]) == 20
    assert len(expected["listings"]) == 40
    if place == "apply":
        assert 0 < len(between["products"]) < 20
    else:
        assert 0 < len(between["listings"]) < 40
    assert json.loads(killed("tell").stdout) == expected
