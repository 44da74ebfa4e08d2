"""Availability by location: one current row each, and a log of changes of status."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.constants import AvailabilityStatus
from catalog.models.product import Product
from catalog.models.structure import Location
from workflows.models import Source


class Availability(models.Model):
    """What is known now about one product at one location. Late observations never overwrite."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="availability")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(_("status"), max_length=15, choices=AvailabilityStatus.choices)
    quantity = models.PositiveIntegerField(_("quantity"), null=True)
    observed_at = models.DateTimeField(_("observed"))
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("availability")
        verbose_name_plural = _("availability")
        constraints = (
            models.UniqueConstraint(
                fields=("product", "location"), name="one_availability_per_product_and_location"
            ),
            models.CheckConstraint(
                condition=Q(status__in=AvailabilityStatus.values), name="availability_status_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.product} {self.location}: {self.status}"


class AvailabilityLog(models.Model):
    """A change of status of one product at one location."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    status = models.CharField(_("status"), max_length=15, choices=AvailabilityStatus.choices)
    quantity = models.PositiveIntegerField(_("quantity"), null=True)
    observed_at = models.DateTimeField(_("observed"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("availability log entry")
        verbose_name_plural = _("availability log")
        ordering = ("-id",)
        indexes = (models.Index(fields=("product", "-observed_at"), name="availability_log_of_product"),)

    def __str__(self) -> str:
        return f"{self.product_id} {self.status}"
