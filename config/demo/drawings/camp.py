"""Tents, sleeping bag, sleeping pad and trekking poles."""

from config.demo.drawings.canvas import Canvas, Gradient, darker, lighter
from config.demo.drawings.emblem import ridge
from config.demo.drawings.palette import Colours

METAL = "#b9bdc0"


def dome_tent(canvas: Canvas, colours: Colours) -> None:
    """Draw a free-standing dome with its door rolled to the side."""
    canvas.shadow((500, 800), (440, 36))
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 200 560 L 52 800", 4, colours.accent)
        side.stroke("M 52 786 L 46 820", 9, "#5a5751")
    body = canvas.fill(
        "M 96 800 C 200 470 330 236 500 220 C 670 236 800 470 904 800 C 640 824 360 824 96 800 Z",
        Gradient(lighter(colours.main, 0.22), darker(colours.main, 0.18)),
    )
    canvas.fill(
        "M 500 210 C 640 240 820 480 920 820 L 640 820 C 640 560 590 330 500 210 Z",
        "#000000",
        clip=body,
        opacity=0.2,
    )
    canvas.fill(
        "M 80 820 C 190 480 330 240 500 210 C 420 330 360 560 350 820 Z", "#ffffff", clip=body, opacity=0.1
    )
    door = canvas.fill(
        "M 350 812 C 366 600 424 420 500 330 C 576 420 634 600 650 812 Z",
        Gradient(darker(colours.second, 0.45), darker(colours.second, 0.1)),
    )
    canvas.fill(
        "M 420 812 C 440 690 470 600 500 560 C 530 600 560 690 580 812 Z", "#f3d79a", clip=door, opacity=0.55
    )
    canvas.fill(
        "M 350 812 C 366 600 424 420 500 330 C 440 470 430 640 436 812 Z",
        lighter(colours.main, 0.3),
        clip=door,
    )
    canvas.stroke("M 500 334 C 440 470 430 640 436 806", 5, colours.accent)
    canvas.stroke("M 108 800 C 230 480 340 270 500 224 C 660 270 770 480 892 800", 12, METAL, clip=body)
    canvas.stroke(
        "M 300 812 C 330 560 400 360 500 224 C 600 360 670 560 700 812",
        7,
        darker(colours.main, 0.4),
        clip=body,
    )
    canvas.fill("M 436 226 C 470 196 530 196 564 226 C 540 262 460 262 436 226 Z", colours.second)
    canvas.stroke("M 100 800 C 360 826 640 826 900 800", 9, darker(colours.main, 0.5))
    for x in (250, 750):
        canvas.fill(
            f"M {x - 44} 640 L {x + 44} 640 L {x + 30} 560 L {x - 30} 560 Z",
            darker(colours.main, 0.3),
            clip=body,
            opacity=0.7,
        )
    ridge(canvas, (770, 730), colours.accent, 1.5)


def tunnel_tent(canvas: Canvas, colours: Colours) -> None:
    """Draw a long tunnel tent from the side with three hoops and a tall porch."""
    canvas.shadow((500, 760), (460, 34))
    for path in ("M 150 520 L 34 760", "M 860 560 L 966 760"):
        canvas.stroke(path, 4, colours.accent)
    body = canvas.fill(
        "M 70 760 C 90 560 150 400 260 330 C 420 290 640 330 780 420 "
        "C 870 500 920 640 940 760 C 660 782 360 782 70 760 Z",
        Gradient(lighter(colours.main, 0.25), darker(colours.main, 0.22)),
    )
    canvas.fill(
        "M 60 770 C 90 560 150 400 262 326 C 300 460 310 640 306 780 Z",
        darker(colours.second, 0.1),
        clip=body,
    )
    canvas.fill(
        "M 120 766 C 136 620 180 500 244 430 C 270 540 276 660 272 772 Z",
        darker(colours.second, 0.6),
        clip=body,
    )
    canvas.fill(
        "M 190 770 C 196 700 214 640 240 600 C 250 660 252 720 250 772 Z", "#f3d79a", clip=body, opacity=0.6
    )
    for path in (
        "M 262 326 C 300 460 310 640 306 780",
        "M 520 310 C 556 460 566 640 562 790",
        "M 776 416 C 800 520 810 660 806 790",
    ):
        canvas.stroke(path, 16, darker(colours.main, 0.4), clip=body)
        canvas.stroke(path, 6, METAL, clip=body)
    window = (
        "M 390 504 C 390 472 402 464 432 464 C 470 464 486 472 488 512 C 490 552 478 564 442 564 "
        "C 404 564 390 548 390 504 Z"
    )
    canvas.fill(window, lighter(colours.main, 0.65), clip=body, opacity=0.85)
    canvas.stroke(window + " L 390 504", 5, darker(colours.main, 0.35), clip=body)
    canvas.fill("M 60 690 C 360 716 660 716 950 690 L 950 790 L 60 790 Z", "#000000", clip=body, opacity=0.18)
    canvas.fill(
        "M 262 326 C 420 290 640 330 776 416 C 640 380 420 350 270 372 Z", "#ffffff", clip=body, opacity=0.25
    )
    canvas.stroke("M 70 760 C 360 782 660 782 940 760", 9, darker(colours.main, 0.5))
    for x, y in ((34, 760), (966, 760)):
        canvas.stroke(f"M {x} {y - 12} L {x} {y + 22}", 9, "#5a5751")
    ridge(canvas, (680, 600), colours.accent, 2.2)


def sleeping_bag(canvas: Canvas, colours: Colours) -> None:
    """Draw a mummy bag from above with its hood open and one corner folded back."""
    canvas = canvas.posed(turn=-24, scale=0.98)
    canvas.shadow((520, 520), (250, 440), 0.32)
    body = canvas.fill(
        "M 500 50 C 620 50 684 130 690 250 C 720 420 690 700 620 900 C 590 960 410 960 380 900 "
        "C 310 700 280 420 310 250 C 316 130 380 50 500 50 Z",
        Gradient(lighter(colours.main, 0.2), darker(colours.main, 0.18), 20),
    )
    for step in range(11):
        y = 330 + step * 56
        canvas.stroke(
            f"M 280 {y} C 400 {y + 30} 600 {y + 30} 720 {y}",
            9,
            darker(colours.main, 0.5),
            clip=body,
            opacity=0.5,
        )
        canvas.stroke(
            f"M 280 {y + 16} C 400 {y + 46} 600 {y + 46} 720 {y + 16}", 13, "#ffffff", clip=body, opacity=0.12
        )
    canvas.ellipse((500, 196), (128, 118), darker(colours.second, 0.1))
    canvas.ellipse((500, 206), (104, 94), darker(colours.second, 0.5))
    canvas.fill(
        "M 420 250 C 450 200 550 200 580 250 C 560 300 440 300 420 250 Z", lighter(colours.second, 0.5)
    )
    canvas.stroke("M 612 290 C 650 460 640 640 590 800", 10, colours.accent, clip=body)
    canvas.fill("M 600 300 C 660 340 690 420 690 520 C 640 470 610 400 600 300 Z", colours.second, clip=body)
    canvas.stroke("M 600 300 C 610 400 640 470 690 520", 5, colours.accent, clip=body)
    canvas.fill("M 290 250 C 330 460 340 720 400 940 L 280 940 Z", "#000000", clip=body, opacity=0.14)
    ridge(canvas, (450, 420), colours.accent, 1.7)


def sleeping_pad(canvas: Canvas, colours: Colours) -> None:
    """Draw an inflated pad with welded dimples and a valve."""
    canvas = canvas.posed(turn=18, scale=canvas.pose.scale)
    canvas.shadow((520, 530), (220, 440), 0.32)
    body = canvas.fill(
        "M 360 70 C 420 56 580 56 640 70 C 690 84 700 130 698 200 L 680 840 C 678 900 660 930 610 938 "
        "C 540 946 460 946 390 938 C 340 930 322 900 320 840 L 302 200 C 300 130 310 84 360 70 Z",
        Gradient(lighter(colours.main, 0.24), darker(colours.main, 0.2), 20),
    )
    for row in range(12):
        for column in range(5):
            x, y = 372 + column * 64, 140 + row * 66
            if row % 2:
                x += 32
            canvas.ellipse((x + 4, y + 5), (15, 15), "#ffffff", clip=body, opacity=0.25)
            canvas.ellipse((x, y), (14, 14), darker(colours.main, 0.45), clip=body, opacity=0.7)
    canvas.fill("M 290 80 L 350 80 C 330 360 340 640 372 940 L 300 940 Z", "#000000", clip=body, opacity=0.14)
    canvas.stroke("M 322 830 C 420 846 580 846 678 830", 6, darker(colours.main, 0.4), clip=body)
    canvas.ellipse((620, 108), (28, 28), colours.second)
    canvas.ellipse((620, 108), (16, 16), colours.accent)
    ridge(canvas, (500, 884), colours.accent, 1.6)


def folding_poles(canvas: Canvas, colours: Colours) -> None:
    """Draw a pair of folding poles, crossed, with long cork grips."""
    canvas.shadow((500, 900), (300, 24), 0.3)
    for view in (canvas.posed(turn=17, dx=-20), canvas.posed(turn=-17, dx=20)):
        _pole(view, colours, joints=(430, 620), wide=False)


def telescopic_poles(canvas: Canvas, colours: Colours) -> None:
    """Draw a pair of telescopic poles side by side with lever locks."""
    canvas.shadow((500, 900), (300, 24), 0.3)
    for view in (canvas.posed(turn=8, dx=-120), canvas.posed(turn=8, dx=110)):
        _pole(view, colours, joints=(410, 640), wide=True)


def _pole(canvas: Canvas, colours: Colours, joints: tuple[int, int], *, wide: bool) -> None:
    thick = 26 if wide else 19
    canvas.stroke("M 500 250 L 500 900", thick, darker(colours.main, 0.35))
    canvas.stroke("M 496 250 L 496 900", thick * 0.55, lighter(colours.main, 0.15))
    canvas.stroke(f"M 500 {joints[1]} L 500 900", thick * 0.72, METAL)
    for joint in joints:
        canvas.stroke(f"M 500 {joint - 22} L 500 {joint + 22}", thick + 12, "#2b2a28")
        if wide:
            canvas.fill(
                f"M 506 {joint - 20} L 552 {joint - 12} L 552 {joint + 16} L 506 {joint + 20} Z",
                colours.accent,
            )
        else:
            canvas.stroke(f"M 490 {joint} L 510 {joint}", 8, colours.accent)
    canvas.stroke("M 500 460 L 500 560", thick * 0.4, colours.accent, opacity=0.9)
    cork = Gradient("#d9ae78", "#a97a47", 0)
    canvas.fill("M 474 92 C 480 70 520 70 526 92 L 530 250 C 520 268 480 268 470 250 Z", cork)
    canvas.fill("M 478 262 L 522 262 L 520 360 C 510 372 490 372 480 360 Z", "#3a3733")
    canvas.fill("M 466 96 C 466 56 540 52 544 88 C 530 110 480 112 466 96 Z", "#2b2a28")
    canvas.stroke("M 476 96 C 420 150 420 240 452 300 C 470 330 480 250 482 120", 11, colours.second)
    for x, y in ((486, 130), (508, 160), (490, 196), (512, 226)):
        canvas.ellipse((x, y), (4, 3), "#7a5430", opacity=0.7)
    canvas.fill("M 446 822 C 470 806 530 806 554 822 C 540 842 460 842 446 822 Z", "#2b2a28")
    canvas.fill("M 492 880 L 508 880 L 503 936 L 497 936 Z", "#4a4743")
