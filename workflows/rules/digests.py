"""Digests that bind an approval to exactly what was approved."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

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
    rows = [[key, patch[key], base.get(key)] for key in sorted(patch) if key not in left_out]
    return hashlib.blake2b(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
