"""Full-text search beside the search texts: a tsvector and a trigram index on PostgreSQL, FTS5 tables on SQLite."""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """ALTER TABLE catalog_searchtext ADD COLUMN vector tsvector GENERATED ALWAYS AS (
       setweight(to_tsvector('simple', codes), 'A') || setweight(to_tsvector('simple', text), 'B')) STORED""",
    "CREATE INDEX searchtext_vector ON catalog_searchtext USING gin (vector)",
    "CREATE INDEX searchtext_codes_trgm ON catalog_searchtext USING gin (codes gin_trgm_ops)",
)
POSTGRESQL_BACK = (
    "DROP INDEX IF EXISTS searchtext_codes_trgm",
    "DROP INDEX IF EXISTS searchtext_vector",
    "ALTER TABLE catalog_searchtext DROP COLUMN IF EXISTS vector",
)
SQLITE = (
    # FTS5 tables only find rows by rowid; this table says which product a rowid is.
    "CREATE TABLE catalog_search_rows (rowid INTEGER PRIMARY KEY, product_id char(32) NOT NULL UNIQUE)",
    """CREATE VIRTUAL TABLE catalog_search_words USING fts5(
       codes, text, tokenize = "unicode61 remove_diacritics 0")""",
    'CREATE VIRTUAL TABLE catalog_search_parts USING fts5(codes, tokenize = "trigram")',
)
SQLITE_BACK = (
    "DROP TABLE catalog_search_words",
    "DROP TABLE catalog_search_parts",
    "DROP TABLE catalog_search_rows",
)


def forwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Create the search indexes of this database."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def backwards(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop them."""
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement)


class Migration(migrations.Migration):
    """Add the search indexes."""

    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
