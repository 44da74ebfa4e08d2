"""From changed objects to marked units: complete, and never more in memory than one piece."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from channels.models import Channel, DirtyUnit, Listing
from channels.services import dirty, feeds
from channels.services.dirty import expand_dirty, mark_due
from tests.factories.catalog import edit_product, make_product
from tests.factories.listings import publish, read_feed, set_stock
from workflows.identity import uuid7
from workflows.models import DirtyObject

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def marked(channel: Channel) -> set[UUID]:
    """Return the units marked on a channel."""
    return set(DirtyUnit.objects.filter(channel=channel).values_list("product_id", flat=True))


def test_pieces_mark_users_trees_and_bundles_as_the_whole_does(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = make_good(
        1, **{"#kind": "parent", "#family_variant": "shoes_colour", "gtin": None, "colour": None}
    )
    variants = [
        make_product(f"V-{colour}", **{"#kind": "variant", "#parent": str(parent.pk), "colour": colour})
        for colour in ("red", "blue")
    ]
    simple = [make_good(number, sku=f"T-{number}", gtin=None) for number in range(2, 9)]
    make_good(9, gtin=None, picture=None, colour="blue")
    publish("google", "shop")
    pieces: list[int] = []
    whole = dirty.with_relatives

    def noting(ids: Collection[UUID]) -> set[UUID]:
        pieces.append(len(ids))
        return whole(ids)

    monkeypatch.setattr(dirty, "BATCH", 3)
    monkeypatch.setattr(dirty, "with_relatives", noting)
    DirtyObject.objects.bulk_create(
        [
            DirtyObject(model="assets.asset", object_id="shoe.png"),
            DirtyObject(model="catalog.product", object_id=str(variants[0].pk)),
            DirtyObject(model="catalog.product", object_id=str(variants[0].pk)),
            DirtyObject(model="catalog.product", object_id=str(simple[0].pk)),
            DirtyObject(model="assets.asset", object_id="nobody.png"),
        ]
    )

    assert expand_dirty() == 5

    assert marked(google) == {product.pk for product in [*variants, *simple]}
    assert not DirtyObject.objects.exists()
    assert max(pieces) == 3


def test_expanding_takes_no_more_memory_for_many_than_for_few(google: Channel) -> None:
    def peak(number: int) -> int:
        DirtyObject.objects.bulk_create(
            (DirtyObject(model="catalog.product", object_id=str(uuid7())) for _ in range(number)),
            batch_size=1000,
        )
        tracemalloc.start()
        expand_dirty()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few = peak(3000)

    assert peak(15_000) < few * 1.2


def test_what_is_due_is_marked_on_its_channel_alone(google: Channel, make_good: Make) -> None:
    due, later = make_good(1), make_good(2)
    publish("google", "shop")
    now = timezone.now()
    Listing.objects.filter(product=due).update(due_at=now)
    Listing.objects.filter(product=later).update(due_at=now + timedelta(minutes=1))

    mark_due(google, now)

    assert list(DirtyUnit.objects.values_list("channel_id", "product_id")) == [(google.pk, due.pk)]


def test_files_read_stock_in_pieces(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = [make_good(number, gtin=None) for number in range(5)]
    for product in products[::2]:
        set_stock(product, "in_stock", 3)
    publish("google")
    whole = read_feed("google", "site_us_en-US_USD")
    edit_product(products[0].pk, {"price.USD": "99"})
    monkeypatch.setattr(feeds, "FETCH_ROWS", 2)
    set_stock(products[1], "in_stock", 1)

    publish("google")

    rows = read_feed("google", "site_us_en-US_USD")
    assert [row["availability"] for row in whole] == [
        "in_stock", "out_of_stock", "in_stock", "out_of_stock", "in_stock",
    ]  # fmt: skip
    assert [(row["id"], row["availability"], row["price"]) for row in rows] == [
        (row["id"], "in_stock" if row["id"] == "S-1" else row["availability"], row["price"])
        if row["id"] != "S-0"
        else ("S-0", "in_stock", "99.00 USD")
        for row in whole
    ]
