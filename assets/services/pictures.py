"""Reading pictures with Pillow: is it whole, how large is it, and what does it look like small."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags, Image, ImageCms, ImageOps

from assets.rules.file_types import FileType, Reason, Refused
from assets.rules.renditions import THUMB, Preset

MAX_MEGAPIXELS = 64
MAX_PIXELS = MAX_MEGAPIXELS * 1_000_000
# What Pillow's decoders raise on damaged input; a wrong length can surface as any of these.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
)
_TURNED_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """A rendition, ready to be stored."""

    preset: Preset
    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was decoded to its end; width and height as people see it, after EXIF orientation."""

    width: int
    height: int
    thumb: RenderedPicture


def limit_decoders() -> None:
    """Make Pillow itself refuse more than `MAX_PIXELS` everywhere in the process; called once when the app
    starts.

    Pillow only warns between the limit and twice the limit, so the warning is made an error. `read_picture`
    checks sizes on its own as well; this also covers pictures inside pictures.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def read_picture(source: BinaryIO, file_type: FileType) -> Picture:
    """Decode a picture with the decoder of its type alone and render its thumbnail.

    Raises `Refused`: too many pixels (told from the header, before anything is decoded), or damaged. A JPEG
    is decoded at a reduced scale, which reads all of its data nevertheless. Animations: the first picture.
    """
    with _open(source, file_type) as image:
        # Checks what decoding alone would not (the checksums of PNG); the image is unusable afterwards.
        image.verify()
    with _open(source, file_type) as image:
        width, height = image.size
        # Only JPEG can: decode at a half, a quarter or an eighth, not below twice what is needed.
        shrink = min(1.0, 2 * THUMB.box_px / max(width, height))
        image.draft(None, (round(width * shrink), round(height * shrink)))
        image.load()
        # After loading: PNG may carry its EXIF behind the pixels, and TIFF has been turned upright by then.
        if image.getexif().get(ExifTags.Base.Orientation) in _TURNED_SIDEWAYS:
            width, height = height, width
        return Picture(width, height, _render(image, THUMB))


@contextmanager
def _open(source: BinaryIO, file_type: FileType) -> Iterator[Image.Image]:
    """Open with one decoder; size is checked before, and damage is told apart from bugs of ours by what is
    raised.
    """
    source.seek(0)
    try:
        with Image.open(source, formats=[file_type.decoder]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise Refused(Reason.TOO_MANY_PIXELS, width=width, height=height, limit_mp=MAX_MEGAPIXELS)
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(Reason.PIXEL_BOMB, limit_mp=MAX_MEGAPIXELS) from None
    except _DAMAGE:
        raise Refused(Reason.DAMAGED) from None


def _render(image: Image.Image, preset: Preset) -> RenderedPicture:
    """Return a loaded image as `preset` wants it: shrunk, upright, in sRGB, without metadata."""
    profile = image.info.get("icc_profile")
    small = _smooth_mode(image)
    small.thumbnail((preset.box_px, preset.box_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    ImageOps.exif_transpose(small, in_place=True)
    coloured = _to_srgb(small, profile)
    # A new picture takes the pixels over and nothing else: no EXIF, no place, no profile, no comments.
    bare = Image.frombytes(coloured.mode, coloured.size, coloured.tobytes())
    buffer = io.BytesIO()
    bare.save(buffer, "WEBP", quality=preset.quality, method=4)
    return RenderedPicture(preset, buffer.getvalue(), bare.width, bare.height)


def _smooth_mode(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be resized smoothly; deep greys are scaled to 8 bits, not cut
    off.
    """
    if image.mode in ("P", "PA", "1") or "transparency" in image.info:
        transparent = image.mode == "PA" or "transparency" in image.info
        return image.convert("RGBA" if transparent else "RGB")
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    return image


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture as RGB or RGBA in sRGB; an embedded profile that cannot be used is ignored."""
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA") else None
    opaque = image.convert(image.mode.removesuffix("A")) if alpha else image
    coloured = None
    try:
        if opaque.mode == "LAB":
            coloured = _convert(opaque, ImageCms.createProfile("LAB"))
        elif profile:
            coloured = _convert(opaque, ImageCms.getOpenProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        coloured = None
    result = coloured or opaque.convert("RGB")
    if alpha:
        result.putalpha(alpha)
    return result


def _convert(
    image: Image.Image, profile: ImageCms.core.CmsProfile | ImageCms.ImageCmsProfile
) -> Image.Image | None:
    return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
