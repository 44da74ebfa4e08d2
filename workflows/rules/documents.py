"""Flat documents and the four operations on them: diff, apply, invert, merge.

A document is a dict from key to JSON value. An absent key and the patch value `None` mean the same thing:
nothing is said here. `{"$empty": True}` is a value of its own (deliberately empty).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import TypeAlias

JSONValue: TypeAlias = "str | int | float | bool | list[JSONValue] | dict[str, JSONValue]"
Document: TypeAlias = dict[str, JSONValue]
Patch: TypeAlias = "dict[str, JSONValue | None]"

EMPTY: dict[str, JSONValue] = {"$empty": True}


class Grain(Enum):
    """How finely two edits of one key can be reconciled."""

    SCALAR = "scalar"
    SET = "set"


class Verdict(Enum):
    """What merging one key came to."""

    SET = "set"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class KeyMerge:
    """The outcome for one key: `value` is what truth becomes when the verdict is SET (`None` removes)."""

    verdict: Verdict
    value: JSONValue | None = None


@dataclass
class Merge:
    """The outcome for a patch: what to set, which keys already are so, and which need a person."""

    patch: Patch = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def is_empty_marker(value: object) -> bool:
    """Tell whether a value says "deliberately empty here"."""
    return isinstance(value, dict) and value.get("$empty") is True and len(value) == 1


def diff(old: Mapping[str, JSONValue], new: Mapping[str, JSONValue]) -> Patch:
    """Return the patch that turns `old` into `new`; keys that are equal in both are left out."""
    patch: Patch = {key: value for key, value in new.items() if not same(old.get(key), value)}
    patch.update({key: None for key in old if key not in new})
    return patch


def apply(document: Mapping[str, JSONValue], patch: Mapping[str, JSONValue | None]) -> Document:
    """Return a new document with the patch applied; `None` removes a key."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def invert(patch: Mapping[str, JSONValue | None], document: Mapping[str, JSONValue]) -> Patch:
    """Return the patch that undoes `patch` on `document` (the document before the patch)."""
    return {key: document.get(key) for key in patch}


def same(left: object, right: object) -> bool:
    """Compare two JSON values; unlike `==`, `True` and `1` differ."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


def merge_key(
    base: JSONValue | None,
    truth: JSONValue | None,
    new: JSONValue | None,
    grain: Callable[[], Grain] = lambda: Grain.SCALAR,
) -> KeyMerge:
    """Merge one key three ways (DESIGN, Documents); the grain is asked for only where both sides moved.

    Truth equals the new value: nothing to do. Truth equals base: set. Both moved: sets are merged member by
    member (a member that only one side added or removed goes that way), anything else is a conflict.
    """
    if same(truth, new):
        return KeyMerge(Verdict.SAME)
    if same(truth, base):
        return KeyMerge(Verdict.SET, new)
    if isinstance(truth, list) and isinstance(new, list) and grain() is Grain.SET:
        start = base if isinstance(base, list) else []
        if base is None or isinstance(base, list):
            merged = [member for member in truth if member in new or member not in start]
            merged += [member for member in new if member not in start and member not in merged]
            if same(merged, truth):
                return KeyMerge(Verdict.SAME)
            return KeyMerge(Verdict.SET, merged or None)
    return KeyMerge(Verdict.CONFLICT)


def merge(
    base: Mapping[str, JSONValue | None],
    truth: Mapping[str, JSONValue],
    patch: Mapping[str, JSONValue | None],
    grain_of: Callable[[str], Grain] = lambda _key: Grain.SCALAR,
) -> Merge:
    """Merge a patch made on `base` into `truth`, key by key; keys missing from `base` were absent there."""
    result = Merge()
    for key, new in patch.items():
        before, now = base.get(key), truth.get(key)
        if before is None and now is None and new is not None:
            result.patch[key] = new
            continue
        outcome = merge_key(before, now, new, partial(grain_of, key))
        if outcome.verdict is Verdict.SET:
            result.patch[key] = outcome.value
        elif outcome.verdict is Verdict.SAME:
            result.same.append(key)
        else:
            result.conflicts.append(key)
    return result
