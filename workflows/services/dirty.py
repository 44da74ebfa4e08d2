"""The log of changed objects that outward work reads."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.bulk import insert_rows
from workflows.models import DirtyObject


def mark_dirty(model_label: str, object_ids: Iterable[object]) -> int:
    """Log that these objects changed; call inside the transaction that changed them. Returns how many."""
    return insert_rows(
        DirtyObject, ("model", "object_id"), [(model_label, str(object_id)) for object_id in object_ids]
    )
