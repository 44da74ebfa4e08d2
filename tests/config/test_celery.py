"""Jobs through Celery: how the application is set up, and real workers on Redis."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.celery import app
from workflows.constants import JobState
from workflows.models import Job
from workflows.services.jobs import enqueue
from workflows.tasks import run_job_task, sweep_jobs

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_message_survives_its_worker_and_is_not_hoarded() -> None:
    conf = app.conf

    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (
        True,
        True,
        1,
    )
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert conf.task_soft_time_limit is None
    assert run_job_task.app.main == app.main == "concord"


def test_lost_jobs_are_looked_for_every_minute() -> None:
    assert app.conf.beat_schedule["sweep-jobs"] == {"task": "workflows.sweep_jobs", "schedule": 60.0}
    assert sweep_jobs.name == "workflows.sweep_jobs"


def wait_for(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.1)


@pytest.fixture
def start_worker(
    redis_url: str, settings: Any, tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Return a function that starts a worker process on this test's database and queue."""
    if connection.vendor != "postgresql":
        pytest.skip("redis: a worker process needs a database that it can open as well")
    import tests.config.worker_app  # noqa: F401 - this process enqueues the job it registers

    with app.connection_for_write(redis_url) as broker:
        broker.default_channel.queue_purge("concord")
    settings.CELERY_BROKER_URL = redis_url
    before, app.conf.broker_url = app.conf.broker_url, redis_url
    app._after_fork()  # the pools of connections to the broker before
    database = connection.settings_dict
    user = f"{database['USER']}@" if database["USER"] else ""
    options = f"?host={database['HOST']}" + (f"&port={database['PORT']}" if database["PORT"] else "")
    environment = {
        "PATH": os.environ["PATH"],
        "CONCORD_DATA_DIR": str(tmp_path / "worker"),
        "DATABASE_URL": f"postgres://{user}/{database['NAME']}{options}",
        "CELERY_BROKER_URL": redis_url,
        **({"PGPASSWORD": database["PASSWORD"]} if database["PASSWORD"] else {}),
    }
    started = []

    def start() -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tests.config.worker_app", "worker", "-c", "1"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    app.conf.broker_url = before
    app._after_fork()


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_a_worker_on_redis_runs_a_job_and_another_resumes_it_after_a_kill(
    start_worker: Callable[[], subprocess.Popen[bytes]],
) -> None:
    first = start_worker()
    job = enqueue("tests.count_slowly", {"until": 12, "pause_s": 0.25}, actor=None, label="Count")

    wait_for(lambda: Job.objects.get(pk=job.pk).done >= 2)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    interrupted = Job.objects.get(pk=job.pk)
    assert interrupted.state == JobState.RUNNING
    assert interrupted.done < 12

    start_worker()
    assert sweep_jobs() == 1
    wait_for(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE)

    job.refresh_from_db()
    assert (job.done, job.total, job.attempts) == (12, 12, 2)
    assert job.result == {"begun_at": interrupted.done}
