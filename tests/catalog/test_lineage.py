"""The tree of products: parents, levels and family variants, whatever else a request or another one moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User

from catalog.models import Product
from catalog.services.documents import LABEL, ProductAdapter
from catalog.services.products import people_source, propose_edit, propose_product
from catalog.services.structure import load_structure
from tests.factories.catalog import approve_and_apply, edit_product, make_product
from workflows.exceptions import Invalid
from workflows.models import ChangeRequest
from workflows.registry import Write
from workflows.rules.documents import apply
from workflows.services.requests import ProposedChange, propose_changes

pytestmark = pytest.mark.usefixtures("structure")

TWO_LEVELS = {
    "code": "shoes_two",
    "levels": [{"axes": ["colour"], "attributes": ["colour"]}, {"axes": ["stock_level"], "attributes": []}],
}


@pytest.fixture
def two_levels(structure: None, superuser: User) -> None:
    load_structure({"families": [{"code": "shoes", "variants": [TWO_LEVELS]}]}, actor=superuser, reason="t")


def parent(sku: str, above: Product | None = None, **values: Any) -> Product:
    return make_product(sku, **{"#kind": "parent", **({"#parent": str(above.pk)} if above else {}), **values})


def variant(sku: str, above: Product, **values: Any) -> Product:
    return make_product(sku, **{"#kind": "variant", "#parent": str(above.pk), **values})


def codes(product: Product, values: dict[str, Any], actor: User) -> list[tuple[str, str]]:
    """Return what is wrong with an edit."""
    with pytest.raises(Invalid) as caught:
        propose_edit(product.pk, values, actor=actor)
    return [(error.path, error.code) for error in caught.value.errors]


def propose_unchecked(patches: dict[UUID, dict[str, Any]], actor: User) -> ChangeRequest:
    """Propose changes together, as a delivery does."""
    documents = dict(Product.objects.values_list("pk", "document"))
    changes = [
        ProposedChange(
            LABEL, pk, str(pk), patch, base={key: documents[pk][key] for key in patch if key in documents[pk]}
        )
        for pk, patch in patches.items()
    ]
    return propose_changes(changes, title="Move", actor=actor, source=people_source())


def test_a_circle_through_products_outside_the_request_is_refused(merchandiser: User) -> None:
    top = parent("TOP")
    middle = parent("MIDDLE", top)
    parent("LOW", middle)

    low = Product.objects.get(sku="LOW")

    assert ("#parent", "circle") in codes(top, {"#parent": str(low.pk)}, merchandiser)
    assert ("#parent", "circle") in codes(top, {"#parent": str(middle.pk)}, merchandiser)


def test_a_circle_over_three_products_partly_moved_is_not_applied(merchandiser: User, reviewer: User) -> None:
    a, b, c = parent("A"), parent("B"), parent("C")
    propose = propose_unchecked({b.pk: {"#parent": str(c.pk)}}, merchandiser)
    approve_and_apply(propose.pk, reviewer)
    request = propose_unchecked({a.pk: {"#parent": str(b.pk)}, c.pk: {"#parent": str(a.pk)}}, merchandiser)

    assert approve_and_apply(request.pk, reviewer)["invalid"] == 2

    assert dict(Product.objects.values_list("sku", "parent__sku")) == {"A": None, "B": "C", "C": None}


def test_without_a_family_variant_there_are_three_levels(merchandiser: User) -> None:
    low = parent("LOW", parent("MIDDLE", parent("TOP")))

    with pytest.raises(Invalid) as caught:
        propose_product({"sku": "V", "#kind": "variant", "#parent": str(low.pk)}, actor=merchandiser)

    assert [(error.path, error.code) for error in caught.value.errors] == [("#parent", "too_deep")]
    assert "4 levels; here are 3" in caught.value.errors[0].detail


def test_a_family_variant_says_how_many_levels_there_are(merchandiser: User) -> None:
    root = parent("ROOT", **{"#family": "shoes", "#family_variant": "shoes_colour"})
    middle = parent("MIDDLE", root, colour="red")

    with pytest.raises(Invalid) as caught:
        propose_product({"sku": "V", "#kind": "variant", "#parent": str(middle.pk)}, actor=merchandiser)

    assert [error.code for error in caught.value.errors] == ["too_deep"]


def test_moving_a_parent_counts_the_levels_below_it(merchandiser: User) -> None:
    low = parent("MIDDLE", parent("TOP"))
    moved = parent("MOVED")
    variant("V", moved)

    assert codes(moved, {"#parent": str(low.pk)}, merchandiser) == [("#parent", "too_deep")]


@pytest.mark.parametrize("values", [{"#kind": "simple"}, {"#kind": "bundle"}])
def test_a_product_with_variants_stays_a_parent(merchandiser: User, values: dict[str, Any]) -> None:
    root = parent("ROOT")
    variant("V-1", root)

    with pytest.raises(Invalid) as caught:
        propose_edit(root.pk, values, actor=merchandiser)

    assert [(error.path, error.code) for error in caught.value.errors] == [("#kind", "has_variants")]
    assert "V-1" in caught.value.errors[0].detail


def test_a_parent_whose_variants_leave_in_the_same_request_may_change(
    merchandiser: User, reviewer: User
) -> None:
    root, other = parent("ROOT"), parent("OTHER")
    child = variant("V-1", root)
    request = propose_unchecked(
        {root.pk: {"#kind": "simple"}, child.pk: {"#parent": str(other.pk)}}, merchandiser
    )

    assert approve_and_apply(request.pk, reviewer) == {"applied": 2}


def test_a_family_variant_with_fewer_levels_is_refused(two_levels: None, merchandiser: User) -> None:
    root = parent("ROOT", **{"#family": "shoes", "#family_variant": "shoes_two"})
    variant("V", parent("MIDDLE", root, colour="red"), stock_level=1)

    assert codes(root, {"#family_variant": "shoes_colour"}, merchandiser) == [("#family_variant", "too_deep")]


def test_a_variant_may_lack_its_axis_by_whatever_door_it_comes_there(merchandiser: User) -> None:
    split = {"#family": "shoes", "#family_variant": "shoes_colour"}
    root, other = parent("ROOT", **split), parent("OTHER", **{"#family": "shoes"})
    new, moved, emptied = variant("V-1", root), variant("V-2", other), variant("V-3", root, colour="red")
    variant("V-4", other)

    edit_product(moved.pk, {"#parent": str(root.pk)})
    edit_product(emptied.pk, {"colour": None})
    edit_product(other.pk, {"#family_variant": "shoes_colour"})
    edit_product(other.pk, {"#family_variant": None})

    below = Product.objects.filter(parent=root).order_by("sku")
    assert [child.pk for child in below] == [new.pk, moved.pk, emptied.pk]
    assert all("colour" not in child.document for child in below)
    assert "#family_variant" not in Product.objects.get(pk=other.pk).document


def test_a_specification_names_one_level_or_two(superuser: User) -> None:
    levels = [{"axes": [axis]} for axis in ("colour", "weight", "waterproof")]

    with pytest.raises(Invalid, match="one level or two"):
        load_structure(
            {"families": [{"code": "shoes", "variants": [{"code": "deep", "levels": levels}]}]},
            actor=superuser,
            reason="t",
        )


def test_checking_the_tree_costs_the_same_for_two_and_for_twenty(
    django_assert_num_queries: Any,
) -> None:
    root, other = parent("ROOT"), parent("OTHER")
    children = [variant(f"V-{number}", root) for number in range(20)]
    patch = {"#parent": str(other.pk)}
    writes = [
        Write(child.pk, child.document, apply(child.document, patch), dict(patch), 1, 0) for child in children
    ]

    adapter = ProductAdapter()

    for some in (writes[:2], writes):
        with django_assert_num_queries(2):  # the new parent, what hangs below
            assert adapter.validate(some) == {}
