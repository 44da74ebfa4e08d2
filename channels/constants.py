"""The vocabulary of channels: stored values and their labels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    """The parts of a listing that are held and said on their own."""

    CONTENT = "content", _("Content")
    MEDIA = "media", _("Media")
    OFFER = "offer", _("Offer")


class Severity(models.TextChoices):
    """How much a broken rule weighs."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")
    ADVICE = "advice", _("Advice")


class Effect(models.TextChoices):
    """What a broken rule does to what is said."""

    HOLD = "hold", _("The part is held back")
    STAND_DOWN = "stand_down", _("The listing is withdrawn")
    SEND = "send", _("It is sent all the same")
    LEAVE_OUT = "leave_out", _("The field is left out")


class ListingState(models.TextChoices):
    """What a listing says at the moment."""

    LIVE = "live", _("Live")
    PARTLY_HELD = "partly_held", _("Live, a part held back")
    HELD = "held", _("Held back")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Cause(models.TextChoices):
    """Why a listing version was written."""

    PUBLISHED = "published", _("Published")
    STOOD_DOWN = "stood_down", _("Withdrawn by a rule")
    HOLD_EXPIRED = "hold_expired", _("Withdrawn because it was held back for too long")


class RunState(models.TextChoices):
    """The life of a feed run."""

    WRITING = "writing", _("Being written")
    DONE = "done", _("Handed over")


SAID_STATES = (ListingState.LIVE, ListingState.PARTLY_HELD)
SELLABLE_KINDS = ("simple", "variant", "bundle")
DEFAULT_ASSORTMENT_STATES = ("active", "phase_out")
DEFAULT_HOLD_DAYS = 7
