"""Sources: who may say something about governed objects, and who may deliver for them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from workflows.admin.base import ConcordGuardedAdmin
from workflows.models import Source
from workflows.services.structure import save_structure


class SourceForm(forms.ModelForm):
    """A source, and why it is changed."""

    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Stands in the history of this source."),
    )

    class Meta:
        model = Source
        fields = ("code", "label", "kind", "rank")


@admin.register(Source)
class SourceAdmin(ConcordGuardedAdmin):
    """Sources; a code stays for good, since shadows and requests hang on it."""

    form = SourceForm
    list_display = ("label", "code", "kind", "rank")
    list_display_links = ("label", "code")
    list_filter = ("kind",)
    search_fields = ("code", "label")
    search_help_text = _("Search sources")
    ordering = ("rank", "code")
    actions = None
    fieldsets = (
        (
            None,
            {
                "fields": ("code", "label", "kind", "rank", "reason"),
                "description": _("Rank 1 is the most trusted: of two first words, the better rank counts."),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the code of a source that exists, beside what a version page shows."""
        fields = [name for name in super().get_readonly_fields(request, obj) if name != "reason"]
        return [*fields, "code"] if obj is not None and "code" not in fields else fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the reason away where nothing can be saved."""
        if self.has_change_permission(request, obj) and not getattr(request, "shows_version", False):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("code", "label", "kind", "rank")}),)

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        """Save through the service that leaves actor, reason and history."""
        reason = form.cleaned_data.get("reason") or str(_("Edited in the admin."))
        if change and not form.has_changed():
            return
        save_structure(obj, actor=request.user, reason=reason, created=not change)
