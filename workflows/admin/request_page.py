"""The head of a change request's page: who must act, what was decided, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.admin.job_status import JobStatus, job_status
from workflows.admin.request_rows import ObjectBlock, Refused, object_blocks, outcome_sentences
from workflows.constants import (
    FINAL,
    REVIEWABLE,
    WITH_AUTHOR,
    Decision,
    JobState,
    Outcome,
    RequestState,
    ReviewDecision,
)
from workflows.models import Change, ChangeRequest, Job, Review
from workflows.panels import render_row_panels
from workflows.permissions import Answer, may_act_as_author, may_resume, may_review, may_rewrite
from workflows.selectors import keys_left_out, people_who_can_decide
from workflows.services.reviews import APPLY_JOB, last_step

OBJECTS_PER_PAGE = 50
APPLIES = (RequestState.APPROVED, RequestState.SCHEDULED, RequestState.APPLYING)
PROBLEMS = (Outcome.CONFLICT, Outcome.INVALID, Outcome.WAITING)


@dataclass(frozen=True)
class Stage:
    """One stage of the route and whether it is passed, at hand, or still to come."""

    name: str
    people: int
    place: str


class RequestPage:
    """One request for its template. Query counts don't grow with its objects; properties are read once."""

    def __init__(
        self,
        request: ChangeRequest,
        http: HttpRequest,
        chosen: Mapping[str, str],
        refused: Refused | None = None,
    ) -> None:
        self.request = request
        self.http = http
        self.chosen = dict(chosen)
        self.refused = refused

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.request.state in FINAL

    @property
    def is_under_review(self) -> bool:
        """Whether it waits for a reviewer."""
        return self.request.state in REVIEWABLE

    @property
    def is_with_author(self) -> bool:
        """Whether it waits for its authors."""
        return self.request.state in WITH_AUTHOR

    @cached_property
    def may_decide(self) -> Answer:
        """Whether this person may decide it, and why not."""
        return may_review(self.http.user, self.request)

    @cached_property
    def is_mine(self) -> bool:
        """Whether this person may act as its author."""
        return bool(may_act_as_author(self.http.user, self.request))

    @cached_property
    def can_rewrite(self) -> Answer:
        """Whether this person can change what it proposes and hand it to review, and why not."""
        return may_rewrite(self.http.user, self.request)

    @property
    def can_withdraw(self) -> bool:
        """Whether this person can take it back."""
        open_states = (*WITH_AUTHOR, *REVIEWABLE, RequestState.APPROVED)
        return self.is_mine and self.request.state in open_states

    @cached_property
    def left_out(self) -> int:
        """How many values an approval now would not cover."""
        return keys_left_out(self.request)

    @property
    def to_take(self) -> int:
        """How many values an approval now would cover."""
        return max(self.request.key_count - self.left_out, 0)

    @property
    def refused_count(self) -> int:
        """How many values were refused one by one."""
        return max(self.left_out - self.request.conflict_count, 0)

    @property
    def why_not_approve(self) -> str:
        """Why the button to approve is off, as a sentence; empty when it is on."""
        if not self.may_decide:
            return self.may_decide.reason
        if self.to_take:
            return ""
        if self.request.conflict_count:
            return _(
                "Every value is refused or in conflict. Decide the conflicts first, or refuse the request."
            )
        return _("You refused every value. Refuse the request instead, and say why.")

    @property
    def approve_words(self) -> str:
        """The words on the button to approve: how many values it takes."""
        return ngettext("Approve %(count)s value", "Approve %(count)s values", self.to_take) % {
            "count": self.to_take
        }

    @cached_property
    def stages(self) -> list[Stage]:
        """The stages of the route."""
        rows = self.request.route.get("stages", [])
        if self.is_under_review:
            at = self.request.stage
        else:
            at = -1 if self.request.state in WITH_AUTHOR else len(rows)
        stages = []
        for number, row in enumerate(rows):
            place = "now" if number == at else "done" if number < at else "later"
            stages.append(Stage(row["name"], row["people"], place))
        return stages

    @cached_property
    def deciders(self) -> list[str]:
        """Names of people who may decide it, while it waits for one."""
        return people_who_can_decide(self.request) if self.is_under_review else []

    @property
    def seen(self) -> int:
        """Which step of the request this page shows."""
        return last_step(self.request.pk)

    @cached_property
    def reviews(self) -> list[Review]:
        """What was decided, oldest first."""
        return list(self.request.reviews.select_related("reviewer"))

    @property
    def sent_back(self) -> Review | None:
        """The review with which it was sent back, as long as its author has not submitted it again."""
        if self.request.state != RequestState.CHANGES_ASKED:
            return None
        asked = (row for row in self.reviews[::-1] if row.decision == ReviewDecision.ASK_CHANGES)
        return next(asked, None)

    @property
    def told_reviews(self) -> list[Review]:
        """What was decided, without what stands above as the reason why it was sent back."""
        return [row for row in self.reviews if row != self.sent_back]

    @cached_property
    def follow_ups(self) -> list[ChangeRequest]:
        """Requests in which what stayed open goes on."""
        return list(self.request.followed_by.order_by("id"))

    @cached_property
    def outcomes(self) -> list[tuple[str, str]]:
        """What came of the objects, once it is being applied."""
        if self.request.state not in (
            RequestState.APPLYING,
            RequestState.APPLIED,
            RequestState.PARTLY_APPLIED,
        ):
            return []
        return outcome_sentences(self._counted)

    @cached_property
    def progress(self) -> JobStatus | None:
        """The job that applies it, between approval and end."""
        return job_status(self._job) if self._job else None

    @cached_property
    def stopped(self) -> str:
        """How far applying came and why it stopped, as a sentence; empty where it did not."""
        job = self._job
        if job is None or job.state not in (JobState.FAILED, JobState.CANCELLED):
            return ""
        total = self.request.change_count
        return ngettext(
            "Applying stopped after %(done)s of %(total)s object: %(reason)s",
            "Applying stopped after %(done)s of %(total)s objects: %(reason)s",
            total,
        ) % {
            "done": number_format(total - self._counted.get(Outcome.PENDING, 0), force_grouping=True),
            "total": number_format(total, force_grouping=True),
            "reason": job.error or _("somebody cancelled it."),
        }

    @property
    def may_resume(self) -> Answer:
        """Whether this person may have it go on, and why not."""
        return may_resume(self.http.user)

    @cached_property
    def _job(self) -> Job | None:
        if self.request.state not in APPLIES:
            return None
        jobs = Job.objects.filter(kind=APPLY_JOB, params__request=self.request.pk).select_related("actor")
        return jobs.order_by("-id").first()

    @cached_property
    def _counted(self) -> dict[str, int]:
        """How many objects there are of each outcome."""
        return dict(self.request.changes.values_list("outcome").annotate(count=Count("id")).order_by())

    @property
    def tabs(self) -> list[tuple[str, str]]:
        """The parts of the objects that can be shown alone."""
        tabs = [("", _("All objects"))]
        if self.request.conflict_count:
            tabs.append(("conflicts", _("Only conflicts")))
        if self.outcomes:
            tabs.append(("problems", _("Only what was not applied")))
        return tabs if len(tabs) > 1 else []

    @cached_property
    def objects(self) -> Page[Any]:
        """The page of changes that is shown."""
        return Paginator(self._changes(), OBJECTS_PER_PAGE).get_page(self.chosen.get("p") or 1)

    @cached_property
    def blocks(self) -> list[ObjectBlock]:
        """The objects of the page."""
        changes = list(self.objects)
        effects = {} if self.is_final else render_row_panels("request.effects", changes, self.http)
        return object_blocks(
            self.request, changes, effects, self.refused, all_editable=bool(self.can_rewrite)
        )

    def _changes(self) -> QuerySet[Change]:
        rows = self.request.changes.order_by("id")
        if self.chosen.get("q"):
            rows = rows.filter(label__icontains=self.chosen["q"])
        match self.chosen.get("show"):
            case "conflicts":
                # Blanks differ between writers of JSON; no index helps inside a document, the request does.
                state = Decision.CONFLICT.value
                rows = rows.annotate(decisions=Cast("key_decisions", TextField())).filter(
                    Q(decisions__contains=f'"state": "{state}"') | Q(decisions__contains=f'"state":"{state}"')
                )
            case "problems":
                rows = rows.filter(outcome__in=PROBLEMS)
        return rows
