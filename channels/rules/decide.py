"""What a listing says now: the one decision between holding a part, standing down and saying something new.

`decide` looks at what is said so far and at a fresh evaluation, nothing else, so it can be replayed from
stored versions at any time:

- A unit that stands down is withdrawn at once, whatever else is wrong or right.
- A unit of which nothing is said yet is said once no part is held.
- A unit that is said keeps the last good body of each held part and takes the new body of every other. The
  clock of a held part starts when the part was first found held. After `hold_days` the whole listing is
  withdrawn, since what is left of it could mislead; it comes back once no part is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.rules.evaluate import Evaluation
from channels.rules.spec import PARTS

LIVE, PARTLY_HELD, HELD, WITHDRAWN = "live", "partly_held", "held", "withdrawn"
STATES = (LIVE, PARTLY_HELD, HELD, WITHDRAWN)
PUBLISHED, STOOD_DOWN, HOLD_EXPIRED = "published", "stood_down", "hold_expired"
CAUSES = (PUBLISHED, STOOD_DOWN, HOLD_EXPIRED)


@dataclass(frozen=True, slots=True)
class Said:
    """What a listing says: the body checksum of each part (empty: nothing is said) and since when parts are
    held.

    `ever` tells a withdrawn listing from one that was never said.
    """

    parts: Mapping[str, str]
    held_since: Mapping[str, datetime]
    ever: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the listing says from now on. `moved` asks for a new version; `cause` says why when it did."""

    parts: Mapping[str, str]
    held_since: Mapping[str, datetime]
    state: str
    moved: bool
    cause: str
    due: datetime | None

    @property
    def said(self) -> bool:
        """Whether the listing says anything."""
        return bool(self.parts)


def decide(said: Said, evaluation: Evaluation, moment: datetime, hold_days: int) -> Decision:
    """Decide what a listing says from `moment` on; deciding again with the answer changes nothing."""
    limit = timedelta(days=hold_days)
    if evaluation.stands_down:
        state = WITHDRAWN if said.parts or said.ever else HELD
        return Decision({}, {}, state, bool(said.parts), STOOD_DOWN, evaluation.due)
    if not said.parts:
        if evaluation.held:
            state = WITHDRAWN if said.ever else HELD
            return Decision({}, {}, state, False, "", evaluation.due)
        return Decision(dict(evaluation.checksums), {}, LIVE, True, PUBLISHED, evaluation.due)
    parts: dict[str, str] = {}
    held_since: dict[str, datetime] = {}
    for part in PARTS:
        if part in evaluation.held:
            since = said.held_since.get(part, moment)
            if moment >= since + limit:
                return Decision({}, {}, WITHDRAWN, True, HOLD_EXPIRED, evaluation.due)
            held_since[part] = since
            parts[part] = said.parts[part]
        else:
            parts[part] = evaluation.checksums[part]
    due = min((since + limit for since in held_since.values()), default=None)
    if evaluation.due is not None and (due is None or evaluation.due < due):
        due = evaluation.due
    moved = parts != dict(said.parts)
    return Decision(
        parts, held_since, PARTLY_HELD if held_since else LIVE, moved, PUBLISHED if moved else "", due
    )
