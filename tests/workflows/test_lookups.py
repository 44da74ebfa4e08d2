"""The lookup that finds what `__in` finds, by one parameter."""

from collections.abc import Callable, Collection
from typing import Any

import pytest

from catalog.models import Product
from tests.factories.catalog import make_product, make_structure

pytestmark = pytest.mark.django_db


@pytest.fixture
def shoes() -> list[Product]:
    make_structure()
    return [make_product(sku=sku) for sku in ("Straße", "b|c", "d")]


@pytest.mark.parametrize(
    ("field", "values_of"),
    [
        ("pk", lambda shoes: {shoe.pk for shoe in shoes}),
        ("sku", lambda shoes: (shoe.sku for shoe in shoes)),
        ("revision", lambda _shoes: [1]),
        ("pk", lambda shoes: [str(shoe.pk) for shoe in shoes]),
    ],
)
def test_values_of_any_type_and_collection_are_found(
    field: str, values_of: Callable[[list[Product]], Collection[Any]], shoes: list[Product]
) -> None:
    assert set(Product.objects.filter(**{f"{field}__any_of": values_of(shoes)})) == set(shoes)


def test_other_values_and_none_find_nothing(shoes: list[Product]) -> None:
    assert list(Product.objects.filter(sku__any_of=["d", None, "x"])) == [shoes[2]]
    assert list(Product.objects.filter(parent__any_of=[shoe.pk for shoe in shoes])) == []


def test_without_values_the_database_is_not_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert list(Product.objects.filter(pk__any_of=[])) == []


def test_thousands_of_values_are_one_query(shoes: list[Product], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert Product.objects.filter(sku__any_of=["d", *map(str, range(50_000))]).count() == 1
