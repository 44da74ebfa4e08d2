"""Lookups that every app may use."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import models


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class AnyOf(models.Lookup):
    """`field__any_of=[…]` finds what `__in` finds, by one parameter however many values there are.

    A thousand placeholders take several milliseconds to fill in, on each side of the connection, and SQLite
    allows only so many. Values are of the field's type; None finds nothing.
    """

    lookup_name = "any_of"

    def get_prep_lookup(self) -> list[Any]:
        """Return the values prepared, without None."""
        field = self.lhs.output_field
        return [field.get_prep_value(value) for value in self.rhs if value is not None]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return SQL and its parameters; no values: `EmptyResultSet`, as `__in` does."""
        if not self.rhs:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        values = [field.get_db_prep_value(value, connection, prepared=True) for value in self.rhs]
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s::{field.rel_db_type(connection)}[])", (*params, values)
        chosen = "SELECT value FROM json_each(%s)"
        return f"{column} IN ({chosen})", (*params, orjson.dumps(values).decode())
