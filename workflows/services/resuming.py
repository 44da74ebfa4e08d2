"""Going on with an approved request whose job failed, gave up, or was cancelled."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from workflows.constants import RESUMABLE
from workflows.exceptions import NotReady
from workflows.models import Job
from workflows.permissions import may_resume
from workflows.services import audit, jobs
from workflows.services.requests import lock_request
from workflows.services.reviews import APPLY_JOB, enqueue_apply


def resume_request(request_id: int, *, actor: Any) -> Job:
    """Enqueue a fresh job for what of an approved request is not applied yet; returns it.

    Where a job of the request still waits or runs (one whose process died on this machine waits again), that
    one is returned, so there are never two; one that waits and was cancelled will run after all. What was
    applied is not applied again. Raises `NotAllowed`, `NotFound`, and `NotReady` for a request that is not
    approved or has been applied, and while its job is being stopped.
    """
    may_resume(actor).require()
    jobs.release_dead_leases()
    with transaction.atomic():
        request = lock_request(request_id)
        if request.state not in RESUMABLE:
            raise NotReady(
                _("Request %(id)s has nothing to resume: it is %(state)s.")
                % {"id": request.pk, "state": request.get_state_display().lower()}
            )
        if job := jobs.job_going_on(APPLY_JOB, {"request": request.pk}, actor=actor):
            return job
        audit.of_request("request.resume", request, actor=actor)
        return enqueue_apply(request, actor=actor)
