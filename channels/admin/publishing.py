"""Publishing from the screen: look what would change, then publish, and follow both."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.selectors import Description, describe_products
from catalog.services.schema import current_schema
from channels.admin.presenting import place_name
from channels.models import Channel
from channels.permissions import may_publish
from channels.selectors import KeptBack, kept_back_by
from channels.services import preview, publish
from channels.services.preview import PublicationPlan, plan_of_job, request_preview
from channels.services.publish import request_publication
from workflows.admin.base import DomainErrorGate, found_or_404
from workflows.admin.job_status import Link, job_status, register_result_link
from workflows.models import Job

WORDS = {
    "new": (gettext_lazy("would go live"), gettext_lazy("Would go live")),
    "changed": (gettext_lazy("would change"), gettext_lazy("Would change")),
    "withdrawn": (gettext_lazy("would be withdrawn"), gettext_lazy("Would be withdrawn")),
    "held": (gettext_lazy("with something held back"), gettext_lazy("Something held back")),
}
"""Beside a number, and as a title."""


@dataclass(frozen=True)
class Example:
    """One listing of an outcome: its product, its id on the channel, its market and language."""

    product: Description | None
    external_id: str
    place: str


@dataclass(frozen=True)
class OutcomeRow:
    """What would become of some listings: how many, why, and a few of them."""

    name: str
    count: int
    words: str
    title: str
    reasons: list[KeptBack]
    examples: list[Example]


def outcome_rows(plan: PublicationPlan) -> list[OutcomeRow]:
    """Return a plan as a page shows it, in a constant number of queries."""
    schema = current_schema()
    products = describe_products({UUID(row[0]) for found in plan.examples.values() for row in found}, schema)
    return [
        OutcomeRow(
            name,
            getattr(plan, name),
            str(words),
            str(title),
            kept_back_by(plan.reasons.get(name, {})),
            [
                Example(products.get(UUID(pk)), external_id, place_name(schema, market, locale))
                for pk, external_id, market, locale in plan.examples.get(name, ())
            ],
        )
        for name, (words, title) in WORDS.items()
    ]


class PublishingViews(DomainErrorGate):
    """The pages of a channel that preview and publish."""

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the preview and the publication."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", wrap(self.preview_view), name="channels_channel_preview"),
            path("<int:pk>/publish/", wrap(self.publish_view), name="channels_channel_publish"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enqueue a preview and go where it is shown."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        channel = get_object_or_404(Channel, pk=pk)

        def look() -> HttpResponse:
            return self._follow(channel, request_preview(channel.code, actor=request.user))

        return self._said_on(self._page("change", pk), request, look)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a preview or a publication of the channel (`?job=`, else its newest); publish on POST."""
        channel = get_object_or_404(Channel, pk=pk)
        if request.method == "POST":
            return self._said_on(self._page("change", pk), request, lambda: self._publish(request, channel))
        answer = may_publish(request.user, channel)
        if not answer:
            raise PermissionDenied(answer.reason)
        job = _job_of(channel, request.GET.get("job", ""))
        plan = plan_of_job(job) if job else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish %(name)s") % {"name": channel.label},
            "opts": self.opts,
            "media": self.media,
            "channel": channel,
            "job": job,
            "progress": job_status(job) if job else None,
            "plan": plan,
            "outcomes": outcome_rows(plan) if plan else [],
            "seen_at": job.started_at if job else None,
            "publish_url": reverse("admin:channels_channel_publish", args=[pk]),
            "preview_url": reverse("admin:channels_channel_preview", args=[pk]),
        }
        return TemplateResponse(request, "admin/channels/channel/publish.html", context)

    def _publish(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        job = request_publication(channel.code, actor=request.user)
        messages.success(
            request,
            _("%(channel)s is being published: job #%(job)s.") % {"channel": channel.label, "job": job.pk},
        )
        return self._follow(channel, job)

    def _follow(self, channel: Channel, job: Job) -> HttpResponse:
        address = reverse("admin:channels_channel_publish", args=[channel.pk])
        return HttpResponseRedirect(f"{address}?job={job.pk}")


def _job_of(channel: Channel, asked: str) -> Job | None:
    """Return the asked for preview or publication of a channel, else its newest one; 404 for others."""
    jobs = Job.objects.filter(kind__in=(preview.KIND, publish.KIND), params__channel=channel.code)
    return found_or_404(jobs, asked) if asked else jobs.order_by("-pk").first()


def _previewed(job: Job) -> Link:
    address = reverse("admin:channels_channel_publish", args=[job.params["channel_id"]])
    return f"{address}?job={job.pk}", _("What would change")


def _published(job: Job) -> Link | None:
    run = (job.result or {}).get("run")
    return (reverse("admin:channels_feedrun_change", args=[run]), _("What was handed over")) if run else None


register_result_link(preview.KIND, _previewed)
register_result_link(publish.KIND, _published)
