"""What is known already of the products a delivery names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models.fields.json import KT

from catalog.models import IdentifierEntry, Product, Shadow
from catalog.rules.lineage import Node
from catalog.selectors import products_by_sku
from catalog.services.documents import ProductAdapter
from workflows.models import ChangeRequest, Source
from workflows.rules.documents import Document


class KnownProducts:
    """What the database knows of the products a chunk of rows names.

    `ids` maps folded SKUs to product ids, also of products that are proposed but not true yet; `true` are
    those that are. `truths` and `shadows` are of the products the rows are about.
    """

    def __init__(
        self, source: Source, adapter: ProductAdapter, *, about: set[str], mentioned: set[str]
    ) -> None:
        """Look up products by folded SKU, former ones too: those the rows are about, and those they mention.
        Four queries.
        """
        self.source = source
        named = about | mentioned
        shadows = Shadow.objects.filter(sku_folded__any_of=named)
        self.ids: dict[str, UUID] = dict(shadows.values_list("sku_folded", "product_id"))
        true = products_by_sku(named)
        self.ids.update(true)
        self.true = set(true.values())
        wanted = [self.ids[folded] for folded in about if folded in self.ids]
        self.truths: dict[UUID, tuple[Document, int]] = {
            pk: (truth.document, truth.revision) for pk, truth in adapter.load(wanted, lock=False).items()
        }
        self.shadows = {
            shadow.product_id: shadow
            for shadow in Shadow.objects.filter(source=source, product_id__any_of=wanted)
        }
        self._ranks: dict[UUID, dict[str, int]] | None = None

    def promised(self, folded: Collection[str]) -> dict[str, Node]:
        """Return where products that are not true yet will stand by what sources said, by id. One query.

        One that is only linked to so far has no kind.
        """
        found: dict[str, Node] = {}
        rows = Shadow.objects.filter(sku_folded__any_of=folded).values_list(
            "product_id",
            KT("mapped__sku"),
            KT("mapped__#kind"),
            KT("mapped__#parent"),
            KT("mapped__#family_variant"),
        )
        for product_id, sku, kind, parent, variant in rows:
            if product_id not in self.true and (kind or str(product_id) not in found):
                found[str(product_id)] = Node(
                    sku or "", kind or ("simple" if sku else ""), parent, variant or ""
                )
        return found

    def outranked(self, product_id: UUID, key: str) -> bool:
        """Tell whether truth under this key was set by a source of better rank than this one."""
        if self._ranks is None:
            self._ranks = self._load_ranks()
        return self._ranks.get(product_id, {}).get(key, self.source.rank) < self.source.rank

    def _load_ranks(self) -> dict[UUID, dict[str, int]]:
        provenance = dict(Product.objects.filter(pk__any_of=self.truths).values_list("pk", "provenance"))
        requests = {request for keys in provenance.values() for request in keys.values()}
        ranks = dict(ChangeRequest.objects.filter(pk__any_of=requests).values_list("pk", "source__rank"))
        found: dict[UUID, dict[str, int]] = defaultdict(dict)
        for pk, keys in provenance.items():
            for key, request in keys.items():
                if request in ranks:
                    found[pk][key] = ranks[request]
        return found


def identifier_owners(folded: Collection[str]) -> dict[tuple[str, str], UUID]:
    """Return which product owns each identifier in truth, by (attribute, folded value). One query."""
    rows = IdentifierEntry.objects.filter(value_folded__any_of=folded)
    return {
        (attribute, value): owner
        for attribute, value, owner in rows.values_list("attribute", "value_folded", "product_id")
    }
