"""Celery application, `celery -A config worker --beat`: a message carries an id, the job row is the truth."""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


@setup_logging.connect
def keep_logging(**_kwargs: object) -> None:
    """Leave the logs as the settings have them; Celery makes its own where nobody answers this signal."""


app = Celery("concord")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL or "memory://",
    broker_connection_retry_on_startup=True,
    # Longer than the time limit: else the broker hands a message that is being worked on to a second worker.
    # A message lost with its worker doesn't wait that long: the job's lease ends and the sweep sends a new
    # one.
    broker_transport_options={"visibility_timeout": 7 * 60 * 60},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # A hard limit alone: a soft one would end a job in an error that only repeats; a killed one is resumed.
    task_time_limit=6 * 60 * 60,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="concord",
    enable_utc=True,
    beat_schedule={"sweep-jobs": {"task": "workflows.sweep_jobs", "schedule": 60.0}},
    beat_schedule_filename=str(settings.DATA_DIR / "celerybeat-schedule"),
)
app.autodiscover_tasks()
