"""What sources said: deliveries, what was left out of them, and the shadow of each product."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.constants import FOLDED_LENGTH, DeliveryState
from workflows.models import ChangeRequest, Source


class Delivery(models.Model):
    """One reading of one file or directory from a source, with counts that always add up.

    `position` says how far an unfinished reading came: rows up to it are in the request and in the shadows.
    """

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("source")
    )
    name = models.CharField(_("file"), max_length=255)
    checksum = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("delivered by")
    )
    request = models.ForeignKey(
        ChangeRequest,
        null=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("change request"),
    )
    position = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(_("read"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    files = models.JSONField(default=dict)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    read=models.F("new") + models.F("changed") + models.F("unchanged") + models.F("rejected")
                ),
                name="delivery_counts_add_up",
            ),
            models.UniqueConstraint(
                fields=("source",),
                condition=Q(state=DeliveryState.READING),
                name="one_delivery_of_a_source_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} (#{self.pk})"


class Rejection(models.Model):
    """A row that was rejected (`whole_row`; `field` names the cell to blame, if one is), or a cell that was
    left out, and why.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="rejections")
    file = models.CharField(_("file"), max_length=255)
    line = models.PositiveIntegerField(_("line"))
    field = models.CharField(_("column"), max_length=255, blank=True)
    value = models.TextField(_("value"), blank=True)
    reason = models.TextField(_("reason"))
    whole_row = models.BooleanField(_("whole row"))

    class Meta:
        verbose_name = _("rejection")
        verbose_name_plural = _("rejections")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.reason}"


class Shadow(models.Model):
    """What a source last said about a product: raw cells, and the values they mapped to. The merge base of
    its next word.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    product_id = models.UUIDField()
    sku_folded = models.CharField(max_length=FOLDED_LENGTH)
    raw = models.JSONField()
    mapped = models.JSONField()
    mapping_version = models.PositiveIntegerField(default=1)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+", db_constraint=False)

    class Meta:
        verbose_name = _("shadow")
        verbose_name_plural = _("shadows")
        constraints = (
            models.UniqueConstraint(
                fields=("source", "product_id"), name="one_shadow_per_source_and_product"
            ),
        )
        indexes = (models.Index(fields=("sku_folded",), name="shadow_by_sku"),)

    def __str__(self) -> str:
        return f"{self.source} · {self.sku_folded}"


class ReplacedShadow(models.Model):
    """What a shadow was before `delivery` moved it: what it becomes again when that delivery is withdrawn.

    Kept as long as that can happen. `said_in` is the delivery that had said it.
    """

    shadow = models.ForeignKey(
        Shadow, on_delete=models.PROTECT, related_name="replaced", db_constraint=False, db_index=False
    )
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    said_in = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    raw = models.JSONField()
    mapped = models.JSONField()

    class Meta:
        verbose_name = _("replaced shadow")
        verbose_name_plural = _("replaced shadows")
        constraints = (
            models.UniqueConstraint(fields=("shadow", "delivery"), name="one_replaced_shadow_per_delivery"),
        )

    def __str__(self) -> str:
        return f"{self.shadow_id} before #{self.delivery_id}"
