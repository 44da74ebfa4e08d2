"""Replaying what a listing said: its stored versions must follow from each other by `decide`.

The chain alone is enough: the bodies of a version that were not held are what evaluation offered then, those
that were held must be the ones said before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.rules.decide import HOLD_EXPIRED, STOOD_DOWN, Said, decide
from channels.rules.evaluate import Evaluation
from channels.rules.spec import PARTS

LONGEST_HOLD_DAYS = 365


@dataclass(frozen=True)
class StoredVersion:
    """One version as stored; `parts` is empty for a withdrawal."""

    number: int
    parts: Mapping[str, str]
    held: Mapping[str, datetime]
    cause: str
    said_from: datetime
    said_until: datetime | None


def replay(versions: Sequence[StoredVersion]) -> list[str]:
    """Return what does not follow, as sentences; `versions` are all of one listing, oldest first."""
    problems: list[str] = []
    before: StoredVersion | None = None
    for place, version in enumerate(versions):
        if version.number != place + 1:
            problems.append(f"version {version.number} stands where {place + 1} should")
        if before is not None and before.said_until != version.said_from:
            problems.append(f"version {before.number} does not end where {version.number} begins")
        problems.extend(_step(before, version))
        before = version
    if before is not None and before.said_until is not None:
        problems.append(f"version {before.number} has ended and none follows")
    return problems


def _step(before: StoredVersion | None, version: StoredVersion) -> list[str]:
    """Decide this version again from the one before."""
    said = Said(dict(before.parts) if before else {}, dict(version.held), before is not None)
    limit = LONGEST_HOLD_DAYS
    held = frozenset(version.held)
    if version.cause == HOLD_EXPIRED:
        limit = 0
        held = frozenset(PARTS)
        said = Said(said.parts, dict.fromkeys(PARTS, version.said_from - timedelta(seconds=1)), said.ever)
    offered = {part: version.parts.get(part, "") for part in PARTS}
    evaluation = Evaluation(0, 0, {}, offered, (), held, version.cause == STOOD_DOWN, None)
    decision = decide(said, evaluation, version.said_from, limit)
    problems = []
    if not decision.moved:
        problems.append(f"version {version.number} says nothing new")
    if dict(decision.parts) != dict(version.parts):
        changed = [part for part in PARTS if decision.parts.get(part) != version.parts.get(part)]
        problems.append(f"version {version.number} can't have said its {', '.join(changed)}")
    elif decision.cause != version.cause:
        problems.append(f"version {version.number} was not {version.cause} but {decision.cause}")
    return problems
