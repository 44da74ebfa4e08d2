"""Rows that could not be applied are rejected while they are planned, with field and reason."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Product, Shadow
from catalog.services import intake, planning
from tests.catalog.delivering import counts, deliver, interrupted
from tests.factories.catalog import edit_product, make_product
from workflows.models import ChangeRequest, Source

pytestmark = pytest.mark.usefixtures("structure")

HEADER = "sku,name:en-US,gtin,#kind,#parent,#family,#family_variant,related"


def rejected(report: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(row["line"], row["field"], row["reason"]) for row in report["rejections"]]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("N-1,,,variant,,,,", "#parent", "A variant needs a parent."),
        ("N-1,,,simple,P-1,,,", "#parent", "A simple product has no parent."),
        ("N-1,,,variant,S-1,,,", "#parent", "The product named as parent is none."),
        ("N-1,,,variant,P-1,shoes,,", "#family", "The family stands at the topmost parent only."),
        (
            "N-1,,,parent,,,shoes_colour,",
            "#family_variant",
            "“shoes_colour” splits the family shoes, not this product's.",
        ),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_new_row_that_could_not_be_applied_is_rejected(
    tmp_path: Path, people: dict[str, User], row: str, field: str, reason: str, dry_run: bool
) -> None:
    make_product("P-1", **{"#kind": "parent"})
    make_product("S-1")

    report = deliver(tmp_path, row, header=HEADER, approve=False, dry_run=dry_run)

    assert counts(report) == (1, 0, 0, 0, 1)
    assert rejected(report) == [(2, field, reason)]
    assert report["request"] is None
    assert not Shadow.objects.exists()


def test_a_changed_row_whose_product_would_not_be_valid_is_rejected(
    tmp_path: Path, people: dict[str, User]
) -> None:
    deliver(tmp_path, "S-1,One,,,,,,", header=HEADER)
    before = Shadow.objects.get().mapped

    report = deliver(tmp_path, "S-1,Two,,variant,,,,", header=HEADER)

    assert counts(report) == (1, 0, 0, 0, 1)
    assert rejected(report) == [(2, "#parent", "A variant needs a parent.")]
    assert Shadow.objects.get().mapped == before
    assert Product.objects.get().revision == 1
    assert counts(deliver(tmp_path, "S-1,Two,,,,,,", header=HEADER)) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("size", [1, 500])
def test_what_hangs_on_a_rejected_row_is_rejected_with_it(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch, size: int, dry_run: bool
) -> None:
    monkeypatch.setattr(intake, "CHUNK", size)

    report = deliver(
        tmp_path,
        "P-1,,96385074,parent,,,shoes_colour,",
        "V-1,,,variant,P-1,,,",
        "B-1,Kit,96385074,bundle,,,,P-1*2",
        header=HEADER,
        approve=False,
        dry_run=dry_run,
    )

    assert counts(report) == (3, 1, 0, 0, 2)
    assert rejected(report) == [
        (2, "#family_variant", "“shoes_colour” splits the family shoes, not this product's."),
        (3, "#parent", "There is no product “P-1” to be its parent."),
        (4, "related", "There is no product “P-1” to link to."),
    ]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("size", [1, 500])
def test_a_product_may_become_a_parent_with_its_variants(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch, size: int, dry_run: bool
) -> None:
    monkeypatch.setattr(intake, "CHUNK", size)
    deliver(tmp_path, "P-1,,,simple,,shoes,,", header=HEADER)
    make_product("P-2")
    rows = (
        "P-1,,,parent,,shoes,shoes_colour,",
        "V-1,,,variant,P-1,,,",
        "P-2,,,parent,,,,",
        "V-2,,,variant,P-2,,,",
        "P-3,,,parent,,,,",
        "V-3,,,variant,P-3,,,",
    )

    report = deliver(tmp_path, *rows, header=HEADER, approve=not dry_run, dry_run=dry_run)

    # People said that P-2 is simple: before they decide that conflict nothing can stand below it.
    assert counts(report) == (6, 3, 2, 0, 1)
    assert rejected(report) == [(5, "#parent", "The product named as parent is none.")]
    if not dry_run:
        assert report["applied"].pop("follow_up")
        assert report["applied"] == {"applied": 4, "conflict": 1}


def test_a_product_another_source_proposed_may_be_a_parent(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "P-1,,,parent,,,,", header=HEADER, approve=False)
    Source.objects.create(code="other", kind="supplier", label="Other", rank=200)

    report = deliver(tmp_path, "V-1,,,variant,P-1,,,", header=HEADER, approve=False, source="other")

    assert counts(report) == (1, 1, 0, 0, 0)
    assert ChangeRequest.objects.count() == 2


def test_the_number_of_a_rejected_row_is_free(tmp_path: Path, people: dict[str, User]) -> None:
    report = deliver(tmp_path, "N-1,,96385074,variant,,,,", "N-2,,96385074,,,,,", header=HEADER)

    assert counts(report) == (2, 1, 0, 0, 1)
    assert Product.objects.get().document["gtin"] == "96385074"


def test_planning_asks_no_query_for_a_row(tmp_path: Path, people: dict[str, User]) -> None:
    def queries(prefix: str, number: int) -> int:
        rows = [f"{prefix}P,,,parent,,,,"]
        rows += [f"{prefix}{each},Name,,variant,{prefix}P,,," for each in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert counts(deliver(tmp_path, *rows, header=HEADER, approve=False))[1] == number + 1
        return len(captured)

    queries("W", 2)
    assert queries("A", 2) == queries("B", 20)


def test_a_preview_tells_what_would_change(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,,,,,,", "A-2,Two,,,,,,", header=HEADER)
    edit_product(Product.objects.get(sku="A-2").pk, {"name:en-US": "Ours"})
    rows = (
        "A-1,Uno,96385074,,,,,",
        "A-2,Theirs,,,,,,",
        "N-1,Brand new,,,,,,",
        "N-2,,,variant,,,,",
        "N-3,,,,,nought,,",
    )

    report = deliver(tmp_path, *rows, header=HEADER, approve=False, dry_run=True)

    assert report["changes"] == [
        {
            "sku": "A-1",
            "title": "One",
            "new": False,
            "values": {
                "name:en-US": {"before": "One", "after": "Uno", "conflict": False},
                "gtin": {"before": None, "after": "96385074", "conflict": False},
            },
        },
        {
            "sku": "A-2",
            "title": "Ours",
            "new": False,
            "values": {"name:en-US": {"before": "Ours", "after": "Theirs", "conflict": True}},
        },
        {"sku": "N-1", "title": "Brand new", "new": True, "values": {}},
        {"sku": "N-3", "title": "N-3", "new": True, "values": {}},
    ]
    assert report["more_changes"] == 0
    assert "changes" not in deliver(tmp_path, *rows, header=HEADER, approve=False)


def test_a_preview_holds_the_first_products_alone(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", 2)
    monkeypatch.setattr(planning, "MAX_CHANGES", 3)
    rows = [f"N-{number},,,,,,," for number in range(7)]

    report = deliver(tmp_path, *rows, header=HEADER, approve=False, dry_run=True)

    assert [change["sku"] for change in report["changes"]] == ["N-0", "N-1", "N-2"]
    assert report["more_changes"] == 4


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("is_conflict", [False, True])
def test_a_resumed_delivery_places_products_as_one_that_was_not_interrupted(
    tmp_path: Path,
    people: dict[str, User],
    monkeypatch: pytest.MonkeyPatch,
    is_killed: bool,
    is_conflict: bool,
) -> None:
    if is_conflict:
        make_product("P-1")
    else:
        deliver(tmp_path, "P-1,,,,,,,,,simple,")
    rows = ("P-1,,,,,,,,,parent,", "V-1,,,,,,,,P-1,variant,")
    monkeypatch.setattr(intake, "CHUNK", 1)
    if is_killed:
        assert interrupted(tmp_path, monkeypatch, *rows).position == 1

    report = deliver(tmp_path, *rows)

    if is_conflict:
        assert counts(report) == (2, 0, 1, 0, 1)
        assert rejected(report) == [(3, "#parent", "The product named as parent is none.")]
    else:
        assert counts(report) == (2, 1, 1, 0, 0)
        assert Product.objects.get(sku="V-1").parent == Product.objects.get(sku="P-1", kind="parent")


def test_the_terminal_tells_rows_cells_and_changes_apart(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,,,,,,", header=HEADER)
    rows = [f"N-{number},Name {number},,,,,," for number in range(25)]
    out = StringIO()

    deliver(
        tmp_path,
        f"A-1,{'Uno ' * 30},96385074,,,,,",
        ",Nameless,,,,,,",
        "B-1,,1234,,,,,",
        *rows,
        header=HEADER,
        approve=False,
        dry_run=True,
        json=False,
        stdout=out,
    )

    lines = out.getvalue().splitlines()
    assert lines[:12] == [
        "28 rows read: 26 new, 1 changed, 0 unchanged, 1 rejected.",
        "Rejected rows (1):",
        "  nordic.csv:3 sku “”: The row has no SKU, so it can't be identified.",
        "Cells left out of rows that were taken in (1):",
        "  nordic.csv:4 gtin “1234”: “1234” is not a GTIN: it has 4 digits; 8, 12, 13 or 14 are allowed.",
        "Would change (27 products):",
        "  A-1 One",
        "    name:en-US: One → " + ("Uno " * 30)[:60] + "…",
        "    gtin: – → 96385074",
        "  new B-1",
        "  new N-0 Name 0",
        "  new N-1 Name 1",
    ]
    assert lines[-2:] == [
        "  … and 7 more (--json lists the first 1000)",
        "Nothing was written.",
    ]
