"""Derived tables: kept from documents in the transaction that writes them, rebuilt and checked by command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models, transaction

from catalog.measurements import MEASURES
from catalog.models import FilterValue, IdentifierEntry, Product, SearchText, Use
from catalog.rules.derive import NOTHING, Derived, Deriver
from catalog.rules.keys import fold
from catalog.services import former_skus
from catalog.services.schema import current_schema
from workflows.bulk import insert_rows

CHUNK = 1000

_TABLES: tuple[tuple[type[models.Model], tuple[str, ...], Callable[[Derived], tuple[Any, ...]]], ...] = (
    (IdentifierEntry, ("attribute", "value", "value_folded"), lambda derived: derived.identifiers),
    (Use, ("kind", "target", "key"), lambda derived: derived.uses),
    (FilterValue, ("attribute", "locale", "scope", "text", "number"), lambda derived: derived.filters),
)


@dataclass(frozen=True)
class Difference:
    """A derived table that does not say what the document says."""

    table: str
    product_id: UUID
    missing: tuple[Any, ...]
    surplus: tuple[Any, ...]


def write_rows(changes: Sequence[tuple[UUID, Derived, Derived]]) -> None:
    """Write what differs between the derived rows before and after; untouched rows stay. Constant statements.

    Each change is (product id, derived before, derived after). Call inside the transaction that writes
    documents.
    """
    for model, columns, rows_of in _TABLES:
        gone = [
            (product_id, *row)
            for product_id, before, after in changes
            for row in _only_in(rows_of(before), rows_of(after))
        ]
        _delete_rows(model, ("product", *columns), gone)
        came = (
            (key, *row)
            for key, before, after in ((change[0].hex, *change[1:]) for change in changes)
            for row in _only_in(rows_of(after), rows_of(before))
        )
        insert_rows(model, ("product", *columns), came)
    texts = [
        (product_id, after.codes, after.text)
        for product_id, before, after in changes
        if (before.codes, before.text) != (after.codes, after.text) or not before.identifiers
    ]
    _write_search(texts)


def _only_in(rows: tuple[Any, ...], others: tuple[Any, ...]) -> Sequence[Any]:
    if not others:
        return rows
    known = frozenset(others)
    return [row for row in rows if row not in known]


def _delete_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    ids = {row[0] for row in rows}
    gone = {(str(row[0]), *row[1:]) for row in rows}
    stored = model._default_manager.filter(product_id__any_of=ids).values_list(
        "pk", "product_id", *columns[1:]
    )
    doomed = [row[0] for row in stored if (str(row[1]), *row[2:]) in gone]
    model._default_manager.filter(pk__any_of=doomed).delete()


def _write_search(texts: Sequence[tuple[UUID, str, str]]) -> None:
    """Replace search rows; SQLite's FTS5 tables want a delete and an insert."""
    if not texts:
        return
    if connection.vendor == "postgresql":
        SearchText.objects.filter(product_id__any_of=[row[0] for row in texts]).delete()
        insert_rows(SearchText, ("product", "codes", "text"), texts)
        return
    ids = orjson.dumps([row[0].hex for row in texts]).decode()
    with connection.cursor() as cursor:
        for table, column in (
            ("catalog_searchtext", "product_id"),
            ("catalog_search_words", "rowid"),
            ("catalog_search_parts", "rowid"),
        ):
            chosen = "SELECT value FROM json_each(%s)"
            if column == "rowid":
                chosen = f"SELECT rowid FROM catalog_search_rows WHERE product_id IN ({chosen})"  # noqa: S608 - constants
            cursor.execute(f"DELETE FROM {table} WHERE {column} IN ({chosen})", [ids])  # noqa: S608 - constants
        cursor.execute(
            "DELETE FROM catalog_search_rows WHERE product_id IN (SELECT value FROM json_each(%s))", [ids]
        )
        rows = [(row[0].hex, row[1], row[2]) for row in texts]
        cursor.executemany(
            "INSERT INTO catalog_searchtext (product_id, codes, text) VALUES (%s, %s, %s)", rows
        )
        cursor.executemany(
            "INSERT INTO catalog_search_rows (product_id) VALUES (%s)", [row[:1] for row in rows]
        )
        cursor.execute(
            "INSERT INTO catalog_search_words (rowid, codes, text) "
            "SELECT r.rowid, s.codes, s.text FROM catalog_search_rows r "
            "JOIN catalog_searchtext s USING (product_id) "
            "WHERE r.product_id IN (SELECT value FROM json_each(%s))",
            [ids],
        )
        cursor.execute(
            "INSERT INTO catalog_search_parts (rowid, codes) "
            "SELECT r.rowid, s.codes FROM catalog_search_rows r JOIN catalog_searchtext s USING (product_id) "
            "WHERE r.product_id IN (SELECT value FROM json_each(%s))",
            [ids],
        )


def stored_rows(ids: Collection[UUID]) -> dict[UUID, Derived]:
    """Return what the derived tables hold of some products; four queries."""
    tables: list[dict[UUID, list[Any]]] = []
    for model, columns, _rows_of in _TABLES:
        found: dict[UUID, list[Any]] = {pk: [] for pk in ids}
        rows = model._default_manager.filter(product_id__any_of=ids)
        if model is IdentifierEntry:
            rows = rows.filter(former=False)
        for product_id, *row in rows.values_list("product_id", *columns):
            found[product_id].append(tuple(row))
        tables.append(found)
    identifiers, uses, filters = tables
    texts = {
        pk: (codes, text)
        for pk, codes, text in SearchText.objects.filter(product_id__any_of=ids).values_list(
            "product_id", "codes", "text"
        )
    }
    return {
        pk: Derived(tuple(identifiers[pk]), tuple(uses[pk]), tuple(filters[pk]), *texts.get(pk, ("", "")))
        for pk in ids
    }


def check() -> Iterator[Difference]:
    """Yield every difference between derived tables and documents; memory stays flat."""
    deriver = Deriver(current_schema().attributes, MEASURES)
    for chunk in _chunks():
        ids = [pk for pk, _document in chunk]
        stored = stored_rows(ids)
        kept, said_before = former_skus.stored_former(ids), former_skus.former_by_history(ids)
        for pk in sorted(kept.keys() | said_before.keys()):
            wanted_skus, kept_skus = said_before.get(pk, set()), kept.get(pk, set())
            if wanted_skus != kept_skus:
                yield Difference(
                    "former sku", pk, tuple(wanted_skus - kept_skus), tuple(kept_skus - wanted_skus)
                )
        for pk, document in chunk:
            wanted, found = deriver.derive(document), stored[pk]
            for model, _columns, rows_of in _TABLES:
                missing, surplus = (
                    _only_in(rows_of(wanted), rows_of(found)),
                    _only_in(rows_of(found), rows_of(wanted)),
                )
                if missing or surplus:
                    yield Difference(model._meta.model_name or "", pk, tuple(missing), tuple(surplus))
            texts = (wanted.codes, wanted.text), (found.codes, found.text)
            if texts[0] != texts[1]:
                yield Difference("searchtext", pk, texts[:1], texts[1:])


def rebuild() -> int:
    """Write every derived table anew from the documents, chunk by chunk; returns how many products."""
    deriver = Deriver(current_schema().attributes, MEASURES)
    count = 0
    for chunk in _chunks():
        ids = [pk for pk, _document in chunk]
        with transaction.atomic():
            former_skus.release({fold(str(document["sku"])) for _pk, document in chunk})
            for model, _columns, _rows in _TABLES:
                model._default_manager.filter(product_id__any_of=ids).delete()
            write_rows([(pk, NOTHING, deriver.derive(document)) for pk, document in chunk])
        count += len(chunk)
    for chunk in _chunks():
        former_skus.rebuild([pk for pk, _document in chunk])
    return count


def _chunks() -> Iterator[list[tuple[UUID, Any]]]:
    last: UUID | None = None
    while True:
        rows = Product.objects.order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        chunk: list[tuple[UUID, Any]] = list(rows.values_list("pk", "document")[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1][0]
