"""Akeneo's own test catalogues and broken files."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Attribute, Product
from tests.catalog.akeneo_exports import write_export
from tests.catalog.test_akeneo_import import rows_of_all_tables

pytestmark = pytest.mark.sample_data

NAMES = ("read", "new", "changed", "unchanged", "rejected")


def run_import(directory: Path) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_akeneo",
        str(directory),
        user="admin",
        approve=True,
        as_approver="reviewer",
        json=True,
        stdout=out,
    )
    return dict(json.loads(out.getvalue()))


@pytest.mark.parametrize(
    ("catalog", "counts", "applied", "left_out"),
    [
        ("catalog_modeling", [963, 452, 0, 511, 0], 322, 167),
        ("technical", [197, 71, 0, 124, 2], 0, 15),
        ("footwear", [594, 78, 0, 511, 5], 0, 18),
        ("apparel", [659, 138, 0, 521, 0], 0, 6),
    ],
)
def test_akeneos_test_catalogues_import(
    sample_data: Path, cast: dict[str, User], catalog: str, counts: list[int], applied: int, left_out: int
) -> None:
    directory = sample_data / "akeneo_edge" / "catalogs" / catalog

    first, second = run_import(directory), run_import(directory)

    assert [first[name] for name in NAMES] == counts
    assert Product.objects.count() == applied
    assert len(first["rejections"]) == left_out
    assert [second[name] for name in NAMES] == [counts[0], 0, 0, counts[0] - counts[4], counts[4]]
    assert second["rejections"] == first["rejections"]


def test_an_attribute_called_by_a_number_is_renamed(sample_data: Path, cast: dict[str, User]) -> None:
    run_import(sample_data / "akeneo_edge" / "catalogs" / "footwear")

    assert list(Attribute.objects.exclude(alias="").values_list("alias", "code")) == [("123", "a_123")]


def test_products_that_are_not_utf_8_are_refused_in_one_sentence(
    sample_data: Path, cast: dict[str, User], tmp_path: Path
) -> None:
    directory = write_export(tmp_path)
    broken = sample_data / "akeneo_edge/import_edge_cases/product_export_with_non_utf8_characters.csv"
    shutil.copyfile(broken, directory / "products.csv")
    before = rows_of_all_tables()

    with pytest.raises(CommandError) as caught:
        run_import(directory)

    assert str(caught.value) == (
        "products.csv is not written in UTF-8: line 11, byte 2676 of the file (0xFF). Save it as UTF-8."
    )
    assert rows_of_all_tables() == before
