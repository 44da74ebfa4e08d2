"""Listings: what each channel says of each unit, and every version of it.

Written by publishing alone, in bulk. Columns that refer to other tables carry no foreign key constraint in
the database: `recompute --check` compares them instead (measured at a third of the commit time).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from channels.constants import Cause, ListingState
from channels.models.channel import Channel

CHECKSUM_CHARS = 40


def _checksum(label: str = "") -> models.CharField[str, str]:
    return models.CharField(label, max_length=CHECKSUM_CHARS, blank=True, default="")


class Listing(models.Model):
    """A unit on a market of a channel in a locale: its readiness and what it says now.

    `external_id` follows the SKU until the listing is first said and never after. `content`, `media` and
    `offer` name the bodies said now (empty: nothing is said), `candidate_*` those it would say if nothing
    were held. `reasons` is a list of `[rule id, severity, effect, part, field, params]`, `rule_ids` their
    ids with blanks around. `stamp` names the configuration it was evaluated with, `due_at` the moment its
    evaluation may change by time alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="listings", db_constraint=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="listings", db_constraint=False
    )
    market = models.CharField(_("market"), max_length=100)
    locale = models.CharField(_("language"), max_length=35)
    external_id = models.CharField(_("ID on the channel"), max_length=255)
    first_said_at = models.DateTimeField(_("first said"), null=True)
    score = models.PositiveSmallIntegerField(_("score"))
    completeness = models.PositiveSmallIntegerField(_("completeness"))
    state = models.CharField(_("state"), max_length=12, choices=ListingState.choices)
    reasons = models.JSONField(_("reasons"), default=list)
    rule_ids = models.TextField(blank=True, default="")
    candidate_content = _checksum()
    candidate_media = _checksum()
    candidate_offer = _checksum()
    content = _checksum()
    media = _checksum()
    offer = _checksum()
    held_since = models.JSONField(_("held back since"), default=dict)
    version = models.PositiveIntegerField(_("version"), default=0)
    version_id = models.UUIDField(null=True)
    said_from = models.DateTimeField(_("said since"), null=True)
    due_at = models.DateTimeField(_("next look"), null=True)
    stamp = models.CharField(max_length=40)
    evaluated_at = models.DateTimeField(_("evaluated"))

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "market", "locale", "product"), name="one_listing_per_unit_and_place"
            ),
            models.UniqueConstraint(
                fields=("channel", "market", "locale", "external_id"),
                condition=Q(first_said_at__isnull=False),
                name="external_id_unique_in_its_place",
            ),
            models.CheckConstraint(condition=Q(state__in=ListingState.values), name="listing_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=("live", "partly_held")) & ~Q(content="") & ~Q(media="") & ~Q(offer="")
                | Q(state__in=("held", "withdrawn"), content="", media="", offer=""),
                name="listing_says_every_part_or_nothing",
            ),
            models.CheckConstraint(condition=Q(score__lte=100), name="listing_score_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(completeness__lte=100), name="listing_completeness_is_a_percentage"
            ),
        )
        indexes = (
            models.Index(fields=("product",), name="listing_of_product"),
            models.Index(fields=("external_id",), name="listing_by_external_id"),
            models.Index(fields=("channel", "state"), name="listing_by_state"),
            models.Index(fields=("channel", "due_at"), name="listing_due", condition=Q(due_at__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.external_id} · {self.market} · {self.locale}"


class Body(models.Model):
    """The JSON of one part, kept once under its checksum whoever says it; never changed.

    `titles` are those in it as search compares them (see `channels.rules.titles`).
    """

    checksum = models.CharField(primary_key=True, max_length=CHECKSUM_CHARS)
    body = models.TextField()
    titles = models.TextField(blank=True)

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")

    def __str__(self) -> str:
        return self.checksum


class ListingVersion(models.Model):
    """What a listing said from when to when; immutable but for its end.

    `stamp` holds what it was made from: revisions of the documents and assets read, and of the configuration.
    `held` maps each part that was held back then to since when (its body is the one of the version before).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.ForeignKey(
        Listing, on_delete=models.PROTECT, related_name="versions", db_constraint=False
    )
    number = models.PositiveIntegerField(_("version"))
    content = _checksum()
    media = _checksum()
    offer = _checksum()
    held = models.JSONField(_("held back"), default=dict)
    cause = models.CharField(_("why"), max_length=12, choices=Cause.choices)
    stamp = models.JSONField(_("made from"), default=dict)
    said_from = models.DateTimeField(_("said from"))
    said_until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("listing version")
        verbose_name_plural = _("listing versions")
        ordering = ("listing", "-number")
        constraints = (
            models.UniqueConstraint(fields=("listing", "number"), name="one_listing_version_per_number"),
            models.CheckConstraint(
                condition=Q(cause="published") & ~Q(content="") & ~Q(media="") & ~Q(offer="")
                | Q(cause__in=("stood_down", "hold_expired"), content="", media="", offer=""),
                name="listing_version_says_every_part_or_nothing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.listing_id} v{self.number}"


class DirtyUnit(models.Model):
    """A unit whose listings on a channel have to be evaluated again."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    product_id = models.UUIDField()

    class Meta:
        verbose_name = _("unit to evaluate")
        verbose_name_plural = _("units to evaluate")
        constraints = (
            models.UniqueConstraint(fields=("channel", "product_id"), name="unit_dirty_once_per_channel"),
        )

    def __str__(self) -> str:
        return str(self.product_id)
