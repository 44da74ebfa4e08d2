"""Run the jobs that wait, here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.constants import JobState
from workflows.services import jobs


class Command(BaseCommand):
    """Run waiting jobs and those whose process died, one after another, until none is left.

    Run it after a crash, or from a schedule where neither the site's own worker nor Celery runs. Jobs that
    other living processes hold are left to them.
    """

    help = "Run waiting and interrupted jobs until none is left."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each job; exit code 1 if one failed."""
        failed = 0
        tried: set[int] = set()
        jobs.release_dead_leases()
        while waiting := [job_id for job_id in jobs.runnable_jobs() if job_id not in tried]:
            for job_id in waiting:
                tried.add(job_id)
                job = jobs.run_job(job_id)
                failed += job.state == JobState.FAILED
                self.stdout.write(f"{job}: {job.get_state_display().lower()} {job.error}".rstrip())
        if failed:
            raise CommandError(f"{failed} of {len(tried)} jobs failed.")
        self.stdout.write(f"{len(tried)} jobs run.")
