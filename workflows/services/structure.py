"""Writing what is not governed yet: model structure, channel settings and assets.

This is the one exception to the one door (see workflows/README.md): such objects are written by named
services that call `save_structures`, which leaves actor, reason, a history row, a grown revision and a
dirty mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from workflows.services.dirty import mark_dirty

BATCH = 500


def save_structure(obj: models.Model, *, actor: Any, reason: str, created: bool) -> None:
    """Write one structure object; see `save_structures`."""
    save_structures(
        type(obj),
        created=[obj] if created else [],
        changed=[] if created else [obj],
        actor=actor,
        reason=reason,
    )


def save_structures(
    model: type[models.Model],
    *,
    created: Sequence[models.Model],
    changed: Sequence[models.Model],
    actor: Any,
    reason: str,
    dirty_key: str = "code",
    fields: Sequence[str] | None = None,
) -> None:
    """Insert and update objects of one model with history, actor and reason, growing `revision`.

    `model` must have `history = structure_history()`. `dirty_key` names the attribute that identifies the
    object in the dirty log. Constant queries for each 500 objects; one transaction.
    """
    if fields is None:
        fields = [
            field.attname.removesuffix("_id") if field.is_relation else field.name
            for field in model._meta.concrete_fields
            if not field.primary_key
        ]
    with transaction.atomic():
        if created:
            bulk_create_with_history(
                list(created), model, batch_size=BATCH, default_user=actor, default_change_reason=reason
            )
        if changed:
            if any(field.name == "revision" for field in model._meta.concrete_fields):
                for obj in changed:
                    obj.revision += 1  # type: ignore[attr-defined]
                fields = [*fields, "revision"] if "revision" not in fields else fields
            bulk_update_with_history(
                list(changed),
                model,
                list(fields),
                batch_size=BATCH,
                default_user=actor,
                default_change_reason=reason,
            )
        mark_dirty(model._meta.label_lower, (getattr(obj, dirty_key) for obj in (*created, *changed)))
