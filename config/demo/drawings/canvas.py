"""A small vector canvas on Pillow: paths in, an antialiased picture out, the same bytes every time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, hypot, radians, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Rgb = tuple[int, int, int]

UNITS = 1000
"""Width and height of the drawing space; a canvas scales it to its pixels."""
OVERSAMPLING = 2
CURVE_STEPS = 24
_TOKENS = re.compile(r"[MLCQZ]|-?\d+(?:\.\d+)?")


def rgb(value: str) -> Rgb:
    """Read `#rrggbb`."""
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """Return the colour that lies `share` (0 to 1) of the way from the first to the second."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def darker(colour: str, share: float = 0.25) -> str:
    """Return the colour mixed with a warm near-black."""
    return mix(colour, "#14120f", share)


def lighter(colour: str, share: float = 0.25) -> str:
    """Return the colour mixed with white."""
    return mix(colour, "#ffffff", share)


@dataclass(frozen=True)
class Gradient:
    """Paint that runs from one colour to another along an angle (0 = left to right, 90 = top to bottom)."""

    start: str
    end: str
    angle: float = 90.0


Paint = str | Gradient


@dataclass(frozen=True)
class Pose:
    """Where a drawing stands on the canvas: move, scale, turn (degrees, clockwise) and mirror."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    mirrored: bool = False

    def place(self, point: Point) -> Point:
        """Map a point of the drawing space; turning, scaling and mirroring go around its middle."""
        x, y = point[0] - UNITS / 2, point[1] - UNITS / 2
        x = -x if self.mirrored else x
        angle = radians(self.turn)
        x, y = x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)
        return x * self.scale + UNITS / 2 + self.dx, y * self.scale + UNITS / 2 + self.dy


@lru_cache(maxsize=1024)
def outline(path: str) -> tuple[tuple[Point, ...], ...]:
    """Flatten a path written with absolute M, L, C, Q and Z into polygons, one per M.

    Raises:
        ValueError: the path does not begin with M or a command lacks a number.
    """
    tokens = _TOKENS.findall(path)
    if not tokens or tokens[0] != "M":
        raise ValueError(f"A path begins with M: {path!r}")
    polygons: list[list[Point]] = []
    command, index = "", 0
    while index < len(tokens):
        if tokens[index].isalpha():
            command, index = tokens[index], index + 1
        if command == "Z":
            continue
        count = {"M": 1, "L": 1, "Q": 2, "C": 3}[command]
        numbers = [float(token) for token in tokens[index : index + 2 * count]]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        index += 2 * count
        if command == "M":
            polygons.append([points[0]])
            command = "L"
        elif command == "L":
            polygons[-1].append(points[0])
        else:
            polygons[-1].extend(_curve(polygons[-1][-1], points))
    return tuple(tuple(polygon) for polygon in polygons)


def _curve(start: Point, points: Sequence[Point]) -> list[Point]:
    """Return the points of a quadratic or cubic Bézier curve after its start."""
    if len(points) == 2:
        (qx, qy), end = points
        first = (start[0] + (qx - start[0]) * 2 / 3, start[1] + (qy - start[1]) * 2 / 3)
        second = (end[0] + (qx - end[0]) * 2 / 3, end[1] + (qy - end[1]) * 2 / 3)
    else:
        first, second, end = points
    flattened = []
    for step in range(1, CURVE_STEPS + 1):
        t = step / CURVE_STEPS
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        flattened.append(
            (
                a * start[0] + b * first[0] + c * second[0] + d * end[0],
                a * start[1] + b * first[1] + c * second[1] + d * end[1],
            )
        )
    return flattened


@dataclass(frozen=True)
class Shape:
    """An antialiased mask and the pixel box it stands in; other shapes can be clipped to it."""

    box: tuple[int, int, int, int]
    mask: Image.Image


class Canvas:
    """A square picture that is drawn shape by shape.

    Args:
        pixels: width and height of the result.
        ground: background colour, lighter in the middle.
    """

    def __init__(self, pixels: int, ground: str = "#efece6") -> None:
        """Start with the background only."""
        self.pixels = pixels
        self.factor = pixels / UNITS
        self.pose = Pose()
        vignette = Image.radial_gradient("L").resize((pixels, pixels), Image.Resampling.BILINEAR)
        self.image = Image.composite(
            Image.new("RGB", (pixels, pixels), rgb(darker(ground, 0.07))),
            Image.new("RGB", (pixels, pixels), rgb(lighter(ground, 0.6))),
            vignette,
        )

    def posed(
        self,
        *,
        dx: float | None = None,
        dy: float | None = None,
        scale: float | None = None,
        turn: float | None = None,
        mirrored: bool | None = None,
    ) -> "Canvas":
        """Return a view on the same picture with another pose; what is not given stays as it is."""
        now = self.pose
        view = object.__new__(Canvas)
        view.pixels, view.factor, view.image = self.pixels, self.factor, self.image
        view.pose = Pose(
            dx=now.dx if dx is None else dx,
            dy=now.dy if dy is None else dy,
            scale=now.scale if scale is None else scale,
            turn=now.turn if turn is None else turn,
            mirrored=now.mirrored if mirrored is None else mirrored,
        )
        return view

    def fill(
        self, path: str, paint: Paint, *, clip: Shape | None = None, opacity: float = 1.0
    ) -> Shape | None:
        """Fill a closed path; return its shape for clipping, or None when nothing of it is visible."""
        polygons = [[self._pixel(point) for point in polygon] for polygon in outline(path)]
        return self._paint(polygons, paint, clip, opacity)

    def stroke(
        self,
        path: str,
        width: float,
        paint: Paint,
        *,
        clip: Shape | None = None,
        opacity: float = 1.0,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw along an open path with round ends; `dash` is (length, gap) in drawing units."""
        half = width * self.pose.scale * self.factor / 2
        for polygon in outline(path):
            points = [self._pixel(point) for point in polygon]
            if dash is not None:
                unit = self.pose.scale * self.factor
                pieces = _dashes(points, dash[0] * unit, dash[1] * unit)
            else:
                pieces = [points]
            self._stroke_pieces(pieces, half, paint, clip, opacity)

    def ellipse(
        self,
        centre: Point,
        radii: Point,
        paint: Paint,
        *,
        clip: Shape | None = None,
        opacity: float = 1.0,
    ) -> Shape | None:
        """Fill an ellipse given by its middle and its two radii."""
        steps = 64
        polygon = [
            self._pixel(
                (
                    centre[0] + radii[0] * cos(radians(360 * step / steps)),
                    centre[1] + radii[1] * sin(radians(360 * step / steps)),
                )
            )
            for step in range(steps)
        ]
        return self._paint([polygon], paint, clip, opacity)

    def shadow(
        self,
        centre: Point,
        radii: Point,
        opacity: float = 0.38,
        *,
        colour: str = "#2b2620",
        softness: float = 2.6,
    ) -> None:
        """Lay a soft shadow (or a glow, with a light colour) below what is drawn afterwards.

        Args:
            centre: its middle.
            radii: its two radii before softening.
            opacity: 0 to 1, in the middle.
            colour: `#rrggbb`.
            softness: radius of the blur, in hundred-and-twenty-fifths of the canvas.
        """
        small, steps = 125, 48
        scale = small / UNITS
        ring = []
        for step in range(steps):
            angle = radians(360 * step / steps)
            x, y = self.pose.place((centre[0] + radii[0] * cos(angle), centre[1] + radii[1] * sin(angle)))
            ring.append((x * scale, y * scale))
        mask = Image.new("L", (small, small))
        ImageDraw.Draw(mask).polygon(ring, fill=round(255 * opacity))
        mask = mask.filter(ImageFilter.GaussianBlur(softness))
        mask = mask.resize(self.image.size, Image.Resampling.BICUBIC)
        self.image.paste(rgb(colour), (0, 0), mask)

    def mark(self, text: str) -> None:
        """Write a small grey word into the lower right corner."""
        font = ImageFont.load_default(size=19 * self.factor)
        corner = (self.pixels - 26 * self.factor, self.pixels - 22 * self.factor)
        ImageDraw.Draw(self.image).text(corner, text, font=font, fill=rgb("#a39d92"), anchor="rs")

    def _pixel(self, point: Point) -> Point:
        x, y = self.pose.place(point)
        return x * self.factor, y * self.factor

    def _stroke_pieces(
        self, pieces: list[list[Point]], half: float, paint: Paint, clip: Shape | None, opacity: float
    ) -> None:
        every = [point for piece in pieces for point in piece]
        box = self._box(every, half + 2)
        if box is None:
            return
        sample = OVERSAMPLING
        mask = Image.new("L", ((box[2] - box[0]) * sample, (box[3] - box[1]) * sample))
        pen = ImageDraw.Draw(mask)
        for piece in pieces:
            line = [((x - box[0]) * sample, (y - box[1]) * sample) for x, y in piece]
            pen.line(line, fill=255, width=max(1, round(2 * half * sample)), joint="curve")
            radius = half * sample
            for x, y in (line[0], line[-1]):
                pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
        self._compose(Shape(box, mask.reduce(sample)), paint, clip, opacity)

    def _paint(
        self, polygons: list[list[Point]], paint: Paint, clip: Shape | None, opacity: float
    ) -> Shape | None:
        box = self._box([point for polygon in polygons for point in polygon], 2)
        if box is None:
            return None
        sample = OVERSAMPLING
        mask = Image.new("L", ((box[2] - box[0]) * sample, (box[3] - box[1]) * sample))
        pen = ImageDraw.Draw(mask)
        for polygon in polygons:
            pen.polygon([((x - box[0]) * sample, (y - box[1]) * sample) for x, y in polygon], fill=255)
        return self._compose(Shape(box, mask.reduce(sample)), paint, clip, opacity)

    def _box(self, points: list[Point], margin: float) -> tuple[int, int, int, int] | None:
        left = max(0, int(min(x for x, _ in points) - margin))
        top = max(0, int(min(y for _, y in points) - margin))
        right = min(self.pixels, int(max(x for x, _ in points) + margin) + 1)
        bottom = min(self.pixels, int(max(y for _, y in points) + margin) + 1)
        return None if right <= left or bottom <= top else (left, top, right, bottom)

    def _compose(self, shape: Shape, paint: Paint, clip: Shape | None, opacity: float) -> Shape:
        mask = shape.mask
        if clip is not None:
            window = Image.new("L", mask.size)
            window.paste(clip.mask, (clip.box[0] - shape.box[0], clip.box[1] - shape.box[1]))
            mask = ImageChops.multiply(mask, window)
        whole = Shape(shape.box, mask)
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        if isinstance(paint, Gradient):
            self.image.paste(_gradient(mask.size, paint), shape.box[:2], mask)
        else:
            self.image.paste(rgb(paint), shape.box, mask)
        return whole


def _gradient(size: tuple[int, int], paint: Gradient) -> Image.Image:
    """Paint a box with a gradient; the ends of the gradient touch the corners of the box."""
    angle = radians(paint.angle)
    across, down = cos(angle), sin(angle)
    reach = abs(across) + abs(down)
    side = 48
    ramp = bytes(
        min(
            255,
            max(
                0,
                round(
                    255 * (((x / (side - 1) - 0.5) * across + (y / (side - 1) - 0.5) * down) / reach + 0.5)
                ),
            ),
        )
        for y in range(side)
        for x in range(side)
    )
    mask = Image.frombytes("L", (side, side), ramp).resize(size, Image.Resampling.BICUBIC)
    first, second = rgb(paint.start), rgb(paint.end)
    bands = [
        mask.point([round(a + (b - a) * level / 255) for level in range(256)])
        for a, b in zip(first, second, strict=True)
    ]
    return Image.merge("RGB", bands)


def _dashes(points: list[Point], length: float, gap: float) -> list[list[Point]]:
    """Cut a polyline into dashes."""
    pieces: list[list[Point]] = []
    drawing, left = True, length
    current = [points[0]]
    for start, end in pairwise(points):
        position, span = 0.0, hypot(end[0] - start[0], end[1] - start[1])
        while span - position > left:
            position += left
            share = position / span
            cut = (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            if drawing:
                pieces.append([*current, cut])
            current, drawing = [cut], not drawing
            left = length if drawing else gap
        left -= span - position
        current.append(end)
    if drawing and len(current) > 1:
        pieces.append(current)
    return pieces
