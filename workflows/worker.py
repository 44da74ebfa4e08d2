"""The embedded worker: one thread of the one process, for installations without a broker."""

from __future__ import annotations

import logging
import threading

from django.db import InterfaceError, OperationalError, close_old_connections

from workflows.services import jobs

logger = logging.getLogger(__name__)
SWEEP_S = 2.0


class EmbeddedWorker(threading.Thread):
    """Runs jobs one after another; wakes when one is enqueued and looks for lost ones every two seconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="concord-worker")
        self._wake = threading.Event()
        self._stopped = threading.Event()
        jobs.on_enqueue(lambda _job_id: self._wake.set())

    def run(self) -> None:
        """Work until the process ends."""
        while not self._stopped.is_set():
            close_old_connections()
            try:
                jobs.release_dead_leases()
                for job_id in jobs.runnable_jobs():
                    jobs.run_job(job_id)
            except (OperationalError, InterfaceError):
                logger.exception("The worker could not reach the database; it tries again")
            self._wake.wait(SWEEP_S)
            self._wake.clear()

    def stop(self) -> None:
        """Ask the thread to end after the job at hand."""
        self._stopped.set()
        self._wake.set()


_worker: EmbeddedWorker | None = None


def start_worker() -> EmbeddedWorker:
    """Start the worker of this process once; later calls return the same one."""
    global _worker
    if _worker is None:
        _worker = EmbeddedWorker()
        _worker.start()
    return _worker
