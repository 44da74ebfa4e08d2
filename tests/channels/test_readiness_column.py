"""The readiness column of the product list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Product
from channels.models import Channel, Listing
from channels.panels import readiness_cells
from tests.channels.test_publish import publish

Make = Callable[..., Any]
pytestmark = pytest.mark.django_db


def test_each_product_shows_its_lowest_score_per_channel(
    client: Client, google: Channel, make_good: Make, support: User
) -> None:
    good, bad = make_good(1), make_good(2, **{"name:en-US": "x" * 151})
    publish()
    lowest = min(Listing.objects.filter(product=bad).values_list("score", flat=True))
    client.force_login(support)

    cells = readiness_cells([good.pk, bad.pk], support)

    assert f"{lowest} ▲" in str(cells[bad.pk])
    assert "1 listing is held back" in str(cells[bad.pk])
    assert "▲" not in str(cells[good.pk])
    assert str(cells[good.pk]) in client.get("/admin/catalog/product/").content.decode()


def test_the_column_costs_four_queries_for_any_number(
    google: Channel, make_good: Make, superuser: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in range(1, 4):
        make_good(number)
    publish()
    ids = list(Product.objects.values_list("pk", flat=True))

    for chosen in (ids[:1], ids):
        with django_assert_num_queries(4):
            assert len(readiness_cells(chosen, superuser)) == len(chosen)


def test_who_may_not_view_listings_sees_no_scores(
    google: Channel, make_good: Make, make_account: Callable[..., User]
) -> None:
    good = make_good(1)
    publish()

    assert readiness_cells([good.pk], make_account(name="stranger")) == {}
