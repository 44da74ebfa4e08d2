"""Assets and their versions."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from assets.models.immutable import ImmutableModel
from assets.models.stored_file import StoredFile
from workflows.models import ChangeRequest, Revisioned, structure_history


class AssetKind(models.TextChoices):
    """The kinds of `assets.rules.file_types.Kind`, with labels."""

    IMAGE = "image", _("Picture")
    DOCUMENT = "document", _("Document")
    VIDEO = "video", _("Video")
    OTHER = "other", _("Other")


class AssetQuerySet(models.QuerySet["Asset"]):
    """Reads of assets."""

    def with_files(self) -> AssetQuerySet:
        """Read the current version and its file in the same query."""
        return self.select_related("current__file")

    def with_versions(self) -> AssetQuerySet:
        """Read all versions with their files in one more query, newest first, as `all_versions`."""
        versions = AssetVersion.objects.select_related("file", "created_by").order_by("-number")
        return self.prefetch_related(Prefetch("versions", queryset=versions, to_attr="all_versions"))

    def waiting(self) -> AssetQuerySet:
        """Return assets with an unapproved version that is newer than the current one."""
        newer = Q(number__gt=OuterRef("current__number")) | Q(asset__current__isnull=True)
        unapproved = AssetVersion.objects.filter(newer, asset=OuterRef("pk"), approved_at__isnull=True)
        return self.filter(Exists(unapproved))


class Asset(Revisioned):
    """A picture, document or film under a code that it keeps for life.

    `current` is the last approved version: what listings and public addresses show. A newer unapproved
    version changes nothing outward. Written only by `assets.services`; never deleted.
    """

    code = models.CharField(_("code"), max_length=255)
    # NFC + casefold, made in Python (SQLite folds ASCII only); folding can make a code up to three times as
    # long.
    code_folded = models.CharField(max_length=765, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=AssetKind.choices)
    alt = models.JSONField(_("alternative texts"), default=dict, blank=True)
    current = models.ForeignKey(
        "AssetVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("current version"),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    history = structure_history()
    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ("code",)
        permissions = (("approve_asset", _("Can approve assets")),)
        indexes = (models.Index(fields=("code",), name="asset_by_code"),)
        constraints = (
            models.UniqueConstraint(fields=("code_folded",), name="asset_code_is_unique_without_case"),
            models.CheckConstraint(condition=Q(kind__in=AssetKind.values), name="asset_kind_is_known"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(code_folded=""), name="asset_has_a_code"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="asset_revision_is_positive"),
        )

    def __str__(self) -> str:
        return self.code


class AssetVersion(ImmutableModel):
    """One state of an asset's file. Only its approval is filled in later, once."""

    settable_once: ClassVar[frozenset[str]] = frozenset(("approved_by", "approved_at", "change_request"))

    asset = models.ForeignKey(
        Asset, on_delete=models.PROTECT, related_name="versions", verbose_name=_("asset")
    )
    number = models.PositiveIntegerField(_("version"))
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="versions", verbose_name=_("file")
    )
    file_name = models.CharField(_("file name"), max_length=255)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approved by"),
    )
    change_request = models.ForeignKey(
        ChangeRequest,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approved with"),
    )

    class Meta(ImmutableModel.Meta):
        verbose_name = _("asset version")
        verbose_name_plural = _("asset versions")
        ordering = ("asset", "-number")
        constraints = (
            models.UniqueConstraint(fields=("asset", "number"), name="asset_version_number_is_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="asset_version_number_is_positive"),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="approved_asset_version_has_an_approver",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
                name="asset_version_takes_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(change_request__isnull=True) | Q(approved_at__isnull=False),
                name="asset_version_request_only_with_approval",
            ),
        )

    def __str__(self) -> str:
        return str(_("version %(number)s") % {"number": self.number})
