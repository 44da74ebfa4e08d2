"""Two imports of stock at the same moment. SQLite has one writer at a time, so these run on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Availability, AvailabilityLog, Location, Product
from catalog.services import availability
from catalog.services.availability import Observation, take_availability
from catalog.services.products import people_source
from catalog.services.structure import load_structure
from tests.factories.catalog import edit_product, make_product, make_structure, somebody
from workflows.models import Job, Source
from workflows.services.jobs import run_job
from workflows.services.requests import ProposedChange, propose_changes
from workflows.services.reviews import approve_request

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def erp() -> Source:
    make_structure()
    load_structure(
        {"locations": [{"code": "oslo"}, {"code": "wien"}]},
        actor=somebody("structure", superuser=True),
        reason="tests",
    )
    for number in range(8):
        make_product(f"A-{number}")
    return Source.objects.create(code="erp", kind="erp", label="ERP", rank=50)


def seen(sku: int, location: str, minute: int) -> Observation:
    status = "in_stock" if minute % 2 else "out_of_stock"
    return Observation(
        "stock.csv", 2, f"A-{sku}", location, status, minute, START + timedelta(minutes=minute)
    )


def at_once(*calls: Any) -> list[Exception]:
    """Run calls in threads that start together; returns what they raised."""
    barrier = threading.Barrier(len(calls))
    raised: list[Exception] = []

    def run(call: Any) -> None:
        try:
            barrier.wait()
            call()
        except Exception as error:  # noqa: BLE001 - the test looks at whatever it is
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("is_known", [False, True])
def test_imports_at_once_keep_the_latest_word(
    erp: Source, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    monkeypatch.setattr(availability, "CHUNK", 4)
    places = [(sku, location) for sku in range(8) for location in ("berlin", "oslo", "wien")]
    if is_known:
        take_availability([seen(*place, 0) for place in places], source=erp)
    early = [seen(*place, minute) for minute in (1, 4) for place in places]
    late = [seen(*place, minute) for minute in (3, 6) for place in reversed(places)]

    raised = at_once(
        lambda: take_availability(early, source=erp), lambda: take_availability(late, source=erp)
    )

    assert raised == []
    assert Availability.objects.count() == len(places)
    assert set(Availability.objects.values_list("status", "quantity", "observed_at")) == {
        ("out_of_stock", 6, START + timedelta(minutes=6))
    }
    for product in {row.product_id for row in Availability.objects.all()}:
        for location in Location.objects.all():
            log = AvailabilityLog.objects.filter(product_id=product, location=location).order_by("id")
            statuses = list(log.values_list("status", flat=True))
            moments = list(log.values_list("observed_at", flat=True))
            assert moments == sorted(moments)
            assert all(first != second for first, second in pairwise(statuses))


def test_a_place_nobody_spoke_of_is_written_once(erp: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    meet = threading.Barrier(2)
    find = availability.products_by_sku

    def find_together(folded: set[str]) -> Any:
        found = find(folded)
        meet.wait(timeout=10)
        return found

    monkeypatch.setattr(availability, "products_by_sku", find_together)

    raised = at_once(
        lambda: take_availability([seen(1, "oslo", 5)], source=erp),
        lambda: take_availability([seen(1, "oslo", 7)], source=erp),
    )

    assert raised == []
    assert Availability.objects.get().quantity == 7


def test_locations_are_locked_in_order_before_anything_known_of_them_is_read(erp: Source) -> None:
    with CaptureQueriesContext(connection) as captured:
        take_availability([seen(1, "wien", 1), seen(1, "berlin", 1)], source=erp)

    texts = [query["sql"] for query in captured.captured_queries]
    lock = next(number for number, sql in enumerate(texts) if "FOR NO KEY UPDATE" in sql)
    read = next(number for number, sql in enumerate(texts) if 'FROM "catalog_availability"' in sql)
    assert texts[lock].endswith(
        'ORDER BY "catalog_location"."id" ASC FOR NO KEY UPDATE OF "catalog_location"'
    )
    assert lock < read


def test_stock_of_products_that_are_being_renamed_meets_no_deadlock(erp: Source) -> None:
    maker, checker = somebody("maker", superuser=True), somebody("checker", superuser=True)
    products = list(Product.objects.order_by("pk"))
    for number in range(8):
        changes = [
            ProposedChange(
                model="catalog.product",
                object_id=product.pk,
                label=product.sku,
                patch={"sku": f"{product.sku}-{number}"},
                base={"sku": product.document["sku"]},
                base_revision=product.revision,
            )
            for product in products
        ]
        request = propose_changes(changes, title="names", actor=maker, source=people_source())
        job = approve_request(request.pk, reviewer=checker)
        Availability.objects.all().delete()
        rows = [
            Observation("stock.csv", 2, product.sku, "oslo", "in_stock", 1, START)
            for product in reversed(products)
        ]

        raised = at_once(
            lambda job=job: run_job(job.pk),
            lambda rows=rows: take_availability(iter(rows), source=erp, actor=maker),
        )

        assert raised == []
        assert run_job(job.pk).state == "done"
        assert Job.objects.get(pk=job.pk).attempts == 1
        products = list(Product.objects.order_by("pk"))


def test_renamed_products_are_locked_with_their_keys_in_order(erp: Source) -> None:
    product = Product.objects.get(sku="A-3")

    with CaptureQueriesContext(connection) as queries:
        edit_product(product.pk, {"sku": "A-9"})

    sql = [query["sql"] for query in queries]
    locked = next(
        n
        for n, text in enumerate(sql)
        if text.endswith('ORDER BY "catalog_product"."id" ASC FOR UPDATE OF "catalog_product"')
    )
    written = next(n for n, text in enumerate(sql) if text.startswith('UPDATE "catalog_product"'))
    assert locked < written
