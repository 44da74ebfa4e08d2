"""Profiles: what a kind of channel demands, as versioned rows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.constants import Effect, Part, Severity


class Profile(models.Model):
    """What a kind of channel demands, under a code for life; `current` is the version that binds."""

    code = models.CharField(_("code"), max_length=100, unique=True)
    current = models.ForeignKey(
        "ProfileVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("current version"),
    )

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.current.label if self.current else self.code


class ProfileVersion(models.Model):
    """One state of a profile, never changed; `digest` names its content so that loading twice makes no
    version.

    `parent` is a profile's code: the parent's current version is laid under this one.
    """

    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="versions", verbose_name=_("profile")
    )
    number = models.PositiveIntegerField(_("version"))
    digest = models.CharField(max_length=40)
    label = models.CharField(_("name"), max_length=200)
    parent = models.CharField(_("inherits from"), max_length=100, blank=True)
    feed = models.CharField(_("feed format"), max_length=50, blank=True)
    source = models.TextField(_("source"), blank=True)
    sets = models.JSONField(_("category sets"), default=dict)
    category_field = models.CharField(_("category field"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("loaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("profile version")
        verbose_name_plural = _("profile versions")
        ordering = ("profile", "-number")
        constraints = (
            models.UniqueConstraint(fields=("profile", "number"), name="one_profile_version_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.label} v{self.number}"


class ProfileField(models.Model):
    """One target field of a profile version, and where its value comes from unless a channel says
    otherwise.
    """

    version = models.ForeignKey(ProfileVersion, on_delete=models.PROTECT, related_name="fields")
    position = models.PositiveIntegerField()
    name = models.CharField(_("field"), max_length=120)
    label = models.CharField(_("label"), max_length=200)
    part = models.CharField(_("part"), max_length=10, choices=Part.choices)
    type = models.CharField(_("type"), max_length=20)
    default_source = models.JSONField(_("comes from"), null=True)
    sent = models.BooleanField(_("sent"), default=True)
    as_object = models.BooleanField(default=False)
    joined = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("profile field")
        verbose_name_plural = _("profile fields")
        ordering = ("version", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("version", "name"), name="one_field_per_name_and_profile_version"
            ),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="profile_field_part_is_known"),
        )

    def __str__(self) -> str:
        return self.label


class ProfileRule(models.Model):
    """One demand of a profile version: what it judges, when it binds, what a break does, and where it is
    written.
    """

    version = models.ForeignKey(ProfileVersion, on_delete=models.PROTECT, related_name="rules")
    position = models.PositiveIntegerField()
    rule_id = models.CharField(_("rule"), max_length=200)
    field = models.CharField(_("field"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    part = models.CharField(_("part"), max_length=10, choices=Part.choices)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices)
    effect = models.CharField(_("effect"), max_length=12, choices=Effect.choices)
    params = models.JSONField(_("limits"), default=dict)
    condition = models.JSONField(_("applies when"), null=True)
    valid_from = models.DateField(_("in force from"), null=True)
    valid_until = models.DateField(_("in force until"), null=True)
    weight = models.PositiveSmallIntegerField(_("weight"))
    message = models.TextField(_("sentence"))
    source = models.TextField(_("source"))

    class Meta:
        verbose_name = _("profile rule")
        verbose_name_plural = _("profile rules")
        ordering = ("version", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("version", "rule_id"), name="one_rule_per_id_and_profile_version"
            ),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="profile_rule_part_is_known"),
            models.CheckConstraint(
                condition=Q(severity="error", effect__in=("hold", "stand_down"))
                | Q(severity__in=("warning", "advice"), effect__in=("send", "leave_out")),
                name="only_errors_hold_or_stand_down",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_from__lte=models.F("valid_until")),
                name="profile_rule_begins_before_it_ends",
            ),
        )

    def __str__(self) -> str:
        return self.rule_id
