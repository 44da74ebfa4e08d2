"""Families, categories and links of an Akeneo export, and the account of every structure row."""

from pathlib import Path

from catalog.readers.akeneo_files import LeftOut
from tests.catalog.akeneo_exports import FILES, replaced
from tests.catalog.test_akeneo_structure import left_out_of, read


def test_families_and_their_variants(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert found.spec["families"][0] == {
        "code": "shirts",
        "labels": {"en-US": "Shirts"},
        "attributes": [
            "sku",
            "name",
            "description",
            "color",
            "size",
            "tags",
            "weight",
            "price",
            "image",
            "ean",
        ],
        "label_attribute": "name",
        "image_attribute": "image",
        "variants": [
            {
                "code": "shirts_color_size",
                "labels": {"en-US": "By color and size"},
                "levels": [
                    {"axes": ["color"], "attributes": ["color", "image"]},
                    {"axes": ["size"], "attributes": ["size", "sku", "ean", "weight"]},
                ],
            }
        ],
    }


def test_family_variants_need_a_family_and_axes(tmp_path: Path) -> None:
    rows = "code;family;variant-axes_1;variant-axes_2\na;none;color;\nb;shirts;;\nc;shirts;cut;\n"
    found = read(tmp_path, {"family_variants.csv": rows})

    assert left_out_of(found, "family_variants.csv") == [
        (2, None, "a", "There is no family “none”."),
        (3, None, "b", "A family variant has one or two levels, each with an axis that exists."),
        (4, "variant-axes_1", "cut", "There is no such attribute."),
        (4, None, "c", "A family variant has one or two levels, each with an axis that exists."),
    ]


def test_categories_may_come_before_their_parents_but_not_without(tmp_path: Path) -> None:
    rows = "code;parent\nleaf;branch\nbranch;Root\nroot\nlost;nowhere\nlost_leaf;lost\negg;hen\nhen;egg\n"
    found = read(tmp_path, {"categories.csv": rows})

    assert [item["code"] for item in found.spec["categories"]] == ["leaf", "branch", "root"]
    assert [each[2] for each in left_out_of(found, "categories.csv")] == ["lost", "lost_leaf", "egg", "hen"]


def test_association_types_become_attributes_where_products_have_links(tmp_path: Path) -> None:
    products = replaced("products.csv", "2024-05-01;;", "2024-05-01;;shirt")
    found = read(tmp_path, products)

    assert found.spec["attributes"][-2:] == [
        {
            "code": "x_sell",
            "alias": "X_SELL",
            "type": "products",
            "labels": {"en-US": "Cross sell"},
            "position": 1000,
        },
        {"code": "pack", "alias": "PACK", "type": "products", "labels": {"en-US": "Pack"}, "position": 1001},
    ]


def test_what_has_no_place_is_named_once(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert found.left_out == [
        LeftOut("association_types.csv", 1, "code", "X_SELL, PACK", "No product has links of these types."),
        LeftOut("channels.csv", 1, "tree", "", "There is no place for this setting; cells left out: 2."),
        LeftOut("groups.csv", 1, "code", "promo", "There is no place for groups of products."),
    ]


def test_every_structure_row_is_accounted_for(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert {file: len(rows) for file, rows in found.rows.items()} == found.read
    assert found.read == {
        name: len(content.strip().split("\n")) - 1
        for name, content in FILES.items()
        if name not in ("products.csv", "product_models.csv")
    }
    assert found.rows["channels.csv"][0] == [
        ("scopes", "web"),
        ("scopes", "web_us"),
        ("scopes", "web_de"),
        ("scopes", "web_at"),
    ]
    assert found.rows["attribute_options.csv"][2] == [("options", "size/s")]


def test_an_export_may_lack_what_it_does_not_need(tmp_path: Path) -> None:
    keep = ("attributes.csv", "families.csv", "channels.csv")
    found = read(tmp_path, {name: None for name in FILES if name not in keep})

    assert sorted(found.spec) == ["attributes", "families", "scopes"]
    assert sorted(found.read) == sorted(keep)
