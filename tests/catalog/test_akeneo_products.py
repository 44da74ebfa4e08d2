"""Rows of products and product models: the grammar of columns, placing, and what children repeat."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.readers.akeneo_columns import Grammar
from catalog.readers.akeneo_files import open_export
from catalog.readers.akeneo_media import Media
from catalog.readers.akeneo_products import Node, ProductRows
from catalog.readers.akeneo_scan import scan_products
from catalog.readers.akeneo_structure import Known, read_structure
from catalog.services.incoming import CellProblem, IncomingRow
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from tests.catalog.akeneo_exports import draw, replaced, write_export

HIGHER = "Its family variant places this higher, where another value stands; kept as its own."
Reader = Callable[..., dict[str, IncomingRow]]


@pytest.fixture
def read(tmp_path: Path, superuser: User) -> Reader:
    """Return a function that writes an export and returns its product rows by SKU, in their order."""

    def reading(
        files: dict[str, Any] | None = None,
        outside: dict[str, Node] | None = None,
        pictures: dict[str, str] | None = None,
    ) -> dict[str, IncomingRow]:
        directory = write_export(tmp_path / "export", files or {})
        for path, color in (pictures or {}).items():
            draw(directory / path, color)
        export = open_export(directory)
        structure = read_structure(export, Known())
        spec = {kind: list(items) for kind, items in structure.spec.items()}
        load_structure(spec, actor=superuser, reason="Test")
        grammar = Grammar(
            current_schema(),
            structure.attributes,
            structure.associations,
            structure.scopes,
            structure.identifier,
        )
        rows = ProductRows(export, grammar, Media(export), outside or {})
        return {row.sku or f"{row.file}:{row.line}": row for row in rows}

    return reading


def products(header: str, *rows: str) -> dict[str, str | None]:
    """Return an export whose products.csv has only these columns and rows, and that has no models."""
    return {"products.csv": "\n".join([header, *rows]) + "\n", "product_models.csv": None}


def one(read: Reader, header: str, row: str, **over: Any) -> IncomingRow:
    return next(iter(read(products(f"sku;{header}", f"A;{row}"), **over).values()))


def test_models_come_before_their_sub_models_and_products_last(read: Reader) -> None:
    rows = read()

    assert [(sku, row.file, row.line, row.parent_sku) for sku, row in rows.items()] == [
        ("shirt", "product_models.csv", 3, None),
        ("shirt-red", "product_models.csv", 2, "shirt"),
        ("shirt-red-s", "products.csv", 2, "shirt-red"),
        ("shirt-red-l", "products.csv", 3, "shirt-red"),
        ("mug", "products.csv", 4, None),
    ]


def test_a_root_model_carries_family_variant_and_common_values(read: Reader) -> None:
    assert read()["shirt"].values == {
        "#kind": "parent",
        "#state": "active",
        "#family": "shirts",
        "#family_variant": "shirts_color_size",
        "#categories": ["men"],
        "name:en-US": "Shirt",
        "name:de-DE": "Hemd",
        "description:en-US@web": "<p>Soft.</p>",
        "price.USD": "20",
        "price.EUR": "19.9",
    }


def test_children_keep_only_what_they_do_not_repeat(read: Reader) -> None:
    rows = read()

    assert rows["shirt-red"].values == {
        "#kind": "parent",
        "#state": "active",
        "color": "red",
        "image": "files/shirt-red/image/red.png",
    }
    assert rows["shirt-red"].inherits == {"#categories", "name:en-US", "price.USD"}
    assert rows["shirt-red-s"].values == {
        "#kind": "variant",
        "#state": "active",
        "#categories": ["sale"],
        "size": "S",
        "tags": ["new", "sale"],
        "weight": {"amount": "0.2", "unit": "kg"},
        "ean": "4006381333931",
    }


def test_a_cell_that_differs_from_what_stands_higher_is_kept_and_listed(read: Reader) -> None:
    rows = read()

    assert rows["shirt-red-l"].values["name:en-US"] == "Shirt XL"
    assert rows["shirt-red-l"].problems == (CellProblem("name-en_US", "Shirt XL", HIGHER),)
    assert rows["shirt-red-s"].problems == (CellProblem("tags", "new,sale", HIGHER),)


def test_a_picture_with_other_bytes_is_kept_and_listed(read: Reader) -> None:
    path = "files/shirt-red-s/image/red.png"

    row = read(pictures={path: "blue"})["shirt-red-s"]

    assert row.values["image"] == path
    assert CellProblem("image", path, HIGHER) in row.problems


def test_a_simple_product_has_its_family_and_no_parent(read: Reader) -> None:
    mug = read()["mug"]

    assert mug.values == {
        "#kind": "simple",
        "#state": "active",
        "#family": "mugs",
        "#categories": ["master"],
        "name:en-US": "Mug",
        "name:de-DE": "Becher",
        "price.USD": "8.5",
        "image": "files/mug/image/mug.png",
        "stock": 12,
        "organic": True,
        "since@print": "2024-05-01",
    }
    assert mug.problems == ()
    assert mug.raw["price-USD"] == "8.50"
    assert "price-EUR" not in mug.raw


@pytest.mark.parametrize(("cell", "state"), [("1", "active"), ("0", "draft")])
def test_enabled_is_the_state(read: Reader, cell: str, state: str) -> None:
    assert one(read, "enabled", cell).values["#state"] == state


def test_without_enabled_nothing_is_said_of_the_state(read: Reader) -> None:
    row = one(read, "enabled", "")

    assert "#state" not in row.values
    assert one(read, "enabled", "yes").problems == (
        CellProblem("enabled", "yes", "This is neither 1 nor 0."),
    )


@pytest.mark.parametrize(
    ("header", "cells", "values"),
    [
        ("weight;weight-unit", "1.50;KILOGRAM", {"weight": {"amount": "1.5", "unit": "kg"}}),
        ("weight;weight-unit", "250;", {"weight": {"amount": "250", "unit": "g"}}),
        ("weight", "2 kg", {"weight": {"amount": "2", "unit": "kg"}}),
        ("price-EUR", "10.00", {"price.EUR": "10"}),
        ("price", "10.00 EUR, 12.5 USD", {"price.EUR": "10", "price.USD": "12.5"}),
        ("description-de_DE-web", "<p>x</p>", {"description:de-DE@web": "<p>x</p>"}),
        ("since-web", "2024-01-31", {"since@web": "2024-01-31"}),
        ("NAME-en_US", "x", {"name:en-US": "x"}),
        ("color", "RED", {"color": "red"}),
        ("tags", "new, SALE,new", {"tags": ["new", "sale"]}),
        ("organic", "0", {"organic": False}),
        ("name-en_US", "  two\nlines ", {"name:en-US": "two lines"}),
        ("name-en_US", "   ", {}),
    ],
)
def test_columns_and_cells(read: Reader, header: str, cells: str, values: dict[str, Any]) -> None:
    cells = ";".join(f'"{cell}"' for cell in cells.split(";"))
    row = one(read, header, cells)

    assert row.values == {"#kind": "simple", **values}
    assert row.problems == ()


@pytest.mark.parametrize(
    ("header", "cells", "problem"),
    [
        ("weight;weight-unit", ";KILOGRAM", ("weight-unit", "KILOGRAM", "The value it belongs to is empty.")),
        ("weight;weight-unit", "1;STONE", ("weight", "1", "“STONE” is not a unit of weight.")),
        ("price-EUR", "free", ("price-EUR", "free", "“free” is not a number.")),
        ("price", "10 Euro", ("price", "10 Euro", "“10 Euro” is not an amount with a currency.")),
        ("price-euro", "10", ("price-euro", "10", "“euro” is not a currency code.")),
        ("stock", "1.5", ("stock", "1.5", "1.5 is not a whole number.")),
        ("color", "green", ("color", "green", "“green” is not one of the options of this attribute.")),
        ("tags", "new,old", ("tags", "old", "“old” is not one of the options of this attribute.")),
        ("categories", "men,lost", ("categories", "lost", "There is no category “lost”.")),
        ("family", "hats", ("family", "hats", "There is no family “hats”.")),
        ("name-en_US", "x" * 41, ("name-en_US", "x" * 41, "The text has 41 characters; 40 are allowed.")),
        (
            "description-en_US-web",
            "<script>x</script>",
            ("description-en_US-web", "<script>x</script>", "Nothing of this can be kept."),
        ),
        ("image", "files/none.png", ("image", "files/none.png", "The file is not in the export.")),
        ("image", "../secret.png", ("image", "../secret.png", "The file is not in the export.")),
        ("cut", "slim", ("cut", "slim", "There is no attribute or setting of this name.")),
        ("groups", "promo", ("groups", "promo", "There is no attribute or setting of this name.")),
        (
            "X_SELL-groups",
            "promo",
            ("X_SELL-groups", "promo", "There is no attribute or setting of this name."),
        ),
        ("name", "x", ("name", "x", "“name” differs by language: name one, as in name:en-US.")),
        ("name-fr_FR", "x", ("name-fr_FR", "x", "No channel speaks “fr-FR”.")),
        (
            "name-en_US-web",
            "x",
            ("name-en_US-web", "x", "The name of this column can't be read as a value of name."),
        ),
        ("since-mobile", "2024-01-31", ("since-mobile", "2024-01-31", "There is no channel “mobile”.")),
        ("weight-kg", "1", ("weight-kg", "1", "The name of this column can't be read as a value of weight.")),
    ],
)
def test_what_cannot_be_kept_is_listed_and_the_row_goes_on(
    read: Reader, header: str, cells: str, problem: tuple[str, str, str]
) -> None:
    row = one(read, f"organic;{header}", f"1;{cells}")

    assert row.problems == (CellProblem(*problem),)
    assert row.values["organic"] is True
    assert row.rejected is None


def test_an_identifier_that_stands_twice_is_left_out_the_second_time(read: Reader) -> None:
    rows = read(products("sku;ean", "A;123", "B;123"))

    assert rows["A"].values["ean"] == "123"
    assert rows["B"].values == {"#kind": "simple"}
    assert rows["B"].problems == (
        CellProblem("ean", "123", "This number stands in products.csv, line 2 already."),
    )


def test_a_row_without_sku_cannot_be_identified(read: Reader) -> None:
    row = read(products("sku;stock", ";1"))["products.csv:2"]

    assert row.rejected == CellProblem(None, "", "The row has no SKU, so it can't be identified.")


def test_models_under_each_other_cannot_be_placed(read: Reader) -> None:
    rows = read({"product_models.csv": "code;family_variant;parent\na;;b\nb;;a\n", "products.csv": None})

    assert [(row.line, row.rejected) for row in rows.values()] == [
        (2, CellProblem(None, "b", "Its parent “b” has no place itself.")),
        (3, CellProblem(None, "a", "Its parent “a” has no place itself.")),
    ]


def test_links_are_skus_with_quantities(read: Reader) -> None:
    header = "PACK-products;PACK-products-quantity;PACK-product_models;X_SELL-products"
    row = one(read, header, "B, C;2|1;shirt;B")

    assert row.links == {"pack": [("B", 2), ("C", 1), ("shirt", None)], "x_sell": [("B", None)]}
    assert row.problems == ()


def test_quantities_must_fit_their_products(read: Reader) -> None:
    header = "PACK-products;PACK-products-quantity"

    assert one(read, header, "B,C;2").problems == (
        CellProblem("PACK-products-quantity", "2", "There is not one quantity for each product."),
    )
    assert one(read, header, "B,C;2|0").problems == (
        CellProblem("PACK-products-quantity", "0", "This is not a quantity (1 or more)."),
    )


def test_links_and_groups_of_a_parent_are_not_repeated(read: Reader) -> None:
    models = "code;family_variant;X_SELL-products\nshirt;shirts_color_size;mug\n"
    rows = read(
        {
            "product_models.csv": models,
            "products.csv": "sku;parent;X_SELL-products;X_SELL-groups\na;shirt;mug;\nb;shirt;mug,a;promo\n",
        }
    )

    assert rows["shirt"].links == {"x_sell": [("mug", None)]}
    assert rows["a"].links == {}
    assert rows["a"].inherits == {"x_sell"}
    assert rows["b"].links == {"x_sell": [("mug", None), ("a", None)]}
    assert rows["b"].problems == (
        CellProblem("X_SELL-groups", "promo", "Products can't be linked to groups of products."),
    )


def test_family_and_family_variant_stand_at_the_root(read: Reader) -> None:
    models = (
        "code;family_variant;parent\nshirt;shirts_color_size;\nsub;shirts_color_size;shirt\nbad;other;shirt\n"
    )
    rows = read(
        {"product_models.csv": models, "products.csv": "sku;family;parent\na;mugs;sub\nb;shirts;sub\n"}
    )

    assert rows["sub"].values == {"#kind": "parent", "#state": "active"}
    assert rows["sub"].problems == ()
    assert rows["bad"].problems == (
        CellProblem("family_variant", "other", "There is no family variant “other”."),
    )
    assert rows["a"].values == {"#kind": "variant"}
    assert rows["a"].problems == (
        CellProblem("family", "mugs", "This stands at the topmost parent only, which says “shirts”."),
    )
    assert rows["b"].problems == ()


def test_a_parent_is_found_exactly_before_it_is_found_in_another_case(read: Reader) -> None:
    models = "code;family_variant;name-en_US\nSHIRT;shirts_color_size;Upper\nshirt;shirts_color_size;Lower\n"
    rows = read(
        {"product_models.csv": models, "products.csv": "sku;parent\na;shirt\nb;SHIRT\nc;Shirt\nd;none\n"}
    )

    parents = {sku: row.parent_sku for sku, row in rows.items() if row.file == "products.csv"}
    assert parents == {"a": "shirt", "b": "SHIRT", "c": "SHIRT", "d": "none"}


def test_a_child_compares_with_a_parent_that_is_here_already(read: Reader) -> None:
    parent = Node("shirt", {"sku": "shirt", "#family_variant": "shirts_color_size", "name:en-US": "Shirt"})
    rows = read(
        products("sku;parent;name-en_US", "a;Shirt;Shirt", "b;shirt;Shirt XL"), outside={"shirt": parent}
    )

    assert rows["a"].values == {"#kind": "variant"}
    assert rows["a"].parent_sku == "shirt"
    assert rows["b"].values == {"#kind": "variant", "name:en-US": "Shirt XL"}


def test_a_scan_finds_media_and_parents_from_elsewhere(tmp_path: Path, superuser: User) -> None:
    files = replaced("products.csv", "mug;mugs;", "mug;mugs;elsewhere")
    export = open_export(write_export(tmp_path, files))
    structure = read_structure(export, Known())
    load_structure(
        {kind: list(items) for kind, items in structure.spec.items()}, actor=superuser, reason="Test"
    )
    grammar = Grammar(
        current_schema(), structure.attributes, structure.associations, structure.scopes, structure.identifier
    )

    scan = scan_products(export, grammar)

    assert scan.media == [
        "files/shirt-red/image/red.png",
        "files/shirt-red-s/image/red.png",
        "files/mug/image/mug.png",
    ]
    assert scan.outside_parents == ["elsewhere"]
    assert scan.linked == frozenset()
