"""Models of the DAM."""

from assets.models.asset import Asset, AssetKind, AssetQuerySet, AssetVersion
from assets.models.stored_file import Rendition, StoredFile

__all__ = ["Asset", "AssetKind", "AssetQuerySet", "AssetVersion", "Rendition", "StoredFile"]
