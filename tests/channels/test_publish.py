"""Publishing a small shop: what is said, held, withdrawn, handed over, and written twice never."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import Body, Channel, FeedRun, Handover, Listing, ListingVersion
from channels.services.feeds import feed_folder
from channels.services.publish import request_publication
from channels.services.settings import update_channel
from tests.factories.catalog import edit_product
from tests.factories.listings import set_stock
from workflows.services.jobs import run_job

Make = Callable[..., Any]


def publish(code: str = "google") -> dict[str, Any]:
    """Publish a channel and return the job's result."""
    job = run_job(request_publication(code, actor=None).pk)
    assert job.state == "done", job.error
    return dict(job.result)


def feed(channel: Channel, place: str) -> list[dict[str, str]]:
    """Read one feed file."""
    path = feed_folder(channel) / f"google_{place}.tsv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def us(product: Any, channel: str = "google") -> Listing:
    """Return a product's listing in the US."""
    return Listing.objects.get(channel__code=channel, product=product, market="site_us")


def body(listing: Listing, part: str) -> dict[str, Any]:
    """Return what a listing says in one part."""
    return orjson.loads(Body.objects.get(pk=getattr(listing, part)).body)


@pytest.mark.django_db
def test_good_product_is_live_in_every_market_and_in_the_files(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    set_stock(product, "in_stock")

    result = publish()

    assert result["counts"] == {"evaluated": 2, "changed": 2, "held": 0, "said": 2}
    assert [(entry["name"], entry["rows"]) for entry in result["files"]] == [
        ("google_site_de_de-DE_EUR.tsv", 1),
        ("google_site_us_en-US_USD.tsv", 1),
    ]
    row = feed(google, "site_us_en-US_USD")[0]
    assert {name: value for name, value in row.items() if value} == {
        "id": "S-1",
        "title": "Trail Runner 2",
        "description": "Light and fast.",
        "link": "https://shop.example/en-US/p/S-1",
        "image_link": us(product).channel and body(us(product), "media")["image_link"],
        "availability": "in_stock",
        "price": "129.00 USD",
        "brand": "Alpenrot",
        "gtin": "9520000000028",
        "condition": "new",
        "google_product_category": "187",
        "product_type": "Running",
        "color": "Red",
        "size": "42",
        "gender": "unisex",
        "age_group": "adult",
    }
    assert row["image_link"].endswith(".png")
    german = feed(google, "site_de_de-DE_EUR")[0]
    assert (german["title"], german["description"]) == ("Trail Runner 2 (neu)", "Light and fast.")
    assert german["price"] == "119.00 EUR"
    assert result["warnings"] == {}


@pytest.mark.django_db
def test_publishing_again_writes_nothing_but_the_run(google: Channel, make_good: Make) -> None:
    make_good(1)
    publish()
    before = (
        list(Listing.objects.order_by("id").values()),
        list(ListingVersion.objects.order_by("id").values()),
        list(Handover.objects.order_by("id").values()),
        {path.name: path.stat().st_mtime_ns for path in feed_folder(google).iterdir()},
    )

    result = publish()

    assert result["counts"] == {}
    assert FeedRun.objects.filter(channel=google, state="done").count() == 2
    assert before == (
        list(Listing.objects.order_by("id").values()),
        list(ListingVersion.objects.order_by("id").values()),
        list(Handover.objects.order_by("id").values()),
        {path.name: path.stat().st_mtime_ns for path in feed_folder(google).iterdir()},
    )


@pytest.mark.django_db
def test_title_over_its_limit_is_held_while_a_price_cut_goes_live(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    publish()

    edit_product(product.pk, {"name:en-US": "x" * 151, "price.USD": "99"})
    result = publish()

    listing = us(product)
    assert listing.state == "partly_held"
    assert set(listing.held_since) == {"content"}
    assert listing.rule_ids == " google.title.max_length "
    assert listing.reasons == [
        ["google.title.max_length", "error", "hold", "content", "title", {"length": 151, "max": 150}]
    ]
    assert body(listing, "content")["title"] == "Trail Runner 2"
    assert body(listing, "offer") == {"price": "99.00 USD"}
    assert feed(google, "site_us_en-US_USD")[0]["price"] == "99.00 USD"
    assert (result["counts"]["said"], result["counts"]["held"]) == (1, 1)
    assert listing.due_at is not None
    assert ListingVersion.objects.get(listing=listing, number=2).held == listing.held_since


@pytest.mark.django_db
def test_held_part_runs_out_and_the_listing_is_withdrawn(
    google: Channel, make_good: Make, time_machine: Any
) -> None:
    product = make_good(1)
    publish()
    edit_product(product.pk, {"name:en-US": "x" * 151})
    publish()

    time_machine.move_to(timezone.now() + timedelta(days=7, seconds=1))
    result = publish()

    listing = us(product)
    assert (listing.state, listing.content, listing.held_since) == ("withdrawn", "", {})
    assert result["counts"]["withdrawn"] == 1
    assert [entry["rows"] for entry in result["files"]] == [1, 0]
    version = ListingVersion.objects.get(listing=listing, number=2)
    assert (version.cause, version.content) == ("hold_expired", "")


@pytest.mark.django_db
def test_recalled_product_is_gone_whatever_else_is_wrong(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    publish()

    edit_product(product.pk, {"#state": "recalled", "name:en-US": "x" * 151})
    publish()

    assert set(Listing.objects.filter(channel=google).values_list("state", flat=True)) == {"withdrawn"}
    assert "base.unit.recalled" in us(product).rule_ids
    assert "base.unit.in_assortment" not in us(product).rule_ids
    assert feed(google, "site_us_en-US_USD") == []
    open_ones = Handover.objects.filter(channel=google, until_run__isnull=True)
    assert open_ones.count() == 0


@pytest.mark.django_db
def test_product_that_was_never_good_is_held_and_not_said(google: Channel, make_good: Make) -> None:
    product = make_good(1, picture=None)

    result = publish()

    assert (us(product).state, us(product).version) == ("held", 0)
    assert us(product).rule_ids == " google.image_link.required "
    assert result["counts"] == {"evaluated": 2, "changed": 2, "held": 2}
    assert ListingVersion.objects.count() == 0


@pytest.mark.django_db
def test_draft_product_has_no_listing(google: Channel, make_good: Make) -> None:
    make_good(1, **{"#state": "draft"})

    assert publish()["counts"] == {"evaluated": 0, "changed": 0, "held": 0}
    assert Listing.objects.count() == 0


@pytest.mark.django_db
def test_external_id_stays_when_the_sku_is_renamed(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    publish()

    edit_product(product.pk, {"sku": "S-99"})
    publish()

    assert us(product).external_id == "S-1"
    assert body(us(product), "content")["id"] == "S-1"


@pytest.mark.django_db
def test_id_that_another_listing_has_is_refused(google: Channel, make_good: Make) -> None:
    first = make_good(1)
    publish()
    Listing.objects.filter(product=first).update(external_id="S-2")  # as if taken over from another system
    edit_product(first.pk, {"price.USD": "99.00"})

    second = make_good(2)
    publish()

    assert (us(first).state, us(first).external_id) == ("live", "S-2")
    assert us(second).state == "held"
    assert us(second).reasons == [["google.id.unique", "error", "hold", "content", "id", {"value": "S-2"}]]
    assert [row["price"] for row in feed(google, "site_us_en-US_USD")] == ["99.00 USD"]


@pytest.mark.django_db
def test_unknown_availability_is_sent_as_out_of_stock_with_a_warning(
    google: Channel, make_good: Make
) -> None:
    product = make_good(1)
    set_stock(product, "in_stock", observed_at=timezone.now() - timedelta(days=8))

    result = publish()

    assert feed(google, "site_us_en-US_USD")[0]["availability"] == "out_of_stock"
    assert result["warnings"] == {"google.availability.known": {"count": 2, "examples": ["S-1", "S-1"]}}
    assert us(product).state == "live"


@pytest.mark.django_db
def test_availability_alone_rewrites_the_files_and_no_version(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    set_stock(product, "in_stock")
    publish()
    versions = ListingVersion.objects.count()

    set_stock(product, "out_of_stock")
    publish()

    assert feed(google, "site_us_en-US_USD")[0]["availability"] == "out_of_stock"
    assert ListingVersion.objects.count() == versions


@pytest.mark.django_db
def test_own_storefront_says_objects_and_keeps_a_run_without_files(shop: None, make_good: Make) -> None:
    product = make_good(1)

    result = publish("shop")

    listing = us(product, "shop")
    assert listing.state == "live"
    assert body(listing, "offer") == {"price": {"amount": "129.00", "currency": "USD"}}
    assert body(listing, "content")["categories"] == [["Running"]]
    assert listing.rule_ids == " own_storefront.gtin.demonstration "
    assert "gtin" not in body(listing, "content")
    assert result["files"] == []
    assert Handover.objects.filter(channel__code="shop").count() == 2


@pytest.mark.django_db
def test_handovers_are_intervals_of_runs(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    publish()
    publish()
    edit_product(product.pk, {"price.USD": "100"})
    publish()

    runs = list(FeedRun.objects.filter(channel=google).order_by("pk").values_list("pk", flat=True))
    carried = Handover.objects.filter(listing=us(product)).order_by("pk")
    assert [(row.version.number, row.from_run_id, row.until_run_id) for row in carried] == [
        (1, runs[0], runs[2]),
        (2, runs[2], None),
    ]


@pytest.mark.django_db
def test_setting_that_bears_on_every_listing_evaluates_all(
    google: Channel, make_good: Make, manager: User
) -> None:
    make_good(1)
    publish()

    update_channel(google.pk, {"allow_demo_identifiers": False}, actor=manager, reason="real ones only")
    result = publish()

    assert result["counts"] == {"evaluated": 2, "changed": 2, "held": 2}
    assert set(Listing.objects.values_list("state", flat=True)) == {"partly_held"}


@pytest.mark.django_db
def test_publication_costs_the_same_queries_for_two_and_for_twenty(google: Channel, make_good: Make) -> None:
    def measured() -> int:
        with CaptureQueriesContext(connection) as queries:
            publish()
        return len(queries)

    for number in range(2):
        make_good(number, gtin=None, **{"name:en-US": f"Shoe {number}"})
    publish()
    for product in Listing.objects.filter(market="site_us").values_list("product_id", flat=True):
        edit_product(product, {"price.USD": "77"})
    few = measured()
    for number in range(2, 20):
        make_good(number, gtin=None, **{"name:en-US": f"Shoe {number}"})
    publish()
    for product in Listing.objects.filter(market="site_us").values_list("product_id", flat=True):
        edit_product(product, {"price.USD": "78"})

    assert measured() == few


@pytest.mark.django_db
def test_killed_publication_is_taken_up_where_it_stopped(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_good(number)
    monkeypatch.setattr("channels.services.publish.CHUNK", 1)
    from channels.services import publish as module

    calls: list[int] = []
    honest = module.write_chunk

    def dies(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return honest(*args)

    monkeypatch.setattr(module, "write_chunk", dies)
    job = request_publication("google", actor=None)
    with pytest.raises(KeyboardInterrupt):
        run_job(job.pk)
    assert Listing.objects.count() == 2
    type(job).objects.filter(pk=job.pk).update(state="queued", lease_until=None, lease_owner="")

    resumed = request_publication("google", actor=None)
    assert resumed.pk == job.pk
    done = run_job(resumed.pk)

    assert done.result["counts"] == {"evaluated": 6, "changed": 6, "held": 0, "said": 6}
    assert Listing.objects.filter(state="live").count() == 6
    assert FeedRun.objects.filter(channel=google).count() == 1
    assert len(feed(google, "site_us_en-US_USD")) == 3


@pytest.mark.django_db
def test_feed_file_is_whole_or_not_there(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_good(1)
    publish()
    path = feed_folder(google) / "google_site_us_en-US_USD.tsv"
    before = path.read_bytes()
    make_good(2)

    def breaks(*_args: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr("channels.services.feeds.cell", breaks)
    job = run_job(request_publication("google", actor=None).pk)

    assert job.state == "failed"
    assert path.read_bytes() == before
    assert [entry.name for entry in Path(path.parent).glob("*.part")] == []


@pytest.mark.django_db
def test_unknown_channel_is_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"^There is no channel nowhere; there are: none\.$"):
        call_command("publish", "nowhere")


@pytest.mark.django_db
def test_somebody_without_the_right_may_not_publish(google: Channel, support: User) -> None:
    with pytest.raises(CommandError, match="You don't have the right to publish"):
        call_command("publish", "google", user=support.username)

    assert FeedRun.objects.count() == 0
