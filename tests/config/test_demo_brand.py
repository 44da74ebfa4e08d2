"""The demonstration brand's files hold together: what they name exists, and their gaps are the meant ones."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from catalog.measurements import MEASURES
from catalog.rules.gtin import gtin_problem
from catalog.rules.keys import ValueKey
from catalog.rules.values import split_list
from config.demo.pictures import BRAND, picture_specs

STRUCTURE: dict[str, list[dict[str, Any]]] = json.loads((BRAND / "structure.json").read_text())
ATTRIBUTES = {attribute["code"]: attribute for attribute in STRUCTURE["attributes"]}
FAMILIES = {family["code"]: family for family in STRUCTURE["families"]}
RECORDS = {entity["code"]: {r["code"] for r in entity["records"]} for entity in STRUCTURE["entities"]}
SCOPES = {scope["code"] for scope in STRUCTURE["scopes"]}
LOCALES = ("en-US", "de-DE")


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a delivery of the brand without their blank cells."""
    with (BRAND / name).open(newline="", encoding="utf-8") as lines:
        return [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(lines)]


CATALOGUE = read("supplier_catalogue.csv") + read("products.csv")
ROWS = {row["sku"]: row for row in CATALOGUE}
SELLABLE = [row for row in CATALOGUE if row["#kind"] != "parent" and row["#state"] == "active"]


def root_of(row: dict[str, str]) -> dict[str, str]:
    while "#parent" in row:
        row = ROWS[row["#parent"]]
    return row


def resolved(row: dict[str, str], key: str) -> str | None:
    found: str | None = row.get(key)
    return found or (resolved(ROWS[row["#parent"]], key) if "#parent" in row else None)


def test_skus_are_unique_without_regard_to_case() -> None:
    assert len({row["sku"].casefold() for row in CATALOGUE}) == len(CATALOGUE) == 147


def test_brand_has_113_sellable_items_in_eight_families() -> None:
    assert len(SELLABLE) == 113
    assert {root_of(row)["#family"] for row in SELLABLE} == set(FAMILIES)
    assert {row["sku"] for row in SELLABLE if row["#kind"] == "bundle"} == {
        "TB-SET-HUTNIGHT",
        "TB-SET-CAMP2",
    }


def test_gtins_are_valid_unique_and_of_the_demonstration_prefix() -> None:
    gtins = [row["gtin"] for row in CATALOGUE if "gtin" in row]

    assert len(gtins) == len(set(gtins)) == 112
    assert [gtin for gtin in gtins if gtin_problem(gtin) or len(gtin) != 13 or gtin[:3] != "952"] == []


def test_headers_are_value_keys_of_the_structure() -> None:
    for name in ("products.csv", "supplier_catalogue.csv", "supplier_delivery.csv"):
        with (BRAND / name).open(newline="", encoding="utf-8") as lines:
            headers = next(csv.reader(lines))
        for header in (header for header in headers if not header.startswith("#")):
            key = ValueKey.parse(header)
            attribute = ATTRIBUTES[key.code]
            assert bool(attribute.get("localised")) == bool(key.locale), header
            assert not key.scope or (attribute.get("scopable") and key.scope in SCOPES), header


def unknown_codes(row: dict[str, str]) -> list[tuple[str, str]]:
    """Return the cells of a row that name an option, record, unit or product that does not exist."""

    wrong = []
    for header, cell in row.items():
        if header.startswith("#"):
            continue
        attribute = ATTRIBUTES[ValueKey.parse(header).code]
        members = split_list(cell)
        match attribute["type"]:
            case "select" | "multiselect":
                known = {option["code"] for option in attribute["options"]}
            case "reference" | "references":
                known = RECORDS[attribute["entity"]]
            case "products":
                members = [member.partition("*")[0] for member in members]
                known = set(ROWS)
            case "measurement":
                known = set(members)
                if MEASURES.find_unit(attribute["measurement_family"], cell.partition(" ")[2]) is None:
                    known = set()
            case _:
                continue
        wrong += [(header, member) for member in members if member not in known]
    return wrong


def test_options_records_units_and_links_of_the_catalogue_exist() -> None:
    assert [(row["sku"], wrong) for row in CATALOGUE for wrong in unknown_codes(row)] == []


def test_families_variants_parents_and_categories_of_the_catalogue_exist() -> None:
    variants = {variant["code"]: code for code, family in FAMILIES.items() for variant in family["variants"]}
    categories = {category["code"] for category in STRUCTURE["categories"]}

    seen: set[str] = set()
    for row in CATALOGUE:
        assert ("#family" in row) is ("#parent" not in row), row["sku"]
        assert row.get("#parent", row["sku"]) in seen | {row["sku"]}, f"{row['sku']} stands before its parent"
        assert set(split_list(row.get("#categories", ""))) <= categories
        if "#family_variant" in row:
            assert variants[row["#family_variant"]] == row["#family"]
        seen.add(row["sku"])


def test_products_only_use_attributes_of_their_family() -> None:
    for row in CATALOGUE:
        codes = {ValueKey.parse(header).code for header in row if not header.startswith("#")}
        assert codes <= set(FAMILIES[root_of(row)["#family"]]["attributes"]), row["sku"]


def test_variants_fill_the_axes_of_their_level() -> None:
    levels = {v["code"]: v["levels"] for family in FAMILIES.values() for v in family["variants"]}
    for row in (row for row in CATALOGUE if row["#kind"] == "variant"):
        root = root_of(row)
        axes = [axis for level in levels[root["#family_variant"]] for axis in level["axes"]]
        assert [axis for axis in axes if axis in root] == [], root["sku"]
        assert [axis for axis in axes if resolved(row, axis) is None] == [], row["sku"]


def test_locales_are_complete_but_for_the_meant_gap() -> None:
    gaps = [
        (row["sku"], f"{code}:{locale}")
        for row in SELLABLE
        for code in ("name", "summary", "description")
        for locale in LOCALES
        if resolved(row, f"{code}:{locale}") is None
    ]

    assert gaps == [("TB-STILLPAD", "description:de-DE")]


def test_labels_of_the_structure_are_given_in_both_locales() -> None:
    def labels(node: Any) -> list[Any]:
        if isinstance(node, dict):
            own = [node["labels"]] if "labels" in node else []
            return own + [label for value in node.values() for label in labels(value)]
        return [found for member in node for found in labels(member)] if isinstance(node, list) else []

    found = labels(STRUCTURE)

    assert len(found) == 182
    assert [label for label in found if set(label) != set(LOCALES) or not all(label.values())] == []


def test_meant_weaknesses_are_there_and_no_others() -> None:
    no_price = [
        (row["sku"], key) for row in SELLABLE for key in ("price.USD", "price.EUR") if not resolved(row, key)
    ]
    no_picture = [row["sku"] for row in SELLABLE if not resolved(row, "image")]
    too_long = [
        (row["sku"], key)
        for row in CATALOGUE
        for key in row
        if key.startswith("name") and len(row[key]) > 150
    ]

    assert no_price == [("HF-TORCH-900", "price.EUR")]
    assert no_picture == ["TB-TARNHIP-3-CORAL"]
    assert too_long == [("TB-LEESIDE-3", "name:en-US@google")]
    assert [row["sku"] for row in CATALOGUE if row["#state"] != "active"] == ["TB-FELLTARP"]


def test_descriptions_have_two_to_five_sentences() -> None:
    for row in CATALOGUE:
        for locale in LOCALES:
            text = row.get(f"description:{locale}", "")
            sentences = sum(text.count(mark) for mark in (". ", "? ", "! ")) + bool(text)
            assert not text or 2 <= sentences <= 6, (row["sku"], locale, sentences)


def test_pictures_named_by_the_catalogue_are_drawn() -> None:
    named = {
        code
        for row in CATALOGUE + read("supplier_delivery.csv")
        for key in ("image", "more_images")
        for code in split_list(row.get(key, ""))
    }

    assert named - {spec.code for spec in picture_specs()} == {"lights/pocket-150.jpg"}
    assert {spec.code for spec in picture_specs()} <= named


def test_google_categories_exist_in_the_published_taxonomy() -> None:
    sample_data = os.environ.get("CONCORD_SAMPLE_DATA")
    if not sample_data:
        pytest.skip("CONCORD_SAMPLE_DATA does not name the folder with the taxonomy")
    lines = next(Path(sample_data).glob("taxonomy/google_product_taxonomy_*.tsv")).read_text().splitlines()
    known = {line.partition("\t")[0] for line in lines[1:]}

    assert {row["google_product_category"] for row in CATALOGUE if "#parent" not in row} <= known


def test_supplier_delivery_holds_every_kind_of_row() -> None:
    before = {row["sku"]: row for row in read("supplier_catalogue.csv")}
    delivery = read("supplier_delivery.csv")
    edited = {
        (edit["sku"], key)
        for request in json.loads((BRAND / "merchandiser_edits.json").read_text())["requests"]
        for edit in request["edits"]
        for key in edit["values"]
    }
    moved = {
        (row["sku"], key)
        for row in delivery
        if row.get("sku") in before
        for key, cell in row.items()
        if before[row["sku"]].get(key) != cell
    }

    assert moved & edited == {("HF-BEAM-320", "name:en-US"), ("HF-GLOW-200", "summary:en-US")}
    assert {row["sku"] for row in delivery if "sku" in row} - set(before) == {
        "QH-STEEL-500-MOSS",
        "HF-GLOW-400",
        "HF-POCKET-150",
        "QH-THERMO-1000-MOSS",
    }
    assert sum("sku" not in row for row in delivery) == 1
    wrong = {(row.get("sku"), *cell) for row in delivery for cell in unknown_codes(row)}
    assert wrong == {
        ("QH-FLASK-750-GRAPHITE", "color", "midnight"),
        ("QH-MUG-350", "volume", "0.4 hogshead"),
    }
    bad_gtins = [row["sku"] for row in delivery if "gtin" in row and gtin_problem(row["gtin"])]
    assert bad_gtins == ["HF-POCKET-150"]


def test_availability_names_known_items_and_places() -> None:
    places = {location["code"] for location in STRUCTURE["locations"]}
    rows = read("availability.csv")
    known = {row["sku"] for row in rows}

    assert {row["location"] for row in rows} == places
    assert len({(row["sku"], row["location"]) for row in rows}) == len(rows)
    assert known <= {row["sku"] for row in SELLABLE}
    assert "TB-HOCHKAR-45" not in known, "nothing is known about one item, so that screens have it to show"


def test_channels_stand_on_scopes_of_their_own() -> None:
    channels = json.loads((BRAND / "channels.json").read_text())["channels"]

    assert {(c["code"], c["scope"], c["profile"], c["public"]) for c in channels} == {
        ("google", "google", "google", False),
        ("storefront", "storefront", "own_storefront", True),
    }
    for channel in channels:
        for source in channel["mapping"].values():
            assert set(source.get("attributes", ())) <= set(ATTRIBUTES)
