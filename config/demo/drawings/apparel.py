"""Jackets, midlayers, hats and socks, laid out flat and seen from the front."""

from config.demo.drawings.canvas import Canvas, Gradient, Shape, darker, lighter
from config.demo.drawings.emblem import ridge
from config.demo.drawings.palette import Colours

SLEEVE = (
    "M 352 236 C 280 262 236 330 210 440 C 182 560 152 690 138 786 C 160 806 214 822 240 818 "
    "C 262 710 300 590 344 490 Z"
)
BODY = (
    "M 404 212 C 366 222 344 232 330 250 C 316 400 326 620 306 860 C 430 888 570 888 694 860 "
    "C 674 620 684 400 670 250 C 656 232 634 222 596 212 C 560 244 440 244 404 212 Z"
)
HOOD = "M 400 236 C 356 120 426 56 500 54 C 574 56 644 120 600 236 C 566 276 434 276 400 236 Z"


def rain_jacket(canvas: Canvas, colours: Colours) -> None:
    """Draw a hooded shell from the front: storm flap, slanted pockets, taped shoulders."""
    canvas.shadow((500, 900), (300, 22), 0.28)
    _sleeves(canvas, colours.main)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.fill("M 140 768 L 242 800 L 240 822 C 210 826 160 810 136 790 Z", darker(colours.main, 0.4))
        side.stroke("M 300 290 C 250 370 220 520 186 700", 5, colours.accent, opacity=0.85)
    _hood(canvas, colours)
    body = canvas.fill(BODY, Gradient(lighter(colours.main, 0.14), darker(colours.main, 0.18)))
    canvas.fill(
        "M 300 200 L 700 200 L 700 350 C 600 384 560 392 500 430 C 440 392 400 384 300 350 Z",
        colours.second,
        clip=body,
    )
    canvas.stroke(
        "M 320 352 C 400 384 440 392 500 430 C 560 392 600 384 690 352", 5, colours.accent, clip=body
    )
    _front(canvas, colours, body)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 372 600 L 344 764", 16, darker(colours.main, 0.35), clip=body)
        side.stroke("M 372 600 L 344 764", 5, colours.accent, clip=body)
        side.fill("M 296 300 C 340 480 336 700 318 880 L 290 880 Z", "#000000", clip=body, opacity=0.16)
    _folds(canvas, body)
    ridge(canvas, (604, 340), colours.accent, clip=body)


def rain_jacket_back(canvas: Canvas, colours: Colours) -> None:
    """Draw the same shell from behind: yoke, reflecting line, dropped hem."""
    canvas.shadow((500, 910), (300, 22), 0.28)
    _sleeves(canvas, colours.main)
    canvas.fill(HOOD, Gradient(lighter(colours.main, 0.1), darker(colours.main, 0.25)))
    canvas.stroke("M 500 60 C 506 120 506 200 500 262", 4, darker(colours.main, 0.35))
    body = canvas.fill(
        BODY.replace("C 430 888 570 888 694 860", "C 420 916 580 916 694 860"),
        Gradient(lighter(colours.main, 0.1), darker(colours.main, 0.22)),
    )
    canvas.fill("M 300 200 L 700 200 L 700 400 C 560 440 440 440 300 400 Z", colours.second, clip=body)
    canvas.stroke("M 320 404 C 440 442 560 442 690 404", 7, "#e9ece9", clip=body)
    canvas.stroke("M 420 800 L 580 800", 10, "#e9ece9", clip=body, opacity=0.9)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.fill("M 296 300 C 346 480 340 700 318 900 L 290 900 Z", "#000000", clip=body, opacity=0.16)
    canvas.stroke("M 500 440 C 504 560 498 700 500 890", 4, darker(colours.main, 0.3), clip=body, opacity=0.6)
    _folds(canvas, body)
    ridge(canvas, (500, 330), colours.accent, 1.6, body)


def insulated_jacket(canvas: Canvas, colours: Colours) -> None:
    """Draw a jacket of narrow baffles with a stand-up collar."""
    canvas.shadow((500, 900), (300, 22), 0.28)
    for side in (canvas, canvas.posed(mirrored=True)):
        sleeve = side.fill(SLEEVE, Gradient(lighter(colours.main, 0.16), darker(colours.main, 0.2), 20))
        for step in range(11):
            y = 290 + step * 52
            _baffle(side, f"M 90 {y + 44} C 190 {y - 10} 290 {y} 380 {y + 30}", colours.main, sleeve)
        side.fill("M 134 772 L 244 804 L 240 830 L 130 800 Z", darker(colours.second, 0.1))
    canvas.fill(
        "M 404 222 C 400 160 420 130 500 128 C 580 130 600 160 596 222 Z", darker(colours.second, 0.3)
    )
    body = canvas.fill(BODY, Gradient(lighter(colours.main, 0.16), darker(colours.main, 0.16)))
    for step in range(12):
        y = 286 + step * 52
        _baffle(canvas, f"M 290 {y} C 400 {y + 24} 600 {y + 24} 710 {y}", colours.main, body)
    canvas.fill("M 300 838 C 430 868 570 868 700 838 L 700 890 L 300 890 Z", colours.second, clip=body)
    _collar(canvas, colours.main, colours.second)
    _zip(canvas, 188, 866, colours)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 398 620 L 372 756", 9, darker(colours.main, 0.5), clip=body)
        side.stroke("M 398 620 L 372 756", 4, colours.accent, clip=body)
        side.fill("M 296 300 C 340 480 336 700 318 880 L 290 880 Z", "#000000", clip=body, opacity=0.14)
    canvas.stroke("M 560 392 L 640 392", 6, colours.accent, clip=body)
    ridge(canvas, (600, 360), colours.accent, clip=body)


def midlayer(canvas: Canvas, colours: Colours) -> None:
    """Draw a knitted half-zip with a high collar and thumb loops."""
    canvas.shadow((500, 900), (300, 22), 0.28)
    for side in (canvas, canvas.posed(mirrored=True)):
        sleeve = side.fill(SLEEVE, Gradient(lighter(colours.main, 0.12), darker(colours.main, 0.16), 20))
        for step in range(14):
            x = 120 + step * 20
            side.stroke(
                f"M {x + 60} 230 L {x - 60} 830", 3, darker(colours.main, 0.3), clip=sleeve, opacity=0.22
            )
        side.fill("M 130 728 L 262 764 L 246 830 L 120 800 Z", colours.second, clip=sleeve)
        side.stroke("M 160 796 C 150 826 176 838 190 806", 7, colours.second)
    body = canvas.fill(BODY, Gradient(lighter(colours.main, 0.14), darker(colours.main, 0.14)))
    for step in range(26):
        x = round(310 + step * 15.5)
        canvas.stroke(f"M {x} 210 L {x} 880", 3, darker(colours.main, 0.3), clip=body, opacity=0.22)
    canvas.fill("M 290 200 L 420 200 C 400 260 350 300 290 320 Z", colours.second, clip=body)
    canvas.fill("M 710 200 L 580 200 C 600 260 650 300 710 320 Z", colours.second, clip=body)
    canvas.fill("M 300 822 C 430 850 570 850 700 822 L 700 890 L 300 890 Z", colours.second, clip=body)
    _collar(canvas, colours.main, colours.second)
    _zip(canvas, 188, 500, colours)
    canvas.fill("M 566 380 L 656 372 L 660 470 L 570 478 Z", darker(colours.main, 0.1), clip=body)
    canvas.stroke("M 566 380 L 656 372", 7, colours.accent, clip=body)
    _folds(canvas, body)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.fill("M 296 300 C 340 480 336 700 318 880 L 290 880 Z", "#000000", clip=body, opacity=0.1)


def kids_jacket(canvas: Canvas, colours: Colours) -> None:
    """Draw a short, wide rain jacket with raindrops, patch pockets and a big hood."""
    canvas = canvas.posed(dy=30, scale=0.96)
    canvas.shadow((500, 870), (310, 22), 0.28)
    sleeve = (
        "M 340 300 C 250 330 196 420 160 520 C 136 600 120 670 116 720 C 150 748 214 756 240 748 "
        "C 262 680 300 600 350 540 Z"
    )
    body_path = (
        "M 398 280 C 350 292 326 306 312 322 C 296 480 300 640 280 818 C 420 846 580 846 720 818 "
        "C 700 640 704 480 688 322 C 674 306 650 292 602 280 C 560 312 440 312 398 280 Z"
    )
    for side in (canvas, canvas.posed(mirrored=True)):
        shape = side.fill(sleeve, Gradient(lighter(colours.main, 0.18), darker(colours.main, 0.12), 20))
        side.fill("M 100 690 L 260 716 L 244 770 L 100 750 Z", colours.second, clip=shape)
    hood = HOOD.replace("120", "130").replace("54", "70").replace("236", "300").replace("276", "336")
    canvas.fill(hood, Gradient(lighter(colours.main, 0.15), darker(colours.main, 0.15)))
    canvas.fill(
        "M 432 300 C 400 190 440 140 500 138 C 560 140 600 190 568 300 Z", darker(colours.second, 0.25)
    )
    body = canvas.fill(body_path, Gradient(lighter(colours.main, 0.18), darker(colours.main, 0.1)))
    for row in range(5):
        for column in range(6):
            x, y = 330 + column * 72 + (row % 2) * 36, 360 + row * 96
            drop = (
                f"M {x} {y} C {x + 22} {y + 30} {x + 14} {y + 48} {x} {y + 48} "
                f"C {x - 14} {y + 48} {x - 22} {y + 30} {x} {y} Z"
            )
            canvas.fill(drop, colours.accent, clip=body, opacity=0.85)
    canvas.fill("M 484 300 L 516 300 L 518 842 L 482 842 Z", colours.second, clip=body)
    for y in range(360, 820, 90):
        canvas.ellipse((500, y), (9, 9), lighter(colours.main, 0.4))
    for side in (canvas, canvas.posed(mirrored=True)):
        side.fill("M 320 610 L 448 616 L 446 740 L 316 734 Z", lighter(colours.main, 0.1), clip=body)
        side.fill("M 316 606 L 452 612 L 450 652 L 316 646 Z", colours.second, clip=body)
        side.fill("M 276 340 C 318 500 316 660 300 840 L 260 840 Z", "#000000", clip=body, opacity=0.1)


def beanie(canvas: Canvas, colours: Colours) -> None:
    """Draw a ribbed beanie with a folded brim and a woven label."""
    canvas.shadow((500, 800), (310, 30), 0.34)
    dome = "M 190 640 C 180 330 320 190 500 186 C 680 190 820 330 810 640 Z"
    crown = canvas.fill(dome, Gradient(lighter(colours.main, 0.2), darker(colours.main, 0.2)))
    for step in range(-9, 10):
        x = 500 + step * 36
        top = 500 + step * 6
        canvas.stroke(
            f"M {x} 660 C {x} 460 {(x + top) / 2} 260 {top} 190",
            9,
            darker(colours.main, 0.3),
            clip=crown,
            opacity=0.4,
        )
        canvas.stroke(
            f"M {x + 10} 660 C {x + 10} 460 {(x + top) / 2 + 8} 260 {top + 3} 190",
            5,
            lighter(colours.main, 0.4),
            clip=crown,
            opacity=0.3,
        )
    brim = canvas.fill(
        "M 172 590 C 300 556 700 556 828 590 C 846 660 844 730 832 780 C 700 812 300 812 168 780 "
        "C 156 730 154 660 172 590 Z",
        Gradient(lighter(colours.main, 0.12), darker(colours.main, 0.28)),
    )
    for step in range(-10, 11):
        x = 500 + step * 33
        canvas.stroke(
            f"M {x} 560 L {x + step * 0.8} 810", 11, darker(colours.main, 0.35), clip=brim, opacity=0.45
        )
    canvas.stroke(
        "M 172 598 C 300 566 700 566 828 598", 6, lighter(colours.main, 0.35), clip=brim, opacity=0.5
    )
    canvas.fill("M 620 640 L 740 648 L 736 724 L 616 718 Z", colours.second)
    canvas.stroke("M 644 702 L 664 668 L 676 684 L 690 666 L 712 704", 6, colours.accent)
    canvas.fill("M 150 180 L 260 180 L 250 820 L 150 820 Z", "#000000", clip=crown, opacity=0.12)


def socks(canvas: Canvas, colours: Colours) -> None:
    """Draw a pair of hiking socks, one behind the other."""
    for view in (canvas.posed(dx=110, dy=-36, scale=0.94), canvas.posed(dx=-40, dy=14)):
        _sock(view, colours)


def _sock(canvas: Canvas, colours: Colours) -> None:
    canvas.shadow((500, 880), (300, 26), 0.3)
    leg = (
        "M 330 120 L 556 120 C 560 280 548 420 566 520 C 620 590 740 660 790 720 C 830 780 800 850 720 868 "
        "C 640 884 540 840 440 770 C 340 700 300 640 314 540 C 334 400 326 260 330 120 Z"
    )
    body = canvas.fill(leg, Gradient(lighter(colours.main, 0.2), darker(colours.main, 0.25), 10))
    for step in range(10):
        x = 336 + step * 25
        canvas.stroke(
            f"M {x} 190 C {x} 330 {x - 8} 430 {x} 540", 5, darker(colours.main, 0.3), clip=body, opacity=0.35
        )
    canvas.fill("M 320 110 L 570 110 L 566 186 L 320 186 Z", colours.second, clip=body)
    for y in (214, 242):
        canvas.stroke(f"M 320 {y} L 570 {y}", 13, colours.accent, clip=body)
    canvas.fill("M 290 560 C 370 560 440 640 430 780 C 340 740 280 660 290 560 Z", colours.second, clip=body)
    canvas.fill("M 690 630 C 660 700 640 800 650 890 L 850 890 L 850 640 Z", colours.second, clip=body)
    canvas.stroke("M 420 760 C 520 830 640 876 760 852", 26, "#000000", clip=body, opacity=0.14)
    ridge(canvas, (460, 420), colours.accent, 1.3, body)


def _sleeves(canvas: Canvas, colour: str) -> None:
    for side in (canvas, canvas.posed(mirrored=True)):
        sleeve = side.fill(SLEEVE, Gradient(lighter(colour, 0.14), darker(colour, 0.22), 25))
        side.fill(
            "M 352 236 C 330 330 330 420 344 500 L 300 600 C 296 480 310 340 352 236 Z",
            "#000000",
            clip=sleeve,
            opacity=0.2,
        )
        side.stroke("M 236 500 C 256 520 276 524 300 516", 5, "#000000", clip=sleeve, opacity=0.18)


def _hood(canvas: Canvas, colours: Colours) -> None:
    canvas.fill(HOOD, Gradient(lighter(colours.main, 0.12), darker(colours.main, 0.25)))
    canvas.fill(
        "M 424 244 C 396 146 440 102 500 100 C 560 102 604 146 576 244 Z", darker(colours.second, 0.45)
    )
    canvas.fill("M 410 150 C 440 92 560 92 590 150 C 560 124 440 124 410 150 Z", lighter(colours.main, 0.18))
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 446 232 L 444 330", 5, colours.accent)
        side.ellipse((444, 336), (9, 12), "#2b2a28")


def _front(canvas: Canvas, colours: Colours, body: Shape | None) -> None:
    canvas.fill("M 478 240 L 522 240 L 524 886 L 476 886 Z", darker(colours.main, 0.22), clip=body)
    canvas.stroke("M 500 246 L 500 876", 8, colours.accent, clip=body)
    canvas.fill(
        "M 300 834 C 430 862 570 862 700 834 L 700 850 C 570 878 430 878 300 850 Z",
        "#000000",
        clip=body,
        opacity=0.2,
    )


def _zip(canvas: Canvas, top: int, bottom: int, colours: Colours) -> None:
    canvas.stroke(f"M 500 {top} L 500 {bottom}", 15, darker(colours.second, 0.3))
    canvas.stroke(f"M 500 {top} L 500 {bottom}", 6, colours.accent, dash=(5, 5))
    canvas.fill(f"M 491 {top + 6} L 509 {top + 6} L 505 {top + 60} L 495 {top + 60} Z", colours.accent)


def _collar(canvas: Canvas, colour: str, second: str) -> None:
    canvas.fill(
        "M 396 232 C 398 190 404 164 414 150 C 450 176 550 176 586 150 C 596 164 602 190 604 232 "
        "C 560 262 440 262 396 232 Z",
        Gradient(lighter(colour, 0.2), darker(colour, 0.15)),
    )
    canvas.stroke("M 414 152 C 450 178 550 178 586 152", 8, second)


def _baffle(canvas: Canvas, path: str, colour: str, clip: Shape | None) -> None:
    canvas.stroke(path, 12, darker(colour, 0.5), clip=clip, opacity=0.5)
    shifted = canvas.posed(dy=canvas.pose.dy + 16)
    shifted.stroke(path, 14, lighter(colour, 0.6), clip=clip, opacity=0.28)


def _folds(canvas: Canvas, body: Shape | None) -> None:
    for path in ("M 360 470 C 400 520 420 560 424 640", "M 650 500 C 620 560 600 600 596 690"):
        canvas.stroke(path, 12, "#000000", clip=body, opacity=0.07)
    canvas.stroke("M 340 300 C 346 420 344 520 338 640", 18, "#ffffff", clip=body, opacity=0.1)
