"""Decide a change request from the shell."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows.admin.job_status import FOLLOW_UP, job_status
from workflows.console import named_user
from workflows.constants import JobState
from workflows.exceptions import ConcordError
from workflows.services import jobs
from workflows.services.resuming import resume_request
from workflows.services.reviews import approve_request, refuse_request


class Command(BaseCommand):
    """Approve, refuse or resume one change request and, when approved or resumed, apply it here.

    Run it where nobody sits at the admin. It obeys the same rules: the right to approve, never one's own.
    Resume where applying stopped: the job failed, was cancelled, or died with its process.
    """

    help = "Approve (and apply) or refuse one change request, or go on applying it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the request, who decides, and what."""
        parser.add_argument("request", type=int, help="number of the change request")
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who decides")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--approve", action="store_true", help="approve what is not in conflict")
        what.add_argument("--refuse", metavar="REASON", help="refuse the whole request, and say why")
        what.add_argument("--resume", action="store_true", help="apply what a stopped job left")

    def handle(self, *args: Any, **options: Any) -> None:
        """Decide; exit code 1 with one sentence where that is not possible."""
        reviewer = named_user(options["user"])
        try:
            if options["refuse"] is not None:
                refuse_request(options["request"], reviewer=reviewer, reason=options["refuse"])
                self.stdout.write(f"Request {options['request']} is refused.")
                return
            if options["resume"]:
                job = resume_request(options["request"], actor=reviewer)
            else:
                job = approve_request(options["request"], reviewer=reviewer)
            job = jobs.run_job(job.pk)
        except ConcordError as error:
            raise CommandError(str(error)) from error
        if job.state != JobState.DONE:
            raise CommandError(job.error or f"Request {options['request']} is approved but not applied yet.")
        self.stdout.write(f"Request {options['request']}: {job_status(job).counts}")
        if follow_up := job.result.get(FOLLOW_UP):
            self.stdout.write(f"What was not applied waits for review in request {follow_up}.")
