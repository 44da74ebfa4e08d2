"""Bulk inserts whose rows are made while they are written."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from workflows.bulk import insert_rows
from workflows.models import DirtyObject

pytestmark = pytest.mark.django_db


def test_rows_come_from_a_generator() -> None:
    rows = (("catalog.product", f"object {number}") for number in range(3))

    assert insert_rows(DirtyObject, ("model", "object_id"), rows) == 3
    assert list(DirtyObject.objects.order_by("pk").values_list("object_id", flat=True)) == [
        "object 0",
        "object 1",
        "object 2",
    ]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 values for 2 columns"), transaction.atomic():
        insert_rows(DirtyObject, ("model", "object_id"), [("catalog.product",)])

    assert not DirtyObject.objects.exists()


def test_a_generator_that_asks_the_database_is_refused_where_it_would_wait_for_ever() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite makes all rows before it writes the first")

    def rows() -> Iterator[tuple[Any, ...]]:
        yield "catalog.product", str(DirtyObject.objects.count())

    with pytest.raises(RuntimeError, match="without the database"), transaction.atomic():
        insert_rows(DirtyObject, ("model", "object_id"), rows())

    assert not DirtyObject.objects.exists()
