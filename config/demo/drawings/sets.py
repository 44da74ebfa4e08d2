"""Pictures of sets: their parts side by side."""

from config.demo.drawings.camp import dome_tent, sleeping_pad
from config.demo.drawings.canvas import Canvas
from config.demo.drawings.packs import daypack
from config.demo.drawings.palette import Colours
from config.demo.drawings.small_gear import bottle, headlamp, lantern

SLATE = Colours("#5b6670", "#39424a", "#e2b04a")
TARN = Colours("#2f7f93", "#1f4f66", "#f3a13b")
MOSS = Colours("#6f8048", "#3c4a2c", "#e59a3c")
GRAPHITE = Colours("#4c5157", "#2c3034", "#f3a13b")
OAT = Colours("#dccfb4", "#6d614a", "#c8663c")


def hut_night(canvas: Canvas, _colours: Colours) -> None:
    """Draw daypack, bottle and headlamp."""
    daypack(canvas.posed(dx=-150, dy=-20, scale=0.88), SLATE)
    bottle(canvas.posed(dx=190, dy=100, scale=0.68), TARN)
    headlamp(canvas.posed(dx=340, dy=250, scale=0.36), GRAPHITE)


def camp_for_two(canvas: Canvas, _colours: Colours) -> None:
    """Draw tent, two pads and lantern."""
    sleeping_pad(canvas.posed(dx=170, dy=-150, scale=0.52), TARN)
    sleeping_pad(canvas.posed(dx=290, dy=-110, scale=0.52), TARN)
    dome_tent(canvas.posed(dx=-90, dy=70, scale=0.8), MOSS)
    lantern(canvas.posed(dx=330, dy=230, scale=0.4), OAT)
