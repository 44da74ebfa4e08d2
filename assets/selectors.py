"""Reads of assets for other apps and for screens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from assets.models import Asset, AssetVersion, Rendition, StoredFile
from assets.services.addresses import public_path, thumbnail_path


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What outward work may know of an asset: the file of its current version, or none while nothing is
    approved.

    `checksum`, `mime`, `extension`, `size` and `version` are None without an approved version; `width` and
    `height` are None for what is not a picture as well.
    """

    code: str
    kind: str
    revision: int
    alt: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    checksum: str | None = None
    mime: str | None = None
    extension: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None

    @property
    def url_path(self) -> str | None:
        """Return the public address of the file without host; None while nothing is approved."""
        return public_path(self.checksum, self.extension) if self.checksum and self.extension else None

    @property
    def thumbnail_path(self) -> str | None:
        """Return the public address of the thumbnail without host; None for what has none."""
        return thumbnail_path(self.checksum) if self.checksum and self.kind == "image" else None


def asset_facts(codes: Collection[str]) -> dict[str, AssetFacts]:
    """Return the facts of the assets among `codes` (exact match), by code. One query for each 5,000 codes."""
    wanted = list(dict.fromkeys(codes))
    facts = {}
    for start in range(0, len(wanted), 5000):
        rows = Asset.objects.filter(code__in=wanted[start : start + 5000]).values_list(*_FACT_COLUMNS)
        for row in rows.order_by():
            facts[row[0]] = AssetFacts(*row)
    return facts


def assets_by_folded_code(folded_codes: Collection[str]) -> dict[str, Asset]:
    """Return assets by folded code, see `assets.rules.codes.fold_code`. One query."""
    return {asset.code_folded: asset for asset in Asset.objects.filter(code_folded__in=folded_codes)}


def versions_of(asset: Asset) -> list[AssetVersion]:
    """Return an asset's versions, newest first, with file and people. One query."""
    related = ("file", "created_by", "approved_by", "change_request")
    return list(AssetVersion.objects.filter(asset=asset).select_related(*related).order_by("-number"))


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A stored file, the rendition that was asked for, and whether the public may have it."""

    file: StoredFile
    rendition: Rendition | None
    is_public: bool


def find_served_file(checksum: str, *, preset: str = "") -> ServedFile | None:
    """Return the stored file with this checksum, None if there is none. One query; with `preset` two.

    It is public once any version with it was approved, and stays so: a listing that named it was said for
    good.
    """
    approved = AssetVersion.objects.filter(file=OuterRef("pk"), approved_at__isnull=False)
    file = StoredFile.objects.filter(checksum=checksum).annotate(is_public=Exists(approved)).first()
    if file is None:
        return None
    rendition = Rendition.objects.filter(file=file, preset=preset).first() if preset else None
    return ServedFile(file, rendition, file.is_public)


_FACT_COLUMNS = (
    "code",
    "kind",
    "revision",
    "alt",
    "current__number",
    "current__file__checksum",
    "current__file__mime",
    "current__file__extension",
    "current__file__size",
    "current__file__width",
    "current__file__height",
)
