"""How assets are said on screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from simple_history.models import HistoricalChanges, ModelChange
from simple_history.template_utils import HistoricalRecordContextHelper

from assets.models import Asset, AssetVersion, StoredFile


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """What of an asset is approved: a sign for the style sheet, and a sentence."""

    sign: str
    sentence: str


def approval_state(asset: Asset, newest: AssetVersion) -> ApprovalState:
    """Say what of an asset is approved, in the light of its newest version."""
    if newest.approved_at is None:
        sentence = _("Version %(number)s waits for approval") % {"number": newest.number}
        return ApprovalState("waiting", sentence)
    return ApprovalState("approved", _("Approved, version %(number)s") % {"number": newest.number})


def dimensions(file: StoredFile) -> str:
    """Return width and height in pixels, a dash for what has none."""
    return f"{file.width} × {file.height}" if file.width else "–"


def ago(moment: datetime) -> str:
    """Say how long ago something was, in the largest unit."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}


def exactly(moment: datetime) -> str:
    """Return a moment with its time zone, for those who want to know exactly."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S %Z")


class AssetHistoryWords(HistoricalRecordContextHelper):
    """Says the changes of the history page in words: version numbers and texts, not ids and code."""

    def __init__(self, record: HistoricalChanges, numbers: Mapping[int, int]) -> None:
        super().__init__(Asset, record, max_displayed_delta_change_chars=400)
        self.numbers = numbers

    def prepare_delta_change_value(self, change: ModelChange, value: Any) -> str:
        """Return one side of a change for people; `numbers` maps ids of versions to their numbers."""
        if change.field == "current" and value in self.numbers:
            return _("version %(number)s") % {"number": self.numbers[value]}
        if change.field == "alt" and value:
            return " · ".join(f"{locale}: {text}" for locale, text in value.items())
        return str(value) if value else _("nothing")
