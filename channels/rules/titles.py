"""The titles by which customers know what a body says, as search compares them."""

from __future__ import annotations

import orjson

from catalog.rules.words import search_form

TITLE_FIELDS = ("title", "name")


def sought_titles(body: bytes | str) -> str:
    """Return a stored body's titles in the form that is searched, empty for parts without any."""
    said = orjson.loads(body)
    return search_form(" ".join(str(said[name]) for name in TITLE_FIELDS if said.get(name)))
