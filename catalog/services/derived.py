"""Derived tables: kept from documents in the transaction that writes them, rebuilt and checked by command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models, transaction

from catalog.measurements import MEASURES
from catalog.models import FilterValue, IdentifierEntry, Product, SearchText, Use
from catalog.rules.derive import NOTHING, Derived, Deriver
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


def check() -> Iterator[Difference]:
    """Yield every difference between derived tables and documents; memory stays flat."""
    deriver = Deriver(current_schema().attributes, MEASURES)
    for chunk in _chunks():
        ids = [pk for pk, _document in chunk]
        for model, columns, rows_of in _TABLES:
            stored: dict[UUID, set[Any]] = {pk: set() for pk in ids}
            for product_id, *row in model._default_manager.filter(product_id__any_of=ids).values_list(
                "product_id", *columns
            ):
                stored[product_id].add(tuple(row))
            for pk, document in chunk:
                wanted = set(rows_of(deriver.derive(document)))
                if wanted != stored[pk]:
                    yield Difference(
                        model._meta.model_name or "",
                        pk,
                        tuple(sorted(wanted - stored[pk], key=str)),
                        tuple(sorted(stored[pk] - wanted, key=str)),
                    )
        texts = {
            pk: (codes, text)
            for pk, codes, text in SearchText.objects.filter(product_id__any_of=ids).values_list(
                "product_id", "codes", "text"
            )
        }
        for pk, document in chunk:
            derived = deriver.derive(document)
            if texts.get(pk) != (derived.codes, derived.text):
                yield Difference("searchtext", pk, ((derived.codes, derived.text),), (texts.get(pk),))


def rebuild() -> int:
    """Write every derived table anew from the documents, chunk by chunk; returns how many products."""
    deriver = Deriver(current_schema().attributes, MEASURES)
    count = 0
    for chunk in _chunks():
        ids = [pk for pk, _document in chunk]
        with transaction.atomic():
            for model, _columns, _rows in _TABLES:
                model._default_manager.filter(product_id__any_of=ids).delete()
            write_rows([(pk, NOTHING, deriver.derive(document)) for pk, document in chunk])
        count += len(chunk)
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
