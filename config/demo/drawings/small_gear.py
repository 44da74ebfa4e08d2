"""Lamps, bottles and the mug."""

from config.demo.drawings.canvas import Canvas, Gradient, Shape, darker, lighter
from config.demo.drawings.emblem import beacon, drop
from config.demo.drawings.palette import Colours

BLACK = "#26282b"
LIGHT = "#fff6d8"
METAL = "#c4c7c9"


def headlamp(canvas: Canvas, colours: Colours) -> None:
    """Draw a compact headlamp: one lens, woven strap in a loop behind it."""
    canvas.shadow((500, 800), (330, 30), 0.34)
    _strap(canvas, colours, "M 250 560 C 150 380 250 190 500 180 C 750 190 850 380 750 560")
    body = canvas.fill(
        "M 262 520 C 262 450 300 420 380 414 L 620 414 C 700 420 738 450 738 520 L 730 660 "
        "C 724 730 690 752 620 756 L 380 756 C 310 752 276 730 270 660 Z",
        Gradient(lighter(colours.main, 0.25), darker(colours.main, 0.35)),
    )
    canvas.stroke("M 300 470 C 330 444 360 440 400 438 L 600 438", 10, "#ffffff", clip=body, opacity=0.25)
    _lens(canvas, (500, 590), 132, colours.accent)
    canvas.fill(
        "M 446 392 L 554 392 C 566 392 572 402 572 414 L 428 414 C 428 402 434 392 446 392 Z", colours.accent
    )
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 292 540 L 292 640", 12, darker(colours.main, 0.6))
        side.stroke("M 322 530 L 322 650", 6, darker(colours.main, 0.5), opacity=0.7)
    beacon(canvas, (690, 706), colours.accent, 0.9)


def trail_headlamp(canvas: Canvas, colours: Colours) -> None:
    """Draw a strong headlamp: two lenses, dial, top strap and a battery behind."""
    canvas.shadow((500, 836), (350, 30), 0.34)
    canvas.fill(
        "M 380 150 L 620 150 C 644 152 650 176 646 210 L 636 290 L 364 290 L 354 210 "
        "C 350 176 356 152 380 150 Z",
        Gradient(lighter(BLACK, 0.2), BLACK),
    )
    _strap(canvas, colours, "M 240 600 C 120 420 220 224 500 214 C 780 224 880 420 760 600")
    canvas.stroke("M 500 260 C 506 340 506 400 500 470", 54, darker(colours.second, 0.25))
    canvas.stroke("M 500 260 C 506 340 506 400 500 470", 8, colours.accent, dash=(14, 12))
    body = canvas.fill(
        "M 210 560 C 214 480 260 452 340 446 L 660 446 C 740 452 786 480 790 560 L 782 690 "
        "C 776 764 740 788 660 792 L 340 792 C 260 788 224 764 218 690 Z",
        Gradient(lighter(colours.main, 0.22), darker(colours.main, 0.3)),
    )
    canvas.stroke("M 250 510 C 280 476 320 470 360 468 L 640 468", 10, "#ffffff", clip=body, opacity=0.28)
    canvas.fill("M 236 540 L 764 540 L 760 730 L 240 730 Z", darker(colours.second, 0.25), clip=body)
    _lens(canvas, (376, 632), 108, colours.accent)
    _lens(canvas, (620, 632), 86, colours.accent)
    canvas.fill("M 770 560 C 816 560 820 700 772 706 Z", BLACK)
    for y in (590, 620, 650, 680):
        canvas.stroke(f"M 780 {y} L 802 {y}", 6, "#5a5e63")
    beacon(canvas, (500, 764), LIGHT, 0.8)


def lantern(canvas: Canvas, colours: Colours) -> None:
    """Draw a camp lantern that is switched on."""
    canvas.shadow((500, 880), (230, 30), 0.36)
    canvas.shadow((500, 520), (260, 270), 0.75, colour="#ffe3a0", softness=11)
    canvas.stroke("M 400 240 C 380 60 620 60 600 240", 20, darker(colours.second, 0.2))
    globe = canvas.fill(
        "M 352 330 L 648 330 C 676 440 676 600 648 700 L 352 700 C 324 600 324 440 352 330 Z",
        Gradient("#fffbe9", "#ffd98a"),
    )
    canvas.ellipse((500, 520), (70, 130), "#ffffff", clip=globe, opacity=0.9)
    for x in (352, 426, 574, 648):
        bend = (x - 500) * 1.16 + 500
        canvas.stroke(
            f"M {x} 326 C {bend:.0f} 440 {bend:.0f} 600 {x} 704", 9, darker(colours.second, 0.1), opacity=0.8
        )
    for top, height, spread in ((232, 104, 150), (694, 168, 178)):
        left, right, low = 500 - spread, 500 + spread, top + height
        band = canvas.fill(
            f"M {left} {top + 26} C {left + 10} {top} {right - 10} {top} {right} {top + 26} "
            f"L {right + 6} {low - 20} C {right} {low + 10} {left} {low + 10} {left - 6} {low - 20} Z",
            Gradient(lighter(colours.main, 0.3), darker(colours.main, 0.25), 0),
        )
        canvas.stroke(f"M {left + 26} {top + 20} L {left + 22} {low}", 22, "#ffffff", clip=band, opacity=0.3)
    canvas.fill("M 314 762 L 686 762 L 686 790 L 314 790 Z", colours.second)
    for x in range(330, 690, 24):
        canvas.stroke(f"M {x} 766 L {x} 786", 5, lighter(colours.second, 0.3))
    beacon(canvas, (500, 830), colours.accent, 1.4)


def tall_lantern(canvas: Canvas, colours: Colours) -> None:
    """Draw a tall folding lantern: three lit segments between rings."""
    canvas.shadow((500, 916), (190, 26), 0.36)
    canvas.shadow((500, 520), (210, 300), 0.75, colour="#ffe3a0", softness=11)
    canvas.stroke("M 420 150 C 410 30 590 30 580 150", 18, darker(colours.second, 0.2))
    for top in (226, 426, 626):
        glass = canvas.fill(
            f"M 366 {top} L 634 {top} C 654 {top + 60} 654 {top + 120} 634 {top + 186} "
            f"L 366 {top + 186} C 346 {top + 120} 346 {top + 60} 366 {top} Z",
            Gradient("#fffbe9", "#ffd98a"),
        )
        canvas.ellipse((500, top + 92), (60, 70), "#ffffff", clip=glass, opacity=0.85)
    for top, height in ((130, 110), (402, 36), (602, 36), (802, 116)):
        ring = canvas.fill(
            f"M 350 {top + 8} C 350 {top} 650 {top} 650 {top + 8} L 654 {top + height - 8} "
            f"C 650 {top + height + 6} 350 {top + height + 6} 346 {top + height - 8} Z",
            Gradient(lighter(colours.main, 0.3), darker(colours.main, 0.3), 0),
        )
        canvas.fill(
            f"M 384 {top} L 410 {top} L 408 {top + height} L 380 {top + height} Z",
            "#ffffff",
            clip=ring,
            opacity=0.28,
        )
    for x in (372, 628):
        canvas.stroke(f"M {x} 236 L {x} 806", 8, darker(colours.second, 0.1), opacity=0.8)
    beacon(canvas, (500, 866), colours.accent, 1.3)


def torch(canvas: Canvas, colours: Colours) -> None:
    """Draw a flashlight lying at an angle with its beam."""
    canvas.posed(turn=-32).shadow((500, 640), (390, 40), 0.3)
    view = canvas.posed(turn=-32)
    view.shadow((880, 500), (90, 130), 0.9, colour="#ffe08a", softness=8)
    tube = view.fill(
        "M 110 430 L 600 430 L 600 570 L 110 570 C 84 560 84 440 110 430 Z",
        Gradient(lighter(colours.main, 0.35), darker(colours.main, 0.45)),
    )
    for x in range(170, 520, 34):
        view.fill(
            f"M {x} 430 L {x + 16} 430 L {x + 16} 570 L {x} 570 Z",
            darker(colours.main, 0.5),
            clip=tube,
            opacity=0.6,
        )
    view.stroke("M 110 458 L 600 458", 12, "#ffffff", clip=tube, opacity=0.3)
    head = view.fill(
        "M 590 420 C 660 410 680 380 720 372 L 826 372 C 836 400 836 600 826 628 L 720 628 "
        "C 680 620 660 590 590 580 Z",
        Gradient(lighter(colours.main, 0.35), darker(colours.main, 0.5)),
    )
    for x in (736, 764, 792):
        view.stroke(f"M {x} 372 L {x} 628", 10, darker(colours.main, 0.6), clip=head)
    view.stroke("M 620 426 C 670 414 690 398 720 392 L 826 392", 12, "#ffffff", clip=head, opacity=0.35)
    view.ellipse((828, 500), (26, 118), colours.accent)
    view.ellipse((832, 500), (18, 98), LIGHT)
    view.ellipse((556, 476), (24, 15), colours.accent)
    view.stroke("M 110 500 C 40 470 30 580 90 600 C 150 620 150 700 90 700", 11, colours.second)


def bottle(canvas: Canvas, colours: Colours) -> None:
    """Draw a single-wall steel bottle with a loop lid."""
    canvas.shadow((500, 900), (190, 28), 0.4)
    _cap(canvas, (500, 180), colours)
    body = canvas.fill(
        "M 430 214 L 570 214 C 572 270 650 290 662 370 L 662 840 C 660 892 640 902 600 904 L 400 904 "
        "C 360 902 340 892 338 840 L 338 370 C 350 290 428 270 430 214 Z",
        Gradient(lighter(colours.main, 0.25), darker(colours.main, 0.3), 0),
    )
    _gloss(canvas, body)
    canvas.fill("M 320 846 L 680 846 L 680 910 L 320 910 Z", Gradient("#d9dbdc", "#85898c", 0), clip=body)
    canvas.fill("M 420 206 L 580 206 L 580 240 L 420 240 Z", Gradient("#dfe1e2", "#8d9194", 0))
    drop(canvas, (500, 560), colours.accent, 2.6)


def tall_bottle(canvas: Canvas, colours: Colours) -> None:
    """Draw the one-litre bottle: taller, with an embossed scale."""
    canvas = canvas.posed(dy=14, scale=0.94)
    canvas.shadow((500, 930), (190, 26), 0.4)
    _cap(canvas, (500, 96), colours)
    body = canvas.fill(
        "M 424 130 L 576 130 C 580 200 672 220 684 300 L 684 870 C 682 924 660 932 620 934 L 380 934 "
        "C 340 932 318 924 316 870 L 316 300 C 328 220 420 200 424 130 Z",
        Gradient(lighter(colours.main, 0.28), darker(colours.main, 0.3), 0),
    )
    _gloss(canvas, body)
    for step in range(6):
        y = 420 + step * 80
        canvas.stroke(
            f"M 590 {y} L {640 if step % 2 else 655} {y}", 6, darker(colours.main, 0.45), opacity=0.8
        )
    canvas.fill("M 414 122 L 586 122 L 586 158 L 414 158 Z", Gradient("#dfe1e2", "#8d9194", 0))
    canvas.fill("M 300 690 L 700 690 L 700 706 L 300 706 Z", colours.accent, clip=body)
    drop(canvas, (470, 560), colours.accent, 2.4)


def flask(canvas: Canvas, colours: Colours) -> None:
    """Draw a vacuum flask with its cup screwed on."""
    canvas.shadow((500, 920), (190, 28), 0.4)
    cup = canvas.fill(
        "M 384 96 C 420 82 580 82 616 96 L 634 300 L 366 300 Z",
        Gradient("#dcdedf", "#7e8285", 0),
    )
    canvas.fill("M 410 90 L 450 90 L 440 300 L 396 300 Z", "#ffffff", clip=cup, opacity=0.5)
    canvas.fill("M 360 292 L 640 292 L 640 322 L 360 322 Z", BLACK)
    body = canvas.fill(
        "M 350 320 L 650 320 C 668 330 672 350 672 380 L 672 860 C 670 914 650 922 610 924 L 390 924 "
        "C 350 922 330 914 328 860 L 328 380 C 328 350 332 330 350 320 Z",
        Gradient(lighter(colours.main, 0.25), darker(colours.main, 0.35), 0),
    )
    _gloss(canvas, body)
    canvas.fill("M 320 440 L 680 440 L 680 452 L 320 452 Z", colours.accent, clip=body)
    canvas.fill("M 320 866 L 680 866 L 680 930 L 320 930 Z", BLACK, clip=body)
    canvas.stroke("M 672 420 C 760 440 760 640 672 660", 18, colours.second)
    drop(canvas, (500, 640), colours.accent, 2.4)


def mug(canvas: Canvas, colours: Colours) -> None:
    """Draw an enamelled mug, steaming."""
    canvas.shadow((470, 822), (290, 30), 0.4)
    for x in (400, 480, 560):
        canvas.stroke(f"M {x} 270 C {x - 40} 220 {x + 40} 180 {x} 110", 14, "#b9b2a6", opacity=0.35)
    canvas.stroke("M 720 440 C 880 420 880 700 700 690", 44, darker(colours.main, 0.18))
    canvas.stroke("M 720 440 C 880 420 880 700 700 690", 26, lighter(colours.main, 0.15))
    body = canvas.fill(
        "M 200 350 L 740 350 C 744 520 730 680 712 770 C 690 826 260 826 232 770 C 212 680 196 520 200 350 Z",
        Gradient(lighter(colours.main, 0.35), darker(colours.main, 0.16), 0),
    )
    canvas.fill(
        "M 240 350 L 300 350 C 296 540 300 700 316 810 L 270 810 C 244 700 238 520 240 350 Z",
        "#ffffff",
        clip=body,
        opacity=0.4,
    )
    canvas.ellipse((470, 350), (272, 62), darker(colours.second, 0.1))
    canvas.ellipse((470, 352), (250, 48), "#efe9df")
    canvas.ellipse((470, 366), (228, 36), "#5a3a22")
    for centre, size in (
        ((310, 700), 2.5),
        ((640, 520), 2.0),
        ((360, 480), 1.6),
        ((560, 720), 1.8),
        ((270, 580), 1.5),
    ):
        canvas.ellipse(centre, (size * 3, size * 2), colours.second, clip=body, opacity=0.55)
    drop(canvas, (480, 590), colours.accent, 3.0)


def _lens(canvas: Canvas, centre: tuple[float, float], radius: float, ring: str) -> None:
    canvas.ellipse(centre, (radius + 16, radius + 16), BLACK)
    canvas.ellipse(centre, (radius + 6, radius + 6), ring)
    canvas.ellipse(centre, (radius - 6, radius - 6), "#8f979c")
    canvas.ellipse(centre, (radius - 18, radius - 18), "#dfe6ea")
    canvas.ellipse(centre, (radius * 0.6, radius * 0.6), LIGHT)
    canvas.ellipse(centre, (radius * 0.3, radius * 0.3), "#f3c74e")
    x, y = centre
    canvas.stroke(
        f"M {x - radius * 0.6:.0f} {y - radius * 0.3:.0f} C {x - radius * 0.5:.0f} {y - radius * 0.6:.0f} "
        f"{x - radius * 0.2:.0f} {y - radius * 0.7:.0f} {x:.0f} {y - radius * 0.7:.0f}",
        radius * 0.12,
        "#ffffff",
        opacity=0.8,
    )


def _strap(canvas: Canvas, colours: Colours, path: str) -> None:
    canvas.stroke(path, 76, darker(colours.second, 0.4))
    canvas.stroke(path, 66, colours.second)
    canvas.stroke(path, 12, colours.accent)


def _cap(canvas: Canvas, top: tuple[float, float], colours: Colours) -> None:
    x, y = top
    canvas.stroke(f"M {x - 44} {y - 20} C {x - 60} {y - 110} {x + 60} {y - 110} {x + 44} {y - 20}", 20, BLACK)
    canvas.fill(
        f"M {x - 84} {y - 30} C {x - 80} {y - 52} {x + 80} {y - 52} {x + 84} {y - 30} "
        f"L {x + 84} {y + 30} L {x - 84} {y + 30} Z",
        Gradient(lighter(colours.second, 0.25), darker(colours.second, 0.4), 0),
    )
    for step in range(-4, 5):
        canvas.stroke(
            f"M {x + step * 18} {y - 20} L {x + step * 18} {y + 22}",
            5,
            darker(colours.second, 0.5),
            opacity=0.6,
        )


def _gloss(canvas: Canvas, body: Shape | None) -> None:
    canvas.fill("M 380 0 L 428 0 L 428 1000 L 380 1000 Z", "#ffffff", clip=body, opacity=0.28)
    canvas.fill("M 444 0 L 456 0 L 456 1000 L 444 1000 Z", "#ffffff", clip=body, opacity=0.2)
    canvas.fill("M 620 0 L 700 0 L 700 1000 L 620 1000 Z", "#000000", clip=body, opacity=0.12)
