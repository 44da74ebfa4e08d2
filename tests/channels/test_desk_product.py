"""A product at the desk: truth beside what each channel shows, how sure that is, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import AvailabilityLog, Location
from catalog.services.products import propose_edit
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from channels.desk.groups import group_cards, variants_below
from channels.desk.shown import Card, shown_of
from channels.desk.truth import Price, facts_of
from channels.models import Channel, FeedRun, Profile
from channels.services.settings import update_channel
from tests.factories.catalog import edit_product, make_product, somebody
from tests.factories.listings import publish, read_feed, set_stock

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PARENT = {"#kind": "parent", "#family_variant": "shoes_colour", "gtin": None, "colour": None}


@pytest.fixture
def desk(client: Client, support: User) -> Client:
    """A client of somebody at the desk."""
    client.force_login(support)
    return client


@pytest.fixture
def shoe(make_good: Make) -> Any:
    """A product that both channels show."""
    product = make_good(1)
    set_stock(product, "in_stock", 7)
    publish("google", "shop")
    return product


def cards(product: Any) -> dict[tuple[str, str], Card]:
    """Return the cards of a product by channel and language."""
    return {(card.channel, card.locale): card for card in shown_of(product.pk, timezone.now()).cards}


def us(product: Any, channel: str = "Google") -> Card:
    """Return the card of the US."""
    return cards(product)[channel, "English (United States)"]


def variant(parent: Any, colour: str) -> dict[str, str]:
    """Return what makes a product a variant of `parent`."""
    return {"#kind": "variant", "#parent": str(parent.pk), "colour": colour}


def page_of(desk: Client, product: Any) -> str:
    response = desk.get(f"/desk/products/{product.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_feed_storefront_and_desk_say_the_same(desk: Client, shoe: Any) -> None:
    edit_product(shoe.pk, {"price.USD": "135.50", "name:en-US@site": "Runner Three"})
    publish("google", "shop")

    row = read_feed("google", "site_us_en-US_USD")[0]
    item = desk.get(f"/api/v1/storefront/shop/products/{shoe.pk}/?market=site_us").json()
    google, shop = us(shoe), us(shoe, "Own shop")

    assert (row["title"], row["price"]) == ("Runner Three", "135.50 USD")
    assert (item["listing"]["name"], item["listing"]["price"]["amount"]) == ("Runner Three", "135.50")
    assert (google.title, google.price) == ("Runner Three", Price("$135.50"))
    assert (shop.title, shop.price) == ("Runner Three", Price("$135.50"))
    assert google.thumbnail == shop.thumbnail != ""
    assert row["image_link"].split("/media/")[1].removesuffix(".png") in google.thumbnail
    assert row["link"] == google.link
    page = page_of(desk, shoe)
    assert page.count("Runner Three") == 2  # both US cards; the heading has the name outside channels
    assert page.count("as in truth") == 4
    assert "no difference to truth" in page


def test_what_differs_is_marked_field_by_field(desk: Client, shoe: Any) -> None:
    edit_product(
        shoe.pk, {"name:en-US": "Trail Runner 3", "price.USD": "99", "description:en-US": "<p>New.</p>"}
    )

    lines = [(line.label, line.shown, line.truth) for line in us(shoe).lines]

    assert lines == [
        ("Title", "Trail Runner 2", "Trail Runner 3"),
        ("Price", "$129.00", "$99.00"),
        ("Description", "Light and fast.", "New."),
    ]
    assert us(shoe).note == "Goes out with the next publication."
    assert us(shoe).title == "Trail Runner 2"
    page = page_of(desk, shoe)
    assert "<del>Trail Runner 2</del>" in page
    assert "<ins>Trail Runner 3</ins>" in page
    assert "3 differences" in page


def test_prices_that_customers_do_not_pay_are_no_difference(shoe: Any, manager: User) -> None:
    load_structure(
        {"attributes": [{"code": "cost", "type": "price", "price_kind": "cost"}]},
        actor=manager,
        reason="tests",
    )
    google = Channel.objects.get(code="google")
    mapping = {row.field: row.source for row in google.mappings.all()}
    update_channel(
        google.pk,
        {"mapping": {**mapping, "cost_of_goods_sold": {"attributes": ["cost"]}}},
        actor=manager,
        reason="tests",
    )
    edit_product(shoe.pk, {"cost.USD": "41.17"})

    assert us(shoe).lines == ()


def test_how_sure_it_is_depends_on_how_the_channel_reads(shoe: Any) -> None:
    assert us(shoe, "Own shop").certainty == "Certain: the channel reads from Concord directly."
    assert us(shoe).certainty == (
        "Likely: so it stands in the file of just now, which the channel has not answered."
    )


def test_what_is_said_but_not_handed_over_is_not_shown_yet(shoe: Any) -> None:
    edit_product(shoe.pk, {"name:en-US": "Trail Runner 3"})
    publish("google")
    assert us(shoe).title == "Trail Runner 3"

    last = FeedRun.objects.filter(channel__code="google").latest("pk")
    FeedRun.objects.filter(pk=last.pk).update(state="writing", finished_at=None)

    assert us(shoe).title == "Trail Runner 2"
    assert [(line.shown, line.truth) for line in us(shoe).lines] == [("Trail Runner 2", "Trail Runner 3")]


def test_part_held_back_says_since_when_and_why(desk: Client, shoe: Any) -> None:
    edit_product(shoe.pk, {"name:en-US": "N" * 160, "price.USD": "99"})
    publish("google")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        card = us(shoe)
    page = page_of(desk, shoe)

    assert (card.title, card.price) == ("Trail Runner 2", Price("$99.00"))
    assert [(part.label, part.since.ago, part.sentences) for part in card.held] == [
        ("Content", "2 days ago", ("The title is 160 characters long; 150 are allowed.",))
    ]
    assert [(line.label, line.truth) for line in card.lines] == [("Title", "N" * 160)]
    assert "Content held back" in page
    assert "The title is 160 characters long; 150 are allowed." in page


def test_recall_is_loud_and_names_who_still_shows_it(desk: Client, shoe: Any) -> None:
    edit_product(shoe.pk, {"#state": "recalled"})
    publish("google")
    page = page_of(desk, shoe)

    assert "Do not sell or ship it." in page
    assert us(shoe).is_shown is False
    assert us(shoe).headline == "Taken off this channel just now."
    assert us(shoe).reasons == ("The product is recalled, so it is withdrawn from the channel.",)
    assert us(shoe, "Own shop").is_shown is True
    assert us(shoe, "Own shop").alarm == (
        "Should not be shown any more: The product is recalled, so it is withdrawn from the channel. "
        "It goes with the next publication."
    )
    assert page.count("should be gone") == 2


@pytest.mark.parametrize(
    ("over", "headline", "reason"),
    [
        ({}, "Not published yet: it goes out with the next publication.", ""),
        ({"description:en-US": None}, "Never shown here.", "The description is missing."),
    ],
)
def test_what_was_never_shown_says_why(
    make_good: Make, over: dict[str, Any], headline: str, reason: str
) -> None:
    product = make_good(1, **over)
    if reason:
        publish("shop")

    card = us(product, "Own shop")

    assert (card.is_shown, card.headline) == (False, headline)
    assert card.reasons == ((reason,) if reason else ())


def test_channels_without_the_product_say_so(desk: Client, make_good: Make) -> None:
    draft = make_good(1, **{"#state": "draft"})

    page = page_of(desk, draft)

    assert "Google: not in its assortment." in page
    assert "It is being prepared; no channel shows it yet." in page


def test_stock_stands_by_location_with_its_age(desk: Client, shoe: Any) -> None:
    set_stock(shoe, "in_stock", 3, location="leipzig", observed_at=timezone.now() - timedelta(days=8))

    page = page_of(desk, shoe)

    assert "Berlin" in page
    assert "In stock · 7" in page
    assert "1 week ago" in page
    assert "too old to go by" in page
    assert us(shoe, "Own shop").stock == "In stock"
    assert us(shoe).stock == "Stock as in the last file"
    AvailabilityLog.objects.create(
        product=shoe,
        location=Location.objects.get(code="berlin"),
        status="out_of_stock",
        observed_at=timezone.now(),
    )
    assert us(shoe).stock == "Stock has changed since the last file"


def test_whom_to_ask_names_author_approver_and_open_requests(desk: Client, shoe: Any) -> None:
    propose_edit(shoe.pk, {"price.USD": "1"}, actor=somebody("ann", superuser=True), reason="cheaper")

    page = page_of(desk, shoe)

    assert "<strong>maker</strong> changed it last" in page
    assert "Approved by <strong>checker</strong>." in page
    assert "Being worked on" in page
    assert "Submitted · ann" in page


def test_parent_leads_to_its_variants_and_they_to_each_other(desk: Client, make_good: Make) -> None:
    parent = make_good(1, **PARENT)
    red, blue = (
        make_product(
            f"V-{colour}",
            **variant(parent, colour),
        )
        for colour in ("red", "blue")
    )

    above, below = page_of(desk, parent), page_of(desk, red)

    for page in (above, below):
        assert f"/desk/products/{red.pk}/" in page
        assert f"/desk/products/{blue.pk}/" in page
    assert "Sold as" in above
    assert "What customers see" not in above  # nothing is listed yet
    assert f"/desk/products/{parent.pk}/" in below
    assert 'aria-current="page"' in below
    assert "Red" in below


def summed_up(parent: Any) -> dict[str, Any]:
    """Return the cards of a parent on the American market, by channel."""
    schema = current_schema()
    facts = facts_of(variants_below(parent.pk), schema)
    cards = group_cards(list(facts.values()), schema)
    return {card.channel: card for card in cards if card.market == "Site US"}


def test_parent_sums_up_what_each_channel_shows_of_its_variants(desk: Client, make_good: Make) -> None:
    parent = make_good(1, **PARENT)
    red = make_product("V-red", **variant(parent, "red"))
    blue = make_product("V-blue", **variant(parent, "blue"), **{"price.USD": "99"})
    publish("google", "shop")
    edit_product(red.pk, {"#state": "recalled"})
    edit_product(blue.pk, {"name:en-US": "x" * 151})
    publish("shop")

    cards = summed_up(parent)
    google, shop = cards["Google"], cards["Own shop"]
    # Nothing new was handed to Google: the last file still carries both.
    assert (google.shown, google.held, google.prices) == (2, 0, "$99.00 – $129.00")
    assert google.title == "Trail Runner 2"
    assert (shop.shown, shop.prices, shop.title) == (1, "$99.00", "x" * 151)
    assert {line.id: line.is_shown for line in shop.variants} == {red.pk: False, blue.pk: True}
    publish("google")
    google = summed_up(parent)["Google"]
    assert (google.shown, google.held, google.title) == (1, 1, "Trail Runner 2")
    page = page_of(desk, parent)
    assert "1 of 2 shown" in page
    assert "Something is held back of 1 variant." in page
    assert page.count(f"/desk/products/{blue.pk}/") == 5  # a card for each place, and the list


def test_parents_page_costs_the_same_for_two_and_for_twenty_variants(desk: Client, make_good: Make) -> None:
    parent = make_good(1, **PARENT)
    counts = []
    for start, count in ((0, 2), (2, 20)):
        for number in range(start, count):
            make_product(f"V-{number}", **variant(parent, "red"))
        publish("google", "shop")
        page_of(desk, parent)
        with CaptureQueriesContext(connection) as queries:
            page_of(desk, parent)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 30


def test_parent_without_a_picture_borrows_a_variants(desk: Client, make_good: Make) -> None:
    parent = make_good(1, **PARENT, picture=None)
    make_good(2)

    assert "/media/thumb/" not in page_of(desk, parent)
    make_product("V", **variant(parent, "red"), picture="shoe.png")
    assert "/media/thumb/" in page_of(desk, parent)


def test_channel_that_cannot_be_used_does_not_hide_the_others(desk: Client, shoe: Any) -> None:
    Profile.objects.filter(code="google").update(current=None)

    page = page_of(desk, shoe)

    assert "Google: its settings can&#x27;t be used at the moment." in page
    assert page.count("Certain: the channel reads from Concord directly.") == 2


def test_product_page_costs_the_same_for_two_and_for_twenty_variants(desk: Client, make_good: Make) -> None:
    parent = make_good(1, **PARENT)
    first, *_rest = [make_product(f"V-{number}", **variant(parent, "red")) for number in range(2)]
    publish("google", "shop")
    page_of(desk, first)
    counts = []
    for count in (2, 20):
        for number in range(2, count):
            make_product(f"V-{number}", **variant(parent, "blue"))
        publish("google", "shop")
        with CaptureQueriesContext(connection) as queries:
            page_of(desk, first)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 45
