"""Stored values as pages show them: text, pictures, links to products, and who said them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assets.selectors import AssetFacts, asset_facts
from catalog.admin.naming import NamedProduct, name_products
from catalog.rules.keys import KeyProblem, ValueKey
from catalog.rules.values import AttributeSpec
from catalog.selectors import thumbnails_of
from catalog.services.display import display_value
from catalog.services.hiding import Hiding
from catalog.services.presenting import plain_text
from catalog.services.schema import Schema
from workflows.models import ChangeRequest
from workflows.rules.documents import JSONValue, is_empty_marker

HIDING_NAMED = 5


@dataclass(frozen=True)
class Picture:
    """An asset a value names. `exists` is false where no asset has this code any more."""

    code: str
    thumbnail: str
    exists: bool


@dataclass(frozen=True)
class Link:
    """A product a value links to; `quantity` is None for plain relations."""

    product: NamedProduct | None
    target: str
    quantity: int | None


@dataclass(frozen=True)
class Shown:
    """One value as a page shows it: as pictures, as links, or as text."""

    text: str = ""
    pictures: tuple[Picture, ...] = ()
    links: tuple[Link, ...] = ()
    is_empty: bool = False
    language: str = ""

    @property
    def plain(self) -> str:
        """The value as one text, for comparing word by word."""
        if self.links:
            return ", ".join(
                f"{link.quantity} × {_name(link)}" if link.quantity else _name(link) for link in self.links
            )
        if self.pictures:
            return ", ".join(picture.code for picture in self.pictures)
        return self.text


def _name(link: Link) -> str:
    return link.product.sku if link.product else link.target


@dataclass
class Lookups:
    """What showing the values of a page needs beside the schema, read in about six queries."""

    schema: Schema
    assets: dict[str, AssetFacts] = field(default_factory=dict)
    thumbnails: dict[str, str] = field(default_factory=dict)
    products: dict[UUID, NamedProduct] = field(default_factory=dict)
    requests: dict[int, ChangeRequest] = field(default_factory=dict)

    def read(
        self,
        documents: Iterable[Mapping[str, JSONValue | None]],
        *,
        products: Iterable[UUID] = (),
        requests: Iterable[int] = (),
    ) -> None:
        """Read everything the documents refer to, and the products and requests named beside."""
        assets: set[str] = set()
        wanted: set[UUID] = set(products)
        for document in documents:
            for key, value in document.items():
                if value is None:
                    continue
                if key == "#parent":
                    wanted.add(UUID(str(value)))
                    continue
                spec = spec_of(self.schema, key)
                if spec is None or is_empty_marker(value):
                    continue
                members = value if isinstance(value, list) else [value]
                if spec.type in ("asset", "assets"):
                    assets.update(map(str, members))
                elif spec.type == "products":
                    wanted.update(UUID(str(row["product"])) for row in members if isinstance(row, dict))
        missing = assets - self.assets.keys()
        self.assets.update(asset_facts(missing))
        self.thumbnails.update(thumbnails_of(missing))
        self.products.update(name_products(wanted - self.products.keys(), self.schema))
        rows = ChangeRequest.objects.filter(pk__in=set(requests) - self.requests.keys())
        self.requests.update({row.pk: row for row in rows.select_related("source", "author")})

    def show(self, key: str, value: JSONValue | None) -> Shown:
        """Return a value as the page shows it."""
        if value is None:
            return Shown()
        if is_empty_marker(value):
            return Shown(text=display_value(self.schema, key, value), is_empty=True)
        if key == "#parent":
            return Shown(links=(self._link({"product": value}),))
        spec = spec_of(self.schema, key)
        members = value if isinstance(value, list) else [value]
        if spec is not None and spec.type in ("asset", "assets"):
            return Shown(pictures=tuple(self.picture(str(member)) for member in members))
        if spec is not None and spec.type == "products":
            return Shown(links=tuple(self._link(member) for member in members if isinstance(member, dict)))
        text = display_value(self.schema, key, value)
        if spec is not None and spec.type == "rich_text":
            text = plain_text(text)
        return Shown(text=text, language=ValueKey.parse(key).locale if spec else "")

    def picture(self, code: str) -> Picture:
        """Return an asset by code with its thumbnail."""
        return Picture(code, self.thumbnails.get(code, ""), code in self.assets)

    def _link(self, member: Mapping[str, Any]) -> Link:
        target = str(member["product"])
        quantity = member.get("quantity")
        return Link(self.products.get(UUID(target)), target, int(quantity) if quantity else None)


def spec_of(schema: Schema, key: str) -> AttributeSpec | None:
    """Return the attribute of a value key; None for structure keys and attributes that are gone."""
    try:
        return schema.attributes.get(ValueKey.parse(key).code)
    except KeyProblem:
        return None


def request_url(request_id: int) -> str:
    """Return the address of a change request's page; empty where it has none."""
    try:
        return reverse("admin:workflows_changerequest_change", args=[request_id])
    except NoReverseMatch:
        return ""


def hidden_sentence(hiding: Sequence[Hiding]) -> SafeString:
    """Say which products below hide an override, each as a link to its page."""
    links = format_html_join(
        ", ",
        '<a class="underline" href="{}">{}</a>',
        (
            (reverse("admin:catalog_product_change", args=[each.product_id]), each.sku)
            for each in hiding[:HIDING_NAMED]
        ),
    )
    more = len(hiding) - HIDING_NAMED
    if more > 0:
        links = format_html("{} {}", links, _("and %(count)s more") % {"count": more})
    return format_html(
        _("It does not reach {products}: they have a value of their own, which is nearer."), products=links
    )
