"""Decoding pictures: whole, how large, and small."""

import io

import pytest
from PIL import Image, ImageCms

from assets.rules import file_types
from assets.rules.file_types import FileType, Reason, Refused
from assets.services import pictures
from assets.services.pictures import read_picture
from tests.factories.assets import picture

GPS_IFD = 0x8825
ORIENTATION = 0x0112


def read(content: bytes, file_type: FileType = file_types.PNG) -> pictures.Picture:
    return read_picture(io.BytesIO(content), file_type)


def thumb_of(found: pictures.Picture) -> Image.Image:
    image = Image.open(io.BytesIO(found.thumb.content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("fmt", "file_type"),
    [
        ("JPEG", file_types.JPEG),
        ("PNG", file_types.PNG),
        ("GIF", file_types.GIF),
        ("WEBP", file_types.WEBP),
        ("TIFF", file_types.TIFF),
        ("BMP", file_types.BMP),
        ("AVIF", file_types.AVIF),
    ],
)
def test_every_kept_format_is_measured_and_shrunk_to_webp(fmt: str, file_type: FileType) -> None:
    found = read(picture(size=(800, 400), fmt=fmt), file_type)

    assert (found.width, found.height) == (800, 400)
    assert (found.thumb.width, found.thumb.height) == (320, 160)
    assert thumb_of(found).format == "WEBP"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_colour_mode_gives_a_thumbnail(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (700, 700)).save(buffer, "PNG")

    assert thumb_of(read(buffer.getvalue())).size == (320, 320)


def test_a_small_picture_is_not_enlarged() -> None:
    assert read(picture(size=(1, 1))).thumb.width == 1


def test_deep_greys_are_scaled_and_not_cut_off() -> None:
    buffer = io.BytesIO()
    Image.new("I;16", (10, 10), 0x8000).save(buffer, "PNG")

    level = thumb_of(read(buffer.getvalue())).convert("L").getpixel((5, 5))

    assert 126 <= level <= 130


def test_transparency_survives() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(buffer, "PNG")

    assert thumb_of(read(buffer.getvalue())).convert("RGBA").getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize(("fmt", "file_type"), [("JPEG", file_types.JPEG), ("TIFF", file_types.TIFF)])
def test_thumbnail_is_upright_and_the_size_is_what_people_see(
    orientation: int, fmt: str, file_type: FileType
) -> None:
    turns = {1: 0, 3: 180, 6: 90, 8: 270}
    upright = Image.open(io.BytesIO(picture("navy", (400, 200))))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    buffer = io.BytesIO()
    upright.rotate(turns[orientation], expand=True).save(buffer, fmt, exif=exif)

    found = read(buffer.getvalue(), file_type)

    assert (found.width, found.height) == (400, 200)
    assert thumb_of(found).size == (320, 160)
    corner = thumb_of(found).convert("RGB").getpixel((10, 10))
    assert min(corner) > 230, "the white corner is at the top left again"


def test_place_profile_and_comments_do_not_reach_the_thumbnail() -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = picture(fmt="JPEG", exif=exif.tobytes(), icc_profile=profile, comment=b"secret")

    assert thumb_of(read(content, file_types.JPEG)).info.keys() <= {
        "loop",
        "background",
        "timestamp",
        "duration",
    }


def test_an_embedded_profile_is_turned_into_srgb() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Swap the red and the blue primary: under this profile red bytes mean blue.
    profile = profile.replace(b"rXYZ", b"tmp!").replace(b"bXYZ", b"rXYZ").replace(b"tmp!", b"bXYZ")
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), (255, 0, 0)).save(buffer, "PNG", icc_profile=bytes(profile))

    red, _green, blue = thumb_of(read(buffer.getvalue())).convert("RGB").getpixel((10, 10))

    assert blue > 200
    assert red < 60


def test_a_profile_that_cannot_be_used_is_ignored() -> None:
    assert read(picture(icc_profile=b"nonsense")).thumb.width == 60


@pytest.mark.parametrize(
    ("fmt", "file_type"), [("JPEG", file_types.JPEG), ("PNG", file_types.PNG), ("WEBP", file_types.WEBP)]
)
def test_a_cut_off_picture_is_damaged(fmt: str, file_type: FileType) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((300, 300), 90).convert("RGB").save(buffer, fmt)
    content = buffer.getvalue()

    with pytest.raises(Refused) as caught:
        read(content[: len(content) * 2 // 3], file_type)

    assert caught.value.reason == Reason.DAMAGED


def test_a_flipped_bit_in_a_png_is_damage() -> None:
    content = bytearray(picture())
    content[-20] ^= 1

    with pytest.raises(Refused) as caught:
        read(bytes(content))

    assert caught.value.reason == Reason.DAMAGED


def test_only_the_decoder_of_the_type_is_asked() -> None:
    with pytest.raises(Refused) as caught:
        read(picture(fmt="GIF"), file_types.PNG)

    assert caught.value.reason == Reason.DAMAGED


def test_too_many_pixels_are_refused_from_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 2399)

    with pytest.raises(Refused) as caught:
        read(picture(size=(60, 40)))

    assert caught.value.reason == Reason.TOO_MANY_PIXELS
    assert (caught.value.params["width"], caught.value.params["height"]) == (60, 40)


def test_pillow_itself_refuses_more_than_the_limit() -> None:
    assert Image.MAX_IMAGE_PIXELS == 64_000_000


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    buffer = io.BytesIO()
    Image.new("1", (1, 1)).save(buffer, "PNG")
    bomb = bytearray(buffer.getvalue())
    bomb[16:24] = (20_000).to_bytes(4, "big") * 2
    import zlib

    bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4, "big")

    with pytest.raises(Refused) as caught:
        read(bytes(bomb))

    assert caught.value.reason == Reason.PIXEL_BOMB
