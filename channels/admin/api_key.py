"""API keys: made here, shown once, revoked for good."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.admin.presenting import ago
from channels.models import ApiKey
from channels.permissions import may_give_keys
from channels.services.api_keys import create_key, revoke_key
from workflows.admin.base import ConcordModelAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(ConcordModelAdmin):
    """The keys of closed storefronts. A key is never changed; a lost one is revoked and another made."""

    list_display = ("name", "channel", "begins_with", "made", "created_by", "status")
    list_select_related = ("channel", "created_by")
    list_filter = ("channel",)
    search_fields = ("name", "hint")
    fields = ("channel", "name")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deny: a key stays what it was when it was made."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key by its service and show it, this once."""
        created = create_key(obj.channel.code, label=obj.name, actor=request.user)
        obj.pk, obj.hint, obj.digest = created.row.pk, created.row.hint, created.row.digest
        text = _("This is the key; copy it now, it is not shown again:")
        messages.warning(request, format_html("{} <code>{}</code>", text, created.secret))

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person may revoke keys."""
        return bool(may_give_keys(request.user))

    @admin.action(description=gettext_lazy("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Close the chosen keys for good; those closed already stay so."""
        open_keys = list(queryset.filter(revoked_at__isnull=True))
        for key in open_keys:
            revoke_key(key.pk, actor=request.user)
        count = len(open_keys)
        messages.success(request, ngettext("%d key is revoked.", "%d keys are revoked.", count) % count)

    @admin.display(description=gettext_lazy("Begins with"))
    def begins_with(self, key: ApiKey) -> str:
        """Return the characters by which people tell keys apart."""
        return f"{key.hint}…"

    @admin.display(description=gettext_lazy("Made"), ordering="created_at")
    def made(self, key: ApiKey) -> str:
        """Say how long ago the key was made."""
        return ago(key.created_at)

    @admin.display(description=gettext_lazy("Status"))
    def status(self, key: ApiKey) -> str:
        """Say whether the key opens anything."""
        return _("revoked") if key.revoked_at else _("in use")
