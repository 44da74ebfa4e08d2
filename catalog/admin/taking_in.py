"""Taking a delivery in on screen: a file and its source, what it would change, then the request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from catalog.admin.showing import request_url
from catalog.services import uploads
from catalog.services.display import key_labels
from catalog.services.presenting import present_values
from catalog.services.schema import Schema, current_schema
from workflows.admin.job_status import job_status, register_result_link
from workflows.constants import JobState
from workflows.exceptions import ConcordError
from workflows.models import Job, Source
from workflows.permissions import may_propose

SHOWN_VALUES = 20


class DeliveryForm(forms.Form):
    """A file, and whose word it is."""

    source = forms.ModelChoiceField(
        label=gettext_lazy("Source"),
        queryset=Source.objects.none(),
        empty_label=gettext_lazy("whose word it is"),
        widget=forms.Select(attrs={"class": "cc-input"}),
        error_messages={"required": gettext_lazy("Say whose delivery it is.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        # The theme's own: its script looks for the parts of this widget beside every file input.
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = uploads.deliverable_sources(user)
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]
        if len(sources) == 1:
            self.fields["source"].initial = sources[0]
        for name in self.errors if self.is_bound else ():
            self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error"}


class TakingIn(admin.ModelAdmin):
    """The pages on which a delivery is uploaded, previewed and proposed; part of the deliveries' admin."""

    def taking_in_urls(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        view = self.admin_site.admin_view
        return [
            path("take-in/", view(self.upload_view), name="catalog_delivery_take_in"),
            path("take-in/<int:pk>/", view(self.preview_view), name="catalog_delivery_preview"),
        ]

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form; keep and check what was uploaded, then show its preview."""
        may_propose_answer = may_propose(request.user)
        if not self.has_view_permission(request) or not may_propose_answer:
            raise PermissionDenied(may_propose_answer.reason)
        form = DeliveryForm(request.POST or None, request.FILES or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = uploads.preview_upload(
                    file.chunks(), name=file.name, source=form.cleaned_data["source"], actor=request.user
                )
            except ConcordError as error:
                form.add_error("file", str(error))
            else:
                return HttpResponseRedirect(reverse("admin:catalog_delivery_preview", args=[job.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": _("Take in a delivery"),
            "form": form,
            "has_sources": form.fields["source"].queryset.exists(),  # type: ignore[attr-defined]
            "max_mb": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
        }
        return TemplateResponse(request, "admin/catalog/delivery/take_in.html", context)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what an upload would change, or how far telling that is; propose or discard it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        preview = Job.objects.filter(pk=pk, kind=uploads.PREVIEW_JOB, actor=request.user.pk).first()
        if preview is None:
            raise Http404
        if request.method == "POST":
            return self._decide(request, preview)
        schema = current_schema()
        job = uploads.taking(preview)
        report = preview.result.get("report", {})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "is_fullwidth": "1",
            "title": preview.params["name"],
            "preview": preview,
            "source": Source.objects.get(pk=preview.params["source"]),
            "progress": job_status(job or preview),
            "is_told": preview.state == JobState.DONE,
            "is_open": job is None or job.state in uploads.ENDED_EARLY,
            "is_kept": uploads.is_kept(preview),
            "job": job,
            "report": report,
            "changes": _shown(report.get("changes", []), schema),
        }
        return TemplateResponse(request, "admin/catalog/delivery/preview.html", context)

    def _decide(self, request: HttpRequest, preview: Job) -> HttpResponse:
        address = reverse("admin:catalog_delivery_preview", args=[preview.pk])
        try:
            if request.POST.get("step") == "discard":
                uploads.discard_upload(preview.pk)
                messages.success(request, _("The file is discarded. Nothing was proposed."))
                return HttpResponseRedirect(reverse("admin:catalog_delivery_take_in"))
            uploads.propose_upload(preview.pk, actor=request.user)
        except ConcordError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(address)


def _shown(changes: list[dict[str, Any]], schema: Schema) -> list[dict[str, Any]]:
    """Return changes with their values as people read them; constant queries."""
    kept = [(change, list(change["values"].items())) for change in changes]
    labels = key_labels(schema, {key for _change, values in kept for key, _value in values})
    sides = [
        (key, value[side])
        for _change, values in kept
        for key, value in values[:SHOWN_VALUES]
        for side in ("before", "after")
    ]
    texts = iter(present_values(schema, sides))
    return [
        {
            **change,
            "values": [
                {
                    "label": labels[key],
                    "before": next(texts),
                    "after": next(texts),
                    "conflict": value["conflict"],
                }
                for key, value in values[:SHOWN_VALUES]
            ],
            "more": max(0, len(values) - SHOWN_VALUES),
        }
        for change, values in kept
    ]


def _previewed(job: Job) -> tuple[str, str]:
    return reverse("admin:catalog_delivery_preview", args=[job.pk]), _("What it would change")


def _taken_in(job: Job) -> tuple[str, str] | None:
    report = job.result.get("report", {})
    if report.get("request"):
        return request_url(report["request"]), _("Change request %(number)s") % {"number": report["request"]}
    if report.get("delivery"):
        return reverse("admin:catalog_delivery_change", args=[report["delivery"]]), _("The delivery")
    return None


register_result_link(uploads.PREVIEW_JOB, _previewed)
register_result_link(uploads.TAKE_JOB, _taken_in)
