"""The product's side of change control: how products are read, validated and written when changes are
applied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from catalog.locks import hold_structure, lock_products
from catalog.measurements import MEASURES
from catalog.models import Product
from catalog.rules.derive import NOTHING, Derived, Deriver, identifiers_of
from catalog.rules.keys import fold
from catalog.rules.lineage import Node
from catalog.rules.structure import creation_keys, linked_products, own_state
from catalog.rules.values import ValueProblem
from catalog.selectors import describe_products, levels_of_products, resolve_key
from catalog.services import derived as derived_tables
from catalog.services import former_skus
from catalog.services.display import display_value, key_labels
from catalog.services.presenting import present_values, revision_address, value_choices
from catalog.services.schema import current_schema
from catalog.services.validation import Validation
from workflows.bulk import insert_rows, update_rows
from workflows.exceptions import FieldError
from workflows.registry import Description, KeyLabel, Shown, Truth, Write, WriteContext
from workflows.rules.documents import Document, Grain, JSONValue, Patch

LABEL = "catalog.product"

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
    made, or when it locked what it loaded.
    """

    def __init__(self) -> None:
        self._bind_schema()
        self._holds_rows = False

    def _bind_schema(self) -> None:
        self.schema = current_schema()
        self.deriver = Deriver(self.schema.attributes, MEASURES)

    def load(self, ids: Collection[UUID], *, lock: bool) -> dict[UUID, Truth]:
        """Return documents and revisions; one query, two more with `lock`, which holds the structure too."""
        rows = Product.objects.filter(pk__any_of=ids).order_by("pk")
        if lock:
            # Not the key: hanging something below a product must not wait for whoever writes its values.
            rows = rows.select_for_update(of=("self",), no_key=True)
            self._holds_rows = True
            hold_structure()
            self._bind_schema()
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
        tokens = sorted(linked_products(patch))
        for attribute, _value, folded in (
            *identifiers_of(patch, identifiers),
            *identifiers_of(old, identifiers),
        ):
            tokens.append(f"{attribute}:{folded}")
        return list(dict.fromkeys(tokens))

    def creation_keys(self, patch: Patch) -> frozenset[str]:
        """Return what makes a new product one, as `rules.structure` tells."""
        return creation_keys(patch, self.schema.structure)

    def validate(self, writes: Sequence[Write]) -> dict[UUID, list[FieldError]]:
        """Return what is wrong with the resulting documents; eight queries at most, whatever the batch, two
        for one that neither moves nor names products.

        After `load` with `lock` it holds the tree of products too, where the batch moves something in it.
        """
        return Validation(writes, self.schema, holds_rows=self._holds_rows).run()

    def misplaced(
        self, writes: Sequence[Write], promised: Mapping[str, Node]
    ) -> dict[UUID, list[FieldError]]:
        """Return what is wrong with where the resulting documents stand: the part of `validate` that can be
        told before anything of them is true.

        `promised` says where products stand, by id, once what is proposed so far is true. One query for each
        level of products above and below.
        """
        return Validation(writes, self.schema, holds_rows=False, promised=promised).run_structure()

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
        renamed = [write for write in changed if "sku" in write.patch]
        # Their keys too, in id order: rows of stock that refer to them are checked in that order as well.
        lock_products([write.object_id for write in renamed])
        update_rows(
            Product, "id", ("sku_folded",), [(write.object_id, str(write.object_id)) for write in renamed]
        )
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
        if renamed:
            former_skus.release({fold(str(write.new["sku"])) for write in renamed})
        derived_tables.write_rows(moves)
        if renamed:
            former_skus.reserve(renamed)

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
