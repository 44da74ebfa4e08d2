"""Public addresses of files: named by content, so that what stands under one never changes."""

from __future__ import annotations

from django.conf import settings

from assets.rules.renditions import RENDITION_EXTENSION, THUMB


def public_path(checksum: str, extension: str) -> str:
    """Return the address of a stored file without host. It answers once a version with this file is approved.

    Written out, not reversed: publishing makes one for each listing. `assets.urls` holds the other half.
    """
    return f"/media/{checksum}.{extension}"


def thumbnail_path(checksum: str) -> str:
    """Return the address of the thumbnail of the picture with this checksum, without host."""
    return f"/media/{THUMB.name}/{checksum}.{RENDITION_EXTENSION}"


def public_url(checksum: str, extension: str) -> str:
    """Return the absolute address of a stored file, for feeds and APIs: `CONCORD_PUBLIC_URL` and the path."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{public_path(checksum, extension)}"
