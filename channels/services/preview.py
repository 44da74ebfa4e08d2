"""What publishing a channel would change now: counted, with reasons and examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.constants import Effect, ListingState
from channels.models import Channel, DirtyUnit, Listing
from channels.permissions import may_publish
from channels.services.publish import CHUNK, find_channel, mark_waiting, plan_of
from channels.services.writing import Judged, judge_units
from workflows.constants import JobState
from workflows.models import Job
from workflows.services.jobs import JobContext, enqueue, job_going_on, job_handler, release_dead_leases

KIND = "channels.preview"
OUTCOMES = ("new", "changed", "withdrawn", "held")
EXAMPLES = 5
SHRINK_PERCENT = 20
"""From which share of what is said on, withdrawing it is worth a warning."""
_KEEPS_BACK = (Effect.HOLD, Effect.STAND_DOWN)


@dataclass
class PublicationPlan:
    """What publishing would do: listings that go live, change, are withdrawn, or have something held back.

    `said` counts what is said now. `reasons` maps an outcome (withdrawn, held) to rule ids, each with how
    many listings it keeps back and what its sentence needs for one of them; `examples` maps each outcome to
    `[product id, id on the channel, market, locale]`.
    """

    said: int
    evaluated: int = 0
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    held: int = 0
    reasons: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    examples: dict[str, list[list[str]]] = field(default_factory=dict)

    @property
    def withdrawn_percent(self) -> int:
        """The share of what is said now that would be withdrawn, in whole percent rounded down."""
        return 100 * self.withdrawn // self.said if self.said else 0

    @property
    def shrinks(self) -> bool:
        """Whether so much would be withdrawn that somebody should look twice."""
        return self.withdrawn_percent >= SHRINK_PERCENT

    @property
    def moves(self) -> bool:
        """Whether publishing would change anything that customers see."""
        return bool(self.new or self.changed or self.withdrawn)

    def add(self, one: Judged) -> None:
        """Count one listing."""
        self.evaluated += 1
        for outcome in _outcomes(one):
            setattr(self, outcome, getattr(self, outcome) + 1)
            found = self.examples.setdefault(outcome, [])
            if len(found) < EXAMPLES:
                found.append([str(one.product_id), one.values["external_id"], *one.place])
            if outcome in ("withdrawn", "held"):
                self._add_reasons(outcome, one)

    def _add_reasons(self, outcome: str, one: Judged) -> None:
        counted = self.reasons.setdefault(outcome, {})
        for reason in one.evaluation.reasons:
            if reason.rule.effect in _KEEPS_BACK:
                entry = counted.setdefault(reason.rule.id, {"count": 0, "params": dict(reason.params)})
                entry["count"] += 1


def _outcomes(one: Judged) -> Iterator[str]:
    decision = one.decision
    if decision.moved and not decision.said:
        yield "withdrawn"
    elif decision.moved:
        yield "changed" if one.stored is not None and one.stored["content"] else "new"
    if decision.state in (ListingState.HELD, ListingState.PARTLY_HELD):
        yield "held"


def plan_publication(code: str, *, context: JobContext | None = None) -> PublicationPlan:
    """Return what publishing would do now; nothing is said, written to a listing, or handed over.

    Units to look at are marked, as publishing does first, and stay so until it has looked; they are judged in
    chunks without a transaction, so that nobody waits for a preview. Raises `NotFound` and `Invalid`.
    """
    channel = find_channel(code)
    plan = plan_of(channel)
    moment = timezone.now()
    mark_waiting(plan, moment)
    found = PublicationPlan(said=Listing.objects.filter(channel=channel).exclude(content="").count())
    total, done = DirtyUnit.objects.filter(channel=channel).count(), 0
    for ids in _marked(channel):
        for one in judge_units(plan, ids, moment)[1]:
            found.add(one)
        done += len(ids)
        if context is not None:
            context.progress(done, max(total, done))
    return found


def _marked(channel: Channel) -> Iterator[list[UUID]]:
    """Yield the marked units of a channel by id, in chunks."""
    marks = DirtyUnit.objects.filter(channel=channel).order_by("product_id")
    chunk = list(marks.values_list("product_id", flat=True)[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(marks.filter(product_id__gt=chunk[-1]).values_list("product_id", flat=True)[:CHUNK])


def request_preview(code: str, *, actor: Any) -> Job:
    """Enqueue a look at what publishing would change, or return the one that waits or runs.

    Raises `NotFound`, `NotAllowed` (who may publish may look), and `NotReady` while the one that runs is
    being stopped.
    """
    channel = find_channel(code)
    may_publish(actor, channel).require()
    release_dead_leases()
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        if job := job_going_on(KIND, {"channel": code}, actor=actor):
            return job
        label = _("Preview the publication of %(name)s") % {"name": channel.label}
        return enqueue(KIND, {"channel": code, "channel_id": channel.pk}, actor=actor, label=label)


@job_handler(KIND)
def preview_job(context: JobContext) -> dict[str, Any]:
    """Handle a preview; its result is the plan."""
    return asdict(plan_publication(context.params["channel"], context=context))


def plan_of_job(job: Job) -> PublicationPlan | None:
    """Return the plan that a finished preview found, None for any other job."""
    return PublicationPlan(**job.result) if job.kind == KIND and job.state == JobState.DONE else None
