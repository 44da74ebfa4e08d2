"""Whom to ask about a product: who changed it last, who approved that, and what is asked for now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.urls import NoReverseMatch, reverse

from channels.desk.wording import When, when
from workflows.constants import FINAL, Outcome, RequestState, ReviewDecision
from workflows.models import Change, Review
from workflows.permissions import Right

PRODUCT = "catalog.product"
OPEN_SHOWN = 10
_OPEN = [state for state in RequestState if state not in FINAL and state != RequestState.DRAFT]


@dataclass(frozen=True)
class RequestFacts:
    """A change request as the desk names it; `address` is empty for those who may not open it."""

    number: int
    title: str
    author: str
    state: str
    at: When
    approvers: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class People:
    """The last applied request that touched a product, and those that are open, newest first."""

    last: RequestFacts | None
    open: tuple[RequestFacts, ...]


def people_of(ids: Collection[UUID], viewer: Any, now: datetime) -> People:
    """Return whom to ask about a product; `ids` are its own and its parents'. Four queries."""
    changes = (
        Change.objects.filter(model=PRODUCT, object_id__in=list(ids))
        .select_related("request__author")
        .prefetch_related(
            Prefetch(
                "request__reviews",
                queryset=Review.objects.filter(decision=ReviewDecision.APPROVE).select_related("reviewer"),
            )
        )
    )
    applied = changes.filter(outcome=Outcome.APPLIED).order_by("-request__applied_at", "-request_id")
    last = applied.first()
    opened = changes.filter(request__state__in=_OPEN).order_by("-request_id")[: OPEN_SHOWN * 2]
    requests = {change.request_id: change for change in opened}
    return People(
        last=_facts(last, last.request.applied_at, viewer, now) if last else None,
        open=tuple(
            _facts(change, change.request.submitted_at, viewer, now)
            for change in list(requests.values())[:OPEN_SHOWN]
        ),
    )


def _facts(change: Change, moment: datetime | None, viewer: Any, now: datetime) -> RequestFacts:
    request = change.request
    return RequestFacts(
        number=request.pk,
        title=request.title,
        author=_name(request.author),
        state=request.get_state_display(),
        at=when(moment or request.created_at, now),
        approvers=tuple(dict.fromkeys(_name(review.reviewer) for review in request.reviews.all())),
        address=_address(request.pk, viewer),
    )


def _name(user: Any) -> str:
    return user.get_full_name() or user.get_username()


def _address(number: int, viewer: Any) -> str:
    if not (viewer.is_staff and viewer.has_perm(Right.VIEW_REQUEST)):
        return ""
    try:
        return reverse("admin:workflows_changerequest_change", args=[number])
    except NoReverseMatch:
        return ""
