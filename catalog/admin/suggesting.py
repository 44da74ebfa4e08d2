"""Suggestions for inputs that name something by its code."""

from __future__ import annotations

from assets.models import Asset
from catalog.admin.naming import name_products
from catalog.rules.keys import fold
from catalog.selectors import search_products
from catalog.services.display import pick_label
from catalog.services.schema import Schema

LIMIT = 20


def suggestions(what: str, text: str, *, attribute: str, schema: Schema) -> list[tuple[str, str]]:
    """Return at most twenty (code, label) that fit a text; nothing for an unknown kind of thing.

    `what` is asset, product, category, option or record; options and records are those of `attribute`. At
    most six queries, none for options and records.
    """
    text = text.strip()[:100]
    if what == "product":
        found = name_products(search_products(text, limit=LIMIT), schema)
        return [(row.sku, " · ".join(filter(None, (row.title, row.detail)))) for row in found.values()]
    if what == "asset":
        rows = Asset.objects.filter(code_folded__contains=fold(text)).order_by("code_folded")
        return [(code, kind) for code, kind in rows.values_list("code", "kind")[:LIMIT]]
    spec = schema.attributes.get(attribute)
    if what == "category":
        labels = schema.category_labels
    elif what == "option":
        labels = schema.option_labels.get(attribute, {})
    elif what == "record" and spec is not None:
        labels = schema.record_labels.get(spec.entity, {})
    else:
        return []
    wanted = fold(text)
    found_codes = []
    for code, named in labels.items():
        label = pick_label(named, code)
        if wanted in fold(code) or wanted in fold(label):
            found_codes.append((code, label))
        if len(found_codes) == LIMIT:
            break
    return found_codes
