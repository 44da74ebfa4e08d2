"""The structure of an Akeneo export as `load_structure` takes it."""

from pathlib import Path
from typing import Any

import pytest

from catalog.readers.akeneo_files import open_export
from catalog.readers.akeneo_structure import AkeneoStructure, Known, read_structure
from tests.catalog.akeneo_exports import write_export


def read(tmp_path: Path, files: dict[str, Any] | None = None, **known: Any) -> AkeneoStructure:
    return read_structure(open_export(write_export(tmp_path, files or {})), Known(**known))


def attribute(
    tmp_path: Path, row: str, header: str = "", **known: Any
) -> tuple[dict[str, Any], AkeneoStructure]:
    """Read attributes.csv with the identifier and one row more; return that row's attribute."""
    header = header or "code;type"
    content = f"{header}\nsku;pim_catalog_identifier\n{row}\n"
    found = read(tmp_path, {"attributes.csv": content, "attribute_options.csv": None}, **known)
    items = [item for item in found.spec["attributes"] if item["code"] != "sku"]
    return (items[0] if items else {}), found


def left_out_of(found: AkeneoStructure, file: str) -> list[tuple[int, str | None, str, str]]:
    return [(each.line, each.field, each.value, each.reason) for each in found.left_out if each.file == file]


def test_channels_become_scopes_with_a_market_for_each_region(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert found.spec["scopes"] == [
        {
            "code": "web",
            "kind": "channel",
            "labels": {"en-US": "Web", "de-DE": "Netz"},
            "locales": ["en-US", "de-DE", "de-AT"],
        },
        {
            "code": "web_us",
            "parent": "web",
            "kind": "market",
            "labels": {"en-US": "Web, United States", "de-DE": "Netz, Vereinigte Staaten"},
            "country": "US",
            "currency": "USD",
            "locales": ["en-US"],
        },
        {
            "code": "web_de",
            "parent": "web",
            "kind": "market",
            "labels": {"en-US": "Web, Germany", "de-DE": "Netz, Deutschland"},
            "country": "DE",
            "currency": "EUR",
            "locales": ["de-DE"],
        },
        {
            "code": "web_at",
            "parent": "web",
            "kind": "market",
            "labels": {"en-US": "Web, Austria", "de-DE": "Netz, Österreich"},
            "country": "AT",
            "currency": "EUR",
            "locales": ["de-AT"],
        },
        {
            "code": "print",
            "kind": "channel",
            "labels": {"en-US": "Print", "de-DE": "Druck"},
            "locales": ["en-US"],
        },
        {
            "code": "print_us",
            "parent": "print",
            "kind": "market",
            "labels": {"en-US": "Print, United States", "de-DE": "Druck, Vereinigte Staaten"},
            "country": "US",
            "currency": "EUR",
            "locales": ["en-US"],
        },
    ]


@pytest.mark.parametrize(
    ("locales", "currencies", "markets"),
    [
        ("fr_CA,en_CA", "USD,CAD", [("web_ca", "CA", "CAD", ["fr-CA", "en-CA"])]),
        ("ja_JP", "USD,EUR", [("web_jp", "JP", "EUR", ["ja-JP"])]),
        ("ja_JP", "USD,GBP", [("web_jp", "JP", "USD", ["ja-JP"])]),
        ("ja_JP", "", [("web_jp", "JP", "JPY", ["ja-JP"])]),
        ("en_029", "USD", [("web_029", "", "USD", ["en-029"])]),
        ("eo", "", [("web_eo", "", "EUR", ["eo"])]),
    ],
)
def test_a_market_takes_its_countrys_currency_or_the_next_best(
    tmp_path: Path, locales: str, currencies: str, markets: list[Any]
) -> None:
    found = read(tmp_path, {"channels.csv": f"code;locales;currencies\nweb;{locales};{currencies}\n"})

    scopes = found.spec["scopes"][1:]
    assert [(each["code"], each["country"], each["currency"], each["locales"]) for each in scopes] == markets


def test_what_is_no_locale_or_currency_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, {"channels.csv": "code;locales;currencies\nMy-Shop;en_US,english;USD,Dollar\n"})

    assert left_out_of(found, "channels.csv") == [
        (2, "code", "My-Shop", "The code can't stand in value keys; the scope is called “my_shop”."),
        (2, "locales", "english", "This is not a locale."),
        (2, "currencies", "Dollar", "This is not a currency."),
    ]
    assert [scope["code"] for scope in found.spec["scopes"]] == ["my_shop", "my_shop_us"]


def test_a_market_gives_way_to_a_channel_of_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, {"channels.csv": "code;locales\nweb;en_US\nweb_us;en_US\n"})

    assert [scope["code"] for scope in found.spec["scopes"]] == ["web", "web_us_2", "web_us", "web_us_us"]


def test_requirements_go_to_the_channels_hook(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert [(each.code, each.requirements) for each in found.channels] == [
        ("web", {"shirts": ["sku", "name", "price"], "mugs": ["sku", "name"]}),
        ("print", {"shirts": ["sku", "name"], "mugs": ["sku"]}),
    ]
    assert found.channels[0].locales == ["en-US", "de-DE", "de-AT"]
    assert found.channels[0].labels == {"en-US": "Web", "de-DE": "Netz"}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("code;type", "a;pim_catalog_text", {"type": "text", "searchable": True}),
        ("code;type;unique", "a;pim_catalog_text;1", {"type": "identifier", "scheme": "free"}),
        ("code;type;validation_rule", "a;pim_catalog_text;url", {"type": "url", "searchable": False}),
        ("code;type", "a;pim_catalog_textarea", {"type": "textarea", "searchable": False}),
        ("code;type;wysiwyg_enabled", "a;pim_catalog_textarea;1", {"type": "rich_text"}),
        ("code;type;decimals_allowed", "a;pim_catalog_number;0", {"type": "integer"}),
        ("code;type;decimals_allowed", "a;pim_catalog_number;1", {"type": "decimal"}),
        ("code;type", "a;pim_catalog_boolean", {"type": "boolean"}),
        ("code;type", "a;pim_catalog_date", {"type": "date"}),
        ("code;type", "a;pim_catalog_simpleselect", {"type": "select"}),
        ("code;type", "a;pim_catalog_multiselect", {"type": "multiselect"}),
        ("code;type", "a;pim_catalog_price_collection", {"type": "price"}),
        ("code;type", "a;pim_catalog_image", {"type": "asset"}),
        ("code;type", "a;pim_catalog_file", {"type": "asset"}),
        (
            "code;type;metric_family;default_metric_unit",
            "a;pim_catalog_metric;Length;MILLIMETER",
            {"type": "measurement", "measurement_family": "length", "unit": "mm"},
        ),
        (
            "code;type;reference_data_name",
            "a;pim_reference_data_simpleselect;brand",
            {"type": "reference", "entity": "brand"},
        ),
        (
            "code;type;reference_data_name",
            "a;akeneo_reference_entity_collection;brand",
            {"type": "references", "entity": "brand"},
        ),
        ("code;type;localizable;scopable", "a;pim_catalog_text;1;1", {"localised": True, "scopable": True}),
        ("code;type;useable_as_grid_filter", "a;pim_catalog_text;1", {"filterable": True}),
        (
            "code;type;localizable;available_locales",
            "a;pim_catalog_text;1;de_DE,fr_FR",
            {"locales": ["de-DE", "fr-FR"]},
        ),
    ],
)
def test_attribute_types_and_flags(tmp_path: Path, header: str, row: str, expected: dict[str, Any]) -> None:
    item, _found = attribute(tmp_path, row, header, entities={"brand"})

    assert {name: item.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("column", "kind", "value", "expected"),
    [
        ("max_characters", "pim_catalog_text", "20", {"max_chars": 20}),
        ("number_min", "pim_catalog_number", "-2.5", {"min": "-2.5"}),
        ("number_max", "pim_catalog_number", "100.0000", {"max": "100.0000"}),
        ("negative_allowed", "pim_catalog_number", "0", {"negative": False}),
        ("negative_allowed", "pim_catalog_number", "1", {}),
        ("decimals_allowed", "pim_catalog_price_collection", "0", {"decimals": False}),
        ("date_min", "pim_catalog_date", "2005-05-25", {"date_min": "2005-05-25"}),
        ("date_max", "pim_catalog_date", "2050-12-31 00:00:00", {"date_max": "2050-12-31"}),
        ("allowed_extensions", "pim_catalog_image", "png,jpg", {"extensions": ["png", "jpg"]}),
        ("max_file_size", "pim_catalog_image", "500", {"max_megabytes": "500"}),
        ("validation_rule", "pim_catalog_text", "email", {"pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"}),
        ("validation_regexp", "pim_catalog_text", "/^[A-Z]+$/iu", {"pattern": "(?i)^[A-Z]+$"}),
        ("validation_regexp", "pim_catalog_text", "([0-9]+)", {"pattern": "[0-9]+"}),
    ],
)
def test_limits(tmp_path: Path, column: str, kind: str, value: str, expected: dict[str, Any]) -> None:
    item, _found = attribute(tmp_path, f"a;{kind};{value}", f"code;type;{column}")

    assert item["limits"] == expected


@pytest.mark.parametrize(
    ("header", "row", "field", "value", "reason"),
    [
        (
            "max_characters",
            "pim_catalog_text;many",
            "max_characters",
            "many",
            "This can't be read as a limit.",
        ),
        (
            "validation_regexp",
            "pim_catalog_text;[0-9]+",
            "validation_regexp",
            "[0-9]+",
            "This pattern can't be used here.",
        ),
        (
            "validation_regexp",
            "pim_catalog_text;/(/",
            "validation_regexp",
            "/(/",
            "This pattern can't be used here.",
        ),
        ("validation_rule", "pim_catalog_text;luhn", "validation_rule", "luhn", "This rule is not known."),
        ("unique", "pim_catalog_number;1", "unique", "1", "Only texts and identifiers can be unique."),
        ("group", "pim_catalog_text;none", "group", "none", "There is no such attribute group."),
        (
            "metric_family;default_metric_unit",
            "pim_catalog_metric;Weight;STONE",
            "default_metric_unit",
            "STONE",
            "This is not a unit of Weight.",
        ),
        (
            "available_locales",
            "pim_catalog_text;de_DE",
            "available_locales",
            "de_DE",
            "An attribute that is the same in every language can't be limited to some.",
        ),
    ],
)
def test_settings_without_a_place_are_left_out(
    tmp_path: Path, header: str, row: str, field: str, value: str, reason: str
) -> None:
    item, found = attribute(tmp_path, f"a;{row}", f"code;type;{header}")

    assert item["code"] == "a"
    assert left_out_of(found, "attributes.csv") == [(3, field, value, reason)]


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("code;type", "a;pim_catalog_table", "Attributes of the type “pim_catalog_table” can't be imported."),
        (
            "code;type;metric_family",
            "a;pim_catalog_metric;Custom",
            "The measurement family “Custom” is not known.",
        ),
        (
            "code;type;reference_data_name",
            "a;pim_reference_data_simpleselect;fabrics",
            "It refers to “fabrics”, and there is no reference entity of that name; make it first.",
        ),
        (
            "code;type",
            " a;pim_catalog_text",
            "A code has 1 to 255 printable characters and no blanks at its ends.",
        ),
        ("code;type", "SKU;pim_catalog_text", "This code stands twice in the file; codes ignore case."),
        (
            "code;type;localizable",
            "a;pim_catalog_identifier;1",
            "An identifier is the same in every language and on every channel.",
        ),
    ],
)
def test_attributes_that_cannot_be_kept_are_rejected(
    tmp_path: Path, header: str, row: str, reason: str
) -> None:
    item, found = attribute(tmp_path, row, header)

    assert item == {}
    assert left_out_of(found, "attributes.csv") == [(3, None, row.split(";")[0], reason)]
    assert found.read["attributes.csv"] == 2
    assert len(found.rows["attributes.csv"]) == 1


def test_an_attribute_that_cannot_be_a_key_is_renamed_wherever_it_is_named(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "attributes.csv": "code;type\nsku;pim_catalog_identifier\n123;pim_catalog_simpleselect\n",
            "attribute_options.csv": "code;attribute\none;123\n",
            "families.csv": "code;attributes;attribute_as_label;requirements-web\nf;sku,123;123;123\n",
            "family_variants.csv": None,
        },
    )

    item = found.spec["attributes"][1]
    assert (item["code"], item["alias"]) == ("a_123", "123")
    assert item["options"] == [{"code": "one", "labels": {}, "position": 0}]
    assert found.spec["families"][0]["attributes"] == ["sku", "a_123"]
    assert found.spec["families"][0]["label_attribute"] == "a_123"
    assert found.channels[0].requirements == {"f": ["a_123"]}


def test_options_keep_their_order_and_need_an_attribute_that_has_options(tmp_path: Path) -> None:
    rows = "code;attribute;sort_order\nL;size;2\nS;size;1\ns;size;3\nx;name;1\ny;none;1\n"
    found = read(tmp_path, {"attribute_options.csv": rows})

    sizes = next(item for item in found.spec["attributes"] if item["code"] == "size")
    assert sizes["options"] == [
        {"code": "L", "labels": {}, "position": 2},
        {"code": "S", "labels": {}, "position": 1},
    ]
    assert left_out_of(found, "attribute_options.csv") == [
        (4, None, "s", "This code stands twice in the file; codes ignore case."),
        (5, None, "x", "“name” is not an attribute with options."),
        (6, None, "y", "“none” is not an attribute with options."),
    ]
