"""Deciding: take or refuse keys, put other values, approve, refuse, or ask for changes; never one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.constants import Decision, RequestState, ReviewDecision
from workflows.exceptions import Invalid, NotFound, NotReady, StaleRevision
from workflows.models import AuditEntry, Change, ChangeRequest, Contributor, Job, Review
from workflows.permissions import Answer, may_edit, may_review, may_rewrite
from workflows.registry import GovernedAdapter, governed, run_approve_hooks
from workflows.rules.digests import change_digest, seen_digest
from workflows.rules.documents import Document, JSONValue
from workflows.services import audit, jobs
from workflows.services.requests import count_changes, lock_request, transition

APPLY_JOB = "workflows.apply_request"


def decide_key(
    request_id: int,
    change_id: int,
    key: str,
    decision: Decision,
    *,
    reviewer: Any,
    reason: str = "",
    seen: str | None = None,
) -> Change:
    """Take or refuse one key; see `decide_keys`."""
    digests = {} if seen is None else {key: seen}
    return decide_keys(request_id, change_id, [key], decision, reviewer=reviewer, reason=reason, seen=digests)


def decide_keys(
    request_id: int,
    change_id: int,
    keys: Sequence[str],
    decision: Decision,
    *,
    reviewer: Any,
    reason: str = "",
    seen: Mapping[str, str] | None = None,
) -> Change:
    """Take or refuse some keys of one change together.

    On a key in conflict, taking accepts the proposed value over what truth says now, refusing keeps truth.
    A new object stands and falls with the keys it can't do without: refusing one of them refuses all of it,
    taking anything of it takes those that were refused.
    `seen` gives for each key the `seen_digest` of what the reviewer looked at; a key that says something else
    by now, or proposes it, raises `StaleRevision` and nothing is decided. Raises `NotAllowed`, `NotFound`,
    `Invalid`.
    """
    if decision not in (Decision.TAKEN, Decision.REFUSED):
        raise Invalid(_("A key can be taken or refused."))
    with transaction.atomic():
        request, change = _lock_change(request_id, change_id, may_review, reviewer)
        for key in keys:
            _require_key(change, key)
        keys = _decided_together(change, keys, decision)
        conflicts = [key for key in keys if change.decision_of(key) == Decision.CONFLICT]
        truth = _lock_truth(change)
        for key in keys:
            _require_as_seen(change, key, truth, (seen or {}).get(key))
        request.conflict_count -= len(conflicts)
        if decision == Decision.TAKEN:
            _rebase(change, conflicts, truth)
        row: dict[str, Any] = {"state": decision.value, "by": reviewer.pk}
        if reason:
            row["reason"] = reason
        change.key_decisions.update({key: dict(row) for key in keys})
        _save_decision(request, change)
        for key in keys:
            conflict = key in conflicts
            _record_key(
                "request.decide_key", change, key, reviewer, decision=decision.value, conflict=conflict
            )
    return change


def edit_key(
    request_id: int,
    change_id: int,
    key: str,
    value: JSONValue | None,
    *,
    actor: Any,
    seen: str | None = None,
) -> Change:
    """Put another value in place of the proposed one; the editor becomes a contributor and can't approve.

    A reviewer may while the request is reviewed, a contributor before it is submitted and when it was sent
    back (`NotAllowed`). Whatever was decided about the key is gone: it is open again with truth as it is now
    for its base. A value truth already holds is refused (`Invalid`), and so is one the model cannot store.
    `seen` is the `seen_digest` of what the editor looked at; where truth or the proposal moved since,
    `StaleRevision` is raised.
    """
    with transaction.atomic():
        request, change = _lock_change(request_id, change_id, may_edit, actor)
        _require_key(change, key)
        truth = _lock_truth(change)
        _require_as_seen(change, key, truth, seen)
        normal, errors = governed(change.model).normalise({key: value})
        if errors:
            raise Invalid(errors[0].detail, errors=errors)
        if normal.get(key) == truth.get(key):
            raise Invalid(
                _("Truth says this already. Refuse the proposed value or leave it out, and truth stays.")
            )
        if change.decision_of(key) == Decision.CONFLICT:
            request.conflict_count -= 1
        change.patch[key] = normal.get(key)
        _rebase(change, [key], truth)
        change.links = governed(change.model).links(change.patch, change.base)
        change.key_decisions[key] = {"state": Decision.OPEN.value, "by": actor.pk}
        _save_decision(request, change)
        Contributor.objects.get_or_create(request=request, user=actor)
        _record_key("request.edit_key", change, key, actor)
    return change


def leave_out_key(request_id: int, change_id: int, key: str, *, actor: Any, seen: str | None = None) -> None:
    """Take one key out of the author's own request before it is submitted or when it was sent back.

    A change of which nothing is left goes with its last key. `seen` is the `seen_digest` of what the author
    looked at; where truth or the proposal moved since, `StaleRevision` is raised. Raises `NotAllowed`,
    `NotFound`, and `Invalid` for a key without which a new object could not come into being.
    """
    with transaction.atomic():
        request, change = _lock_change(request_id, change_id, may_rewrite, actor)
        _require_key(change, key)
        _require_as_seen(change, key, _lock_truth(change), seen)
        if key in creation_keys(change, governed(change.model)):
            raise Invalid(_("A new object can't do without this. Take the request back instead."))
        for values in (change.patch, change.base, change.seen, change.key_decisions):
            values.pop(key, None)
        if change.patch:
            change.links = governed(change.model).links(change.patch, change.base)
            change.digest = change_digest(change.patch, change.base, change.left_out())
            change.save(update_fields=["patch", "base", "seen", "links", "key_decisions", "digest"])
        else:
            change.delete()
        count_changes(request)
        request.save(update_fields=["change_count", "key_count", "conflict_count"])
        _record_key("request.leave_out_key", change, key, actor)


def creation_keys(change: Change, adapter: GovernedAdapter) -> frozenset[str]:
    """Return the keys without which the object a change makes could not come into being; none for one that
    exists.
    """
    if change.base_revision or change.patch.get("#exists") is not True:
        return frozenset()
    return adapter.creation_keys(change.patch)


def last_step(request_id: int) -> int:
    """Return the id of the newest audit entry of a request, which tells whether it is still what was seen."""
    entries = AuditEntry.objects.filter(request_id=request_id).order_by("-id").values_list("id", flat=True)
    return entries.first() or 0


def approve_request(request_id: int, *, reviewer: Any, reason: str = "", seen: int | None = None) -> Job:
    """Approve what is neither refused nor in conflict, and enqueue its application; returns that job.

    The approval is bound to the digest of every change as it is now. `seen` is the `last_step` of what the
    reviewer looked at: where somebody edited or decided something since, `StaleRevision` is raised. Raises
    `NotAllowed` (own request, missing right), `NotReady` (not open for review), `Invalid` (every key is in
    conflict or refused).
    """
    with transaction.atomic():
        request = lock_request(request_id)
        may_review(reviewer, request).require()
        if seen is not None and seen != last_step(request_id):
            raise StaleRevision(
                _("Somebody edited or decided part of this request since you opened it. Look at it again.")
            )
        if not has_something_to_take(request):
            raise Invalid(
                _("Nothing in request %(id)s can be approved: decide its conflicts first, or refuse it.")
                % {"id": request.pk}
            )
        _write_review(request, reviewer, ReviewDecision.APPROVE, reason)
        request.changes.filter(decision=Decision.OPEN).update(
            decision=Decision.TAKEN, approved_digest=F("digest")
        )
        transition(request, RequestState.APPROVED)
        request.decided_at = timezone.now()
        request.save(update_fields=["state", "decided_at"])
        audit.of_request("request.approve", request, actor=reviewer)
        run_approve_hooks(request.pk, reviewer)
        return enqueue_apply(request, actor=reviewer)


def enqueue_apply(request: ChangeRequest, *, actor: Any) -> Job:
    """Enqueue the application of a locked request; call inside the transaction that holds it."""
    return jobs.enqueue(
        APPLY_JOB,
        {"request": request.pk},
        actor=actor,
        label=_("Apply request %(id)s: %(title)s") % {"id": request.pk, "title": request.title},
        total=request.change_count,
    )


def has_something_to_take(request: ChangeRequest) -> bool:
    """Tell whether an approval would cover any key. One query, more only where keys were decided one by
    one.
    """
    if request.changes.filter(key_decisions={}).exists():
        return True
    changes = request.changes.iterator(chunk_size=500)
    return any(change.patch.keys() - change.left_out() for change in changes)


def refuse_request(request_id: int, *, reviewer: Any, reason: str) -> ChangeRequest:
    """Refuse the whole request; a reason is obligatory (`Invalid`)."""
    return _close(request_id, reviewer, reason, ReviewDecision.REFUSE, RequestState.REFUSED)


def ask_changes(request_id: int, *, reviewer: Any, reason: str) -> ChangeRequest:
    """Send the request back to its author; a reason is obligatory (`Invalid`)."""
    return _close(request_id, reviewer, reason, ReviewDecision.ASK_CHANGES, RequestState.CHANGES_ASKED)


def _close(
    request_id: int, reviewer: Any, reason: str, decision: ReviewDecision, state: RequestState
) -> ChangeRequest:
    if not reason.strip():
        raise Invalid(_("Say why, so that the author knows what to do."))
    with transaction.atomic():
        request = lock_request(request_id)
        may_review(reviewer, request).require()
        _write_review(request, reviewer, decision, reason)
        transition(request, state)
        request.decided_at = timezone.now()
        request.save(update_fields=["state", "decided_at"])
        if state == RequestState.REFUSED:
            request.changes.update(decision=Decision.REFUSED, approved_digest="")
        audit.of_request(f"request.{decision.value}", request, actor=reviewer)
    return request


def _write_review(request: ChangeRequest, reviewer: Any, decision: ReviewDecision, reason: str) -> None:
    try:
        with transaction.atomic():
            Review.objects.create(
                request=request,
                round=request.round,
                stage=request.stage,
                reviewer=reviewer,
                decision=decision,
                reason=reason,
            )
    except IntegrityError as error:
        raise NotReady(_("You have decided this request already.")) from error


def _lock_change(
    request_id: int, change_id: int, may: Callable[[Any, ChangeRequest], Answer], actor: Any
) -> tuple[ChangeRequest, Change]:
    request = lock_request(request_id)
    may(actor, request).require()
    try:
        change = request.changes.select_for_update(of=("self",)).get(pk=change_id)
    except Change.DoesNotExist:
        raise NotFound(_("Request %(id)s has no such change.") % {"id": request_id}) from None
    return request, change


def _require_key(change: Change, key: str) -> None:
    if key not in change.patch:
        raise NotFound(_("This change does not touch %(key)s.") % {"key": key})


def _decided_together(change: Change, keys: Sequence[str], decision: Decision) -> list[str]:
    """Return the keys that a decision about some of them covers, each once."""
    creation = creation_keys(change, governed(change.model))
    if decision == Decision.REFUSED:
        others = frozenset() if creation.isdisjoint(keys) else frozenset(change.patch)
    else:
        others = frozenset(key for key in creation if change.decision_of(key) == Decision.REFUSED)
    return list(dict.fromkeys((*keys, *sorted(others))))


def _lock_truth(change: Change) -> Document:
    """Return what is true of a change's object, held until the transaction ends."""
    truth = governed(change.model).load([change.object_id], lock=True).get(change.object_id)
    return truth.document if truth else {}


def _require_as_seen(change: Change, key: str, truth: Document, seen: str | None) -> None:
    if seen is not None and seen != seen_digest(change.patch[key], truth.get(key)):
        label = governed(change.model).key_labels({key})[key].label
        raise StaleRevision(
            _("“%(key)s” of %(object)s has changed since you opened this page. Look at it again.")
            % {"key": label, "object": change.label}
        )


def _rebase(change: Change, keys: Sequence[str], truth: Document) -> None:
    """Make what is true the base of keys, so that applying finds a conflict only if it moves once more."""
    for key in keys:
        if (now := truth.get(key)) is None:
            change.base.pop(key, None)
        else:
            change.base[key] = now


def _record_key(action: str, change: Change, key: str, actor: Any, **details: str | bool) -> None:
    audit.record(
        action,
        actor=actor,
        target_model=change.model,
        target_id=str(change.object_id),
        request_id=change.request_id,
        details={"key": key, **details},
    )


def _save_decision(request: ChangeRequest, change: Change) -> None:
    change.digest = change_digest(change.patch, change.base, change.left_out())
    change.save(update_fields=["patch", "base", "links", "key_decisions", "digest"])
    if request.state == RequestState.SUBMITTED:
        transition(request, RequestState.IN_REVIEW)
    request.save(update_fields=["state", "conflict_count"])
