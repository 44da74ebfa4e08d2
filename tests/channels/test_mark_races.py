"""Marks written by several processes at once. SQLite has one writer at a time, so these run on PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from channels.models import Channel, DirtyUnit, Listing
from channels.services import dirty
from channels.services.publish import find_channel, plan_of
from tests.factories.listings import publish
from workflows.models import DirtyObject

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
Make = Callable[..., Any]


def reconfigured() -> None:
    """Mark all units of the channel, whose configuration moved."""
    dirty.mark_reconfigured(plan_of(find_channel("google")))


def due() -> None:
    """Mark the units of the channel that are due."""
    dirty.mark_due(find_channel("google"), timezone.now())


@pytest.mark.parametrize("mark", [reconfigured, due])
def test_marks_of_the_same_units_are_written_by_one_after_the_other(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch, mark: Callable[[], None]
) -> None:
    first, second = make_good(1).pk, make_good(2).pk
    publish("google")
    DirtyUnit.objects.all().delete()
    DirtyObject.objects.all().delete()
    Listing.objects.update(due_at=timezone.now())
    Channel.objects.update(seen_stamp="")
    for pk in (second, first):
        DirtyObject.objects.create(model="catalog.product", object_id=str(pk))
    half_way = threading.Event()
    honest = dirty.mark_units

    def marks_and_waits(ids: Collection[UUID]) -> None:
        honest(ids)
        half_way.set()
        time.sleep(0.3)  # long enough for the other to begin

    def other() -> None:
        try:
            assert half_way.wait(10)
            mark()
        finally:
            connection.close()

    monkeypatch.setattr(dirty, "BATCH", 1)
    monkeypatch.setattr(dirty, "mark_units", marks_and_waits)
    with ThreadPoolExecutor(1) as pool:
        meanwhile = pool.submit(other)
        assert dirty.expand_dirty() == 2
        meanwhile.result(20)

    assert set(DirtyUnit.objects.filter(channel=google).values_list("product_id", flat=True)) == {
        first,
        second,
    }
