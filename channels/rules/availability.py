"""Availability joined to a stored listing when it is written or read, never versioned with it.

What is unknown, or too old to trust, is sent as out of stock with a warning and holds nothing back; so is a
pre-order or back-order without the date a channel demands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.rules.evaluate import Reason
from channels.rules.spec import ProfileSpec

OUT_OF_STOCK = "out_of_stock"
SENT_VALUES = frozenset({"in_stock", "out_of_stock", "preorder", "backorder"})
DATED = frozenset({"preorder", "backorder"})


@dataclass(frozen=True)
class JoinedAvailability:
    """The availability to send, and the warnings it gave rise to."""

    value: str
    reasons: tuple[Reason, ...]


def join_availability(
    profile: ProfileSpec, status: str | None, offer: Mapping[str, Any]
) -> JoinedAvailability:
    """Return what to send for an observed `status` (None, "unknown" or anything else unsendable: not known).

    `offer` is the listing's stored offer body; a profile without availability rules gives no warnings.
    """
    reasons = []
    if status not in SENT_VALUES:
        value = OUT_OF_STOCK
        if (rule := profile.rules_by_kind.get("availability_known")) is not None:
            reasons.append(Reason(rule, {}))
        return JoinedAvailability(value, tuple(reasons))
    rule = profile.rules_by_kind.get("availability_date")
    if rule is not None and status in DATED and not offer.get("availability_date"):
        return JoinedAvailability(OUT_OF_STOCK, (Reason(rule, {"status": status}),))
    return JoinedAvailability(str(status), ())
