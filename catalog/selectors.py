"""Reads of the catalogue: documents with their parents, titles and pictures, search. Constant query
counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from assets.models import AssetVersion
from assets.selectors import asset_facts
from assets.services.addresses import thumbnail_path
from catalog.models import IdentifierEntry, Product
from catalog.permissions import may_view_products
from catalog.rules.keys import ValueKey, fold
from catalog.rules.lineage import MAX_LEVELS
from catalog.rules.resolve import Place, Resolution, candidate_keys, resolve, resolve_keys
from catalog.rules.structure import family_of
from catalog.rules.words import search_form
from catalog.services.schema import Schema, current_schema
from workflows.registry import Description
from workflows.rules.documents import Document, Patch


def levels_of_products(ids: Collection[UUID]) -> dict[UUID, list[Document]]:
    """Return for each product its own document, then its parents' up to the root.

    One query per level (and 500 ids), three for the usual depths; ids that don't exist are left out.
    """
    documents: dict[UUID, tuple[Document, UUID | None]] = {}
    wanted = set(ids)
    for _level in range(MAX_LEVELS):
        missing = sorted(wanted - documents.keys())
        if not missing:
            break
        for start in range(0, len(missing), 500):
            rows = Product.objects.filter(pk__in=missing[start : start + 500])
            for pk, document, parent in rows.values_list("pk", "document", "parent_id"):
                documents[pk] = (document, parent)
        wanted = {parent for _document, parent in documents.values() if parent is not None}
    return {pk: _climb(pk, documents) for pk in ids if pk in documents}


def _climb(pk: UUID, documents: dict[UUID, tuple[Document, UUID | None]]) -> list[Document]:
    levels: list[Document] = []
    node: UUID | None = pk
    while node is not None and node in documents and len(levels) < MAX_LEVELS:
        document, node = documents[node]
        levels.append(document)
    return levels


def resolve_key(schema: Schema, levels: Sequence[Document], key: str) -> Resolution | None:
    """Resolve what a full key would say if it were absent on the product: same locale and scope, next nearer.

    Structure keys don't resolve.
    """
    if key.startswith("#"):
        return None
    parsed = ValueKey.parse(key)
    spec = schema.attributes.get(parsed.code)
    if spec is None:
        return None
    scope = schema.scopes.get(parsed.scope)
    place = Place(scope.chain if scope else (), (parsed.locale,) if parsed.locale else ())
    if spec.type == "identifier":
        levels = levels[:1]
    return resolve_keys(candidate_keys(spec, place, parsed.part), levels)


@dataclass(frozen=True)
class Titles:
    """How a product is called and pictured on screens."""

    title: str
    image: str


def title_of(schema: Schema, levels: Sequence[Document], place: Place) -> Titles:
    """Return title and picture (asset code) by the family's label and image attributes, else by the first
    that fit.

    Falls back to any language, then to the SKU, so that a screen always has a name.
    """
    family = schema.families.get(family_of(levels))
    title = image = ""
    if family is not None:
        title = _first_text(schema, levels, place, [family.label_attribute])
        image = _first_text(schema, levels, place, [family.image_attribute])
    if not title:
        named = [code for code in ("name", "title") if code in schema.attributes]
        title = _first_text(schema, levels, place, named) or str(levels[0].get("sku", ""))
    if not image:
        media = [code for code, spec in schema.attributes.items() if spec.type in ("asset", "assets")]
        image = _first_text(schema, levels, place, media)
    return Titles(title, image)


def _first_text(schema: Schema, levels: Sequence[Document], place: Place, codes: Iterable[str]) -> str:
    for code in codes:
        spec = schema.attributes.get(code)
        if spec is None:
            continue
        found = resolve(spec, place, levels)
        if found is None and spec.localised:
            for locale in schema.locales:
                found = resolve(spec, Place(place.scopes, (locale,)), levels)
                if found is not None:
                    break
        if found is None or found.is_empty:
            continue
        value = found.value[0] if isinstance(found.value, list) and found.value else found.value
        if isinstance(value, str):
            return value
    return ""


def describe_products(
    ids: Collection[UUID],
    schema: Schema | None = None,
    proposed: Mapping[UUID, Patch] | None = None,
) -> dict[UUID, Description]:
    """Name products by title, SKU, thumbnail and admin address; about six queries, whatever the number.

    `proposed` holds documents of products that don't exist yet: they are named by those, without an address.
    """
    schema = schema or current_schema()
    new = {
        pk: {key: value for key, value in patch.items() if value is not None}
        for pk, patch in (proposed or {}).items()
    }
    parents = {pk: UUID(str(document["#parent"])) for pk, document in new.items() if document.get("#parent")}
    levels = levels_of_products({*ids, *parents.values()})
    known = set(ids) & levels.keys()
    for pk, document in new.items():
        parent = parents.get(pk)
        above = levels.get(parent) if parent else None
        if above is None and parent in new:
            above = [new[parent]]
        levels.setdefault(pk, [document, *(above or [])])
    place = default_place(schema)
    titles = {pk: title_of(schema, levels[pk], place) for pk in ids if pk in levels}
    thumbnails = thumbnails_of({row.image for row in titles.values() if row.image})
    return {
        pk: Description(
            label=row.title,
            sub_label=str(levels[pk][0].get("sku", "")),
            url=_admin_url(pk) if pk in known else "",
            thumbnail=thumbnails.get(row.image, ""),
        )
        for pk, row in titles.items()
    }


def thumbnails_of(codes: Collection[str]) -> dict[str, str]:
    """Return thumbnail addresses by asset code; assets without an approved version show their newest.

    Those are served to people who may view assets, never to the public. Two queries at most.
    """
    if not codes:
        return {}
    facts = asset_facts(codes)
    found = {code: fact.thumbnail_path or "" for code, fact in facts.items() if fact.checksum}
    unapproved = [code for code in facts if code not in found]
    if unapproved:
        rows = AssetVersion.objects.filter(asset__code__in=unapproved, asset__kind="image").order_by("number")
        for code, checksum in rows.values_list("asset__code", "file__checksum"):
            found[code] = thumbnail_path(checksum)
    return found


def default_place(schema: Schema) -> Place:
    """Return base in the first language of the installation that the screen speaks, else in its first."""
    language = (get_language() or "en").split("-")[0]
    spoken = [locale for locale in schema.locales if locale.split("-")[0] == language]
    return Place((), (spoken[0] if spoken else schema.locales[0],))


def _admin_url(pk: UUID) -> str:
    try:
        return reverse("admin:catalog_product_change", args=[pk])
    except NoReverseMatch:
        return ""


def search_products(text: str, *, limit: int = 50) -> list[UUID]:
    """Find products by any title, SKU, GTIN or part of one; best first. At most six queries.

    An exact identifier comes first, then products with all the words (without regard to case and diacritics,
    words may be unfinished), then parts of identifiers of three characters or more. Where nothing has all the
    words, products with most of them are found, as customers' own words are rarely ours.
    """
    words = _words(search_form(text))
    if not words:
        return []
    identifier = " ".join(_words(fold(text)))
    search = _search_postgresql if connection.vendor == "postgresql" else _search_sqlite
    found = search(words, identifier, limit, any_word=False)
    telling = [word for word in words if len(word) > 2]
    if not found and len(words) > 1 and telling:
        found = search(telling, identifier, limit, any_word=True)
    return list(dict.fromkeys(found))[:limit]


def _words(text: str) -> list[str]:
    """Return letters, digits and what numbers are written with; the rest would be syntax to some database."""
    return "".join(char if char.isalnum() or char in "-._/" else " " for char in text).split()


def _search_postgresql(words: list[str], identifier: str, limit: int, *, any_word: bool) -> list[UUID]:
    query = (" | " if any_word else " & ").join(
        "'" + word.replace("'", "''").replace("\\", "\\\\") + "':*" for word in words
    )
    pattern = "%" + " ".join(words).replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT product_id FROM (
              (SELECT product_id, 3.0 AS rank FROM catalog_identifierentry WHERE value_folded = %s LIMIT %s)
              UNION ALL
              (SELECT product_id, ts_rank(vector, query) AS rank
                 FROM catalog_searchtext, to_tsquery('simple', %s) AS query
                WHERE vector @@ query ORDER BY rank DESC LIMIT %s)
              UNION ALL
              (SELECT product_id, 0.0 AS rank FROM catalog_searchtext WHERE codes LIKE %s LIMIT %s)
            ) AS found ORDER BY rank DESC, product_id
            """,
            [identifier, limit, query, limit, pattern, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def _search_sqlite(words: list[str], identifier: str, limit: int, *, any_word: bool) -> list[UUID]:
    part = " ".join(words)
    query = (" OR " if any_word else " ").join(f'"{word}"*' for word in words)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id FROM catalog_identifierentry WHERE value_folded = %s LIMIT %s",
            [identifier, limit],
        )
        rows = cursor.fetchall()
        cursor.execute(
            "SELECT r.product_id FROM catalog_search_words w JOIN catalog_search_rows r ON r.rowid = w.rowid "
            "WHERE catalog_search_words MATCH %s ORDER BY bm25(catalog_search_words, 4.0, 1.0) LIMIT %s",
            [query, limit],
        )
        rows += cursor.fetchall()
        if len(part) >= 3:
            cursor.execute(
                "SELECT r.product_id FROM catalog_search_parts w JOIN catalog_search_rows r "
                "ON r.rowid = w.rowid WHERE catalog_search_parts MATCH %s LIMIT %s",
                [f'"{part}"', limit],
            )
            rows += cursor.fetchall()
    return [UUID(row[0]) for row in rows]


def products_by_sku(folded: Collection[str]) -> dict[str, UUID]:
    """Return products by folded SKU; a former SKU leads to the product that had it. One query."""
    rows = IdentifierEntry.objects.filter(attribute="sku", value_folded__any_of=folded)
    return dict(rows.values_list("value_folded", "product_id"))


def visible_products(user: Any) -> Any:
    """Return the products a user may see: all with the right to view products, else none."""
    return Product.objects.all() if may_view_products(user) else Product.objects.none()
