"""Finding a product by whatever a customer says: any title, SKU, GTIN, id on a channel, or part of one."""

from __future__ import annotations

from uuid import UUID

import orjson
from django.db.models import F, OuterRef, Q, Subquery

from catalog.rules.keys import fold
from catalog.selectors import search_products
from channels.desk.comparing import TITLE_FIELDS
from channels.models import Body, Listing

LIMIT = 40
SHOWN_TITLES_READ = 300


def find_products(text: str) -> list[UUID]:
    """Return up to 40 products, best first: by the catalogue's search, by id on a channel, by title there.

    Titles come into play that channels still show although truth has moved on. Six queries at most.
    """
    found: dict[UUID, None] = dict.fromkeys(search_products(text, limit=LIMIT))
    digits = text.strip()
    if digits.isascii() and digits.isdecimal() and digits.startswith("0"):
        found.update(dict.fromkeys(search_products(digits.lstrip("0"), limit=LIMIT)))
    listed = Listing.objects.filter(external_id=text.strip()).order_by("product_id")
    found.update(dict.fromkeys(listed.values_list("product_id", flat=True)[:LIMIT]))
    found.update(dict.fromkeys(_by_shown_title(text)))
    return list(found)[:LIMIT]


def _by_shown_title(text: str) -> list[UUID]:
    """Return products that a channel calls so, among those whose truth moved since, or that are held back.

    What else is shown is in truth and so in the catalogue's search. One query.
    """
    words = fold(text).split()
    if not words:
        return []
    moved = Q(product__updated_at__gt=F("said_from"))
    moved |= Q(product__parent__updated_at__gt=F("said_from"))
    moved |= Q(product__parent__parent__updated_at__gt=F("said_from"))
    moved |= ~Q(content=F("candidate_content"))
    rows = (
        Listing.objects.filter(moved)
        .exclude(content="")
        .annotate(said=Subquery(Body.objects.filter(pk=OuterRef("content")).values("body")))
        .order_by("product_id")
    )
    for word in words:
        if word.isascii() and word.isalnum():  # the databases fold no other letters alike
            rows = rows.filter(said__icontains=word)
    found: dict[UUID, None] = {}
    for product_id, said in rows.values_list("product_id", "said")[:SHOWN_TITLES_READ]:
        body = orjson.loads(said)
        title = fold(" ".join(str(body.get(name) or "") for name in TITLE_FIELDS))
        if all(word in title for word in words):
            found[product_id] = None
    return list(found)
