"""Writing model structure from a specification: scopes, attributes, families, categories and the rest.

One service serves the demo brand, imports and people. It is idempotent: what is already so writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from catalog.permissions import may_edit_structure
from catalog.services.schema import bump_schema
from catalog.services.structure_kinds import LOADERS
from catalog.services.structure_writer import Item, StructureResult, StructureWriter
from workflows.services import audit

__all__ = ["StructureResult", "load_structure"]


def load_structure(spec: Mapping[str, list[Item]], *, actor: Any, reason: str) -> StructureResult:
    """Bring structure to what `spec` says; kinds and objects it does not name stay as they are.

    `spec` maps scopes, groups, entities (with records), attributes (with options), families (with
    variants), categories and locations to lists of plain dicts; see catalog/README.md for each field. A
    type, locality or scopability of an attribute can't be changed here (`Invalid`), since values would lose
    their meaning. Raises `NotAllowed` without the right to edit structure. One transaction; constant
    queries per kind and 500 objects.
    """
    may_edit_structure(actor).require()
    result = StructureResult()
    with transaction.atomic():
        for name, load in LOADERS:
            items = spec.get(name, ())
            if items:
                load(StructureWriter(actor, reason, result), items)
        if result.wrote:
            bump_schema()
            audit.record(
                "structure.load",
                actor=actor,
                target_model="catalog.structure",
                target_id="",
                details=result.counts(),
            )
    return result
