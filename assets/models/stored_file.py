"""Files as they lie in storage: the original bytes, and what was rendered from them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from assets.models.immutable import ImmutableModel
from assets.rules.renditions import PRESETS


class StoredFile(ImmutableModel):
    """Bytes that are kept once, however many assets show them; identified by their SHA-256.

    Type and extension come from the bytes, never from a file name. `width` and `height` are pixels as people
    see the picture, that is after its EXIF orientation; both are empty for what is not a picture.
    """

    checksum = models.CharField(_("checksum"), max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    mime = models.CharField(_("media type"), max_length=100)
    extension = models.CharField(_("extension"), max_length=8)
    width = models.PositiveIntegerField(_("width"), null=True)
    height = models.PositiveIntegerField(_("height"), null=True)
    created_at = models.DateTimeField(_("stored"), auto_now_add=True)

    class Meta(ImmutableModel.Meta):
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        constraints = (
            models.CheckConstraint(
                condition=Q(Exact(Length("checksum"), 64)), name="stored_file_has_a_whole_checksum"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_is_not_empty"),
            models.CheckConstraint(condition=~Q(mime="") & ~Q(extension=""), name="stored_file_has_a_type"),
            models.CheckConstraint(
                # Said with isnull as well: a comparison with NULL is neither true nor false, and would pass.
                condition=Q(width__isnull=True, height__isnull=True)
                | Q(width__isnull=False, height__isnull=False, width__gt=0, height__gt=0),
                name="stored_file_has_both_dimensions_or_none",
            ),
        )

    def __str__(self) -> str:
        return f"{self.checksum[:12]}.{self.extension}"


class Rendition(ImmutableModel):
    """What a preset made of a stored picture; `checksum` is that of the rendered bytes."""

    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="renditions", verbose_name=_("stored file")
    )
    preset = models.CharField(_("preset"), max_length=30)
    checksum = models.CharField(_("checksum"), max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta(ImmutableModel.Meta):
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = (
            models.UniqueConstraint(fields=("file", "preset"), name="one_rendition_per_file_and_preset"),
            models.CheckConstraint(condition=Q(preset__in=list(PRESETS)), name="rendition_preset_is_known"),
            models.CheckConstraint(
                condition=Q(size__gt=0, width__gt=0, height__gt=0), name="rendition_is_not_empty"
            ),
        )

    def __str__(self) -> str:
        return f"{self.preset} {self.file_id}"
