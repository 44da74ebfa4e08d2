"""Availability by location: late rows never overwrite, the log grows only with the status."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Availability, AvailabilityLog
from tests.factories.catalog import edit_product, make_product
from workflows.models import Source

pytestmark = pytest.mark.usefixtures("structure")


@pytest.fixture(autouse=True)
def _source(cast: dict[str, User]) -> None:
    Source.objects.create(code="erp", kind="erp", label="ERP", rank=50)


def count(tmp_path: Path, *rows: str, header: str = "sku,location,quantity,observed_at") -> dict[str, Any]:
    file = tmp_path / "stock.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    out = StringIO()
    call_command("import_availability", str(file), source="erp", json=True, stdout=out)
    return json.loads(out.getvalue())


def test_a_late_row_is_ignored_and_the_log_tells_changes_of_status(tmp_path: Path) -> None:
    product = make_product("A-1")

    first = count(tmp_path, "A-1,berlin,5,2026-11-01T10:00:00+00:00")
    late = count(tmp_path, "A-1,berlin,0,2026-11-01T09:00:00+00:00")
    less = count(tmp_path, "A-1,berlin,3,2026-11-01T11:00:00+00:00")
    gone = count(tmp_path, "a-1,Berlin,0,2026-11-01T12:00:00+00:00")

    outcomes = [(r["new"], r["changed"], r["unchanged"]) for r in (first, late, less, gone)]
    assert outcomes == [(1, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 0)]
    row = Availability.objects.get(product=product)
    assert (row.status, row.quantity) == ("out_of_stock", 0)
    assert list(AvailabilityLog.objects.order_by("pk").values_list("status", flat=True)) == [
        "in_stock",
        "out_of_stock",
    ]


def test_a_former_sku_counts_for_the_product_that_had_it(tmp_path: Path) -> None:
    product = make_product("A-1")
    edit_product(product.pk, {"sku": "B-1"})

    report = count(
        tmp_path, "a-1,berlin,5,2026-11-01T10:00:00+00:00", "B-1,berlin,3,2026-11-01T11:00:00+00:00"
    )

    assert (report["new"], report["changed"], report["rejected"]) == (1, 1, 0)
    row = Availability.objects.get()
    assert (row.product_id, row.quantity) == (product.pk, 3)


def test_two_rows_of_one_place_in_one_file_end_with_the_later(tmp_path: Path) -> None:
    make_product("A-1")

    report = count(
        tmp_path,
        "A-1,berlin,5,2026-11-01T10:00:00+00:00",
        "A-1,berlin,0,2026-11-01T12:00:00+00:00",
        "A-1,berlin,7,2026-11-01T11:00:00+00:00",
    )

    assert (report["new"], report["changed"], report["unchanged"]) == (1, 1, 1)
    assert Availability.objects.get().quantity == 0


def test_rows_that_cannot_be_read_are_listed_with_their_reason(tmp_path: Path) -> None:
    make_product("A-1")

    report = count(
        tmp_path,
        "B-1,berlin,1,,2026-11-01T10:00:00+00:00",
        "A-1,paris,1,,2026-11-01T10:00:00+00:00",
        "A-1,berlin,-1,,2026-11-01T10:00:00+00:00",
        "A-1,berlin,1,,2026-11-01T10:00:00",
        "A-1,berlin,1,,2999-11-01T10:00:00+00:00",
        "A-1,berlin,,sold,2026-11-01T10:00:00+00:00",
        "A-1,berlin,,,2026-11-01T10:00:00+00:00",
        f"A-1,berlin,{'9' * 5000},,2026-11-01T10:00:00+00:00",
        header="sku,location,quantity,status,observed_at",
    )

    assert [(row["line"], row["field"]) for row in report["rejections"]] == [
        (2, "sku"),
        (3, "location"),
        (4, "quantity"),
        (5, "observed_at"),
        (6, "observed_at"),
        (7, "status"),
        (8, "quantity"),
        (9, "quantity"),
    ]
    assert (report["read"], report["rejected"]) == (8, 8)
    assert not Availability.objects.exists()


def test_a_file_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="quantity"):
        count(tmp_path, header="sku,location,observed_at")


def test_somebody_without_the_right_to_deliver_is_refused(tmp_path: Path) -> None:
    make_product("A-1")
    file = tmp_path / "stock.csv"
    file.write_text(
        "sku,location,quantity,observed_at\nA-1,berlin,1,2026-11-01T10:00:00Z\n", encoding="utf-8"
    )

    with pytest.raises(CommandError, match="may not deliver"):
        call_command("import_availability", str(file), source="erp", user="support")

    assert not Availability.objects.exists()
