"""The vocabulary of change control: stored values, their labels, and which state may follow which."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    """Who or what speaks through a source."""

    PERSON = "person", _("People")
    ERP = "erp", _("ERP")
    SUPPLIER = "supplier", _("Supplier")
    AGENCY = "agency", _("Agency")
    MARKETPLACE = "marketplace", _("Marketplace")
    PIM = "pim", _("Other PIM")
    RULE = "rule", _("Rule")
    AI = "ai", _("AI")


class RequestState(models.TextChoices):
    """The life of a change request (DESIGN, Change control)."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    CHANGES_ASKED = "changes_asked", _("Changes asked for")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    PARTLY_APPLIED = "partly_applied", _("Partly applied")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded")


WITH_AUTHOR = (RequestState.DRAFT, RequestState.CHANGES_ASKED)
REVIEWABLE = (RequestState.SUBMITTED, RequestState.IN_REVIEW)
RESUMABLE = (RequestState.APPROVED, RequestState.APPLYING)
FINAL = (
    RequestState.APPLIED,
    RequestState.PARTLY_APPLIED,
    RequestState.REFUSED,
    RequestState.WITHDRAWN,
    RequestState.SUPERSEDED,
)

TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.DRAFT: frozenset({RequestState.SUBMITTED, RequestState.WITHDRAWN}),
    RequestState.SUBMITTED: frozenset(
        {
            RequestState.IN_REVIEW,
            RequestState.CHANGES_ASKED,
            RequestState.APPROVED,
            RequestState.REFUSED,
            RequestState.WITHDRAWN,
            RequestState.SUPERSEDED,
        }
    ),
    RequestState.IN_REVIEW: frozenset(
        {
            RequestState.CHANGES_ASKED,
            RequestState.APPROVED,
            RequestState.REFUSED,
            RequestState.WITHDRAWN,
            RequestState.SUPERSEDED,
        }
    ),
    RequestState.CHANGES_ASKED: frozenset(
        {RequestState.SUBMITTED, RequestState.WITHDRAWN, RequestState.SUPERSEDED}
    ),
    RequestState.APPROVED: frozenset(
        {RequestState.SCHEDULED, RequestState.APPLYING, RequestState.IN_REVIEW, RequestState.WITHDRAWN}
    ),
    RequestState.SCHEDULED: frozenset(
        {RequestState.APPLYING, RequestState.IN_REVIEW, RequestState.WITHDRAWN}
    ),
    RequestState.APPLYING: frozenset({RequestState.APPLIED, RequestState.PARTLY_APPLIED}),
    RequestState.APPLIED: frozenset(),
    RequestState.PARTLY_APPLIED: frozenset(),
    RequestState.REFUSED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.SUPERSEDED: frozenset(),
}


# The states from which a request can still be withdrawn.
WITHDRAWABLE = tuple(state for state, following in TRANSITIONS.items() if RequestState.WITHDRAWN in following)


class Decision(models.TextChoices):
    """What was decided about a key, or about a whole change where no key says otherwise."""

    OPEN = "open", _("Open")
    TAKEN = "taken", _("Taken")
    REFUSED = "refused", _("Refused")
    CONFLICT = "conflict", _("Conflict")
    SUPERSEDED = "superseded", _("Superseded")


class Outcome(models.TextChoices):
    """What applying made of a change; empty until then."""

    PENDING = "", _("Not applied yet")
    APPLIED = "applied", _("Applied")
    UNCHANGED = "unchanged", _("Already so")
    CONFLICT = "conflict", _("Conflict")
    INVALID = "invalid", _("Not valid")
    REFUSED = "refused", _("Refused")
    WAITING = "waiting", _("Waits for something that was not applied")


MISSING_OBJECT = "missing_object"
"""The code of the one problem that waits: what is named does not exist, perhaps not yet."""


class ReviewDecision(models.TextChoices):
    """What a reviewer said about a request."""

    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")
    ASK_CHANGES = "ask_changes", _("Ask for changes")


class JobState(models.TextChoices):
    """The life of a job."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
