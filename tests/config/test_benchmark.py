"""The benchmark: what it counts and where it writes; never how fast it is."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Product
from config.benchmark.databases import POSTGRESQL, SQLITE, Target, check_is_benchmark_database, choose_targets
from config.benchmark.phases import PHASES, Measured
from config.benchmark.report import floors, lines, missed
from config.benchmark.running import Run, with_needs
from workflows.exceptions import Invalid

SERVER = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "concord",
    "USER": "con",
    "PASSWORD": "p@ss",
    "HOST": "db",
    "PORT": "5433",
    "OPTIONS": {"pool": {}, "sslmode": "require"},
}


@pytest.mark.django_db
def test_fifty_products_pass_the_phases_on_a_database_of_their_own(tmp_path: Path) -> None:
    out = StringIO()
    chosen = [name for name in PHASES if name != "storefront"]  # it sends 25,000 requests
    call_command("benchmark", products=50, only=chosen, json=tmp_path / "measured.json", stdout=out)

    (run,) = json.loads((tmp_path / "measured.json").read_text(encoding="utf-8"))["runs"]
    phases = run["phases"]
    assert {name: phase["count"] for name, phase in phases.items()} == {
        "prepare": 100,
        "generate": 50,
        "import": 50,
        "approve": 50,
        "apply": 50,
        "stock": 50,
        "publish": 100,
        "feed": 100,
        "unchanged": 0,
        "publish_shop": 50,
        "sizes": 7,
        "bare_bulk_create": 50,
        "bare_cursor": 100,
    }
    assert phases["import"]["details"] == {"read": 50, "new": 50, "changed": 0, "unchanged": 0, "rejected": 0}
    assert phases["apply"]["details"] == {"applied": 50}
    assert phases["publish"]["details"]["said"] == 100
    assert (run["smaller_products"], run["smaller"]) == (0, {})
    table = out.getvalue().split("\n\n")[1].splitlines()
    assert table[0] == "SQLite, 50 products × 30 values"
    assert [line.split()[0] for line in table[2:15]] == chosen
    assert "import to truth ÷ bare bulk_create" in table[-1]
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"products": 0}, "--products is a number from 1 to 1,000,000."),
        ({"values": 29}, "--values is a number from 30 to 300."),
        ({"database": "oracle"}, "'oracle' is not a database"),
        ({"database": "mysql://db/concord"}, "is no PostgreSQL address"),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence.replace("-", r"\-")):
        call_command("benchmark", **options)


def test_the_server_of_the_installation_is_used_but_not_its_database() -> None:
    address = "postgres://con:p%40ss@db:5433/postgres?sslmode=require"

    assert choose_targets("postgresql", SERVER) == [Target(POSTGRESQL, address)]
    assert choose_targets("both", SERVER) == [Target(POSTGRESQL, address), Target(SQLITE)]
    assert choose_targets("postgres://other/name", SERVER) == [Target(POSTGRESQL, "postgres://other/name")]


def test_without_a_postgresql_server_it_asks_for_one() -> None:
    with pytest.raises(Invalid, match="DATABASE_URL names no PostgreSQL server"):
        choose_targets("both", {"ENGINE": "django.db.backends.sqlite3"})


def test_a_phase_refuses_any_other_database() -> None:
    with pytest.raises(Invalid, match="own database only"):
        check_is_benchmark_database()


def test_chosen_phases_bring_what_they_build_upon() -> None:
    assert with_needs(["bare_bulk_create"]) == [
        "prepare",
        "generate",
        "import",
        "approve",
        "apply",
        "bare_bulk_create",
    ]


def _run(**over: float) -> Run:
    seconds = {
        "import": 5.0,
        "approve": 1.0,
        "apply": 4.0,
        "publish": 20.0,
        "feed": 2.0,
        "unchanged": 0.5,
        "bare_bulk_create": 4.0,
        "bare_cursor": 1.0,
    } | over
    counts = {"publish": 40_000, "feed": 40_000, "bare_cursor": 40_000, "unchanged": 0}
    phases = {
        name: Measured(counts.get(name, 20_000), "rows", spent, 110_000_000)
        for name, spent in seconds.items()
    }
    phases["storefront"] = Measured(900, "a second", 30.0, details={"ratio": 0.75})
    smaller = {"import": Measured(5000, "rows", 1.0, 100_000_000)}
    return Run(POSTGRESQL, 20_000, 30, phases, 5000, smaller)


def test_the_floors_are_those_agreed() -> None:
    assert [(floor.label, floor.value, floor.bound, floor.met) for floor in floors(_run())] == [
        ("import to truth ÷ bare bulk_create", 0.4, 0.3, True),
        ("readiness + publish, listings a second", 2000, 1500, True),
        ("TSV ÷ bare server cursor", 0.5, 0.4, True),
        ("storefront detail ÷ bare view", 0.75, 0.7, True),
        ("no-change publish", 0.5, 1.0, True),
        ("peak RSS", 110, 350, True),
        ("peak RSS ÷ that of 5,000", 1.1, 1.2, True),
    ]


def test_a_missed_floor_is_marked_and_listed() -> None:
    run = _run(unchanged=1.5)

    assert missed([run]) == ["postgresql: no-change publish"]
    assert "  ✗ no-change publish                                     1.50 s   at most 1.00 s" in lines(run)


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    run = Run(SQLITE, 50, 30)

    assert missed([run]) == []
    assert list(lines(run))[-1].startswith("  – import to truth ÷ bare bulk_create")


@pytest.mark.django_db(transaction=True)
def test_postgresql_gets_a_database_that_is_dropped_again() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a PostgreSQL server")

    call_command("benchmark", products=2, only=["prepare"], database="postgresql", stdout=StringIO())

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = 'concord_benchmark'")
        assert cursor.fetchone() == (0,)
    assert settings.DATABASES["default"]["NAME"] != "concord_benchmark"
