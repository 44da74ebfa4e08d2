"""What may not become true: the checks of resulting documents, in the light of their whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from assets.models import Asset
from catalog.models import IdentifierEntry, Product
from catalog.rules.derive import identifiers_of
from catalog.rules.keys import ValueKey
from catalog.rules.structure import linked_products, structure_problems
from catalog.services.schema import Schema
from workflows.exceptions import FieldError
from workflows.registry import Write


class Validation:
    """The checks of one batch, with what they need looked up once."""

    def __init__(self, writes: Sequence[Write], schema: Schema) -> None:
        self.writes = writes
        self.schema = schema
        self.errors: dict[UUID, list[FieldError]] = defaultdict(list)
        self.batch = {str(write.object_id): write.new for write in writes}

    def run(self) -> dict[UUID, list[FieldError]]:
        """Return what is wrong, by object."""
        for write in self.writes:
            for key, code, detail in structure_problems(write.new, self.schema.structure):
                self.say(write, key, code, detail)
        self.check_products()
        self.check_identifiers()
        self.check_assets()
        return dict(self.errors)

    def say(self, write: Write, key: str, code: str, detail: str) -> None:
        """Note one problem."""
        self.errors[write.object_id].append(FieldError(key, code, detail))

    def check_products(self) -> None:
        """Parents and linked products must exist; a parent must be one, and no product its own ancestor."""
        links = {write.object_id: linked_products(write.patch) for write in self.writes}
        wanted: set[str] = set().union(*links.values())
        outside = wanted - self.batch.keys()
        known: dict[str, tuple[str, str | None]] = {
            str(pk): (kind, str(parent) if parent else None)
            for pk, kind, parent in Product.objects.filter(pk__any_of=outside).values_list(
                "pk", "kind", "parent_id"
            )
        }
        for key, document in self.batch.items():
            known[key] = (
                str(document.get("#kind")),
                str(document["#parent"]) if document.get("#parent") else None,
            )
        for write in self.writes:
            for target in links[write.object_id]:
                if target not in known:
                    self.say(
                        write, "#parent", "missing_product", _("A product this one refers to does not exist.")
                    )
            parent = write.new.get("#parent")
            if parent is not None and str(parent) in known and "#parent" in write.patch:
                if known[str(parent)][0] != "parent":
                    self.say(write, "#parent", "not_a_parent", _("The product named as parent is none."))
                if self.is_circle(str(write.object_id), known):
                    self.say(write, "#parent", "circle", _("A product can't be its own ancestor."))

    @staticmethod
    def is_circle(start: str, known: Mapping[str, tuple[str, str | None]]) -> bool:
        """Follow parents within what is known."""
        node, seen = known[start][1], {start}
        while node is not None:
            if node in seen:
                return True
            seen.add(node)
            node = known[node][1] if node in known else None
        return False

    def check_identifiers(self) -> None:
        """An identifier belongs to one product; numbers given up in this batch are free."""
        taken: dict[tuple[str, str], str] = {}
        claims: dict[tuple[str, str], Write] = {}
        for write in self.writes:
            for attribute, value, folded in identifiers_of(write.new, self.schema.identifiers):
                first = claims.setdefault((attribute, folded), write)
                if first is not write:
                    self.say(
                        write,
                        attribute,
                        "identifier_twice",
                        _("%(value)s stands on two products of this request.") % {"value": value},
                    )
        fresh = {
            (attribute, folded)
            for write in self.writes
            for attribute, _value, folded in identifiers_of(write.patch, self.schema.identifiers)
        }
        rows = IdentifierEntry.objects.filter(value_folded__any_of={folded for _attribute, folded in fresh})
        for attribute, folded, owner in rows.values_list("attribute", "value_folded", "product_id"):
            if str(owner) not in self.batch:
                taken[(attribute, folded)] = str(owner)
        for identity in fresh & taken.keys():
            write = claims[identity]
            self.say(
                write,
                identity[0],
                "identifier_taken",
                _("%(value)s belongs to another product already.") % {"value": write.new[identity[0]]},
            )

    def type_of(self, key: str) -> str:
        """Return the type of a key's attribute, "structure" for a structure key, "unknown" without one."""
        if key.startswith("#"):
            return "structure"
        spec = self.schema.attributes.get(ValueKey.parse(key).code)
        return spec.type if spec is not None else "unknown"

    def check_assets(self) -> None:
        """Assets that a patch names must exist."""
        named: dict[str, list[tuple[Write, str]]] = defaultdict(list)
        types: dict[str, str] = {}
        for write in self.writes:
            for key, value in write.patch.items():
                if value is None:
                    continue
                kind = types.get(key)
                if kind is None:
                    kind = types[key] = self.type_of(key)
                if kind == "unknown":
                    self.say(write, key, "unknown_attribute", _("This attribute does not exist any more."))
                elif kind in ("asset", "assets") and not isinstance(value, dict):
                    for code in value if isinstance(value, list) else [value]:
                        named[str(code)].append((write, key))
        for code in Asset.objects.filter(code__any_of=named).values_list("code", flat=True):
            named.pop(code, None)
        for code, places in named.items():
            for write, key in places:
                self.say(write, key, "unknown_asset", _("There is no asset “%(code)s”.") % {"code": code})
