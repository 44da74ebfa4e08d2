"""What may not become true: the checks of resulting documents, in the light of their whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from assets.models import Asset
from catalog.locks import lock_lineage
from catalog.models import IdentifierEntry, Product
from catalog.rules.derive import identifiers_of
from catalog.rules.keys import ValueKey
from catalog.rules.lineage import LINEAGE_KEYS, Lineage, Node, node_of
from catalog.rules.structure import linked_products, structure_problems
from catalog.services.schema import Schema
from workflows.constants import MISSING_OBJECT
from workflows.exceptions import FieldError
from workflows.registry import Write

NAMED = 5


class Validation:
    """The checks of one batch, with what they need looked up once.

    `holds_rows`: the batch is about to be written, in the transaction that holds its rows. `promised` says
    where products outside the batch will stand, by id, before anything of that is true.
    """

    def __init__(
        self,
        writes: Sequence[Write],
        schema: Schema,
        *,
        holds_rows: bool,
        promised: Mapping[str, Node] = MappingProxyType({}),
    ) -> None:
        self.writes = writes
        self.schema = schema
        self.holds_rows = holds_rows
        self.promised = promised
        self.errors: dict[UUID, list[FieldError]] = defaultdict(list)
        self.batch = {str(write.object_id): write.new for write in writes}

    def run(self) -> dict[UUID, list[FieldError]]:
        """Return what is wrong, by object."""
        self.check_structure()
        self.check_products({write.object_id: linked_products(write.patch) for write in self.writes})
        self.check_identifiers()
        self.check_assets()
        return dict(self.errors)

    def run_structure(self) -> dict[UUID, list[FieldError]]:
        """Return what is wrong with structure and parents, by object."""
        self.check_structure()
        parents = {write.object_id: write.patch.get("#parent") for write in self.writes}
        self.check_products({key: {str(parent)} if parent else set() for key, parent in parents.items()})
        return dict(self.errors)

    def say(self, write: Write, key: str, code: str, detail: str) -> None:
        """Note one problem."""
        self.errors[write.object_id].append(FieldError(key, code, detail))

    def check_structure(self) -> None:
        """A document must not contradict itself."""
        for write in self.writes:
            for key, code, detail in structure_problems(write.new, self.schema.structure):
                self.say(write, key, code, detail)

    def check_products(self, links: Mapping[UUID, set[str]]) -> None:
        """Parents and linked products must exist, and the tree must stay one."""
        moved = [write for write in self.writes if self.is_moved(write)]
        if self.holds_rows and moved:
            lock_lineage(exclusive=any(not write.created for write in moved))
        lineage = Lineage(
            self.nodes(moved, set().union(*links.values())), self.schema.structure.family_variants
        )
        for write in self.writes:
            for target in links[write.object_id]:
                if target not in lineage.nodes:
                    self.say(
                        write, "#parent", MISSING_OBJECT, _("A product this one refers to does not exist.")
                    )
        for write in moved:
            self.check_place(write, lineage)

    @staticmethod
    def is_moved(write: Write) -> bool:
        """Tell whether a write could break the tree; a new product without a parent can't."""
        if write.created:
            return write.new.get("#parent") is not None
        return not LINEAGE_KEYS.isdisjoint(write.patch)

    def nodes(self, moved: Sequence[Write], wanted: Collection[str]) -> dict[str, Node]:
        """Return the batch, what it names, all ancestors, and all that hangs below what is moved.

        At most one query for each level, up and down.
        """
        found = {key: node_of(document) for key, document in self.batch.items()}
        missing = {*wanted, *(found[str(write.object_id)].parent or "" for write in moved)} - {"", *found}
        while missing:
            rows = {key: self.promised[key] for key in missing if key in self.promised}
            if others := missing - rows.keys():
                rows |= _read_nodes(Product.objects.filter(pk__any_of=others))
            found.update(rows)
            missing = {node.parent for node in rows.values() if node.parent} - found.keys()
        seen: set[str] = set()
        parents = {str(write.object_id) for write in moved if not write.created}
        while parents:
            seen |= parents
            rows = _read_nodes(Product.objects.filter(parent__any_of=parents))
            found = rows | found
            parents = rows.keys() - seen
        return found

    def check_place(self, write: Write, lineage: Lineage) -> None:
        """A parent must be one and no product its own ancestor; a family variant says how many levels there
        are.
        """
        key = str(write.object_id)
        node = lineage.nodes[key]
        parent = lineage.nodes.get(node.parent or "")
        if parent is not None and parent.kind != "parent":
            self.say(write, "#parent", "not_a_parent", _("The product named as parent is none."))
        children = lineage.children(key)
        if children and node.kind != "parent":
            self.say(
                write,
                "#kind",
                "has_variants",
                _("It stays a parent as long as products hang below it: %(skus)s.")
                % {"skus": _name_some(lineage.nodes[child].sku for child in children)},
            )
        levels = lineage.climb(key)
        if not levels:
            self.say(write, "#parent", "circle", _("A product can't be its own ancestor."))
            return
        depth = len(levels) + max((distance for _child, distance in lineage.below(key)), default=0)
        allowed = lineage.allowed_levels(levels[-1])
        if depth > allowed:
            self.say(
                write,
                "#parent" if "#parent" in write.patch else "#family_variant",
                "too_deep",
                _(
                    "From the topmost parent down there would be %(depth)s levels; "
                    "here are %(allowed)s at most."
                )
                % {"depth": depth, "allowed": allowed},
            )

    def check_identifiers(self) -> None:
        """An identifier belongs to one product; numbers given up in this batch are free, former SKUs only for
        the product that had them.
        """
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
        for attribute, folded, owner, former, sku in rows.values_list(
            "attribute", "value_folded", "product_id", "former", "product__sku"
        ):
            if (attribute, folded) not in fresh:
                continue
            write = claims[(attribute, folded)]
            names = {"value": write.new[attribute], "sku": sku}
            if former and owner != write.object_id:
                sentence = _("%(value)s was the SKU of %(sku)s and stays reserved for it.") % names
                self.say(write, attribute, "identifier_reserved", sentence)
            elif not former and str(owner) not in self.batch:
                sentence = _("%(value)s belongs to another product already.") % names
                self.say(write, attribute, "identifier_taken", sentence)

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


def _read_nodes(rows: QuerySet[Product]) -> dict[str, Node]:
    named = rows.annotate(named=KT("document__#family_variant"))
    return {
        str(pk): Node(sku, kind, str(parent) if parent else None, variant or "")
        for pk, sku, kind, parent, variant in named.values_list("pk", "sku", "kind", "parent_id", "named")
    }


def _name_some(skus: Iterable[str]) -> str:
    """Return a few SKUs as a sentence names them."""
    ordered = sorted(skus)
    return ", ".join(ordered[:NAMED]) + (" …" if len(ordered) > NAMED else "")
