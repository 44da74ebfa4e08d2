"""What narrows the list of change requests; every choice stands in the address."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from workflows.constants import REVIEWABLE, RequestState
from workflows.models import ChangeRequest, Source
from workflows.permissions import Right
from workflows.selectors import requests_to_review, requests_written_by, stopped_requests

REVIEW, MINE, ALL = "review", "mine", "all"
UNDECIDED = (*REVIEWABLE, RequestState.CHANGES_ASKED)


def queue_of(request: HttpRequest) -> str:
    """Return the chosen queue; without one, the first that concerns the person."""
    chosen = request.GET.get(QueueFilter.parameter_name, "")
    if chosen in (REVIEW, MINE, ALL):
        return chosen
    if request.user.has_perm(Right.APPROVE):
        return REVIEW
    return MINE if request.user.has_perm(Right.PROPOSE) else ALL


class QueueFilter(admin.SimpleListFilter):
    """For me to review, mine, all."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the queues."""
        return [(REVIEW, _("For me to review")), (MINE, _("Mine")), (ALL, _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        """Return the requests of the chosen queue."""
        match queue_of(request):
            case "review":
                return queryset & requests_to_review(request.user)
            case "mine":
                return queryset & requests_written_by(request.user)
        return queryset


class StateFilter(admin.SimpleListFilter):
    """One state, all that is undecided, or what stopped while it was being applied."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states."""
        return [
            ("undecided", _("Undecided")),
            ("stopped", _("Stopped before it was applied")),
            *RequestState.choices,
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        """Return the requests in the chosen state."""
        if self.value() == "undecided":
            return queryset.filter(state__in=UNDECIDED)
        if self.value() == "stopped":
            return queryset & stopped_requests()
        return queryset.filter(state=self.value()) if self.value() else queryset


class SourceFilter(admin.SimpleListFilter):
    """One source, by its code."""

    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the sources."""
        return [(source.code, str(source)) for source in Source.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        """Return the requests of the chosen source."""
        return queryset.filter(source__code=self.value()) if self.value() else queryset


class ConflictFilter(admin.SimpleListFilter):
    """Undecided requests with conflicts."""

    title = _("conflicts")
    parameter_name = "conflicts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the one choice."""
        return [("open", _("With open conflicts"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
        """Return undecided requests with conflicts."""
        if self.value() != "open":
            return queryset
        return queryset.filter(conflict_count__gt=0, state__in=UNDECIDED)
