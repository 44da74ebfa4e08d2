"""Products: one governed document each."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.constants import FOLDED_LENGTH, ProductKind, ProductState
from workflows.models import GovernedModel, structure_history


class Product(GovernedModel):
    """Product truth: a document under value keys (DESIGN, Documents), written only by applying changes.

    `sku`, `sku_folded`, `kind`, `state`, `family` and `parent` repeat what the document says, for lists and
    joins. `provenance` maps each key to the change request that set it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    document = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    provenance = models.JSONField(default=dict)
    sku = models.CharField(_("SKU"), max_length=255)
    sku_folded = models.CharField(max_length=FOLDED_LENGTH)
    kind = models.CharField(_("kind"), max_length=10, choices=ProductKind.choices)
    state = models.CharField(_("state"), max_length=15, choices=ProductState.choices)
    family = models.CharField(_("family"), max_length=255, blank=True)
    parent = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("parent"),
    )
    updated_at = models.DateTimeField(_("changed"))

    history = structure_history(excluded=("provenance",), unindexed=("parent",))

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("id",)
        # Declared here and not on the fields: there, `unique` and `db_index` would each add a second index
        # for prefix searches nobody makes.
        indexes = (models.Index(fields=("family", "state"), name="product_by_family_and_state"),)
        constraints = (
            models.UniqueConstraint(fields=("sku_folded",), name="sku_unique_without_case"),
            models.CheckConstraint(condition=Q(kind__in=ProductKind.values), name="product_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=ProductState.values), name="product_state_is_known"),
            models.CheckConstraint(
                condition=~Q(kind=ProductKind.VARIANT) | Q(parent__isnull=False),
                name="variant_has_a_parent",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
                name="product_is_not_its_own_parent",
            ),
        )

    def __str__(self) -> str:
        return self.sku
