"""Presets of renditions: the shapes in which a picture is shown. Pure data; a stored name is never reused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A rendition fits a square of `box_px`: upright, sRGB, WebP, without metadata, never enlarged."""

    name: str
    box_px: int
    quality: int


THUMB = Preset("thumb", box_px=320, quality=82)
PRESETS = {THUMB.name: THUMB}
RENDITION_EXTENSION = "webp"
RENDITION_MIME = "image/webp"
