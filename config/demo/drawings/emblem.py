"""The marks of the three brands: a ridge line, a drop and a beacon."""

from config.demo.drawings.canvas import Canvas, Point, Shape

RIDGE: tuple[Point, ...] = ((-34, 14), (-12, -16), (0, 0), (12, -14), (34, 14))


def ridge(canvas: Canvas, centre: Point, colour: str, size: float = 1.0, clip: Shape | None = None) -> None:
    """Draw the ridge line around a point; at size 1 it is 68 units wide."""
    steps = (f"{centre[0] + x * size:.1f} {centre[1] + y * size:.1f}" for x, y in RIDGE)
    canvas.stroke("M " + " L ".join(steps), 6 * size, colour, clip=clip)


def drop(canvas: Canvas, centre: Point, colour: str, size: float = 1.0) -> None:
    """Draw the drop in its ring around a point; at size 1 it is 44 units wide."""
    x, y = centre

    def at(dx: float, dy: float) -> str:
        return f"{x + dx * size:.1f} {y + dy * size:.1f}"

    canvas.fill(
        f"M {at(0, -26)} C {at(14, -6)} {at(18, 4)} {at(16, 14)} C {at(14, 26)} {at(-14, 26)} {at(-16, 14)} "
        f"C {at(-18, 4)} {at(-14, -6)} {at(0, -26)} Z",
        colour,
    )
    canvas.stroke(f"M {at(-30, 20)} C {at(-22, 46)} {at(22, 46)} {at(30, 20)}", 5 * size, colour)


def beacon(canvas: Canvas, centre: Point, colour: str, size: float = 1.0) -> None:
    """Draw the beacon around a point: a half disc with three rays; at size 1 it is 60 units wide."""
    x, y = centre
    canvas.fill(
        f"M {x - 14 * size:.1f} {y + 12 * size:.1f} C {x - 14 * size:.1f} {y - 8 * size:.1f} "
        f"{x + 14 * size:.1f} {y - 8 * size:.1f} {x + 14 * size:.1f} {y + 12 * size:.1f} Z",
        colour,
    )
    for ray_x, ray_y in ((-1.0, -0.45), (0.0, -1.0), (1.0, -0.45)):
        start = f"{x + ray_x * 19 * size:.1f} {y + (6 + ray_y * 20) * size:.1f}"
        end = f"{x + ray_x * 30 * size:.1f} {y + (6 + ray_y * 34) * size:.1f}"
        canvas.stroke(f"M {start} L {end}", 5 * size, colour)
