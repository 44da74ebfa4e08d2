"""Publishing a channel: evaluate what is dirty, write what moved, hand it over. A job in resumable chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.models import Channel, DirtyUnit, FeedRun
from channels.permissions import may_publish
from channels.rules.spec import ProfileError, Source
from channels.services.dirty import expand_dirty, mark_due, mark_reconfigured, take_units
from channels.services.feeds import begin_run, finish_run
from channels.services.plans import ChannelPlan, load_plan
from channels.services.writing import write_chunk
from workflows.exceptions import Invalid, NotFound
from workflows.models import Job
from workflows.services import audit
from workflows.services.jobs import JobContext, enqueue, job_going_on, job_handler, release_dead_leases

KIND = "channels.publish"
CHUNK = 500


def find_channel(code: str) -> Channel:
    """Return a channel with scope and profile; raises `NotFound` naming the ones there are."""
    channel = Channel.objects.select_related("scope", "profile").filter(code=code).first()
    if channel is None:
        known = ", ".join(Channel.objects.values_list("code", flat=True)) or _("none")
        raise NotFound(
            _("There is no channel %(code)s; there are: %(known)s.") % {"code": code, "known": known}
        )
    return channel


def request_publication(code: str, *, actor: Any) -> Job:
    """Enqueue the publication of a channel, or return the one that waits, runs or was killed midway.

    `actor` None means the system itself (quickstart, schedules). Raises `NotFound`, `NotAllowed`, and
    `NotReady` while the one that runs is being stopped.
    """
    channel = find_channel(code)
    if actor is not None:
        may_publish(actor, channel).require()
    release_dead_leases()
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        if job := job_going_on(KIND, {"channel": code}, actor=actor):
            return job
        audit.record("channel.publish", actor=actor, target_model="channels.channel", target_id=code)
        return enqueue(
            KIND, {"channel": code}, actor=actor, label=_("Publish %(name)s") % {"name": channel.label}
        )


@job_handler(KIND)
def publish_job(context: JobContext) -> dict[str, Any]:
    """Handle a publication: mark, evaluate in chunks, hand over. Each chunk is a transaction of its own."""
    channel = find_channel(context.params["channel"])
    moment = timezone.now()
    plan = plan_of(channel)
    run = begin_run(channel, actor=context.job.actor, moment=moment)
    mark_waiting(plan, moment)
    counts: Counter[str] = Counter(run.counts)
    total = context.job.done + DirtyUnit.objects.filter(channel=channel).count()
    done = context.job.done
    while True:
        with transaction.atomic(durable=not connection.in_atomic_block):
            ids = take_units(channel, CHUNK)
            if ids:
                counts.update(write_chunk(plan, ids, moment))
                # With the chunk, so that a killed run counts no chunk twice and none not at all.
                FeedRun.objects.filter(pk=run.pk).update(counts=dict(counts))
        if not ids:
            break
        done += len(ids)
        context.progress(done, max(total, done), **counts)
    run = finish_run(run, plan, dict(counts), timezone.now(), lambda: context.progress(done))
    return {"run": run.pk, "counts": dict(counts), "files": run.files, "warnings": run.warnings}


def plan_of(channel: Channel, mapping: Mapping[str, Source] | None = None) -> ChannelPlan:
    """Return a channel ready to evaluate; raises `Invalid` with sentences when its settings can't be used.

    `mapping` stands in for the channel's own sources.
    """
    try:
        return load_plan(channel, mapping)
    except ProfileError as error:
        raise Invalid(" ".join(error.problems)) from error
    except LookupError as error:
        raise Invalid(_("The profile %(code)s is not loaded.") % {"code": error.args[0]}) from error


def mark_waiting(plan: ChannelPlan, moment: datetime) -> None:
    """Mark what a channel has to look at: changed, configured anew, or due."""
    expand_dirty()
    mark_reconfigured(plan)
    mark_due(plan.channel, moment)
