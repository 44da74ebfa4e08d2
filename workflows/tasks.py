"""Celery's side of jobs: a message carries an id, the row says the rest."""

from __future__ import annotations

from celery import shared_task

from workflows.services import jobs


@shared_task(name="workflows.run_job", acks_late=True, reject_on_worker_lost=True)
def run_job_task(job_id: int) -> str:
    """Run one job; returns its state. Delivered twice, the second finds it held or ended."""
    return jobs.run_job(job_id).state


@shared_task(name="workflows.sweep_jobs")
def sweep_jobs() -> int:
    """Enqueue jobs again whose message or runner was lost; returns how many. Run it every minute."""
    jobs.release_dead_leases()
    waiting = jobs.runnable_jobs()
    for job_id in waiting:
        run_job_task.delay(job_id)
    return len(waiting)
