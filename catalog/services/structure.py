"""Writing model structure from a specification: scopes, attributes, families, categories and the rest.

One service serves the demo brand, imports and people. It is idempotent: what is already so writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.locks import lock_structure
from catalog.permissions import may_edit_structure
from catalog.services.rederiving import derive_anew
from catalog.services.schema import bump_schema
from catalog.services.structure_kinds import LOADERS
from catalog.services.structure_writer import Item, StructureResult, StructureWriter
from workflows.exceptions import Invalid
from workflows.services import audit

__all__ = ["StructureResult", "load_structure"]


def load_structure(spec: Mapping[str, list[Item]], *, actor: Any, reason: str) -> StructureResult:
    """Bring structure to what `spec` says; kinds and objects it does not name stay as they are.

    `spec` maps scopes, groups, entities (with records), attributes (with options), families (with
    variants), categories and locations to lists of plain dicts; see catalog/README.md for each field. A
    type, locality or scopability of an attribute can't be changed here (`Invalid`), since values would lose
    their meaning. Where lists and search make something else of an attribute from now on, a job derives that
    anew, and what a failed or cancelled job of that kind left undone. Raises `NotAllowed` without the right
    to edit structure, `Invalid` for what is no such specification. One transaction, one writer of structure
    at a time; constant queries per kind and 500 objects.
    """
    may_edit_structure(actor).require()
    _check_shape(spec)
    result = StructureResult()
    with transaction.atomic():
        lock_structure()
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
        derive_anew(result.derived_otherwise, actor=actor)
    return result


def _check_shape(spec: Mapping[str, Any]) -> None:
    """Refuse kinds that don't exist and items that are not objects with a code."""
    known = [name for name, _load in LOADERS]
    for name, items in spec.items():
        if name not in known:
            raise Invalid(
                _("“%(name)s” is no kind of structure; there are %(known)s.")
                % {"name": name, "known": ", ".join(known)}
            )
        if not isinstance(items, list):
            raise Invalid(_("“%(name)s” must be a list.") % {"name": name})
        for number, item in enumerate(items, start=1):
            needed = ("code", "type") if name == "attributes" else ("code",)
            said = item if isinstance(item, Mapping) else {}
            missing = [field for field in needed if not isinstance(said.get(field), str)]
            if missing:
                raise Invalid(
                    _("%(name)s, item %(number)s: “%(field)s” is missing.")
                    % {"name": name, "number": number, "field": missing[0]}
                )
