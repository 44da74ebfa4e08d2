"""Log lines: JSON, with ids, without secrets."""

import json
import logging
import sys
from typing import Any

import pytest
from django.test import Client

from config.logs import JsonFormatter
from workflows.log_context import current_log_ids, log_context


def line(message: str, *args: object, secret_values: set[str] = frozenset(), **extra: Any) -> dict[str, Any]:
    record = logging.makeLogRecord(
        {"name": "concord.test", "levelname": "INFO", "msg": message, "args": args, **extra}
    )
    return json.loads(JsonFormatter(secret_values).format(record))


def test_line_carries_ids_of_the_work_at_hand() -> None:
    with log_context(request_id="r1"), log_context(job_id=7, change_request_id=12):
        written = line("Applied %s changes.", 3, duration_ms=1.5)

    assert written.pop("time").endswith("+00:00")
    assert written == {
        "level": "info",
        "logger": "concord.test",
        "message": "Applied 3 changes.",
        "request_id": "r1",
        "job_id": "7",
        "change_request_id": "12",
        "duration_ms": 1.5,
    }
    assert current_log_ids() == {}


@pytest.mark.parametrize(
    "message",
    [
        "connecting to postgres://ann:hunter2222@db/con",
        "connecting to redis://:hunter2222@queue",
        "Authorization: Bearer hunter2222",
        "password=hunter2222 user=ann",
        '{"api_key": "hunter2222"}',
        "The key is configured-hunter2222-key.",
    ],
)
def test_secrets_are_left_out(message: str) -> None:
    written = line(message, secret_values={"configured-hunter2222-key"})

    assert "hunter2222" not in json.dumps(written)
    assert "[hidden]" in written["message"]


def test_extra_fields_named_like_secrets_are_hidden() -> None:
    written = line("Logged in.", session_id="abc", user_id=4)

    assert (written["session_id"], written["user_id"]) == ("[hidden]", 4)


def test_tracebacks_are_part_of_the_line_and_cleaned() -> None:
    try:
        raise ValueError("token=hunter2222")
    except ValueError:
        written = line("Failed.", exc_info=sys.exc_info())

    assert "ValueError: token=[hidden]" in written["exception"]


def test_ordinary_sentences_stay_whole() -> None:
    sentence = "Delivery erp/stock.csv: 12 rows read, see https://concord.example/admin/ for the basic facts."

    assert line(sentence)["message"] == sentence


@pytest.mark.django_db
def test_request_line_and_answer_carry_the_same_id(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("concord")
    logger.addHandler(caplog.handler)
    try:
        answer = client.get("/admin/login/?token=hunter2222", headers={"X-Request-ID": "proxy-given-id"})
    finally:
        logger.removeHandler(caplog.handler)

    assert answer.headers["X-Request-ID"] == "proxy-given-id"
    record = next(record for record in caplog.records if record.name == "concord.request")
    assert record.getMessage() == "GET /admin/login/ 200"


def test_a_request_id_that_could_forge_lines_is_replaced(client: Client) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": 'x" level="error'})

    assert len(answer.headers["X-Request-ID"]) == 32
