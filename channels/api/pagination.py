"""Pages of the storefront list: by product id, so that nothing is met twice or missed when others come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from channels.api.access import BadRequest
from workflows.exceptions import FieldError


class StorefrontPagination(CursorPagination):
    """Cursor pages of 50, up to 200; larger wishes get 200."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_size_query_description = "How many products a page holds: 1 to 200, by default 50."
    cursor_query_description = "Where to go on: take it from `next` or `previous` as it is."
    ordering = ("product_id",)

    def get_page_size(self, request: Request) -> int:
        """Return how many items a page holds; raises `BadRequest` for what is no number above zero."""
        wanted = request.query_params.get(self.page_size_query_param)
        if wanted is None:
            return self.page_size
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 and int(wanted) > 0):
            raise _bad(
                "page_size", _("A page holds 1 to 200 products; “%(value)s” is no such number."), wanted
            )
        return min(int(wanted), self.max_page_size)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return the cursor sent; raises `BadRequest` for one that this list did not give."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                UUID(str(cursor.position))
        except (NotFound, ValueError):
            sent = str(request.query_params.get(self.cursor_query_param))
            raise _bad("cursor", _("“%(value)s” is no cursor of this list."), sent) from None
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page, with examples, in the schema."""
        found = super().get_paginated_response_schema(schema)
        address = "https://pim.example/api/v1/storefront/shop/products/?cursor={}"
        found["properties"]["next"]["example"] = address.format("cD0wMWEy")
        found["properties"]["previous"]["example"] = address.format("cj0xJnA9")
        return found


def _bad(field: str, sentence: str, value: str) -> BadRequest:
    detail = sentence % {"value": value[:100]}
    return BadRequest(detail, errors=[FieldError(field, "invalid", detail)])
