"""Typed readers: right values are understood, wrong ones stop the start with one sentence."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from config.environment import Environment, generated_secret

ROOT = Path(__file__).resolve().parent.parent.parent


def read_database(url: str, tmp_path: Path, pool_size: int = 0) -> dict[str, Any]:
    environment = Environment({"DATABASE_URL": url})
    return environment.database("DATABASE_URL", sqlite_file=tmp_path / "x.sqlite3", pool_size=pool_size)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("YES", True), ("on", True), ("false", False), ("0", False)]
)
def test_flag_understands_words(value: str, expected: bool) -> None:
    assert Environment({"X": value}).flag("X", not expected) is expected


def test_an_empty_variable_counts_as_absent() -> None:
    environment = Environment({"X": "  "})

    assert environment.flag("X", True) is True
    assert environment.integer("X", 7, minimum=1, maximum=9) == 7


def test_database_address_with_everything(tmp_path: Path) -> None:
    database = read_database("postgres://ann:p%40ss%2Fword@db.example:5433/con?sslmode=require", tmp_path, 4)

    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "con",
        "USER": "ann",
        "PASSWORD": "p@ss/word",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "pool": {"min_size": 1, "max_size": 4, "timeout": 30}},
    }


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgres:///con", ""),
        ("postgres:///con?host=/run/postgresql", "/run/postgresql"),
        ("postgres://%2Frun%2Fpostgresql/con", "/run/postgresql"),
        ("postgres://ann@%2Frun%2FPostgreSQL:5433/con", "/run/PostgreSQL"),
    ],
)
def test_database_address_of_a_socket(url: str, host: str, tmp_path: Path) -> None:
    database = read_database(url, tmp_path)

    assert (database["HOST"], database["NAME"], database["OPTIONS"]) == (host, "con", {})


def test_sqlite_writers_queue(tmp_path: Path) -> None:
    database = read_database("", tmp_path)

    assert database["NAME"] == tmp_path / "x.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_sqlite_file_may_be_named(tmp_path: Path) -> None:
    assert read_database(f"sqlite:///{tmp_path}/other.db", tmp_path)["NAME"] == tmp_path / "other.db"


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda e: e.flag("X", False), "maybe", "X is 'maybe'; use true or false."),
        (lambda e: e.integer("X", 1, minimum=0, maximum=9), "ten", "X is 'ten'; use a whole number."),
        (lambda e: e.integer("X", 1, minimum=0, maximum=9), "10", "X is 10; use a number from 0 to 9."),
        (lambda e: e.choice("X", "a", ["a", "b"]), "c", "X is 'c'; use one of a, b."),
        (
            lambda e: e.web_address("X", ""),
            "concord.example",
            "X is 'concord.example'; use an address such as https://concord.example.com, without a path.",
        ),
        (
            lambda e: e.web_address("X", ""),
            "https://concord.example/shop",
            "X is 'https://concord.example/shop'; use an address such as https://concord.example.com, "
            "without a path.",
        ),
        (
            lambda e: e.broker_url("X"),
            "http://queue",
            "X must begin with one of redis://, rediss://, redis+socket://, amqp://, amqps://.",
        ),
        (
            lambda e: e.database("X", sqlite_file=Path("x"), pool_size=0),
            "mysql://db/x",
            "X must look like postgres://user:password@host:5432/name or sqlite:///file.",
        ),
        (
            lambda e: e.database("X", sqlite_file=Path("x"), pool_size=0),
            "postgres://db:port/x",
            "X is not a database address; encode special characters of the password as %XX.",
        ),
        (
            lambda e: e.database("X", sqlite_file=Path("x"), pool_size=0),
            "sqlite:////no/such/place/x.db",
            "X names an SQLite file in a directory that does not exist.",
        ),
    ],
)
def test_a_wrong_value_stops_the_start(read: Callable[..., Any], value: str, sentence: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        read(Environment({"X": value}))

    assert stopped.value.code == f"Concord cannot start: {sentence}"


def test_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    environment = Environment({"X_FILE": str(tmp_path / "secret")})

    assert environment.secret("X") == "from the file"
    assert environment.secret_values == {"from the file"}


@pytest.mark.parametrize("content", [None, "", b"\xff\xfe\xff"])
def test_secret_file_that_holds_no_text_stops_the_start(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(SystemExit, match="X_FILE names"):
        Environment({"X_FILE": str(file)}).secret("X")


def test_secret_given_twice_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="keep one of them"):
        Environment({"X": "a", "X_FILE": str(tmp_path)}).secret("X")


def test_passwords_inside_addresses_are_noted(tmp_path: Path) -> None:
    environment = Environment(
        {"DATABASE_URL": "postgres://ann:p%40ss@db/con", "B": "redis://:hidden@queue:6379"}
    )
    environment.database("DATABASE_URL", sqlite_file=tmp_path / "x", pool_size=0)
    environment.broker_url("B")

    assert {"p%40ss", "p@ss", "hidden"} <= environment.secret_values


def test_generated_secret_is_kept_and_private(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"

    first = generated_secret(file)

    assert generated_secret(file) == first
    assert len(first) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def start(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` in a process of its own, with nothing set but `variables`."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**plain, "CONCORD_DATA_DIR": str(tmp_path / "data"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


PRODUCTION = {
    "CONCORD_PRODUCTION": "true",
    "CONCORD_PUBLIC_URL": "https://concord.example",
    "CONCORD_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "CONCORD_PROXY_COUNT": "1",
}


def test_data_directory_that_is_a_file_stops_with_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    ended = start(tmp_path, "check", CONCORD_DATA_DIR=str(file))

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"Concord cannot start: CONCORD_DATA_DIR is '{file}', where a file is in the way; name a directory.\n"
    )


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"CONCORD_SECRET_KEY": "short"}, "CONCORD_PRODUCTION needs a CONCORD_SECRET_KEY of at least 50"),
        ({"CONCORD_PUBLIC_URL": "http://concord.example"}, "CONCORD_PUBLIC_URL to begin with https://"),
    ],
)
def test_production_without_what_it_needs_stops(tmp_path: Path, over: dict[str, str], sentence: str) -> None:
    ended = start(tmp_path, "check", **{**PRODUCTION, **over})

    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_check_deploy_is_clean_in_production(tmp_path: Path) -> None:
    ended = start(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (ended.returncode, ended.stdout + ended.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )
    assert not (tmp_path / "data" / "secret_key").exists()


def test_every_variable_is_in_the_readme_table() -> None:
    rows = {}
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3 and cells[0].strip("`").isupper():
            rows[cells[0].strip("`")] = cells[1].strip("`")

    assert rows == settings.ENVIRONMENT.declared
