"""The category tree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from catalog.constants import FOLDED_LENGTH
from workflows.models import structure_history


class Category(MP_Node):
    """A node of the one category tree; a root is a catalogue of its own (master, sales, responsibility)."""

    steplen = 6
    code = models.CharField(_("code"), max_length=255)
    code_folded = models.CharField(max_length=FOLDED_LENGTH, unique=True, editable=False)
    labels = models.JSONField(_("labels"), default=dict, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)

    history = structure_history()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        permissions = (("manage_products_in_category", _("Is responsible for products of a category")),)

    def __str__(self) -> str:
        return self.label()

    def label(self, locale: str = "en-US") -> str:
        """Return the label in a locale, else in any, else the code."""
        return self.labels.get(locale) or next(iter(self.labels.values()), "") or self.code
