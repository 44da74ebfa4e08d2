"""Finding a product by whatever a customer says: any title, SKU, GTIN, id on a channel, or part of one."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from catalog.rules.words import search_form
from catalog.selectors import search_products
from channels.models import Listing

LIMIT = 40


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

    What else is shown is in truth and so in the catalogue's search. One query over the listings that moved.
    """
    words = search_form(text).split()
    if not words:
        return []
    holds = "strpos" if connection.vendor == "postgresql" else "instr"
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVED + f" AND {holds}(b.titles, %s) > 0" * len(words) + " ORDER BY l.product_id LIMIT %s",
            [*words, LIMIT],
        )
        return [row[0] if isinstance(row[0], UUID) else UUID(row[0]) for row in cursor.fetchall()]


_MOVED = """
    SELECT DISTINCT l.product_id
      FROM channels_listing l
      JOIN channels_body b ON b.checksum = l.content
      JOIN catalog_product p ON p.id = l.product_id
      LEFT JOIN catalog_product q ON q.id = p.parent_id
      LEFT JOIN catalog_product r ON r.id = q.parent_id
     WHERE l.content <> ''
       AND (l.content <> l.candidate_content OR p.updated_at > l.said_from
            OR q.updated_at > l.said_from OR r.updated_at > l.said_from)
"""
