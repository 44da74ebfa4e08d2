"""Proposing: open a change request, put changes into it, submit it, withdraw it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.bulk import insert_rows
from workflows.constants import TRANSITIONS, Decision, RequestState
from workflows.exceptions import Invalid, NotFound, NotReady
from workflows.models import Change, ChangeRequest, Contributor, Source
from workflows.permissions import may_act_as_author, may_propose
from workflows.registry import GovernedAdapter, governed, run_withdraw_hooks, why_not_rewrite
from workflows.rules.digests import change_digest
from workflows.rules.documents import JSONValue, Patch
from workflows.services import audit
from workflows.services.routing import route


@dataclass(frozen=True)
class ProposedChange:
    """What is wanted of one object; see `workflows.models.Change` for the meaning of each part.

    `conflicts` maps keys that a person has to decide to what truth says now. `problems` are what was in the
    way of an earlier attempt. A new object has `base_revision` 0 and `#exists` in its patch.
    """

    model: str
    object_id: UUID
    label: str
    patch: Patch
    base: Mapping[str, JSONValue] = field(default_factory=dict)
    base_revision: int = 0
    seen: Mapping[str, JSONValue] = field(default_factory=dict)
    conflicts: Mapping[str, JSONValue | None] = field(default_factory=dict)
    problems: Sequence[Mapping[str, str]] = ()


def lock_request(request_id: int) -> ChangeRequest:
    """Return the request with its row locked; call inside atomic. Raises `NotFound`."""
    try:
        return ChangeRequest.objects.select_for_update(of=("self",)).get(pk=request_id)
    except ChangeRequest.DoesNotExist:
        raise NotFound(_("There is no change request %(id)s.") % {"id": request_id}) from None


def transition(request: ChangeRequest, state: RequestState) -> None:
    """Move a locked request to another state in memory; raises `NotReady` where the table has no such
    step.
    """
    if state not in TRANSITIONS[RequestState(request.state)]:
        raise NotReady(
            _("Request %(id)s is %(now)s and cannot become %(next)s.")
            % {
                "id": request.pk,
                "now": request.get_state_display().lower(),
                "next": str(state.label).lower(),
            }
        )
    request.state = state


def open_request(
    *,
    title: str,
    actor: Any,
    source: Source,
    reason: str = "",
    follows: ChangeRequest | None = None,
) -> ChangeRequest:
    """Create a draft request with its author as first contributor. Raises `NotAllowed`."""
    may_propose(actor).require()
    with transaction.atomic():
        request = ChangeRequest.objects.create(
            title=title[:300], reason=reason, author=actor, source=source, follows=follows
        )
        Contributor.objects.create(request=request, user=actor)
        audit.of_request("request.open", request, actor=actor)
    return request


def add_changes(request: ChangeRequest, changes: Iterable[ProposedChange]) -> int:
    """Write changes into a draft request in bulk; call inside atomic, its row locked. Returns how many.

    Patches must be normalised already (the adapter's `normalise`). An empty patch is not a change and raises
    `Invalid`; a request that is no draft any more raises `NotReady`: what is added to it would be reviewed by
    nobody. One statement.
    """
    if request.state != RequestState.DRAFT:
        raise NotReady(
            _("Request %(id)s is %(state)s: nothing can be added to it any more.")
            % {"id": request.pk, "state": request.get_state_display().lower()}
        )
    changes = list(changes)
    adapters = {model: governed(model) for model in {change.model for change in changes}}
    return insert_rows(Change, _CHANGE_COLUMNS, _change_rows(request, changes, adapters))


def _change_rows(
    request: ChangeRequest, changes: Sequence[ProposedChange], adapters: Mapping[str, GovernedAdapter]
) -> Iterator[tuple[Any, ...]]:
    for change in changes:
        if not change.patch:
            raise Invalid(_("A change of %(label)s that changes nothing.") % {"label": change.label})
        key_decisions = {
            key: {"state": Decision.CONFLICT.value, "ours": ours} for key, ours in change.conflicts.items()
        }
        yield (
            request.pk,
            change.model,
            change.object_id,
            change.label[:255],
            change.patch,
            dict(change.base),
            dict(change.seen),
            change.base_revision,
            adapters[change.model].links(change.patch, change.base),
            Decision.OPEN.value,
            key_decisions,
            change_digest(change.patch, change.base, change.conflicts),
            "",
            "",
            list(change.problems),
        )


_CHANGE_COLUMNS = (
    "request",
    "model",
    "object_id",
    "label",
    "patch",
    "base",
    "seen",
    "base_revision",
    "links",
    "decision",
    "key_decisions",
    "digest",
    "approved_digest",
    "outcome",
    "problems",
)


def count_changes(request: ChangeRequest) -> None:
    """Set the request's counts of objects, values and conflicts from its changes, in memory.

    One query; the database counts, so no patch travels.
    """
    keys, decisions, state = (
        ("jsonb_object_keys(patch)", "jsonb_each(key_decisions)", "value ->> 'state'")
        if connection.vendor == "postgresql"
        else ("json_each(patch)", "json_each(key_decisions)", "json_extract(value, '$.state')")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum((SELECT count(*) FROM {keys})), 0), coalesce(sum("  # noqa: S608 - constants
            f"(SELECT count(*) FROM {decisions} WHERE {state} = %s)), 0) "
            f"FROM {Change._meta.db_table} WHERE request_id = %s",
            [Decision.CONFLICT.value, request.pk],
        )
        counts = [int(count) for count in cursor.fetchone()]
    request.change_count, request.key_count, request.conflict_count = counts


def submit_request(request_id: int, *, actor: Any, reason: str | None = None) -> ChangeRequest:
    """Hand a draft (or one sent back) to review, with another reason where one is given.

    Only a contributor may. Raises `NotReady` (also while something else still fills it), `NotAllowed`,
    `Invalid` (it holds no change).
    """
    with transaction.atomic():
        request = lock_request(request_id)
        may_act_as_author(actor, request).require()
        if why := why_not_rewrite(request.pk):
            raise NotReady(why)
        if reason is not None:
            request.reason = reason
        send_to_review(request, actor=actor)
    return request


def send_to_review(request: ChangeRequest, *, actor: Any) -> None:
    """Count, route and write a locked request as submitted; call inside atomic.

    No actor is the installation itself. Raises `NotReady` for one that is past that, `Invalid` for one that
    holds no change.
    """
    if request.state == RequestState.CHANGES_ASKED:
        request.round += 1
    transition(request, RequestState.SUBMITTED)
    count_changes(request)
    if not request.change_count:
        raise Invalid(_("Request %(id)s holds no change.") % {"id": request.pk})
    request.route = route(request)
    request.stage = 0
    request.submitted_at = timezone.now()
    request.save(
        update_fields=[
            "state",
            "round",
            "route",
            "stage",
            "reason",
            "submitted_at",
            "change_count",
            "key_count",
            "conflict_count",
        ]
    )
    audit.of_request(
        "request.submit",
        request,
        actor=actor,
        details={"objects": request.change_count, "values": request.key_count},
    )


def propose_changes(
    changes: Sequence[ProposedChange],
    *,
    title: str,
    actor: Any,
    source: Source,
    reason: str = "",
    submit: bool = True,
) -> ChangeRequest:
    """Open a request with these changes and, unless told otherwise, submit it; one transaction."""
    with transaction.atomic():
        request = open_request(title=title, actor=actor, source=source, reason=reason)
        add_changes(request, changes)
        if submit:
            return submit_request(request.pk, actor=actor)
        count_changes(request)
        request.save(update_fields=["change_count", "key_count", "conflict_count"])
    return request


def withdraw_request(request_id: int, *, actor: Any) -> ChangeRequest:
    """Take a request back before it is applied. Only a contributor may. Raises `NotAllowed`, `NotReady`."""
    with transaction.atomic():
        request = lock_request(request_id)
        may_act_as_author(actor, request).require()
        withdraw_locked(request, actor=actor)
    return request


def withdraw_locked(request: ChangeRequest, *, actor: Any) -> None:
    """Withdraw a request whose row is locked, on behalf of somebody whose right to it the caller checked.

    Call inside atomic. Raises `NotReady` where it can't be withdrawn any more.
    """
    transition(request, RequestState.WITHDRAWN)
    request.decided_at = timezone.now()
    if request.submitted_at is None:
        request.submitted_at = request.decided_at
    request.save(update_fields=["state", "decided_at", "submitted_at"])
    audit.of_request("request.withdraw", request, actor=actor)
    run_withdraw_hooks(request.pk, actor)
