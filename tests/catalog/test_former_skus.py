"""A SKU of before a rename stays reserved for its product, and leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import IdentifierEntry, Product, Rejection
from catalog.selectors import products_by_sku, search_products
from catalog.services import derived
from catalog.services.documents import LABEL
from catalog.services.products import people_source, propose_edit, propose_product
from channels.desk.finding import find_products
from tests.factories.catalog import approve_and_apply, edit_product, make_product
from workflows.exceptions import Invalid
from workflows.models import ChangeRequest, Source
from workflows.services.requests import ProposedChange, propose_changes

pytestmark = pytest.mark.usefixtures("structure")


def kept() -> set[tuple[str, bool]]:
    return set(IdentifierEntry.objects.values_list("value", "former"))


def swap(first: Product, second: Product, actor: User) -> ChangeRequest:
    changes = [
        ProposedChange(LABEL, one.pk, one.sku, {"sku": other.sku}, base={"sku": one.sku})
        for one, other in ((first, second), (second, first))
    ]
    return propose_changes(changes, title="Swap", actor=actor, source=people_source())


def test_a_former_sku_leads_to_its_product() -> None:
    shoe = make_product("A-1")
    edit_product(shoe.pk, {"sku": "B-1"})

    assert kept() == {("B-1", False), ("A-1", True)}
    assert search_products("a-1") == find_products("A-1") == [shoe.pk]
    assert products_by_sku(["a-1", "b-1"]) == {"a-1": shoe.pk, "b-1": shoe.pk}
    assert list(derived.check()) == []


def test_nobody_else_takes_a_former_sku(merchandiser: User) -> None:
    shoe, other = make_product("A-1"), make_product("C-1")
    edit_product(shoe.pk, {"sku": "B-1"})

    for propose in (
        lambda: propose_product({"sku": "a-1"}, actor=merchandiser),
        lambda: propose_edit(other.pk, {"sku": "A-1"}, actor=merchandiser),
    ):
        with pytest.raises(Invalid) as caught:
            propose()
        assert [error.code for error in caught.value.errors] == ["identifier_reserved"]
        assert "was the SKU of B-1 and stays reserved" in caught.value.errors[0].detail
    assert kept() == {("B-1", False), ("C-1", False), ("A-1", True)}


def test_a_product_takes_its_own_former_sku_back() -> None:
    shoe = make_product("A-1")
    for sku in ("B-1", "A-1"):
        edit_product(shoe.pk, {"sku": sku})

    assert kept() == {("A-1", False), ("B-1", True)}
    assert list(derived.check()) == []


def test_another_case_of_the_same_sku_leaves_nothing_behind() -> None:
    shoe = make_product("A-1")

    edit_product(shoe.pk, {"sku": "a-1"})

    assert kept() == {("a-1", False)}
    assert list(derived.check()) == []


def test_a_swap_leaves_nothing_behind_and_what_follows_belongs_to_the_last_who_had_it(
    merchandiser: User, reviewer: User
) -> None:
    first, second = make_product("A-1"), make_product("B-1")

    assert approve_and_apply(swap(first, second, merchandiser).pk, reviewer) == {"applied": 2}
    assert kept() == {("A-1", False), ("B-1", False)}

    edit_product(second.pk, {"sku": "C-1"})
    assert products_by_sku(["a-1"]) == {"a-1": second.pk}
    assert list(derived.check()) == []


def test_rebuilding_brings_former_skus_back_and_drops_false_ones(merchandiser: User, reviewer: User) -> None:
    first, second = make_product("A-1"), make_product("B-1")
    approve_and_apply(swap(first, second, merchandiser).pk, reviewer)
    edit_product(second.pk, {"sku": "C-1"})
    right = kept()
    IdentifierEntry.objects.filter(former=True).delete()
    IdentifierEntry.objects.create(
        product_id=first.pk, attribute="sku", value="X", value_folded="x", former=True
    )
    assert [difference.table for difference in derived.check()] == ["former sku", "former sku"]

    derived.rebuild()

    assert kept() == right == {("B-1", False), ("C-1", False), ("A-1", True)}
    assert list(derived.check()) == []


def test_a_delivery_under_a_former_sku_finds_the_product(tmp_path: Path, cast: dict[str, User]) -> None:
    shoe = make_product("A-1")
    edit_product(shoe.pk, {"sku": "B-1"})
    Source.objects.create(code="erp", label="ERP", kind="erp", rank=20)
    file = tmp_path / "erp.csv"
    file.write_text("sku,colour\nA-1,red\nB-1,blue\n", encoding="utf-8")

    call_command("import_delivery", str(file), "--source", "erp", "--as", "admin")

    request = ChangeRequest.objects.get(source__code="erp")
    assert [(change.object_id, change.patch) for change in request.changes.all()] == [
        (shoe.pk, {"colour": "red"})
    ]
    assert "line 2 already" in Rejection.objects.get().reason
    approve_and_apply(request.pk, cast["reviewer"])
    assert Product.objects.get().document["colour"] == "red"


def test_what_is_never_renamed_costs_nothing(reviewer: User, merchandiser: User) -> None:
    request = propose_product({"sku": "A-1"}, actor=merchandiser)

    with CaptureQueriesContext(connection) as queries:
        approve_and_apply(request.pk, reviewer)

    assert [
        query["sql"] for query in queries if "former" in query["sql"] and "SELECT" not in query["sql"]
    ] == []
