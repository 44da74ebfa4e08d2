"""Who may do what to change requests and sources; each answer carries the reason a screen shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from workflows.constants import REVIEWABLE, WITH_AUTHOR
from workflows.exceptions import NotAllowed
from workflows.models import ChangeRequest, Source
from workflows.registry import why_not_rewrite


class Right(StrEnum):
    """Permission names of this app, as `user.has_perm` takes them."""

    PROPOSE = "workflows.propose_changerequest"
    APPROVE = "workflows.approve_changerequest"
    VIEW_REQUEST = "workflows.view_changerequest"
    DELIVER = "workflows.deliver_source"
    VIEW_JOB = "workflows.view_job"
    CANCEL_JOB = "workflows.cancel_job"


@dataclass(frozen=True)
class Answer:
    """Whether something is allowed and, if not, why, in a sentence."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise `NotAllowed` with the reason unless allowed."""
        if not self.allowed:
            raise NotAllowed(self.reason)


ALLOWED = Answer(True)


def may_propose(user: Any) -> Answer:
    """Tell whether the user may propose changes."""
    if user.is_active and user.has_perm(Right.PROPOSE):
        return ALLOWED
    return Answer(False, _("You may look at this, but not propose changes."))


def may_deliver(user: Any, source: Source) -> Answer:
    """Tell whether the user may deliver for a source: by a global right or by a grant on that source."""
    if user.is_active and (user.has_perm(Right.DELIVER) or user.has_perm(Right.DELIVER, source)):
        return ALLOWED
    return Answer(
        False,
        _("%(user)s may not deliver for the source %(source)s.")
        % {"user": user.get_username(), "source": source.code},
    )


def may_cancel_jobs(user: Any) -> Answer:
    """Tell whether the user may stop jobs, whoever started them."""
    if user.is_active and user.has_perm(Right.CANCEL_JOB):
        return ALLOWED
    return Answer(False, _("You don't have the right to cancel jobs."))


def may_resume(user: Any) -> Answer:
    """Tell whether the user may have an approved request go on being applied: who decides or runs jobs."""
    if user.is_active and (user.has_perm(Right.APPROVE) or user.has_perm(Right.CANCEL_JOB)):
        return ALLOWED
    return Answer(False, _("Only people who approve changes or run jobs can resume this."))


def is_contributor(user: Any, request: ChangeRequest) -> bool:
    """Tell whether a value in the request is the user's. One query."""
    return request.contributors.filter(user_id=user.pk).exists()


def may_act_as_author(user: Any, request: ChangeRequest) -> Answer:
    """Tell whether the user may edit, submit or take back a request: its state is not asked. One query."""
    if not (answer := may_propose(user)):
        return answer
    if is_contributor(user, request):
        return ALLOWED
    return Answer(
        False, _("Only somebody who wrote part of this request can edit it, submit it or take it back.")
    )


def may_rewrite(user: Any, request: ChangeRequest) -> Answer:
    """Tell whether the user may change what their own request proposes; not while it is reviewed,
    nor while something else still fills it. Two queries.
    """
    if request.state not in WITH_AUTHOR:
        return Answer(
            False,
            _("This request can't be changed by its authors now: it is %(state)s.")
            % {"state": request.get_state_display().lower()},
        )
    if not (answer := may_act_as_author(user, request)):
        return answer
    why = why_not_rewrite(request.pk)
    return Answer(not why, why)


def may_edit(user: Any, request: ChangeRequest) -> Answer:
    """Tell whether the user may put other values into a request now: its authors, then its reviewers."""
    return (may_rewrite if request.state in WITH_AUTHOR else may_review)(user, request)


def may_review(user: Any, request: ChangeRequest) -> Answer:
    """Tell whether the user may decide this request now. Superusers don't escape four eyes. One query."""
    if not (user.is_active and user.has_perm(Right.APPROVE)):
        return Answer(False, _("You don't have the right to approve changes."))
    if request.state not in REVIEWABLE:
        return Answer(
            False,
            _("This request is not open for review: it is %(state)s.")
            % {"state": request.get_state_display().lower()},
        )
    if is_contributor(user, request):
        return Answer(False, _("You wrote part of this request; somebody else has to decide it."))
    return ALLOWED
