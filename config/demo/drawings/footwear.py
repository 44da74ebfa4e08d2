"""Boots and shoes, seen from the outside with the toe to the right."""

from config.demo.drawings.canvas import Canvas, Gradient, Shape, darker, lighter, mix
from config.demo.drawings.palette import Colours

RUBBER = "#2b2a28"
BOOT = (
    "M 212 196 C 204 300 226 408 208 520 C 194 600 178 664 184 752 L 902 752 C 908 700 884 650 820 622 "
    "C 726 584 640 540 588 462 C 548 400 520 300 502 196 C 430 168 300 168 212 196 Z"
)
SHOE = (
    "M 150 486 C 164 520 172 566 160 616 C 150 664 146 706 152 748 L 918 748 C 926 708 908 672 852 650 "
    "C 766 622 694 580 632 526 C 588 488 540 452 488 436 C 462 488 418 522 350 528 "
    "C 268 534 196 518 150 486 Z"
)


def boot(canvas: Canvas, colours: Colours) -> None:
    """Draw a mid-cut hiking boot: suede body, woven panel, laces to the ankle, lugged sole."""
    canvas.shadow((540, 862), (420, 34))
    _boot_tongue(canvas, colours.second)
    body = canvas.fill(BOOT, Gradient(lighter(colours.main, 0.16), darker(colours.main, 0.22)))
    panel = (
        "M 232 300 C 330 280 420 290 500 330 C 540 440 600 540 700 600 "
        "C 600 640 470 640 380 600 C 300 560 250 460 232 300 Z"
    )
    canvas.fill(panel, Gradient(lighter(colours.second, 0.1), darker(colours.second, 0.15)), clip=body)
    for step in range(9):
        y = 330 + step * 32
        canvas.stroke(
            f"M 220 {y} C 330 {y - 20} 470 {y + 10} 700 {y + 60}",
            2,
            darker(colours.second, 0.25),
            clip=body,
            opacity=0.22,
        )
    _boot_overlays(canvas, colours, body)
    _shade(canvas, body)
    _boot_laces(canvas, colours)
    _lug_sole(canvas, colours.accent, midsole=mix(colours.second, "#3a3733", 0.5))


def leather_boot(canvas: Canvas, colours: Colours) -> None:
    """Draw a one-piece leather boot: smooth, shining, hooks at the shaft, welted sole."""
    canvas.shadow((540, 862), (420, 34))
    _boot_tongue(canvas, darker(colours.main, 0.2))
    body = canvas.fill(BOOT, Gradient(lighter(colours.main, 0.2), darker(colours.main, 0.35), 70))
    canvas.fill(
        "M 250 240 C 300 230 330 330 320 440 C 312 540 280 600 250 610 C 240 500 262 360 250 240 Z",
        lighter(colours.main, 0.5),
        clip=body,
        opacity=0.25,
    )
    canvas.fill(
        "M 640 590 C 720 600 800 640 850 690 C 800 690 700 660 640 590 Z",
        lighter(colours.main, 0.55),
        clip=body,
        opacity=0.3,
    )
    canvas.fill("M 150 590 C 250 580 320 650 330 760 L 150 760 Z", darker(colours.main, 0.18), clip=body)
    seam = darker(colours.main, 0.45)
    for path in (
        "M 176 600 C 256 596 312 660 322 756",
        "M 440 200 C 462 330 500 450 560 530 C 600 580 640 610 690 626",
    ):
        canvas.stroke(path, 3, seam, clip=body)
        canvas.stroke(path, 3, colours.accent, clip=body, dash=(9, 8), opacity=0.85)
    canvas.fill("M 190 150 L 520 150 L 512 244 C 410 222 300 224 200 252 Z", colours.second, clip=body)
    _shade(canvas, body)
    _boot_laces(canvas, colours)
    _lug_sole(canvas, None, midsole="#51402f")
    canvas.stroke("M 176 752 C 400 758 700 758 908 752", 7, colours.accent, dash=(14, 9))


def trail_shoe(canvas: Canvas, colours: Colours) -> None:
    """Draw a low running shoe: open mesh, welded ridge line, thick curved midsole."""
    canvas = canvas.posed(dy=-130, scale=1.02)
    canvas.shadow((530, 882), (420, 26))
    _shoe_inside(canvas, colours)
    body = canvas.fill(SHOE, Gradient(lighter(colours.main, 0.22), darker(colours.main, 0.12)))
    for row in range(14):
        for column in range(26):
            centre = 170 + column * 30 + (row % 2) * 15, 470 + row * 21
            canvas.ellipse(centre, (5.5, 5.5), darker(colours.main, 0.4), clip=body, opacity=0.35)
    canvas.fill(
        "M 780 600 C 740 650 740 700 734 770 L 940 770 L 940 600 Z", colours.second, clip=body, opacity=0.95
    )
    canvas.fill("M 120 450 C 232 540 268 640 270 770 L 120 770 Z", colours.second, clip=body)
    canvas.stroke("M 172 540 C 222 590 240 660 240 750", 4, lighter(colours.second, 0.35), clip=body)
    for width, paint in ((30, colours.accent), (8, lighter(colours.accent, 0.55))):
        canvas.stroke("M 300 742 L 410 588 L 476 668 L 540 588 L 664 742", width, paint, clip=body)
    canvas.stroke(
        "M 452 478 C 520 560 620 640 760 670", 26, darker(colours.main, 0.3), clip=body, opacity=0.55
    )
    _shade(canvas, body)
    _shoe_laces(canvas, lighter(colours.second, 0.75))
    _running_sole(canvas, colours)


def approach_shoe(canvas: Canvas, colours: Colours) -> None:
    """Draw a low approach shoe: suede, rubber rand all round, lacing to the toe."""
    canvas = canvas.posed(dy=-120, scale=1.02)
    canvas.stroke("M 170 500 C 118 470 116 560 160 580", 15, darker(colours.accent, 0.2))
    canvas.shadow((530, 866), (420, 28))
    _shoe_inside(canvas, colours)
    body = canvas.fill(SHOE, Gradient(lighter(colours.main, 0.18), darker(colours.main, 0.2)))
    canvas.fill(
        "M 430 470 C 520 580 640 650 800 690 L 880 650 C 760 620 690 580 630 524 C 580 480 530 450 480 430 Z",
        darker(colours.main, 0.3),
        clip=body,
    )
    canvas.fill("M 120 470 C 230 530 280 600 296 680 L 120 700 Z", darker(colours.main, 0.24), clip=body)
    canvas.stroke("M 440 500 C 400 570 350 630 306 676", 20, colours.accent, clip=body)
    canvas.stroke("M 480 540 C 450 600 410 650 370 690", 20, darker(colours.main, 0.3), clip=body)
    for path in ("M 180 540 C 240 580 272 630 284 690", "M 424 486 C 510 590 640 664 790 700"):
        canvas.stroke(path, 3, lighter(colours.main, 0.45), clip=body, dash=(9, 8))
    canvas.fill(
        "M 130 672 C 300 700 560 716 716 704 C 770 672 830 640 950 650 L 950 770 L 130 770 Z",
        RUBBER,
        clip=body,
    )
    canvas.stroke("M 130 674 C 300 702 560 718 716 706 C 760 680 800 664 840 654", 4, "#6a6762", clip=body)
    _shade(canvas, body)
    _shoe_laces(canvas, colours.accent, last=7)
    _flat_sole(canvas, colours.accent)


def _shade(canvas: Canvas, body: Shape | None) -> None:
    """Round the body off: light along the instep, shadow towards sole and heel."""
    canvas.fill(
        "M 140 150 L 236 150 C 222 350 240 560 214 760 L 140 760 Z", "#000000", clip=body, opacity=0.13
    )
    canvas.fill(
        "M 140 700 C 400 720 700 716 940 690 L 940 770 L 140 770 Z", "#000000", clip=body, opacity=0.16
    )
    canvas.stroke("M 640 540 C 700 590 770 624 850 662", 15, "#ffffff", clip=body, opacity=0.2)


def _boot_tongue(canvas: Canvas, colour: str) -> None:
    canvas.fill(
        "M 400 210 C 420 140 500 112 556 142 C 562 240 590 340 640 440 L 690 540 L 560 520 Z",
        Gradient(lighter(colour, 0.14), darker(colour, 0.25)),
    )
    canvas.fill("M 236 196 C 300 150 440 150 500 196 C 440 216 300 220 236 196 Z", darker(colour, 0.5))


def _boot_overlays(canvas: Canvas, colours: Colours, body: Shape | None) -> None:
    """Add collar, heel counter, toe cap, facing and the brand's ridge line."""
    dark = darker(colours.main, 0.3)
    canvas.fill(
        "M 190 150 L 520 150 L 516 262 C 410 232 300 236 196 270 Z", darker(colours.second, 0.25), clip=body
    )
    canvas.stroke(
        "M 200 246 C 300 216 410 214 512 240", 4, lighter(colours.second, 0.2), clip=body, opacity=0.6
    )
    canvas.fill("M 150 560 C 256 562 306 650 318 770 L 150 770 Z", dark, clip=body)
    canvas.fill("M 716 570 C 690 640 700 700 690 770 L 930 770 L 930 570 Z", RUBBER, clip=body)
    canvas.fill(
        "M 430 240 C 450 360 490 470 570 560 C 610 600 650 624 700 636 L 760 560 L 560 380 L 505 200 Z",
        colours.main,
        clip=body,
    )
    canvas.stroke("M 430 244 C 450 360 490 470 570 560 C 610 600 650 624 700 636", 4, dark, clip=body)
    canvas.stroke("M 268 640 L 356 500 L 402 560 L 446 492 L 540 640", 13, colours.accent, clip=body)
    for path in ("M 178 576 C 250 580 292 660 300 752", "M 702 610 C 680 660 686 710 680 752"):
        canvas.stroke(path, 3, lighter(colours.main, 0.45), clip=body, dash=(9, 8))


def _boot_laces(canvas: Canvas, colours: Colours) -> None:
    eyelets = [(462, 262), (478, 326), (500, 390), (530, 450), (568, 506), (614, 556), (664, 594)]
    fronts = [(528, 238), (544, 304), (566, 366), (596, 424), (636, 478), (684, 526), (730, 566)]
    for eyelet, front in zip(eyelets, fronts, strict=True):
        line = f"M {eyelet[0]} {eyelet[1]} L {front[0]} {front[1]}"
        canvas.stroke(line, 17, darker(colours.accent, 0.4))
        canvas.stroke(line, 11, colours.accent)
        canvas.ellipse(eyelet, (11, 11), "#3a3733")
        canvas.ellipse(eyelet, (5, 5), "#cfc9bd")
    canvas.stroke("M 520 250 C 600 200 640 230 560 268 C 620 300 600 350 540 282", 9, colours.accent)


def _shoe_inside(canvas: Canvas, colours: Colours) -> None:
    canvas.fill(
        "M 150 486 C 190 446 300 440 372 462 C 430 420 490 410 520 440 L 600 540 L 380 560 L 180 540 Z",
        Gradient(darker(colours.second, 0.25), darker(colours.second, 0.6)),
    )
    canvas.fill(
        "M 400 490 C 420 420 470 376 532 396 C 560 440 620 500 700 566 L 560 580 Z",
        Gradient(lighter(colours.second, 0.25), darker(colours.second, 0.15)),
    )


def _shoe_laces(canvas: Canvas, colour: str, last: int = 5) -> None:
    for step in range(last):
        x, y = 470 + step * 46, 494 + step * 33 - step * step * 1.4
        line = f"M {x} {y} L {x + 58} {y - 40}"
        canvas.stroke(line, 18, darker(colour, 0.5))
        canvas.stroke(line, 12, colour)
    canvas.stroke("M 524 456 C 590 392 650 420 566 460 C 640 476 620 530 548 472", 9, colour)


def _lug_sole(canvas: Canvas, accent: str | None, midsole: str) -> None:
    canvas.fill(
        "M 168 738 C 160 770 162 800 168 812 L 908 812 C 926 790 928 760 914 738 Z",
        Gradient(lighter(midsole, 0.12), darker(midsole, 0.2)),
    )
    if accent:
        canvas.stroke("M 168 764 C 400 772 700 772 922 762", 11, accent)
    canvas.fill("M 164 800 L 930 796 C 926 830 910 846 888 848 L 190 850 C 172 848 162 830 164 800 Z", RUBBER)
    for x in (178, 236, 294, 420, 478, 536, 594, 652, 710, 768, 826):
        canvas.fill(f"M {x} 836 L {x + 44} 836 L {x + 38} 870 L {x + 6} 870 Z", RUBBER)
    canvas.stroke("M 176 806 L 916 802", 4, lighter(RUBBER, 0.3), opacity=0.7)


def _running_sole(canvas: Canvas, colours: Colours) -> None:
    foam = "#f3f0ea"
    canvas.fill(
        "M 132 720 C 140 700 160 706 180 716 C 400 764 700 750 900 700 C 934 700 944 730 930 770 "
        "C 900 826 800 840 700 838 L 250 842 C 180 842 128 800 132 720 Z",
        Gradient(foam, darker(foam, 0.2)),
    )
    canvas.stroke("M 150 770 C 400 812 700 800 916 756", 12, colours.accent)
    canvas.fill(
        "M 160 808 C 220 850 260 848 300 848 L 760 846 C 840 844 900 820 922 786 L 912 838 "
        "C 860 868 800 868 740 868 L 270 870 C 210 870 170 850 160 808 Z",
        RUBBER,
    )
    for x in range(250, 820, 52):
        canvas.fill(f"M {x} 860 L {x + 34} 860 L {x + 26} 884 L {x + 8} 884 Z", RUBBER)


def _flat_sole(canvas: Canvas, accent: str) -> None:
    canvas.fill(
        "M 148 742 L 918 742 C 934 762 934 800 916 822 L 170 826 C 146 806 142 770 148 742 Z",
        Gradient("#57524b", "#2f2c29"),
    )
    canvas.stroke("M 150 766 C 400 772 700 772 924 764", 9, accent)
    canvas.fill(
        "M 156 808 L 922 804 C 916 838 906 848 886 850 L 186 852 C 166 850 156 838 156 808 Z", "#1f1e1c"
    )
    for x in range(190, 880, 40):
        canvas.fill(f"M {x} 846 L {x + 26} 846 L {x + 22} 862 L {x + 4} 862 Z", "#1f1e1c")
