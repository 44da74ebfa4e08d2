"""Publications: when a channel was handed over, with what counts, and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from channels.admin.presenting import ago, number
from channels.constants import RunState
from channels.models import FeedRun
from channels.selectors import say
from channels.services.feeds import feed_folder
from channels.services.profiles import rules_by_id
from workflows.admin.base import ConcordModelAdmin


@admin.register(FeedRun)
class FeedRunAdmin(ConcordModelAdmin):
    """Publications are written by jobs; the files of the newest can be fetched here."""

    read_only = True
    list_display = (
        "number_of",
        "channel",
        "state",
        "handed_over",
        "said",
        "withdrawn",
        "held",
        "warned",
        "fetch",
    )
    list_display_links = ("number_of",)
    list_select_related = ("channel",)
    list_filter = ("channel", "state")
    list_per_page = 50
    fields = ("channel", "state", "began", "handed_over", "actor", "counted", "warned_of", "fetch")
    readonly_fields = fields

    class Media:
        css = {"all": ("channels/admin.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add the address files are fetched from."""
        view = self.admin_site.admin_view(self.file_view)
        return [
            path("<int:pk>/file/<str:name>", view, name="channels_feedrun_file"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FeedRun]:
        """Return publications with the id of their channel's newest finished one."""
        finished = FeedRun.objects.filter(channel=OuterRef("channel"), state=RunState.DONE).order_by("-pk")
        queryset: QuerySet[FeedRun] = super().get_queryset(request)
        return queryset.annotate(newest_id=Subquery(finished.values("pk")[:1]))

    def file_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
        """Send a feed file that the run names; files are those of the channel's newest run."""
        run = get_object_or_404(FeedRun.objects.select_related("channel"), pk=pk)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if name not in {entry["name"] for entry in run.files}:
            raise Http404
        file = feed_folder(run.channel) / name
        if not file.is_file():
            raise Http404
        return FileResponse(
            file.open("rb"), as_attachment=True, filename=name, content_type="text/tab-separated-values"
        )

    @admin.display(description=_("publication"), ordering="id")
    def number_of(self, run: FeedRun) -> str:
        """Return the number."""
        return f"#{run.pk}"

    @admin.display(description=_("started"))
    def began(self, run: FeedRun) -> SafeString:
        """Say when it began."""
        return ago(run.started_at)

    @admin.display(description=_("handed over"), ordering="finished_at")
    def handed_over(self, run: FeedRun) -> SafeString:
        """Say when."""
        return ago(run.finished_at)

    @admin.display(description=_("said anew"))
    def said(self, run: FeedRun) -> SafeString:
        """Return how many versions were written."""
        return number(run.counts.get("said", 0))

    @admin.display(description=_("withdrawn"))
    def withdrawn(self, run: FeedRun) -> SafeString:
        """Return how many listings were withdrawn."""
        return number(run.counts.get("withdrawn", 0))

    @admin.display(description=_("held back"))
    def held(self, run: FeedRun) -> SafeString:
        """Return how many of the evaluated have something held back."""
        return number(run.counts.get("held", 0))

    @admin.display(description=_("sent with a warning"))
    def warned(self, run: FeedRun) -> SafeString:
        """Return how many rows were sent with a warning of the moment of writing."""
        return number(sum(entry["count"] for entry in run.warnings.values()))

    @admin.display(description=_("what it did"))
    def counted(self, run: FeedRun) -> SafeString:
        """Return the counts in words."""
        counts = run.counts
        rows = (
            (_("listings evaluated"), counts.get("evaluated", 0)),
            (_("said anew"), counts.get("said", 0)),
            (_("withdrawn"), counts.get("withdrawn", 0)),
            (_("with something held back"), counts.get("held", 0)),
        )
        return format_html_join(" · ", "{} {}", ((count, label) for label, count in rows))

    @admin.display(description=_("sent with a warning"))
    def warned_of(self, run: FeedRun) -> SafeString:
        """Return the warnings of the moment of writing as sentences, with the first listings they meet."""
        rules = rules_by_id(run.warnings)
        lines = [
            (
                entry["count"],
                say(rules[rule_id].message, {}) if rule_id in rules else rule_id,
                ", ".join(dict.fromkeys(entry["examples"])),
            )
            for rule_id, entry in run.warnings.items()
        ]
        form = '<span class="channel-reason channel-warning">{} × {} <span class="cc-hint">{}</span></span>'
        return format_html_join("", form, lines) if lines else format_html("{}", "–")

    @admin.display(description=_("files"))
    def fetch(self, run: Any) -> SafeString:
        """Return links to the files, with their rows; only those of the newest publication are there."""
        if run.pk != run.newest_id or not run.files:
            return format_html('<span class="cc-hint">{}</span>', self._why_no_files(run))
        return format_html_join(
            " ",
            '<a class="channel-file" href="{}">{}</a>',
            (
                (self._address(run, entry), f"{entry['locale']} {entry['currency']} ({entry['rows']})")
                for entry in run.files
            ),
        )

    @staticmethod
    def _why_no_files(run: FeedRun) -> Any:
        return _("replaced by a newer one") if run.files else _("no files")

    @staticmethod
    def _address(run: FeedRun, entry: dict[str, Any]) -> str:
        return reverse("admin:channels_feedrun_file", args=[run.pk, entry["name"]])
