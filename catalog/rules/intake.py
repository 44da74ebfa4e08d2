"""Classifying what a source says: three-way, per key, between its shadow, truth, and its new word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from workflows.rules.documents import Document, Grain, JSONValue, Patch, Verdict, merge_key, same


@dataclass
class RowPlan:
    """What one row asks of one product: clean keys with their base, and keys a person has to decide.

    A key in `conflicts` also stands in `patch` (theirs) and `base` (the shadow); its value there is what
    truth says now.
    """

    patch: Patch = field(default_factory=dict)
    base: Document = field(default_factory=dict)
    conflicts: dict[str, JSONValue | None] = field(default_factory=dict)


def classify(
    shadow: Mapping[str, JSONValue],
    truth: Mapping[str, JSONValue],
    theirs: Mapping[str, JSONValue | None],
    grain_of: Callable[[str], Grain],
    outranked: Callable[[str], bool],
) -> RowPlan:
    """Compare a source's new word with its last one and with truth (DESIGN, Sources and intake).

    Unchanged at the source: nothing. Only the source moved: clean, with truth as its base. Both moved: a
    conflict, unless the grain reconciles them. A first word that differs from truth is clean unless the
    truth was set by somebody of better rank (`outranked(key)`): then it is a conflict too.
    """
    plan = RowPlan()
    for key, new in theirs.items():
        before, now = shadow.get(key), truth.get(key)
        if before is None and now is None:
            plan.patch[key] = new
            continue
        if same(before, new) or same(now, new):
            continue
        if key in shadow:
            merged = merge_key(before, now, new, partial(grain_of, key))
            if merged.verdict is Verdict.SAME:
                continue
            if merged.verdict is Verdict.SET:
                _propose(plan, key, merged.value, now)
                continue
        elif now is None or not outranked(key):
            _propose(plan, key, new, now)
            continue
        _propose(plan, key, new, before)
        plan.conflicts[key] = now
    return plan


def _propose(plan: RowPlan, key: str, value: JSONValue | None, base: JSONValue | None) -> None:
    plan.patch[key] = value
    if base is not None:
        plan.base[key] = base
