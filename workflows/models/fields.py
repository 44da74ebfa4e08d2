"""Model fields that every app may use."""

from __future__ import annotations

from typing import Any

import orjson
from django.db import models
from django.db.models.expressions import Col


class DocumentField(models.JSONField):
    """A JSON column that orjson reads, several times as fast as Django does; for columns of which thousands
    are read at a time.

    To the database and to migrations it is Django's own.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return what a stored value says."""
        if isinstance(expression, Col) and value is not None:
            return orjson.loads(value)
        return super().from_db_value(value, expression, connection)

    def deconstruct(self) -> Any:
        """Name Django's field, since what is stored is the same."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
