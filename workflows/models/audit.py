"""The append-only record of who did what, and the log of what changed and has to be looked at again."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflows.exceptions import NotAllowed
from workflows.models.request import ChangeRequest


class AuditEntry(models.Model):
    """One thing that happened; written once by `workflows.services.audit.record`, never changed."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    action = models.CharField(_("action"), max_length=100)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    target_model = models.CharField(_("kind"), max_length=100)
    target_id = models.CharField(_("object"), max_length=255)
    request = models.ForeignKey(
        ChangeRequest, null=True, on_delete=models.PROTECT, related_name="audit_entries"
    )
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ("-id",)
        indexes = (models.Index(fields=("target_model", "target_id"), name="audit_of_object"),)

    def __str__(self) -> str:
        return f"{self.action} {self.target_model} {self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; refuse to change one."""
        if not self._state.adding:
            _refuse_audit_edit()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: the record is append-only."""
        _refuse_audit_edit()


def _refuse_audit_edit() -> NoReturn:
    raise NotAllowed(str(_("The audit record can only be added to.")), code="append_only")


class DirtyObject(models.Model):
    """An object that changed since listings were last looked at.

    Written in the transaction of the change; read and deleted by id by whoever expands it. Several rows may
    name one object: a row written while another is being expanded must survive.
    """

    model = models.CharField(max_length=100)
    object_id = models.CharField(max_length=511)

    class Meta:
        verbose_name = _("changed object")
        verbose_name_plural = _("changed objects")

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"
