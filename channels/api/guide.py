"""The first page of the API's documentation, `guide.md` with the limits in force put in."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

from channels.api.pagination import StorefrontPagination
from channels.api.throttling import StorefrontThrottle

GUIDE = Template(Path(__file__).with_suffix(".md").read_text(encoding="utf-8")).substitute(
    page_size=StorefrontPagination.page_size,
    max_page_size=StorefrontPagination.max_page_size,
    per_key=f"{StorefrontThrottle.per_key:,}",
    per_address=f"{StorefrontThrottle.per_address:,}",
)


def add_guide(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Put the guide at the head of the schema; a post-processing hook of drf-spectacular."""
    result["info"]["description"] = GUIDE
    return result
