"""Reads of change requests, for lists, the home page and reviews."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from workflows.constants import RESUMABLE, REVIEWABLE, UNFINISHED, Decision
from workflows.models import Change, ChangeRequest, Contributor, Job
from workflows.permissions import Right
from workflows.services.reviews import APPLY_JOB


def requests_written_by(user: Any) -> QuerySet[ChangeRequest]:
    """Return the requests that hold a value of the user's."""
    return ChangeRequest.objects.filter(_written_by(user))


def requests_to_review(user: Any) -> QuerySet[ChangeRequest]:
    """Return what the user may decide now: open requests they wrote no part of; none without the right."""
    if not (user.is_active and user.has_perm(Right.APPROVE)):
        return ChangeRequest.objects.none()
    return ChangeRequest.objects.filter(~_written_by(user), state__in=REVIEWABLE)


def stopped_requests() -> QuerySet[ChangeRequest]:
    """Return approved requests that are not applied to the end and that no job applies. One query at once.

    Jobs are read first: one that ends in between has moved its request on before.
    """
    going_on = Job.objects.filter(kind=APPLY_JOB, state__in=UNFINISHED).values_list("params", flat=True)
    return ChangeRequest.objects.filter(state__in=RESUMABLE).exclude(
        pk__in=[params["request"] for params in going_on]
    )


def find_requests(rows: QuerySet[ChangeRequest], text: str) -> QuerySet[ChangeRequest]:
    """Narrow requests to those whose number, title or reason, or an object's name in them, holds the text."""
    text = text.strip()
    if not text:
        return rows
    objects = Change.objects.filter(request=OuterRef("pk"), label__icontains=text)
    found = Q(title__icontains=text) | Q(reason__icontains=text) | Q(Exists(objects))
    number = text.removeprefix("#")
    if number.isdecimal() and len(number) < 18:
        found |= Q(pk=int(number))
    return rows.filter(found)


def people_who_can_decide(request: ChangeRequest) -> list[str]:
    """Return names of people who may decide this request, in order of name. One query."""
    people = get_user_model().objects.with_perm(
        Right.APPROVE.value, backend="django.contrib.auth.backends.ModelBackend", include_superusers=False
    )
    people = people.exclude(Exists(Contributor.objects.filter(request=request, user=OuterRef("pk"))))
    return [person.get_full_name() or person.get_username() for person in people.order_by("username")]


def keys_left_out(request: ChangeRequest) -> int:
    """Return how many keys of a request an approval would not cover: refused, superseded, or in conflict.

    One query; reads the changes on which some key was decided.
    """
    rows = request.changes.exclude(key_decisions={}).values_list("key_decisions", flat=True)
    open_states = (Decision.OPEN, Decision.TAKEN)
    return sum(
        1 for decisions in rows.iterator() for row in decisions.values() if row["state"] not in open_states
    )


def _written_by(user: Any) -> Exists:
    return Exists(Contributor.objects.filter(request=OuterRef("pk"), user_id=user.pk))
