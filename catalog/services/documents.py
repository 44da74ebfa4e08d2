"""The product's side of change control: how products are read, validated and written when changes are
applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.models import Asset
from catalog.measurements import MEASURES
from catalog.models import IdentifierEntry, Product
from catalog.rules.derive import NOTHING, Derived, Deriver, identifiers_of
from catalog.rules.keys import ValueKey, fold
from catalog.rules.structure import own_state, structure_problems
from catalog.rules.values import ValueProblem
from catalog.selectors import describe_products, levels_of_products, resolve_key
from catalog.services import derived as derived_tables
from catalog.services.display import display_value, key_labels
from catalog.services.presenting import present_values, revision_address, value_choices
from catalog.services.schema import Schema, current_schema
from workflows.bulk import insert_rows, update_rows
from workflows.exceptions import FieldError
from workflows.registry import Description, KeyLabel, Shown, Truth, Write, WriteContext
from workflows.rules.documents import Document, Grain, JSONValue, Patch

LABEL = "catalog.product"
Place = tuple[str, str | None]  # kind, id of the parent

_COLUMNS = (
    "id",
    "document",
    "revision",
    "provenance",
    "sku",
    "sku_folded",
    "kind",
    "state",
    "family",
    "parent",
    "updated_at",
)


class ProductAdapter:
    """`workflows.registry.GovernedAdapter` for products, bound to the structure as it was when it was
    made.
    """

    def __init__(self) -> None:
        self.schema = current_schema()
        self.deriver = Deriver(self.schema.attributes, MEASURES)

    def load(self, ids: Collection[UUID], *, lock: bool) -> dict[UUID, Truth]:
        """Return documents and revisions; one query."""
        rows = Product.objects.filter(pk__any_of=ids).order_by("pk")
        if lock:
            rows = rows.select_for_update(of=("self",))
        return {
            pk: Truth(document, revision)
            for pk, document, revision in rows.values_list("pk", "document", "revision")
        }

    def grain(self, key: str) -> Grain:
        """Return the merge grain of a key."""
        return self.schema.grain(key)

    def normalise(self, patch: Patch) -> tuple[Patch, list[FieldError]]:
        """Return the patch in stored form and what could not be stored."""
        clean: Patch = {}
        errors = []
        for key, raw in patch.items():
            try:
                clean[key] = self.schema.normalise(key, raw)
            except ValueProblem as problem:
                errors.append(FieldError(key, problem.code, problem.detail))
        return clean, errors

    def links(self, patch: Patch, old: Mapping[str, JSONValue | None]) -> list[str]:
        """Return ids the patch refers to, and identifiers it takes or gives up, as tokens."""
        identifiers = self.schema.identifiers
        tokens = sorted(_links(patch))
        for attribute, _value, folded in (
            *identifiers_of(patch, identifiers),
            *identifiers_of(old, identifiers),
        ):
            tokens.append(f"{attribute}:{folded}")
        return list(dict.fromkeys(tokens))

    def validate(self, writes: Sequence[Write]) -> dict[UUID, list[FieldError]]:
        """Return what is wrong with the resulting documents; five queries at most, whatever the batch."""
        return _Validation(writes, self.schema).run()

    def misplaced(
        self, writes: Sequence[Write], promised: Mapping[str, Place]
    ) -> dict[UUID, list[FieldError]]:
        """Return what is wrong with where the resulting documents stand: the part of `validate` that can be
        told before anything of them is true.

        `promised` says where products stand, by id, once what is proposed so far is true. One query.
        """
        return _Validation(writes, self.schema, promised).run_structure()

    def write(self, writes: Sequence[Write], context: WriteContext) -> None:
        """Write rows, history, provenance and derived tables of one batch in constant statements."""
        now = timezone.now()
        created = _parents_first([write for write in writes if write.created])
        changed = [write for write in writes if not write.created]
        moves: list[tuple[UUID, Derived, Derived]] = []

        def created_rows() -> Iterator[tuple[Any, ...]]:
            for write in created:
                yield (
                    write.object_id,
                    write.new,
                    write.revision,
                    dict.fromkeys(write.patch, context.request_id),
                    *_columns(write.new),
                    now,
                )
                # While the server takes the row in: half of the time both would wait for each other.
                moves.append((write.object_id, NOTHING, self.deriver.derive(write.new)))

        # SKUs may change hands within a batch: those that move step aside before anything takes their place.
        moving = [write.object_id for write in changed if "sku" in write.patch]
        update_rows(Product, "id", ("sku_folded",), [(object_id, str(object_id)) for object_id in moving])
        insert_rows(Product, _COLUMNS, created_rows())
        update_rows(
            Product,
            "id",
            _COLUMNS[1:],
            [
                (
                    write.object_id,
                    write.patch,
                    write.revision,
                    {key: None if new is None else context.request_id for key, new in write.patch.items()},
                    *_columns(write.new),
                    now,
                )
                for write in changed
            ],
            merge_json=("document", "provenance"),
        )
        _write_history([write.object_id for write in created], "+", context)
        _write_history([write.object_id for write in changed], "~", context)
        for write in changed:
            old, new = self.deriver.derive(write.old), self.deriver.derive(write.new)
            moves.append((write.object_id, old, new))
        derived_tables.write_rows(moves)

    def resolve_seen(self, object_id: UUID, keys: Collection[str]) -> dict[str, JSONValue]:
        """Return what absent keys resolve to now; four queries."""
        levels = levels_of_products([object_id]).get(object_id, [])
        seen = {}
        for key in keys:
            found = resolve_key(self.schema, levels, key)
            if found is not None:
                seen[key] = found.value
        return seen

    def describe(
        self, ids: Collection[UUID], *, proposed: Mapping[UUID, Patch] | None = None
    ) -> dict[UUID, Description]:
        """Name products by title, SKU and picture, those that don't exist yet by what is proposed of them."""
        return describe_products(ids, self.schema, proposed)

    def key_labels(self, keys: Collection[str]) -> dict[str, KeyLabel]:
        """Name keys by their attribute's label, language and channel."""
        return key_labels(self.schema, keys)

    def display(self, key: str, value: JSONValue | None) -> str:
        """Return a value as people read it."""
        return display_value(self.schema, key, value)

    def present(self, values: Sequence[tuple[str, JSONValue | None]]) -> list[Shown]:
        """Return values as screens show them; three queries at most and those of naming linked products."""
        return present_values(self.schema, values)

    def choices(self, key: str) -> list[tuple[str, str]]:
        """Return the options or records a key may take, yes and no for booleans."""
        return value_choices(self.schema, key)

    def revision_url(self, object_id: UUID, revision: int) -> str:
        """Return the address that compares a revision with the one before."""
        return revision_address(object_id, revision)


def _columns(document: Document) -> tuple[Any, ...]:
    sku = str(document["sku"])
    return (
        sku,
        fold(sku),
        document["#kind"],
        own_state(document),
        document.get("#family") or "",
        document.get("#parent"),
    )


def _parents_first(writes: list[Write]) -> list[Write]:
    batch = {str(write.object_id): write for write in writes}

    def depth(write: Write) -> int:
        steps = 0
        parent = batch.get(str(write.new.get("#parent")))
        while parent is not None and steps < 10:
            steps += 1
            parent = batch.get(str(parent.new.get("#parent")))
        return steps

    return sorted(writes, key=depth)


def _write_history(ids: list[UUID], kind: str, context: WriteContext) -> None:
    """Copy the rows just written into the historical table, in the database."""
    if not ids:
        return
    history = Product.history.model
    quote = connection.ops.quote_name
    tracked = [
        quote(str(field.column)) for field in Product._meta.concrete_fields if field.name != "provenance"
    ]
    extra = ("history_date", "history_change_reason", "history_type", "history_user_id", "change_request_id")
    columns = ", ".join([*tracked, *map(quote, extra)])
    table, source = quote(history._meta.db_table), quote(Product._meta.db_table)
    values: list[Any] = [timezone.now(), context.reason, kind, context.actor_id, context.request_id]
    if connection.vendor == "postgresql":
        chosen = "id = ANY(%s)"
        values.append(ids)
    else:
        chosen = "id IN (SELECT value FROM json_each(%s))"
        values.append(orjson.dumps([object_id.hex for object_id in ids]).decode())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {', '.join(tracked)}, %s, %s, %s, %s, %s "  # noqa: S608 - names come from models
            f"FROM {source} WHERE {chosen} ORDER BY id",
            values,
        )


class _Validation:
    """The checks of one batch, with what they need looked up once."""

    def __init__(
        self, writes: Sequence[Write], schema: Schema, promised: Mapping[str, Place] | None = None
    ) -> None:
        self.writes = writes
        self.schema = schema
        self.promised = promised or {}
        self.errors: dict[UUID, list[FieldError]] = defaultdict(list)
        self.batch = {str(write.object_id): write.new for write in writes}

    def run(self) -> dict[UUID, list[FieldError]]:
        """Return what is wrong, by object."""
        self.check_structure()
        self.check_products({write.object_id: _links(write.patch) for write in self.writes})
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
        """Parents and linked products must exist; a parent must be one, and no product its own ancestor."""
        wanted: set[str] = set().union(*links.values())
        outside = wanted - self.batch.keys()
        rows = Product.objects.filter(pk__any_of=outside).values_list("pk", "kind", "parent_id")
        known: dict[str, Place] = {
            str(pk): (kind, str(parent) if parent else None) for pk, kind, parent in rows
        }
        known.update((key, self.promised[key]) for key in outside if key in self.promised)
        known.update((key, place_of(document)) for key, document in self.batch.items())
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
    def is_circle(start: str, known: Mapping[str, Place]) -> bool:
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


def place_of(document: Document) -> Place:
    """Return where a product stands: its kind, and the id of its parent."""
    parent = document.get("#parent")
    return str(document.get("#kind")), str(parent) if parent else None


def _links(patch: Patch) -> set[str]:
    """Return the ids of the products a patch names as parent or links to."""
    found = set()
    parent = patch.get("#parent")
    if parent:
        found.add(str(parent))
    for value in patch.values():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found.update(
                str(link["product"]) for link in value if isinstance(link, dict) and "product" in link
            )
    return found
