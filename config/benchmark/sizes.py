"""How much room rows take, indexes and out-of-line storage included."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models

from catalog.models import FilterValue, IdentifierEntry, Product, SearchText, Shadow, Use
from channels.models import Body, Listing, ListingVersion
from workflows.models import Change

MEASURED: tuple[tuple[str, type[models.Model], Sequence[type[models.Model]]], ...] = (
    ("product", Product, (Product,)),
    ("revision", Product.history.model, (Product.history.model,)),
    ("change", Change, (Change,)),
    ("shadow", Shadow, (Shadow,)),
    ("derived rows of a product", Product, (IdentifierEntry, Use, FilterValue, SearchText)),
    ("listing", Listing, (Listing,)),
    ("listing version with its bodies", ListingVersion, (ListingVersion, Body)),
)
"""What is counted, the rows it is divided by, and the tables whose room is added up."""


def bytes_per_row() -> dict[str, int]:
    """Return the bytes each kind of row takes, by name; kinds without rows are left out.

    PostgreSQL: table, TOAST and indexes. SQLite: the pages of table and indexes, without those of full-text
    tables; an SQLite that was built without `dbstat` can't say, and nothing is returned.
    """
    found = {}
    for name, counted, tables in MEASURED:
        rows = models.QuerySet(counted).count()
        total = sum(filter(None, (_table_bytes(model._meta.db_table) for model in tables)))
        if rows and total:
            found[name] = round(total / rows)
    return found


def _table_bytes(table: str) -> int | None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
        else:
            cursor.execute(
                "SELECT count(*) FROM pragma_compile_options WHERE compile_options = 'ENABLE_DBSTAT_VTAB'"
            )
            if not cursor.fetchone()[0]:
                return None
            cursor.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN "
                "(SELECT name FROM sqlite_master WHERE tbl_name = %s)",
                [table],
            )
        size = cursor.fetchone()[0]
        return None if size is None else int(size)
