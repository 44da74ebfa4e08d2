"""The answers for load balancers."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client

from config import health


def test_alive_needs_no_database(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_alive_answers_probes_by_address(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz", headers={"host": "10.1.2.3"}).status_code == 200
    assert client.get("/admin/", headers={"host": "10.1.2.3"}).status_code == 400


@pytest.mark.django_db
def test_ready_when_everything_is(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_not_ready_while_migrations_wait(client: Client) -> None:
    with patch.object(health, "_unapplied_migrations", return_value=2):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert [problem["check"] for problem in answer.json()["problems"]] == ["migrations"]


@pytest.mark.django_db
def test_not_ready_without_database_and_directory(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"

    with patch.object(health.connection, "cursor", side_effect=DatabaseError("password=hunter2")):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "problems": [
            {"check": "database", "detail": "The database does not answer."},
            {"check": "data_dir", "detail": "The data directory cannot be written."},
        ],
    }
