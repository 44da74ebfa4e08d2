"""Akeneo's demo catalogue, whole: an independent reading accounts for every cell of its product files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import nh3
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from assets.models import Asset, StoredFile
from catalog.models import Product
from catalog.rules.values import RICH_TEXT_TAGS
from tests.catalog.akeneo_layout import lay_out

pytestmark = pytest.mark.sample_data

MISSING = "The file is not in the export."
KEPT = "Its family variant places this higher, where another value stands; kept as its own."
LEVELS = 3
# What the units of this catalogue are called in Akeneo and in truth.
UNITS = {"KILOGRAM": "kg", "GRAM": "g", "MILLIMETER": "mm", "INCH": "in", "METER": "m", "CENTIMETER": "cm"}
Row = dict[str, str]


@pytest.fixture(scope="module")
def export(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(sample_data, tmp_path_factory.mktemp("icecat"))


def run_import(export: Path) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_akeneo",
        str(export),
        user="admin",
        approve=True,
        as_approver="reviewer",
        json=True,
        stdout=out,
    )
    return dict(json.loads(out.getvalue()))


def read(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield rows with the line they start in."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        line = reader.line_num + 2
        for row in reader:
            yield line, row
            line = reader.line_num + 1


def test_counts_add_up_and_a_second_run_finds_nothing_new(export: Path, cast: dict[str, User]) -> None:
    first = run_import(export)
    second = run_import(export)

    names = ("read", "new", "changed", "unchanged", "rejected")
    assert [first["files"]["products.csv"][name] for name in names] == [1239, 1239, 0, 0, 0]
    assert [first["files"]["product_models.csv"][name] for name in names] == [81, 81, 0, 0, 0]
    assert first["applied"] == {"applied": 1320}
    assert [first[name] for name in names] == [2236, 1726, 0, 510, 0]
    assert [second[name] for name in names] == [2236, 0, 0, 2236, 0]
    assert second["rejections"] == first["rejections"]
    for told in (first, second):
        for counts in (told, *told["files"].values()):
            assert counts["read"] == sum(counts[name] for name in names[1:])


def test_every_cell_is_in_truth_or_among_the_left_out(export: Path, cast: dict[str, User]) -> None:
    told = run_import(export)

    reading = _Reading(export, told["rejections"])
    lost = [
        (file, line, column, cell)
        for file in ("product_models.csv", "products.csv")
        for line, row in read(export / file)
        for column, cell in row.items()
        if cell.strip() and not reading.is_accounted_for(file, line, row, column)
    ]

    assert lost == []
    assert reading.checked == 15_342


def test_missing_pictures_and_loose_parents(export: Path, sample_data: Path, cast: dict[str, User]) -> None:
    told = run_import(export)

    with (sample_data / "akeneo_icecat" / "media_map.csv").open(encoding="utf-8", newline="") as file:
        missing = sorted(row["referenced_path"] for row in csv.DictReader(file) if not row["stored_path"])
    assert len(missing) == 15
    assert sorted(each["value"] for each in told["rejections"] if each["reason"] == MISSING) == missing
    assert [each["value"] for each in told["rejections"] if each["reason"] == KEPT] == [
        f"files/model-tshirt-divided-{color}/image/red.png" for color in ("blue", "grey", "red")
    ]
    codes = {row["code"]: row["code"] for _line, row in read(export / "product_models.csv")}
    loose = [
        row for _line, row in read(export / "products.csv") if row["parent"] and row["parent"] not in codes
    ]
    parents = dict(
        Product.objects.filter(sku__in=[row["sku"] for row in loose]).values_list("sku", "parent__sku")
    )
    assert len(loose) == 18
    assert {sku: str(parent).lower() for sku, parent in parents.items()} == {
        row["sku"]: row["parent"].lower() for row in loose
    }
    # 270 paths, 15 of them without a file; 128 different contents.
    assert Asset.objects.filter(current__isnull=False).count() == Asset.objects.count() == 255
    assert StoredFile.objects.count() == 128


class _Reading:
    """Holds cells against truth, by what the files say of attributes and by none of the importer's code."""

    def __init__(self, export: Path, rejections: list[dict[str, Any]]) -> None:
        self.export = export
        self.checked = 0
        self.attributes = {row["code"]: row for _line, row in read(export / "attributes.csv")}
        self.left_out = {(each["file"], each["line"], each["field"]): each["reason"] for each in rejections}
        products = list(Product.objects.values_list("pk", "sku", "document", "parent_id"))
        self.by_sku = {sku: (document, parent) for _pk, sku, document, parent in products}
        self.by_pk = {pk: (document, parent) for pk, _sku, document, parent in products}

    def is_accounted_for(self, file: str, line: int, row: Row, column: str) -> bool:
        """Tell whether a cell is in truth, or listed; a cell kept and listed must be in truth too."""
        self.checked += 1
        reason = self.left_out.get((file, line, column))
        if reason is not None and reason != KEPT:
            return True
        levels = self.levels(row.get("sku") or row["code"])
        return self.is_true(row, column, levels[:1] if reason == KEPT else levels)

    def levels(self, sku: str) -> list[dict[str, Any]]:
        """Return a product's document, then its parents'."""
        document, parent = self.by_sku[sku]
        found = [document]
        while parent is not None:
            document, parent = self.by_pk[parent]
            found.append(document)
        assert len(found) <= LEVELS
        return found

    def is_true(self, row: Row, column: str, levels: list[dict[str, Any]]) -> bool:
        """Compare one cell with what its product resolves to."""
        cell = row[column].strip()
        match column:
            case "sku" | "code":
                return bool(levels[0]["sku"] == cell)
            case "enabled":
                return bool(levels[0]["#state"] == {"1": "active", "0": "draft"}[cell])
            case "family" | "family_variant":
                return bool(levels[-1][f"#{column}"] == cell)
            case "parent":
                return len(levels) > 1 and levels[1]["sku"].lower() == cell.lower()
            case "categories":
                held = {code for document in levels for code in document.get("#categories", [])}
                return set(cell.split(",")) <= held
        if column.endswith("-unit"):
            value = self.resolved(column.removesuffix("-unit"), levels)
            return bool(value["unit"] == UNITS[cell])
        return self.same(column.split("-")[0], cell, self.resolved(column, levels))

    def resolved(self, column: str, levels: list[dict[str, Any]]) -> Any:
        """Return the nearest value under the key a column stands for."""
        code, *rest = column.split("-")
        attribute = self.attributes[code]
        key = code
        if attribute["type"] == "pim_catalog_price_collection":
            key += f".{rest.pop()}"
        if attribute["localizable"] == "1":
            key += f":{rest.pop(0).replace('_', '-')}"
        if attribute["scopable"] == "1":
            key += f"@{rest.pop(0)}"
        assert rest == []
        return next((document[key] for document in levels if key in document), None)

    def same(self, code: str, cell: str, value: Any) -> bool:
        """Tell whether a stored value says what a cell says, by the normalisation documented per type."""
        text = cell.replace("\r\n", "\n")
        match self.attributes[code]["type"]:
            case "pim_catalog_textarea" if self.attributes[code]["wysiwyg_enabled"] == "1":
                clean = nh3.clean(text, tags=set(RICH_TEXT_TAGS), url_schemes={"http", "https", "mailto"})
                return bool(value == clean.strip())
            case "pim_catalog_textarea":
                return bool(value == text)
            case "pim_catalog_text":
                return bool(value == text.replace("\n", " "))
            case "pim_catalog_number" | "pim_catalog_price_collection":
                return Decimal(str(value)) == Decimal(text)
            case "pim_catalog_metric":
                return Decimal(value["amount"]) == Decimal(text)
            case "pim_catalog_boolean":
                return value is (text == "1")
            case "pim_catalog_multiselect":
                return bool(value == text.split(","))
            case "pim_catalog_simpleselect":
                return bool(value.lower() == text.lower())
            case "pim_catalog_image" | "pim_catalog_file":
                return self.checksum(value) == self.checksum(text)
        return bool(value == text)

    def checksum(self, path: str) -> str:
        """Return the checksum of a file of the export."""
        return hashlib.sha256((self.export / path).read_bytes()).hexdigest()
