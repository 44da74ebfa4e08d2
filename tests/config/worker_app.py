"""`celery -A tests.config.worker_app`: the real application and one kind of job that can be interrupted."""

import time
from typing import Any

import django

from config.celery import app

django.setup()

from workflows.services.jobs import JobContext, job_handler  # noqa: E402 - needs Django's models

__all__ = ("app", "count_slowly")


@job_handler("tests.count_slowly")
def count_slowly(context: JobContext) -> dict[str, Any]:
    """Count to `until`, a chunk of `pause_s` each, from where an earlier attempt came to."""
    begun_at = context.position.get("counted", 0)
    for number in range(begun_at, context.params["until"]):
        time.sleep(context.params["pause_s"])
        context.progress(number + 1, context.params["until"], position={"counted": number + 1})
    return {"begun_at": begun_at}
