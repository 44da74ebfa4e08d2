"""Celery application (`celery -A config worker`): a message carries a job's id, the row is the truth."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("concord")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL or "memory://",
    broker_connection_retry_on_startup=True,
    # Longer than the hard time limit: else the broker hands a message that is still being worked on to a
    # second worker.
    broker_transport_options={"visibility_timeout": 2 * 60 * 60},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=55 * 60,
    task_time_limit=60 * 60,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="concord",
    worker_hijack_root_logger=False,
    enable_utc=True,
)
app.autodiscover_tasks()
