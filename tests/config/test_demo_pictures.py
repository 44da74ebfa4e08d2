"""The demonstration brand's pictures: big enough, clearly different, the same every time."""

from functools import lru_cache
from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image, ImageChops, ImageStat

from config.demo.drawings.canvas import Canvas, Pose, mix, outline
from config.demo.pictures import DRAWINGS, PictureSpec, draw_picture, picture_specs


@lru_cache
def drawn() -> dict[str, bytes]:
    return {spec.code: draw_picture(spec) for spec in picture_specs()}


def small(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB").resize((40, 40), Image.Resampling.BOX)


def test_pictures_are_jpegs_of_at_least_1000_pixels_and_few_bytes() -> None:
    for code, data in drawn().items():
        with Image.open(BytesIO(data)) as picture:
            assert picture.format == "JPEG", code
            assert min(picture.size) >= 1000, code
        assert len(data) < 250_000, code


def test_no_two_pictures_look_alike_at_40_pixels() -> None:
    thumbs = {code: small(data) for code, data in drawn().items()}

    alike = [
        (first, second)
        for first, second in combinations(thumbs, 2)
        if sum(ImageStat.Stat(ImageChops.difference(thumbs[first], thumbs[second])).mean) < 4
    ]

    assert len(thumbs) == 55
    assert alike == []


def test_same_specification_gives_the_same_bytes() -> None:
    spec = picture_specs()[0]

    assert draw_picture(spec) == drawn()[spec.code]


def test_every_picture_carries_its_mark() -> None:
    spec = picture_specs()[0]
    canvas = Canvas(spec.pixels)
    DRAWINGS[spec.drawing](canvas, spec.colours)
    before = canvas.image.copy()

    canvas.mark("drawing")

    box = ImageChops.difference(before, canvas.image).getbbox()
    assert box is not None
    assert box[0] > 0.8 * spec.pixels
    assert box[1] > 0.9 * spec.pixels


def test_every_drawing_is_used_and_every_picture_has_alt_texts() -> None:
    specs: list[PictureSpec] = picture_specs()

    assert {spec.drawing for spec in specs} == set(DRAWINGS)
    assert all(set(spec.alt) == {"en-US", "de-DE"} and all(spec.alt.values()) for spec in specs)


def test_outline_flattens_curves_and_ends_where_they_end() -> None:
    (polygon,) = outline("M 0 0 L 10 0 Q 20 0 20 10 C 20 20 10 20 0 20 Z")

    assert polygon[:2] == ((0.0, 0.0), (10.0, 0.0))
    assert polygon[-1] == pytest.approx((0.0, 20.0))
    assert len(polygon) == 50


def test_outline_without_a_start_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with M"):
        outline("L 10 10")


def test_pose_turns_around_the_middle() -> None:
    pose = Pose(dx=5, scale=2, turn=90)

    assert pose.place((500, 500)) == pytest.approx((505, 500))
    assert pose.place((600, 500)) == pytest.approx((505, 700))
    assert Pose(mirrored=True).place((100, 300)) == pytest.approx((900, 300))


def test_mix_runs_from_one_colour_to_the_other() -> None:
    assert [mix("#000000", "#ffffff", share) for share in (0, 0.5, 1)] == ["#000000", "#808080", "#ffffff"]
