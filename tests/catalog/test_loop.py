"""One product through change control: proposed, approved, applied, with everything apply has to leave
behind.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from catalog.models import FilterValue, IdentifierEntry, Product, Use
from catalog.selectors import search_products
from catalog.services import derived
from catalog.services.documents import LABEL
from catalog.services.products import people_source, propose_edit, propose_product
from tests.factories.catalog import approve_and_apply, edit_product, make_product
from workflows.exceptions import Invalid, NotAllowed, StaleRevision
from workflows.models import AuditEntry, DirtyObject
from workflows.services.requests import ProposedChange, propose_changes
from workflows.services.reviews import approve_request

pytestmark = pytest.mark.usefixtures("structure")


def test_a_new_product_is_true_once_approved(merchandiser: User, reviewer: User) -> None:
    request = propose_product(
        {"sku": "TR-1", "name:en-US": " Trail Runner ", "price.USD": "99.90", "weight": "0.31 kg"},
        actor=merchandiser,
        reason="season start",
    )
    assert Product.objects.count() == 0

    counts = approve_and_apply(request.pk, reviewer)

    product = Product.objects.get()
    assert counts == {"applied": 1}
    assert product.document == {
        "#exists": True,
        "#kind": "simple",
        "#state": "draft",
        "sku": "TR-1",
        "name:en-US": "Trail Runner",
        "price.USD": "99.9",
        "weight": {"amount": "0.31", "unit": "kg"},
    }
    assert (product.revision, product.sku, product.state) == (1, "TR-1", "draft")
    assert set(product.provenance.values()) == {request.pk}
    request.refresh_from_db()
    assert request.state == "applied"


def test_apply_writes_history_derived_rows_dirty_mark_and_audit(reviewer: User) -> None:
    product = make_product("TR-1", **{"name:en-US": "Trail Runner", "colour": "red", "weight": "310 g"})

    edit_product(product.pk, {"name:en-US": "Trail Runner 2", "colour": None})

    rows = list(
        Product.history.filter(id=product.pk)
        .order_by("revision")
        .values_list("revision", "history_type", "history_change_reason", "history_user__username")
    )
    assert rows == [(1, "+", "tests", "checker"), (2, "~", "tests", "checker")]
    newest = Product.history.get(id=product.pk, revision=2)
    assert newest.document["name:en-US"] == "Trail Runner 2"
    assert newest.change_request_id == Product.objects.get().provenance["name:en-US"]
    assert list(IdentifierEntry.objects.values_list("attribute", "value_folded")) == [("sku", "tr-1")]
    assert not Use.objects.filter(kind="option").exists()
    assert [str(row.number.normalize()) for row in FilterValue.objects.all()] == ["0.31"]
    assert DirtyObject.objects.filter(model="catalog.product", object_id=str(product.pk)).count() == 2
    assert AuditEntry.objects.filter(action="request.apply").count() == 2
    assert list(derived.check()) == []


def test_search_finds_title_sku_and_part_of_it() -> None:
    shoe = make_product("TR-1042-EU", **{"name:de-DE": "Geländeläufer", "gtin": "4006381333931"})
    make_product("OTHER", **{"name:en-US": "Backpack"})

    for text in ("tr-1042-eu", "gelandel", "Geländeläufer", "4006381333931", "1042"):
        assert search_products(text) == [shoe.pk], text
    assert search_products("that gelände thing") == [shoe.pk]
    for text in ("nothing", '"; DROP', "'", "- /", "a\x00b", "%_%", "\\", "*", "NEAR(", ":*", "   "):
        assert search_products(text) == [], text


def test_nobody_approves_their_own(merchandiser: User, superuser: User) -> None:
    request = propose_product({"sku": "X"}, actor=superuser)

    with pytest.raises(NotAllowed, match="somebody else"):
        approve_request(request.pk, reviewer=superuser)

    request.refresh_from_db()
    assert request.state == "submitted"
    assert Product.objects.count() == 0


def test_a_stale_edit_of_the_same_key_is_refused_and_of_another_is_not(merchandiser: User) -> None:
    product = make_product("TR-1", **{"name:en-US": "One"})
    edit_product(product.pk, {"name:en-US": "Two"})

    with pytest.raises(StaleRevision, match="name:en-US"):
        propose_edit(product.pk, {"name:en-US": "Three"}, actor=merchandiser, revision=1)
    request = propose_edit(product.pk, {"colour": "red"}, actor=merchandiser, revision=1)

    assert request.changes.get().patch == {"colour": "red"}


def test_two_edits_of_one_key_end_in_a_request_for_a_person(merchandiser: User, reviewer: User) -> None:
    product = make_product("TR-1", **{"name:en-US": "One"})
    first = propose_edit(product.pk, {"name:en-US": "Two"}, actor=merchandiser)
    second = propose_edit(product.pk, {"name:en-US": "Three", "colour": "red"}, actor=merchandiser)
    approve_and_apply(first.pk, reviewer)

    counts = approve_and_apply(second.pk, reviewer)

    product.refresh_from_db()
    assert product.document["name:en-US"] == "Two"
    assert product.document["colour"] == "red"
    second.refresh_from_db()
    assert second.state == "partly_applied"
    follow_up = second.followed_by.get()
    assert counts == {"applied": 1, "follow_up": follow_up.pk}
    change = follow_up.changes.get()
    assert change.patch == {"name:en-US": "Three"}
    assert list(change.conflicts()) == [("name:en-US", "Two")]
    assert follow_up.conflict_count == 1


def test_bad_values_are_named_and_nothing_is_proposed(merchandiser: User) -> None:
    with pytest.raises(Invalid) as caught:
        propose_product(
            {"sku": "A", "colour": "green", "gtin": "4006381333930", "name": "x", "weight": "3 furlong"},
            actor=merchandiser,
        )

    assert sorted((error.path, error.code) for error in caught.value.errors) == [
        ("colour", "unknown_option"),
        ("gtin", "gtin"),
        ("name", "locale_missing"),
        ("weight", "unknown_unit"),
    ]


def test_a_sku_taken_without_regard_to_case_is_refused(merchandiser: User) -> None:
    make_product("TR-1")

    with pytest.raises(Invalid, match="stored") as caught:
        propose_product({"sku": "tr-1"}, actor=merchandiser)

    assert [error.code for error in caught.value.errors] == ["identifier_taken"]


def test_skus_change_hands_within_one_request(merchandiser: User, reviewer: User) -> None:
    first, second = make_product("A-1"), make_product("B-1")
    edits = {first.pk: "B-1", second.pk: "A-1"}
    changes = [
        ProposedChange(
            LABEL, pk, sku, {"sku": sku}, base={"sku": "A-1" if sku == "B-1" else "B-1"}, base_revision=1
        )
        for pk, sku in edits.items()
    ]
    request = propose_changes(changes, title="Swap", actor=merchandiser, source=people_source())

    assert approve_and_apply(request.pk, reviewer) == {"applied": 2}

    assert {product.pk: product.sku for product in Product.objects.all()} == edits
    assert search_products("B-1") == [first.pk]
    assert list(derived.check()) == []


def test_large_and_long_numbers_derive_the_same_rows_on_both_databases() -> None:
    product = make_product("A-1", **{"price.USD": "973438.3214985714", "price.EUR": "12345678901234567890"})

    edit_product(product.pk, {"price.USD": "123456789012345678901", "price.EUR": "0.1234567890123"})

    assert list(derived.check()) == []


def test_a_sku_cannot_be_deliberately_empty(merchandiser: User) -> None:
    product = make_product("A-1")

    with pytest.raises(Invalid, match="stored"):
        propose_edit(product.pk, {"sku": {"$empty": True}}, actor=merchandiser)


def test_typographic_quotes_do_not_break_search() -> None:
    shoe = make_product("A-1", **{"name:en-US": "Women’s boot"})

    for text in ("women’s boot", "women's boot", "＇boot", "“boot”"):
        assert search_products(text) == [shoe.pk], text
