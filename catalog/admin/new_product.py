"""A product that does not exist yet: what it is decides which values it can have."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.admin.product_form import ProductForm
from catalog.admin.product_page import chosen_place, family_choices
from catalog.admin.showing import Lookups
from catalog.constants import ProductKind
from catalog.models import Product
from catalog.rules.keys import fold
from catalog.rules.resolve import Place
from catalog.selectors import levels_of_products
from catalog.services.schema import Schema
from workflows.rules.documents import Document


class NewProduct:
    """The two steps of a new product: kind, family and parent first (from the address), then its values.

    `fixed` holds the structure keys the first step decided; `ready` tells whether they fit together,
    `problem` what is missing otherwise.
    """

    def __init__(self, schema: Schema, params: QueryDict) -> None:
        self.schema = schema
        self.kind = params.get("kind", "")
        self.family = params.get("family", "")
        self.parent_sku = params.get("parent", "").strip()
        self.kinds = ProductKind.choices
        self.families = family_choices(schema)
        self.problem = ""
        self.parent: Product | None = None
        self.fixed: dict[str, object] = {}
        self.ready = bool(self.kind) and self._decide()
        self.form = self._form(params)

    def _decide(self) -> bool:
        if self.kind not in ProductKind.values:
            self.problem = _("Choose what kind of product it is.")
            return False
        self.fixed["#kind"] = self.kind
        if self.parent_sku:
            self.parent = Product.objects.filter(sku_folded=fold(self.parent_sku)).first()
            if self.parent is None or self.parent.kind != ProductKind.PARENT:
                self.problem = _("“%(sku)s” is not the SKU of a parent product.") % {"sku": self.parent_sku}
                return False
            if self.kind not in (ProductKind.VARIANT, ProductKind.PARENT):
                self.problem = _("Only a variant or a parent can stand under a parent.")
                return False
            self.fixed["#parent"] = str(self.parent.pk)
        elif self.kind == ProductKind.VARIANT:
            self.problem = _("A variant needs a parent: name its SKU.")
            return False
        elif self.family in self.schema.families:
            self.fixed["#family"] = self.family
        return True

    @property
    def _document(self) -> Document:
        return {key: str(value) for key, value in self.fixed.items()}

    def _form(self, params: QueryDict) -> ProductForm:
        parents: list[UUID] = []
        levels: list[Any] = [self._document]
        lookups = Lookups(self.schema)
        if self.parent is not None:
            levels += levels_of_products([self.parent.pk])[self.parent.pk]
            parents = [self.parent.pk, *([self.parent.parent_id] if self.parent.parent_id else [])]
        lookups.read(levels, products=parents)
        place: Place = chosen_place(self.schema, params)
        return ProductForm(self.schema, levels, place, lookups, parents=parents, fixed=tuple(self.fixed))
