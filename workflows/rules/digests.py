"""Digests that bind an approval, or the decision of one key, to exactly what was seen."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

import orjson

from workflows.rules.documents import JSONValue


def change_digest(
    patch: Mapping[str, JSONValue | None],
    base: Mapping[str, JSONValue | None],
    left_out: Collection[str] = (),
) -> str:
    """Return 32 hex digits over key, proposed value and base of every key not in `left_out`.

    BLAKE2b (RFC 7693) with a 16-byte digest over sorted JSON, since jsonb does not keep key order.
    """
    return _digest([[key, patch[key], base.get(key)] for key in sorted(patch) if key not in left_out])


def seen_digest(proposed: JSONValue | None, truth: JSONValue | None) -> str:
    """Return 32 hex digits over what a screen shows of one key: the proposed value, and truth as it is."""
    return _digest([proposed, truth])


def _digest(values: Sequence[object]) -> str:
    return hashlib.blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
