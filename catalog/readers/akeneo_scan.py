"""A first look over an export's product files: what they refer to, before anything is read in earnest."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.readers.akeneo_columns import ColumnKind, Grammar, identifier_column, media_columns
from catalog.readers.akeneo_files import AkeneoExport
from catalog.readers.akeneo_products import MODELS, PRODUCTS
from catalog.rules.keys import fold


@dataclass(frozen=True)
class Scan:
    """What product files refer to: paths of files, and parents that no model of the export is.

    `linked` are the folded SKUs of all rows, for exports with links between products.
    """

    media: list[str]
    outside_parents: list[str]
    linked: frozenset[str]


def scan_products(export: AkeneoExport, grammar: Grammar) -> Scan:
    """Go through the product files once and return what has to be looked up before their rows are read."""
    media: dict[str, None] = {}
    parents: dict[str, None] = {}
    codes: set[str] = set()
    skus: set[str] = set()
    plans = {file: grammar.columns(file, export.columns(file)) for file in (MODELS, PRODUCTS)}
    has_links = any(column.kind is ColumnKind.LINKS for columns in plans.values() for column in columns)
    for file, columns in plans.items():
        paths = media_columns(columns)
        name = identifier_column(columns)
        for _line, row in export.rows(file):
            media.update(dict.fromkeys(path for column in paths if (path := row[column].strip())))
            folded = fold(" ".join(row.get(name, "").split()))
            if file == MODELS:
                codes.add(folded)
            if has_links:
                skus.add(folded)
            if parent := row.get("parent", "").strip():
                parents[parent] = None
    outside = [parent for parent in parents if fold(parent) not in codes]
    return Scan(list(media), outside, frozenset(skus))
