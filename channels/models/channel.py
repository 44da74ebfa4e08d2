"""Channels: where product truth goes, with the settings people edit."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Scope
from channels.constants import DEFAULT_HOLD_DAYS
from channels.models.profile import Profile
from workflows.models import Revisioned, structure_history


class Channel(Revisioned):
    """A destination: a profile on a scope, with its mapping, assortment and settings.

    `assortment` narrows which units have listings: {"states": [...], "families": [...], "categories": [...],
    "include": [sku…], "exclude": [sku…]}; empty means every active unit. `seen_stamp` is the configuration
    for which every unit was last marked for evaluation (see `channels.services.dirty`).
    """

    code = models.CharField(
        _("code"), max_length=100, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")]
    )
    label = models.CharField(_("name"), max_length=200)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+", verbose_name=_("scope"))
    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="channels", verbose_name=_("profile")
    )
    link_pattern = models.CharField(
        _("landing page pattern"),
        max_length=500,
        blank=True,
        help_text=_("For example https://shop.example/{locale}/p/{external_id}"),
    )
    is_public = models.BooleanField(_("storefront open to everybody"), default=False)
    allow_demo_identifiers = models.BooleanField(_("allow demonstration identifiers (952…)"), default=False)
    hold_days = models.PositiveSmallIntegerField(
        _("days a held part keeps its last good text"),
        default=DEFAULT_HOLD_DAYS,
        validators=[MaxValueValidator(365)],
    )
    assortment = models.JSONField(_("assortment"), default=dict, blank=True)
    seen_stamp = models.CharField(max_length=40, blank=True, editable=False)

    history = structure_history(excluded=("seen_stamp",))

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("code",)
        permissions = (("publish_channel", _("Can publish channels")),)
        constraints = (
            models.CheckConstraint(condition=Q(hold_days__lte=365), name="channel_holds_at_most_a_year"),
            models.CheckConstraint(condition=~Q(label=""), name="channel_has_a_name"),
        )

    def __str__(self) -> str:
        return self.label


class FieldMapping(models.Model):
    """Where a channel takes one target field from, instead of the profile's default."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="mappings")
    field = models.CharField(_("target field"), max_length=120)
    source = models.JSONField(_("comes from"))

    history = structure_history()

    class Meta:
        verbose_name = _("field mapping")
        verbose_name_plural = _("field mappings")
        ordering = ("channel", "field")
        constraints = (
            models.UniqueConstraint(fields=("channel", "field"), name="one_mapping_per_channel_and_field"),
        )

    def __str__(self) -> str:
        return self.field

    @property
    def dirty_code(self) -> str:
        """The name under which the dirty log knows this mapping."""
        return f"{self.channel_id}/{self.field}"


class ApiKey(models.Model):
    """A key that opens a channel's storefront API; only its hash is kept, `hint` are its first characters."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(_("for whom"), max_length=200)
    hint = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("channel", "name")

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
