"""What is true now of products: name, picture, prices, identifiers, state. Constant queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from assets.selectors import asset_facts
from catalog.constants import ProductKind, ProductState
from catalog.models import Product
from catalog.rules.keys import fold
from catalog.rules.resolve import Place, resolve
from catalog.rules.structure import family_of, state_of
from catalog.selectors import default_place, levels_of_products, title_of
from catalog.services.display import display_value, pick_label
from catalog.services.schema import Schema
from channels.desk.wording import money
from workflows.rules.documents import Document

REGULAR, SALE = ("regular", ""), ("sale",)
"""The kinds of price that a customer may hear of; cost and minimum prices never leave their screens."""


@dataclass(frozen=True)
class Price:
    """What is asked, and the regular price where that is reduced (empty otherwise)."""

    text: str
    before: str = ""


@dataclass(frozen=True)
class ProductFacts:
    """One product as the desk names it."""

    id: UUID
    sku: str
    title: str
    thumbnail: str
    prices: tuple[Price, ...]
    identifiers: tuple[tuple[str, str], ...]
    kind: str
    state: str
    family: str
    axes: str
    parents: tuple[str, ...]

    @property
    def is_parent(self) -> bool:
        """Whether customers buy its variants instead of it."""
        return self.kind == ProductKind.PARENT

    @property
    def state_label(self) -> str:
        """How its state is called."""
        return str(ProductState(self.state).label)

    @property
    def kind_label(self) -> str:
        """How its kind is called."""
        return str(ProductKind(self.kind).label)

    @property
    def parent_id(self) -> str:
        """The id of what it is a variant of, empty for none."""
        return self.parents[0] if self.parents else ""


def facts_of(ids: Collection[UUID], schema: Schema) -> dict[UUID, ProductFacts]:
    """Return what is true of these products, by id; unknown ids are left out. Five queries for any number.

    A parent without a picture of its own is shown by one of its children's.
    """
    place = default_place(schema)
    levels = levels_of_products(ids)
    titles = {pk: title_of(schema, found, place) for pk, found in levels.items()}
    images = {pk: title.image for pk, title in titles.items()}
    images.update(_borrowed(schema, levels, images, place))
    pictures = asset_facts({image for image in images.values() if image})
    facts = {}
    for pk, found in levels.items():
        picture = pictures.get(images[pk])
        own = found[0]
        facts[pk] = ProductFacts(
            id=pk,
            sku=str(own.get("sku") or ""),
            title=titles[pk].title,
            thumbnail=(picture.thumbnail_path or "") if picture else "",
            prices=tuple(_prices(schema, found)),
            identifiers=tuple(_identifiers(schema, own)),
            kind=str(own.get("#kind") or ProductKind.SIMPLE),
            state=state_of(found),
            family=_family(schema, found),
            axes=_axes(schema, found, place),
            parents=tuple(str(document["#parent"]) for document in found if document.get("#parent")),
        )
    return facts


def _borrowed(
    schema: Schema, levels: Mapping[UUID, list[Document]], images: Mapping[UUID, str], place: Place
) -> dict[UUID, str]:
    """Return a picture of a child for each parent that has none. One query."""
    bare = [pk for pk, image in images.items() if not image and levels[pk][0].get("#kind") == "parent"]
    found: dict[UUID, str] = {}
    children = Product.objects.filter(parent_id__in=bare).order_by("sku_folded")
    for parent, document in children.values_list("parent_id", "document"):
        if parent is not None and parent not in found:
            image = title_of(schema, [document, *levels[parent]], place).image
            if image:
                found[parent] = image
    return found


def _prices(schema: Schema, levels: Sequence[Document]) -> Iterator[Price]:
    """Yield prices by currency; prices adapted for a channel stand on its card."""
    for currency in schema.currencies:
        regular = _amount(schema, levels, currency, REGULAR)
        sale = _amount(schema, levels, currency, SALE)
        if regular or sale:
            yield Price(sale, regular) if sale else Price(regular)


def _amount(schema: Schema, levels: Sequence[Document], currency: str, kinds: tuple[str, ...]) -> str:
    for spec in schema.attributes.values():
        if spec.type == "price" and spec.price_kind in kinds:
            found = resolve(spec, Place(), levels, currency)
            if found is not None and not found.is_empty:
                return money(str(found.value), currency)
    return ""


def _identifiers(schema: Schema, document: Document) -> Iterator[tuple[str, str]]:
    for spec in schema.attributes.values():
        value = document.get(spec.code)
        if spec.type == "identifier" and spec.code != "sku" and isinstance(value, str):
            yield pick_label(spec.labels, spec.code), value


def _family(schema: Schema, levels: Sequence[Document]) -> str:
    family = schema.families.get(family_of(levels))
    return pick_label(family.labels, family.code) if family else ""


def _axes(schema: Schema, levels: Sequence[Document], place: Place) -> str:
    """Return what sets a variant apart ("Red · 42")."""
    if len(levels) < 2:
        return ""
    variant = schema.structure.family_variants.get(fold(str(levels[-1].get("#family_variant") or "")))
    texts = []
    for level in variant.levels if variant else ():
        for code in level.get("axes", ()):
            spec = schema.attributes.get(code)
            found = resolve(spec, place, levels) if spec else None
            if found is not None and not found.is_empty:
                texts.append(display_value(schema, found.key, found.value))
    return " · ".join(texts)
