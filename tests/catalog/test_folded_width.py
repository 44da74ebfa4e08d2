"""Case folding triples some letters: codes of such letters alone go through the whole loop."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from catalog.models import Category, IdentifierEntry, Option, Product, Shadow
from catalog.rules.keys import fold
from catalog.selectors import search_products
from catalog.services import derived
from catalog.services.products import propose_edit
from catalog.services.structure import load_structure
from tests.factories.catalog import approve_and_apply, make_product
from workflows.models import ChangeRequest, Source

pytestmark = pytest.mark.usefixtures("structure")

LONG = "ΐ" * 255
OTHER = "ΰ" * 255


def test_a_sku_of_widest_letters_goes_through_delivery_apply_rename_and_search(
    tmp_path: Path, cast: dict[str, User]
) -> None:
    Source.objects.create(code="erp", label="ERP", kind="erp", rank=20)
    file = tmp_path / "erp.csv"
    file.write_text(f"sku,name:en-US\n{LONG},Wide\n", encoding="utf-8")

    call_command("import_delivery", str(file), "--source", "erp", "--as", "admin")
    approve_and_apply(ChangeRequest.objects.get().pk, cast["reviewer"])

    product = Product.objects.get()
    assert len(product.sku_folded) == 765
    assert Shadow.objects.get().sku_folded == IdentifierEntry.objects.get().value_folded == fold(LONG)
    assert search_products(LONG) == [product.pk]
    request = propose_edit(product.pk, {"sku": OTHER}, actor=cast["merchandiser"])
    assert approve_and_apply(request.pk, cast["reviewer"]) == {"applied": 1}
    assert search_products(OTHER) == [product.pk]
    assert list(derived.check()) == []


def test_codes_of_widest_letters_are_stored_and_used(superuser: User) -> None:
    load_structure(
        {
            "attributes": [{"code": "colour", "type": "select", "options": [{"code": LONG}]}],
            "categories": [{"code": LONG}],
        },
        actor=superuser,
        reason="tests",
    )

    product = make_product("A-1", **{"colour": LONG, "#categories": [LONG]})

    assert product.document["colour"] == LONG
    assert Option.objects.filter(code_folded=fold(LONG)).count() == 1
    assert Category.objects.filter(code_folded=fold(LONG)).count() == 1
    assert list(derived.check()) == []
