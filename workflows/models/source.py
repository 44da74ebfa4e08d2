"""Who may say something about governed objects."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflows.constants import SourceKind
from workflows.models.base import Revisioned, structure_history


class Source(Revisioned):
    """An origin of values: an ERP, a supplier, people, a rule, a model; `rank` 1 is the most trusted."""

    code = models.CharField(
        _("code"), max_length=100, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")]
    )
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind.choices)
    label = models.CharField(_("label"), max_length=200)
    rank = models.PositiveSmallIntegerField(_("rank"), default=100)

    history = structure_history()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("rank", "code")
        permissions = (("deliver_source", _("Can deliver for a source")),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=SourceKind.values), name="source_kind_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.label or self.code
