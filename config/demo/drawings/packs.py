"""Rucksacks, the hip pack and roll-top dry bags."""

from config.demo.drawings.canvas import Canvas, Gradient, Shape, darker, lighter
from config.demo.drawings.emblem import ridge
from config.demo.drawings.palette import Colours

BUCKLE = "#2b2a28"
DAYPACK = (
    "M 318 250 C 330 150 410 112 500 110 C 590 112 670 150 682 250 C 712 420 722 640 706 800 "
    "C 700 862 640 884 500 886 C 360 884 300 862 294 800 C 278 640 288 420 318 250 Z"
)
TREKKING = (
    "M 326 300 C 322 250 340 232 380 226 L 620 226 C 660 232 678 250 674 300 C 694 470 700 660 690 800 "
    "C 684 876 620 900 500 902 C 380 900 316 876 310 800 C 300 660 306 470 326 300 Z"
)


def daypack(canvas: Canvas, colours: Colours) -> None:
    """Draw a daypack from the front: wide opening, front pocket, bottle pockets, loop."""
    canvas.shadow((500, 890), (290, 30))
    canvas.stroke("M 440 124 C 440 66 560 66 560 124", 22, darker(colours.second, 0.2))
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 322 262 C 262 330 254 470 276 600", 34, darker(colours.second, 0.3))
    body = canvas.fill(DAYPACK, Gradient(lighter(colours.main, 0.16), darker(colours.main, 0.2)))
    canvas.fill(
        "M 300 100 L 700 100 L 694 330 C 580 372 420 372 306 330 Z", lighter(colours.main, 0.1), clip=body
    )
    canvas.stroke("M 306 326 C 420 368 580 368 694 326", 13, darker(colours.main, 0.5), clip=body)
    canvas.stroke("M 306 326 C 420 368 580 368 694 326", 5, colours.accent, clip=body)
    canvas.fill("M 560 352 L 574 352 L 580 400 L 566 402 Z", colours.accent)
    pocket = canvas.fill(
        "M 352 500 C 360 466 640 466 648 500 C 664 620 660 740 640 824 "
        "C 560 846 440 846 360 824 C 340 740 336 620 352 500 Z",
        Gradient(lighter(colours.second, 0.18), darker(colours.second, 0.15)),
    )
    canvas.stroke("M 366 530 C 440 510 560 510 634 530", 6, darker(colours.second, 0.5), clip=pocket)
    canvas.stroke("M 366 530 C 440 510 560 510 634 530", 3, colours.accent, clip=pocket)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.fill(
            "M 270 640 C 310 620 350 640 362 660 L 356 890 L 270 890 Z",
            darker(colours.second, 0.3),
            clip=body,
        )
        side.stroke("M 278 650 C 310 630 344 644 362 662", 7, colours.accent, clip=body)
        side.fill("M 270 250 C 330 420 330 700 318 890 L 260 890 Z", "#000000", clip=body, opacity=0.13)
        side.stroke("M 316 420 L 400 446", 12, BUCKLE, clip=body)
    canvas.stroke("M 372 180 C 352 260 346 340 344 420", 22, "#ffffff", clip=body, opacity=0.14)
    ridge(canvas, (500, 640), colours.accent, 2.2)


def daypack_back(canvas: Canvas, colours: Colours) -> None:
    """Draw the carrying side of a daypack: ventilated back, shoulder straps, hip belt."""
    canvas.shadow((500, 890), (300, 30))
    canvas.stroke("M 440 124 C 440 66 560 66 560 124", 22, darker(colours.second, 0.2))
    body = canvas.fill(DAYPACK, Gradient(darker(colours.main, 0.1), darker(colours.main, 0.35)))
    panel = canvas.fill(
        "M 370 230 C 380 196 620 196 630 230 C 660 420 660 640 640 800 "
        "C 560 830 440 830 360 800 C 340 640 340 420 370 230 Z",
        Gradient(lighter(colours.second, 0.22), colours.second),
        clip=body,
    )
    for row in range(30):
        for column in range(16):
            x, y = 352 + column * 20 + (row % 2) * 10, 220 + row * 20
            canvas.ellipse((x, y), (5, 5), darker(colours.second, 0.5), clip=panel, opacity=0.5)
    canvas.fill("M 470 210 L 530 210 L 536 820 L 464 820 Z", darker(colours.second, 0.35), clip=panel)
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 420 214 C 330 250 318 420 330 560", 66, darker(colours.second, 0.5))
        side.stroke("M 420 214 C 330 250 318 420 330 560", 54, lighter(colours.second, 0.1))
        side.stroke("M 420 214 C 330 250 318 420 330 560", 6, colours.accent)
        side.stroke("M 330 580 C 332 660 322 720 300 780", 14, BUCKLE)
        side.fill("M 316 560 L 346 560 L 344 596 L 318 596 Z", BUCKLE)
        side.fill(
            "M 366 716 C 280 720 190 760 150 812 C 200 838 300 830 366 806 Z",
            Gradient(lighter(colours.second, 0.15), darker(colours.second, 0.2), 0),
        )
        side.stroke("M 366 760 C 290 764 220 784 160 812", 6, colours.accent)
        side.stroke("M 156 812 C 130 840 180 872 240 874", 12, BUCKLE)
    canvas.stroke("M 340 400 L 660 400", 11, BUCKLE)
    canvas.fill("M 480 388 L 520 388 L 520 414 L 480 414 Z", colours.accent)


def trekking_pack(canvas: Canvas, colours: Colours) -> None:
    """Draw a tall pack with lid, compression straps, bottom compartment and hip belt."""
    canvas.shadow((500, 902), (310, 30))
    for side in (canvas, canvas.posed(mirrored=True)):
        side.fill(
            "M 330 720 C 250 730 190 770 176 830 C 220 850 290 836 340 810 Z",
            Gradient(lighter(colours.second, 0.15), darker(colours.second, 0.25), 0),
        )
        side.stroke("M 190 826 C 210 868 250 870 290 862", 12, BUCKLE)
    body = canvas.fill(TREKKING, Gradient(lighter(colours.main, 0.12), darker(colours.main, 0.2)))
    canvas.fill("M 290 690 C 420 716 580 716 710 690 L 710 910 L 290 910 Z", colours.second, clip=body)
    canvas.stroke("M 300 692 C 420 718 580 718 700 692", 6, colours.accent, clip=body)
    canvas.fill(
        "M 398 372 C 400 350 600 350 602 372 L 612 650 C 560 668 440 668 388 650 Z",
        darker(colours.main, 0.14),
        clip=body,
    )
    canvas.stroke("M 404 420 C 460 404 540 404 596 420", 5, colours.accent, clip=body)
    for side in (canvas, canvas.posed(mirrored=True)):
        for y in (440, 580):
            side.stroke(f"M 300 {y} L 396 {y + 34}", 13, BUCKLE, clip=body)
            side.fill(f"M 352 {y + 8} L 384 {y + 20} L 378 {y + 42} L 346 {y + 30} Z", "#4a4743", clip=body)
        side.fill(
            "M 280 560 C 330 560 360 590 366 620 L 360 700 L 280 700 Z",
            darker(colours.second, 0.2),
            clip=body,
        )
        side.fill("M 280 250 C 336 440 334 700 324 910 L 270 910 Z", "#000000", clip=body, opacity=0.14)
        side.stroke("M 430 318 L 428 400", 15, BUCKLE)
        side.stroke("M 430 720 L 428 860", 15, BUCKLE, clip=body)
        side.fill("M 414 770 L 444 770 L 444 806 L 414 806 Z", colours.accent, clip=body)
    _lid(canvas, colours)
    canvas.fill("M 414 366 L 446 366 L 444 404 L 416 404 Z", "#4a4743")
    canvas.fill("M 554 366 L 586 366 L 584 404 L 556 404 Z", "#4a4743")
    ridge(canvas, (500, 540), colours.accent, 2.0)


def hip_pack(canvas: Canvas, colours: Colours) -> None:
    """Draw a hip pack with its belt laid in a loop behind it."""
    canvas.shadow((500, 742), (380, 28))
    canvas.stroke(
        "M 200 470 C 160 300 320 240 500 238 C 680 240 840 300 800 470", 46, darker(colours.second, 0.3)
    )
    canvas.stroke(
        "M 200 470 C 160 300 320 240 500 238 C 680 240 840 300 800 470", 8, colours.accent, dash=(20, 14)
    )
    canvas.fill("M 452 206 L 548 206 L 552 272 L 448 272 Z", BUCKLE)
    canvas.fill("M 470 222 L 530 222 L 530 256 L 470 256 Z", "#55524c")
    body = canvas.fill(
        "M 166 470 C 200 420 800 420 834 470 C 860 560 830 680 760 722 "
        "C 640 752 360 752 240 722 C 170 680 140 560 166 470 Z",
        Gradient(lighter(colours.main, 0.2), darker(colours.main, 0.2)),
    )
    canvas.stroke("M 178 506 C 340 470 660 470 822 506", 14, darker(colours.main, 0.5), clip=body)
    canvas.stroke("M 178 506 C 340 470 660 470 822 506", 6, colours.accent, clip=body)
    canvas.fill("M 790 496 L 806 500 L 800 560 L 784 556 Z", colours.accent)
    canvas.fill(
        "M 270 580 C 400 556 600 556 730 580 L 716 700 C 600 722 400 722 284 700 Z",
        darker(colours.main, 0.22),
        clip=body,
    )
    canvas.stroke(
        "M 270 582 C 400 558 600 558 730 582", 5, lighter(colours.main, 0.4), clip=body, opacity=0.7
    )
    canvas.stroke("M 200 480 C 190 560 210 640 250 690", 22, "#ffffff", clip=body, opacity=0.14)
    ridge(canvas, (500, 650), colours.accent, 1.7)


def dry_bag(canvas: Canvas, colours: Colours) -> None:
    """Draw a closed roll-top bag; larger ones are asked for with the canvas's pose."""
    canvas.shadow((500, 900), (230, 30))
    body = canvas.fill(
        "M 316 330 C 300 480 296 700 310 850 C 340 908 660 908 690 850 C 704 700 700 480 684 330 Z",
        Gradient(lighter(colours.main, 0.25), darker(colours.main, 0.2), 20),
    )
    canvas.fill(
        "M 306 830 C 400 872 600 872 694 830 L 690 910 L 310 910 Z", darker(colours.main, 0.25), clip=body
    )
    canvas.fill("M 300 300 C 380 380 380 640 350 900 L 280 900 Z", "#000000", clip=body, opacity=0.12)
    canvas.fill(
        "M 610 320 C 640 480 640 660 620 880 L 660 880 C 680 660 680 480 660 320 Z",
        "#ffffff",
        clip=body,
        opacity=0.25,
    )
    for path in (
        "M 400 340 C 430 400 420 460 440 520",
        "M 560 340 C 540 400 556 440 540 500",
        "M 480 350 C 486 400 476 430 484 470",
    ):
        canvas.stroke(path, 10, "#000000", clip=body, opacity=0.08)
    for y, shade in ((250, 0.1), (284, 0.22), (316, 0.34)):
        canvas.fill(
            f"M 300 {y} C 420 {y - 14} 580 {y - 14} 700 {y} "
            f"C 712 {y + 10} 712 {y + 28} 700 {y + 36} C 580 {y + 24} 420 {y + 24} 300 {y + 36} "
            f"C 288 {y + 28} 288 {y + 10} 300 {y} Z",
            Gradient(lighter(colours.main, 0.2), darker(colours.main, shade)),
        )
    for side in (canvas, canvas.posed(mirrored=True)):
        side.stroke("M 306 268 C 250 220 320 130 460 130", 26, darker(colours.second, 0.1))
        side.stroke("M 306 268 C 250 220 320 130 460 130", 4, colours.accent, dash=(12, 10))
    canvas.fill("M 440 100 L 560 100 C 572 110 572 150 560 160 L 440 160 C 428 150 428 110 440 100 Z", BUCKLE)
    canvas.fill("M 470 114 L 530 114 L 530 146 L 470 146 Z", "#5a5751")
    canvas.fill("M 390 560 L 610 560 L 610 760 L 390 760 Z", colours.second, clip=body, opacity=0.9)
    ridge(canvas, (500, 640), colours.accent, 2.0)
    canvas.stroke("M 430 710 L 570 710", 8, colours.accent)


def _lid(canvas: Canvas, colours: Colours) -> Shape | None:
    lid = canvas.fill(
        "M 296 296 C 290 190 350 118 500 116 C 650 118 710 190 704 296 "
        "C 706 330 690 344 660 344 L 340 344 C 310 344 294 330 296 296 Z",
        Gradient(lighter(colours.second, 0.22), darker(colours.second, 0.15)),
    )
    canvas.stroke("M 330 244 C 420 214 580 214 670 244", 12, darker(colours.second, 0.5), clip=lid)
    canvas.stroke("M 330 244 C 420 214 580 214 670 244", 5, colours.accent, clip=lid)
    canvas.stroke("M 350 190 C 390 150 440 138 500 136", 16, "#ffffff", clip=lid, opacity=0.18)
    return lid
