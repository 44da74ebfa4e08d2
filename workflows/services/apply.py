"""Applying approved changes: merge, validate, write, once.

A chunk is one transaction over whole components (changes that depend on each other). Within it every change
row is locked and its approval checked against its digest, the objects are locked in id order, each key is
merged against truth as it is now, the resulting documents are validated together, and the model's adapter
writes rows, history, provenance and derived tables. What cannot be set is left undecided or invalid on the
change, never lost: conflicts go on in a request of their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.bulk import update_rows
from workflows.constants import MISSING_OBJECT, Decision, Outcome, RequestState
from workflows.exceptions import FieldError, NotReady
from workflows.models import Change, ChangeRequest, Contributor
from workflows.registry import GovernedAdapter, Truth, Write, WriteContext, governed, run_apply_hooks
from workflows.rules.components import chunks, components
from workflows.rules.digests import change_digest
from workflows.rules.documents import apply, merge
from workflows.services import audit, dirty, jobs
from workflows.services.requests import (
    ProposedChange,
    add_changes,
    lock_request,
    send_to_review,
    transition,
)
from workflows.services.reviews import APPLY_JOB

CHUNK = 1000


@dataclass
class _Result:
    """What applying makes of one change row."""

    outcome: Outcome
    revision: int | None = None
    problems: tuple[FieldError, ...] = ()
    conflicts: tuple[tuple[str, Any], ...] = ()


@jobs.job_handler(APPLY_JOB)
def apply_request_job(context: jobs.JobContext) -> dict[str, Any]:
    """Apply an approved request chunk by chunk; continues where a killed or cancelled job stopped.

    A cancel counts before each chunk; after the last, the request is finished whatever somebody asked.
    """
    request_id = int(context.params["request"])
    _begin(request_id)
    pending, total = _plan(request_id)
    done = total - sum(map(len, pending))
    for chunk in pending:
        context.progress(done, total)
        try:
            apply_chunk(request_id, chunk)
        except IntegrityError:
            # Somebody took an identifier between validation and commit: the second look sees it as taken.
            apply_chunk(request_id, chunk)
        done += len(chunk)
    return finish_request(request_id)


def _begin(request_id: int) -> None:
    with transaction.atomic():
        request = lock_request(request_id)
        if request.state in (RequestState.APPLYING, RequestState.APPLIED, RequestState.PARTLY_APPLIED):
            return  # taken up again, perhaps after the very last step
        if request.state not in (RequestState.APPROVED, RequestState.SCHEDULED):
            raise NotReady(_("Request %(id)s is not approved.") % {"id": request_id})
        transition(request, RequestState.APPLYING)
        request.save(update_fields=["state"])


def _plan(request_id: int) -> tuple[list[list[int]], int]:
    """Return the chunks still to apply and the number of all changes; holds ids and tokens, no documents."""
    rows = list(
        Change.objects.filter(request_id=request_id)
        .order_by("pk")
        .values_list("pk", "object_id", "links", "outcome", "base_revision")
    )
    given = {str(object_id) for _pk, object_id, _links, _outcome, _revision in rows}
    moved = {
        token
        for _pk, _id, links, _outcome, revision in rows
        if revision
        for token in links
        if not _is_id(token)
    }
    known = given | moved
    members = [
        (pk, [str(object_id), *(token for token in links if token in known)])
        for pk, object_id, links, outcome, _revision in rows
        if outcome == Outcome.PENDING
    ]
    return chunks(components(members), CHUNK), len(rows)


def _is_id(token: str) -> bool:
    return ":" not in token


def apply_chunk(request_id: int, change_ids: list[int]) -> None:
    """Apply some changes of a request in one transaction; those applied already are skipped."""
    with transaction.atomic():
        request = ChangeRequest.objects.select_related("source").get(pk=request_id)
        review = request.reviews.filter(decision="approve").order_by("-id").first()
        context = WriteContext(
            request_id=request.pk,
            source_code=request.source.code,
            actor_id=review.reviewer_id if review else None,
            reason=request.reason or request.title,
        )
        rows = list(
            Change.objects.select_for_update(of=("self",))
            .filter(pk__any_of=change_ids, request_id=request_id, outcome=Outcome.PENDING)
            .order_by("pk")
        )
        by_model: dict[str, list[Change]] = defaultdict(list)
        for row in rows:
            by_model[row.model].append(row)
        for label, changes in by_model.items():
            _write_results(changes, _apply_model(label, changes, context))


def _apply_model(label: str, changes: list[Change], context: WriteContext) -> dict[int, _Result]:
    adapter = governed(label)
    truths = adapter.load([change.object_id for change in changes], lock=True)
    results: dict[int, _Result] = {}
    writes: dict[UUID, Write] = {}
    conflicts: dict[int, tuple[tuple[str, Any], ...]] = {}
    for change in changes:
        outcome, conflicts[change.pk] = _merge_change(change, truths.get(change.object_id), adapter)
        if isinstance(outcome, Write):
            writes[change.object_id] = outcome
        else:
            results[change.pk] = outcome
    for write, errors in _validate(adapter, writes):
        waits = any(error.code == MISSING_OBJECT for error in errors)
        results[write.change_id] = _Result(
            Outcome.WAITING if waits else Outcome.INVALID, problems=tuple(errors)
        )
    if writes:
        adapter.write(list(writes.values()), context)
        run_apply_hooks(label, list(writes.values()), context)
        dirty.mark_dirty(label, writes)
    for write in writes.values():
        results[write.change_id] = _Result(
            Outcome.APPLIED, revision=write.revision, conflicts=conflicts[write.change_id]
        )
    return results


def _merge_change(
    change: Change, truth: Truth | None, adapter: GovernedAdapter
) -> tuple[Write | _Result, tuple[tuple[str, Any], ...]]:
    """Return what to write for one change, or why nothing is; and the keys a person still has to decide.

    Those are given with what truth says now.
    """
    left_out = change.left_out()
    taken = {key: value for key, value in change.patch.items() if key not in left_out}
    document = truth.document if truth else {}
    planned = tuple((key, document.get(key)) for key, _ours in change.conflicts())
    if change.decision != Decision.TAKEN or not taken:
        return _Result(Outcome.CONFLICT if planned else Outcome.REFUSED, conflicts=planned), planned
    if change.approved_digest != change_digest(change.patch, change.base, left_out):
        detail = _("This was edited after it had been approved, so it needs another approval.")
        return _Result(Outcome.WAITING, problems=(FieldError("", "digest", detail),)), planned
    if truth is None and taken.get("#exists") is not True:
        detail = _("The object does not exist; its creation was not applied.")
        return _Result(Outcome.WAITING, problems=(FieldError("#exists", MISSING_OBJECT, detail),)), planned
    merged = merge(change.base, document, taken, adapter.grain)
    conflicts = (*((key, document.get(key)) for key in merged.conflicts), *planned)
    if not merged.patch:
        return _Result(Outcome.CONFLICT if conflicts else Outcome.UNCHANGED, conflicts=conflicts), conflicts
    write = Write(
        object_id=change.object_id,
        old=document,
        new=apply(document, merged.patch),
        patch=merged.patch,
        old_revision=truth.revision if truth else 0,
        change_id=change.pk,
    )
    return write, conflicts


def _validate(adapter: GovernedAdapter, writes: dict[UUID, Write]) -> list[tuple[Write, list[FieldError]]]:
    """Take invalid writes out of the batch until the rest stands on its own."""
    refused: list[tuple[Write, list[FieldError]]] = []
    while writes:
        errors = adapter.validate(list(writes.values()))
        if not errors:
            break
        refused += [(writes.pop(object_id), found) for object_id, found in errors.items()]
    return refused


def _write_results(changes: list[Change], results: dict[int, _Result]) -> None:
    plain: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    detailed = []
    for change in changes:
        result = results[change.pk]
        if result.problems or result.conflicts:
            decisions = dict(change.key_decisions)
            for key, ours in result.conflicts:
                decisions[key] = {"state": Decision.CONFLICT.value, "ours": ours}
            problems = [asdict(problem) for problem in result.problems]
            detailed.append((change.pk, result.outcome.value, result.revision, decisions, problems))
        else:
            plain[(result.outcome.value, result.revision)].append(change.pk)
    for (outcome, revision), ids in plain.items():
        Change.objects.filter(pk__any_of=ids).update(outcome=outcome, applied_revision=revision)
    update_rows(Change, "id", ("outcome", "applied_revision", "key_decisions", "problems"), detailed)


def finish_request(request_id: int) -> dict[str, Any]:
    """Close a request whose changes all have an outcome; keys in conflict go on in a request of their own.

    Returns the number of changes per outcome and, where there is one, the id of the request that follows.
    """
    with transaction.atomic():
        request = lock_request(request_id)
        counts: dict[str, Any] = {
            row["outcome"]: row["n"] for row in request.changes.values("outcome").annotate(n=Count("id"))
        }
        if request.state != RequestState.APPLYING:
            return counts
        follow_up = _follow_up(request)
        whole = set(counts) <= {Outcome.APPLIED, Outcome.UNCHANGED, Outcome.REFUSED} and follow_up is None
        transition(request, RequestState.APPLIED if whole else RequestState.PARTLY_APPLIED)
        request.applied_at = timezone.now()
        request.save(update_fields=["state", "applied_at"])
        if follow_up is not None:
            counts["follow_up"] = follow_up.pk
        audit.of_request("request.apply", request, actor=None, details=counts)
    return counts


def _follow_up(request: ChangeRequest) -> ChangeRequest | None:
    """Open a submitted request with what of `request` was not applied: keys in conflict, changes not valid.

    Nothing that somebody proposed gets lost: refused keys stay refused, the rest waits for a person with
    what was in its way.
    """
    left_over = Q(outcome__in=[Outcome.INVALID, Outcome.WAITING]) | ~Q(key_decisions={})
    changes = request.changes.filter(left_over).iterator(chunk_size=CHUNK)
    proposals = [proposal for change in changes if (proposal := _left_over(change)) is not None]
    if not proposals:
        return None
    title = request.title if request.follows_id else _("Not applied of: %(title)s") % {"title": request.title}
    follow_up = ChangeRequest.objects.create(
        title=title[:300],
        reason=request.reason,
        author=request.author,
        source=request.source,
        follows=request,
    )
    Contributor.objects.bulk_create(
        Contributor(request=follow_up, user_id=user_id)
        for user_id in request.contributors.values_list("user_id", flat=True)
    )
    add_changes(follow_up, proposals)
    send_to_review(follow_up, actor=None)
    return follow_up


def _left_over(change: Change) -> ProposedChange | None:
    """Return what of one change waits for a person, or None."""
    conflicts = dict(change.conflicts())
    keys = set(conflicts)
    if change.outcome in (Outcome.INVALID, Outcome.WAITING):
        keys.update(change.patch.keys() - change.left_out())
    if not keys:
        return None
    return ProposedChange(
        model=change.model,
        object_id=change.object_id,
        label=change.label,
        patch={key: value for key, value in change.patch.items() if key in keys},
        base={key: value for key, value in change.base.items() if key in keys},
        base_revision=change.applied_revision or change.base_revision,
        seen={key: value for key, value in change.seen.items() if key in keys},
        conflicts=conflicts,
        problems=change.problems,
    )
