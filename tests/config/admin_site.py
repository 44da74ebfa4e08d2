"""An admin site of its own with one model under every gate, for test_admin_gates."""

from typing import Any

from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import path
from unfold.sites import UnfoldAdminSite

from workflows.admin.base import ConcordGuardedAdmin, ConcordModelAdmin
from workflows.exceptions import FieldError, Invalid, NotReady
from workflows.models import AuditEntry, Source


class SourceAdmin(ConcordGuardedAdmin):
    """Saves like any admin, but refuses two labels and an action."""

    fields = ("code", "label", "kind", "rank")
    actions = ("refuse",)
    deletable = True

    def save_model(self, request: HttpRequest, obj: Source, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.label == "taken":
            raise Invalid(
                "Two things are wrong.", errors=[FieldError("label", "taken", "This label is taken.")]
            )
        if obj.label == "busy":
            raise NotReady("This source is being delivered to; try again when the job has ended.")

    def delete_model(self, request: HttpRequest, obj: Source) -> None:
        raise NotReady("This source has deliveries.")

    def refuse(self, request: HttpRequest, queryset: Any) -> None:
        raise NotReady("Nothing can be done now.")


class AuditAdmin(ConcordModelAdmin):
    """Read only."""

    read_only = True


site = UnfoldAdminSite(name="admin")
site.register(Source, SourceAdmin)
site.register(AuditEntry, AuditAdmin)
urlpatterns = [path("admin/", site.urls)]
