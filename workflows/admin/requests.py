"""Change requests: the queue, and the page on which one is read and decided.

Nothing here writes: the model is read-only to everybody, and each form posts to one service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from workflows.admin.base import ConcordModelAdmin
from workflows.admin.request_filters import (
    ConflictFilter,
    QueueFilter,
    SourceFilter,
    StateFilter,
    queue_of,
)
from workflows.admin.request_page import RequestPage
from workflows.admin.request_rows import Refused
from workflows.constants import Decision
from workflows.exceptions import ConcordError, Invalid, StaleRevision
from workflows.models import ChangeRequest
from workflows.permissions import Right
from workflows.selectors import find_requests, requests_to_review, requests_written_by
from workflows.services.requests import submit_request, withdraw_request
from workflows.services.resuming import resume_request
from workflows.services.reviews import (
    approve_request,
    ask_changes,
    decide_keys,
    edit_key,
    leave_out_key,
    refuse_request,
)

NARROWING = ("q", StateFilter.parameter_name, SourceFilter.parameter_name, ConflictFilter.parameter_name)
KEPT = ("show", "q", "p")


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ConcordModelAdmin):
    """The queue and the page of a change request."""

    read_only = True
    list_display = ("title",)
    list_filter = (QueueFilter, StateFilter, SourceFilter, ConflictFilter)
    list_select_related = ("author", "source")
    list_per_page = 50
    search_fields = ("title",)
    search_help_text = gettext_lazy("Number, title, reason or SKU")
    actions = None
    change_list_template = "admin/workflows/changerequest/queue.html"

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses there are: the list, the page, and where its forms post to."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="workflows_changerequest_changelist"),
            path("<int:pk>/change/", view(self.request_view), name="workflows_changerequest_change"),
            path("<int:pk>/decide/", view(self.decide_view), name="workflows_changerequest_decide"),
            path(
                "<int:pk>/change/<int:change_id>/",
                view(self.keys_view),
                name="workflows_changerequest_keys",
            ),
        ]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Return what has waited longest first in the queue of a reviewer, else the newest first."""
        return ["submitted_at", "id"] if queue_of(request) == "review" else ["-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ChangeRequest], search_term: str
    ) -> tuple[QuerySet[ChangeRequest], bool]:
        """Find requests by number, title, reason, or the name of an object in them."""
        return find_requests(queryset, search_term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the queue with how much is in each."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        user = request.user
        chosen = queue_of(request)
        queues: list[tuple[str, str, int | None]] = [("all", _("All"), None)]
        if user.has_perm(Right.PROPOSE) or chosen == "mine":
            queues.insert(0, ("mine", _("Mine"), requests_written_by(user).count()))
        if user.has_perm(Right.APPROVE) or chosen == "review":
            queues.insert(0, ("review", _("For me to review"), requests_to_review(user).count()))
        context = {
            "queue": chosen,
            "queues": queues,
            "narrowed": any(request.GET.get(name) for name in NARROWING),
            "title": _("Change requests"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def request_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show one request; its forms post elsewhere."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self._page_of(request, pk)

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve, refuse, ask for changes, submit, withdraw or resume; then show the request as it is."""
        self._require_post(request)
        reason = request.POST.get("reason", "").strip()
        steps: dict[str, Callable[[], str]] = {
            "approve": lambda: self._approve(request, pk, reason),
            "refuse": lambda: self._refuse(request, pk, reason),
            "ask": lambda: self._ask(request, pk, reason),
            "submit": lambda: self._submit(request, pk, reason if "reason" in request.POST else None),
            "withdraw": lambda: self._withdraw(request, pk),
            "resume": lambda: self._resume(request, pk),
        }
        step = steps.get(request.POST.get("step", ""))
        if step is None:
            raise Http404
        try:
            messages.success(request, step())
        except ConcordError as error:
            messages.error(request, str(error))
            return self._page_of(request, pk, reason=reason, status=error.status)
        return HttpResponseRedirect(_address(request, pk))

    def keys_view(self, request: HttpRequest, pk: int, change_id: int) -> HttpResponse:
        """Decide values of one object, put another in place of one, or leave one out; then show the
        request.
        """
        self._require_post(request)
        post = request.POST
        key = next((post[name] for name in ("take", "refuse", "edit", "leave_out") if post.get(name)), "")
        keys = [key] if key else post.getlist("key")
        reason = post.get(f"why:{key}", "").strip()
        typed = post.get(f"value:{key}", "")
        if "refuse_all" in post:
            keys += post.getlist("conflict")
        seen = {name: post[f"seen:{name}"] for name in keys if f"seen:{name}" in post}
        takes = bool({"take", "take_all"} & post.keys())
        if not takes and not {"refuse", "refuse_all", "edit", "leave_out"} & post.keys():
            raise Http404
        try:
            if "edit" in post:
                edit_key(pk, change_id, key, typed, actor=request.user, seen=seen.get(key))
            elif "leave_out" in post:
                leave_out_key(pk, change_id, key, actor=request.user, seen=seen.get(key))
            else:
                decision = Decision.TAKEN if takes else Decision.REFUSED
                decide_keys(pk, change_id, keys, decision, reviewer=request.user, reason=reason, seen=seen)
        except ConcordError as error:
            messages.error(request, str(error))
            problem = str(error) if isinstance(error, Invalid) else ""
            refused = Refused(change_id, key, problem, typed)
            return self._page_of(request, pk, refused=refused, status=error.status)
        return HttpResponseRedirect(f"{_address(request, pk)}#change-{change_id}")

    def _require_post(self, request: HttpRequest) -> None:
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied

    def _page_of(
        self,
        request: HttpRequest,
        pk: int,
        *,
        reason: str = "",
        refused: Refused | None = None,
        status: int = 200,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = ChangeRequest.objects.select_related("author", "source", "follows").filter(pk=pk).first()
        if found is None:
            raise Http404
        chosen = request.POST if request.method == "POST" else request.GET
        page = RequestPage(found, request, {name: chosen.get(name, "") for name in KEPT}, refused)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": found.title,
            "page": page,
            "kept": {name: value for name, value in page.chosen.items() if value},
            "reason": reason,
        }
        template = "admin/workflows/changerequest/request.html"
        return TemplateResponse(request, template, context, status=status)

    @staticmethod
    def _approve(request: HttpRequest, pk: int, reason: str) -> str:
        seen = _step_seen(request.POST.get("seen", ""))
        job = approve_request(pk, reviewer=request.user, reason=reason, seen=seen)
        return _("Approved. The values become true now (job %(job)s).") % {"job": job.pk}

    @staticmethod
    def _refuse(request: HttpRequest, pk: int, reason: str) -> str:
        refused = refuse_request(pk, reviewer=request.user, reason=reason)
        return _("Refused. %(author)s can read why.") % {"author": refused.author}

    @staticmethod
    def _ask(request: HttpRequest, pk: int, reason: str) -> str:
        asked = ask_changes(pk, reviewer=request.user, reason=reason)
        return _("Sent back. %(author)s can change it and submit it again.") % {"author": asked.author}

    @staticmethod
    def _submit(request: HttpRequest, pk: int, reason: str | None) -> str:
        count = submit_request(pk, actor=request.user, reason=reason).key_count
        return ngettext(
            "Submitted. %(count)s value waits for a reviewer.",
            "Submitted. %(count)s values wait for a reviewer.",
            count,
        ) % {"count": count}

    @staticmethod
    def _withdraw(request: HttpRequest, pk: int) -> str:
        withdraw_request(pk, actor=request.user)
        return _("Taken back. Nothing of it becomes true.")

    @staticmethod
    def _resume(request: HttpRequest, pk: int) -> str:
        job = resume_request(pk, actor=request.user)
        return _("Applying goes on with what is left (job %(job)s).") % {"job": job.pk}


def _step_seen(text: str) -> int | None:
    """Return the step that a form says was seen last, None where it says nothing; no number is no step
    (`StaleRevision`).
    """
    try:
        return int(text) if text else None
    except ValueError:
        raise StaleRevision(_("This page is not as it was made. Look at the request again.")) from None


def _address(request: HttpRequest, pk: int) -> str:
    """Return the address of the page, as it was filtered."""
    kept = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    address = reverse("admin:workflows_changerequest_change", args=[pk])
    return f"{address}?{urlencode(kept)}" if kept else address
