"""The audit record, to look things up: who did what, to what, when."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from workflows.admin.base import ConcordModelAdmin
from workflows.models import AuditEntry
from workflows.templatetags.concord import ago

# What happened, in words; actions of higher apps that are not listed read as they are written.
ACTIONS = {
    "request.open": _("opened a request"),
    "request.submit": _("submitted a request"),
    "request.withdraw": _("took a request back"),
    "request.decide_key": _("decided a value"),
    "request.edit_key": _("put another value"),
    "request.leave_out_key": _("left a value out"),
    "request.approve": _("approved a request"),
    "request.refuse": _("refused a request"),
    "request.ask_changes": _("asked for changes"),
    "request.resume": _("resumed applying a request"),
    "request.apply": _("request became true"),
    "job.cancel": _("cancelled a job"),
    "job.keep": _("let a cancelled job go on"),
}


@admin.register(AuditEntry)
class AuditEntryAdmin(ConcordModelAdmin):
    """The record as a list; nothing in it can be changed by anybody."""

    read_only = True
    list_display = ("what", "who", "target", "of_request", "said", "moment")
    list_display_links = None
    list_filter = ("action", "actor")
    list_select_related = ("actor",)
    list_per_page = 100
    search_fields = ("target_id", "action")
    search_help_text = _("Search objects and actions")
    actions = None

    def get_urls(self) -> list[URLPattern]:
        """Return the one address there is."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="workflows_auditentry_changelist")]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the record; there is nothing to post."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest | None = None) -> bool:
        """Let addresses name a request, beside what the filters offer."""
        return lookup == "request" or bool(super().lookup_allowed(lookup, value, request))  # type: ignore[arg-type]

    @admin.display(description=_("what happened"), ordering="action")
    def what(self, entry: AuditEntry) -> SafeString:
        """Return the action in words, its name on hover."""
        words = ACTIONS.get(entry.action) or entry.action.replace("_", " ").replace(".", ": ")
        return format_html('<span class="cc-nowrap" title="{}">{}</span>', entry.action, words)

    @admin.display(description=_("by"), ordering="actor__username")
    def who(self, entry: AuditEntry) -> str:
        """Return who did it; nobody is the installation itself."""
        if entry.actor is None:
            return str(_("Concord"))
        return entry.actor.get_full_name() or entry.actor.get_username()

    @admin.display(description=_("object"))
    def target(self, entry: AuditEntry) -> SafeString:
        """Return what it was done to."""
        try:
            kind: object = apps.get_model(entry.target_model)._meta.verbose_name
        except (LookupError, ValueError):
            kind = entry.target_model
        return format_html(
            '<span class="cc-nowrap">{} <span class="cc-hint">{}</span></span>', kind, entry.target_id
        )

    @admin.display(description=_("request"), ordering="request")
    def of_request(self, entry: AuditEntry) -> SafeString | str:
        """Return the change request it belongs to, as a link."""
        if entry.request_id is None:
            return ""
        address = reverse("admin:workflows_changerequest_change", args=[entry.request_id])
        return format_html('<a href="{}">#{}</a>', address, entry.request_id)

    @admin.display(description=_("details"))
    def said(self, entry: AuditEntry) -> SafeString:
        """Return the details as names and values."""
        rows = ((name.replace("_", " "), value) for name, value in entry.details.items())
        return format_html_join(", ", "{} {}", rows)

    @admin.display(description=_("when"), ordering="id")
    def moment(self, entry: AuditEntry) -> SafeString | str:
        """Return when it happened."""
        return ago(entry.at)
