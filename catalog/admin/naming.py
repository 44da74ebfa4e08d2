"""How products are called and pictured on the catalogue's pages; constant queries for any number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from catalog.models import Use
from catalog.rules.keys import ValueKey, fold
from catalog.rules.resolve import resolve
from catalog.rules.structure import family_of, state_of
from catalog.selectors import default_place, levels_of_products, thumbnails_of, title_of
from catalog.services.display import display_value
from catalog.services.schema import Schema
from workflows.rules.documents import Document


@dataclass(frozen=True)
class NamedProduct:
    """A product as lists show it. `detail` tells variants of one parent apart by their axes."""

    id: UUID
    sku: str
    title: str
    detail: str
    state: str
    thumbnail: str
    url: str
    levels: list[Document]


def name_products(ids: Collection[UUID], schema: Schema) -> dict[UUID, NamedProduct]:
    """Return products that exist by id. About five queries: documents by level, and pictures."""
    levels = levels_of_products(ids)
    place = default_place(schema)
    titles = {pk: title_of(schema, found, place) for pk, found in levels.items()}
    images = {pk: row.image for pk, row in titles.items() if row.image}
    images |= _variants_images({pk: levels[pk] for pk in titles.keys() - images.keys()}, schema)
    thumbnails = thumbnails_of(set(images.values()))
    named = {}
    for pk, row in titles.items():
        named[pk] = NamedProduct(
            id=pk,
            sku=str(levels[pk][0].get("sku", "")),
            title=row.title,
            detail=variant_detail(schema, levels[pk]),
            state=state_of(levels[pk]),
            thumbnail=thumbnails.get(images.get(pk, ""), ""),
            url=product_url(pk),
            levels=levels[pk],
        )
    return named


def _variants_images(levels: Mapping[UUID, list[Document]], schema: Schema) -> dict[UUID, str]:
    """Return for parents without a picture the first of a variant. One query, none without such parents."""
    parents = [pk for pk, found in levels.items() if found[0].get("#kind") == "parent"]
    if not parents:
        return {}
    found: dict[UUID, str] = {}
    uses = Use.objects.filter(kind="asset", product__parent__in=parents).order_by("product_id", "pk")
    for parent, code, key in uses.values_list("product__parent_id", "target", "key"):
        if parent is None:
            continue
        family = schema.families.get(family_of(levels[parent]))
        if family is None or ValueKey.parse(key).code == family.image_attribute:
            found.setdefault(parent, code)
    return found


def product_url(pk: UUID) -> str:
    """Return the address of a product's page."""
    return reverse("admin:catalog_product_change", args=[pk])


def axes_of(schema: Schema, levels: list[Document]) -> list[str]:
    """Return the attributes by which a product differs from its siblings and its parents' siblings."""
    named = next((document["#family_variant"] for document in levels if "#family_variant" in document), "")
    spec = schema.structure.family_variants.get(fold(str(named)))
    if spec is None or len(levels) < 2:
        return []
    return [axis for level in spec.levels[: len(levels) - 1] for axis in level.get("axes", ())]


def variant_detail(schema: Schema, levels: list[Document]) -> str:
    """Return a product's values on its axes ("red · 42"); empty for what is no variant."""
    found = []
    place = default_place(schema)
    for code in axes_of(schema, levels):
        spec = schema.attributes.get(code)
        value = resolve(spec, place, levels) if spec else None
        if value is not None:
            found.append(display_value(schema, value.key, value.value))
    return " · ".join(found)
