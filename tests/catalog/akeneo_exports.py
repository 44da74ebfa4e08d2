"""Small Akeneo exports written by tests: two shirts in two colours and sizes, and a mug."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

FILES: dict[str, str] = {
    "attribute_groups.csv": """\
code;sort_order;label-en_US;label-de_DE
marketing;1;Marketing;Marketing
technical;2;Technical;Technik
""",
    "attributes.csv": """\
code;type;group;label-en_US;label-de_DE;localizable;scopable;unique;useable_as_grid_filter;metric_family;\
default_metric_unit;decimals_allowed;negative_allowed;wysiwyg_enabled;max_characters;sort_order
sku;pim_catalog_identifier;marketing;SKU;Artikelnummer;0;0;1;1;;;;;;;1
name;pim_catalog_text;marketing;Name;Name;1;0;0;1;;;;;;40;2
description;pim_catalog_textarea;marketing;Description;Beschreibung;1;1;0;0;;;;;1;;3
color;pim_catalog_simpleselect;marketing;Color;Farbe;0;0;0;1;;;;;;;4
size;pim_catalog_simpleselect;marketing;Size;Größe;0;0;0;1;;;;;;;5
tags;pim_catalog_multiselect;marketing;Tags;Schlagworte;0;0;0;0;;;;;;;6
weight;pim_catalog_metric;technical;Weight;Gewicht;0;0;0;1;Weight;GRAM;1;0;;;7
price;pim_catalog_price_collection;marketing;Price;Preis;0;0;0;0;;;1;;;;8
image;pim_catalog_image;marketing;Picture;Bild;0;0;0;0;;;;;;;9
ean;pim_catalog_text;technical;EAN;EAN;0;0;1;1;;;;;;;10
stock;pim_catalog_number;technical;Stock;Bestand;0;0;0;0;;;0;0;;;11
organic;pim_catalog_boolean;technical;Organic;Bio;0;0;0;0;;;;;;;12
since;pim_catalog_date;technical;Since;Seit;0;1;0;0;;;;;;;13
""",
    "attribute_options.csv": """\
code;attribute;sort_order;label-en_US;label-de_DE
red;color;1;Red;Rot
blue;color;2;Blue;Blau
S;size;1;Small;Klein
L;size;2;Large;Groß
new;tags;1;New;Neu
sale;tags;2;Sale;Ausverkauf
""",
    "families.csv": """\
code;label-en_US;attributes;attribute_as_label;attribute_as_image;requirements-web;requirements-print
shirts;Shirts;sku,name,description,color,size,tags,weight,price,image,ean;name;image;sku,name,price;sku,name
mugs;Mugs;sku,name,price,image,stock,organic,since;name;image;sku,name;sku
""",
    "family_variants.csv": """\
code;family;label-en_US;variant-axes_1;variant-axes_2;variant-attributes_1;variant-attributes_2
shirts_color_size;shirts;By color and size;color;size;color,image;size,sku,ean,weight
""",
    "categories.csv": """\
code;parent;label-en_US
men;master;Men
master;;Master
sale;master;Sale
""",
    "channels.csv": """\
code;label-en_US;label-de_DE;locales;currencies;tree
web;Web;Netz;en_US,de_DE,de_AT;USD,EUR;master
print;Print;Druck;en_US;EUR;master
""",
    "locales.csv": "code\nen_US\nde_DE\nde_AT\n",
    "currencies.csv": "code;activated\nUSD;1\nEUR;1\nGBP;0\n",
    "association_types.csv": "code;label-en_US\nX_SELL;Cross sell\nPACK;Pack\n",
    "group_types.csv": "code\nRELATED\n",
    "groups.csv": "code;type;label-en_US\npromo;RELATED;Promotion\n",
    "product_models.csv": """\
code;family_variant;parent;categories;name-en_US;name-de_DE;description-en_US-web;color;image;price-USD;price-EUR
shirt-red;shirts_color_size;Shirt;men;Shirt;;;red;files/shirt-red/image/red.png;20.00;
shirt;shirts_color_size;;men;Shirt;Hemd;<p>Soft.</p>;;;20;19.90
""",
    "products.csv": """\
sku;family;parent;groups;categories;enabled;name-en_US;name-de_DE;description-en_US-web;color;size;tags;weight;\
weight-unit;price-USD;price-EUR;image;ean;stock;organic;since-print;X_SELL-groups;X_SELL-products
shirt-red-s;shirts;shirt-red;;men,sale;1;Shirt;Hemd;<p>Soft.</p>;red;s;new,sale;0.2;KILOGRAM;20;19.9;\
files/shirt-red-s/image/red.png;4006381333931;;;;;
shirt-red-l;shirts;SHIRT-RED;;men;0;Shirt XL;;;red;L;;210;;;;;;;;;;
mug;mugs;;;master;1;Mug;Becher;;;;;;;8.50;;files/mug/image/mug.png;;12;1;2024-05-01;;
""",
}


def write_export(directory: Path, files: Mapping[str, str | bytes | None] = {}) -> Path:
    """Write the export, with some files other than the usual or (None) missing; pictures lie beside it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in {**FILES, **files}.items():
        if content is None:
            (directory / name).unlink(missing_ok=True)  # an export written there before may have it
        else:
            (directory / name).write_bytes(content.encode() if isinstance(content, str) else content)
    draw(directory / "files/shirt-red/image/red.png", "red")
    draw(directory / "files/shirt-red-s/image/red.png", "red")
    draw(directory / "files/mug/image/mug.png", "grey")
    return directory


def draw(path: Path, color: str) -> None:
    """Write a picture of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), color).save(path)


def replaced(name: str, old: str, new: str) -> dict[str, str]:
    """Return one file of the export with a text replaced, which must be there."""
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new)}
