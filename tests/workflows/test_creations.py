"""What a new object can't do without: nobody takes it away alone."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from catalog.models import Product
from catalog.services.products import people_source, propose_product
from tests.factories.catalog import approve_and_apply, make_product
from workflows.constants import Decision
from workflows.exceptions import Invalid
from workflows.services.requests import ProposedChange, propose_changes, submit_request
from workflows.services.reviews import approve_request, decide_key, leave_out_key

pytestmark = pytest.mark.usefixtures("structure")


@pytest.mark.parametrize("key", ["#exists", "#kind", "#state", "#parent", "sku"])
def test_what_makes_a_new_object_is_not_left_out(merchandiser: User, key: str) -> None:
    parent = make_product("P-1", **{"#kind": "parent"})
    values = {"sku": "N-1", "#kind": "variant", "#parent": str(parent.pk)}
    request = propose_product(values, actor=merchandiser, submit=False)
    change = request.changes.get()

    with pytest.raises(Invalid, match="Take the request back"):
        leave_out_key(request.pk, change.pk, key, actor=merchandiser)

    assert request.changes.get().patch == change.patch


def test_what_a_new_object_can_do_without_is_left_out(merchandiser: User, reviewer: User) -> None:
    values = {"sku": "N-1", "#categories": ["running"], "colour": "red"}
    request = propose_product(values, actor=merchandiser, submit=False)

    for key in ("#categories", "colour"):
        leave_out_key(request.pk, request.changes.get().pk, key, actor=merchandiser)

    submit_request(request.pk, actor=merchandiser)
    assert approve_and_apply(request.pk, reviewer) == {"applied": 1}
    kept = {"#exists": True, "#kind": "simple", "#state": "draft", "sku": "N-1"}
    assert Product.objects.get(sku="N-1").document == kept


def test_refusing_what_a_new_object_needs_refuses_all_of_it(merchandiser: User, reviewer: User) -> None:
    request = propose_product({"sku": "N-1", "colour": "red"}, actor=merchandiser)
    change = request.changes.get()

    decided = decide_key(request.pk, change.pk, "sku", Decision.REFUSED, reviewer=reviewer)

    assert decided.left_out() == {"#exists", "#kind", "#state", "sku", "colour"}
    with pytest.raises(Invalid, match="Nothing in request"):
        approve_request(request.pk, reviewer=reviewer)


def test_taking_part_of_a_refused_new_object_takes_what_it_needs(merchandiser: User, reviewer: User) -> None:
    request = propose_product({"sku": "N-1", "colour": "red", "name:en-US": "New"}, actor=merchandiser)
    change = request.changes.get()
    decide_key(request.pk, change.pk, "sku", Decision.REFUSED, reviewer=reviewer)

    decided = decide_key(request.pk, change.pk, "colour", Decision.TAKEN, reviewer=reviewer)

    assert decided.left_out() == {"name:en-US"}
    assert approve_and_apply(request.pk, reviewer) == {"applied": 1}
    assert Product.objects.get(sku="N-1").document["colour"] == "red"


def test_a_product_without_its_sku_is_not_valid_and_waits_for_nothing(
    merchandiser: User, reviewer: User
) -> None:
    product = make_product("A-1")
    base, revision = {"sku": "A-1"}, product.revision
    change = ProposedChange("catalog.product", product.pk, "A-1", {"sku": None}, base, revision)
    request = propose_changes([change], title="No SKU", actor=merchandiser, source=people_source())

    counts = approve_and_apply(request.pk, reviewer)

    assert counts["invalid"] == 1
    assert [problem["code"] for problem in request.changes.get().problems] == ["missing_value"]
    assert Product.objects.get(pk=product.pk).sku == "A-1"
