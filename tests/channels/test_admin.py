"""The pages of channels: they read in a constant number of queries, and every write is a service call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from catalog.services.products import propose_edit, propose_product
from channels.models import Channel, FeedRun, Listing, Profile
from channels.panels import held_listings, home_tile, product_listings, request_effects
from tests.channels.conftest import GOOD
from tests.channels.test_publish import publish
from tests.factories.catalog import edit_product
from workflows.models import Job

Make = Callable[..., Any]
TITLE_SENTENCE = "The title is 151 characters long; 150 are allowed."


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    """A browser in which the channel manager is logged in."""
    client.force_login(manager)
    return client


@pytest.mark.django_db
def test_channel_page_shows_readiness_with_links(page: Client, google: Channel, make_good: Make) -> None:
    make_good(1)
    make_good(2, **{"name:en-US": "x" * 151})
    publish()

    response = page.get(reverse("admin:channels_channel_change", args=[google.pk]))

    text = response.content.decode()
    assert response.status_code == 200
    assert response.context["readiness"].by_state == {"live": 3, "held": 1}
    assert response.context["readiness"].share == 75
    assert "rule=google.title.max_length" in text
    assert "Comes from" in text


@pytest.mark.django_db
def test_publish_button_enqueues_one_job(page: Client, google: Channel) -> None:
    address = reverse("admin:channels_channel_publish", args=[google.pk])

    assert page.post(address).status_code == 302
    assert page.post(address).status_code == 302

    assert Job.objects.filter(kind="channels.publish").count() == 1


@pytest.mark.django_db
def test_somebody_without_the_right_cannot_publish(client: Client, google: Channel, support: User) -> None:
    client.force_login(support)

    response = client.post(reverse("admin:channels_channel_publish", args=[google.pk]))

    assert response.status_code == 302
    assert Job.objects.filter(kind="channels.publish").count() == 0


@pytest.mark.django_db
def test_listing_list_costs_the_same_for_two_and_for_twenty(page: Client, make_good: Make) -> None:
    address = reverse("admin:channels_listing_changelist")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(address).status_code == 200
        return len(queries)

    make_good(1, **{"name:en-US": "x" * 151})
    publish()
    cost()
    few = cost()
    for number in range(2, 12):
        make_good(number, gtin=None, **{"name:en-US": "x" * 151})
    publish()

    assert Listing.objects.count() == 22
    assert cost() == few


@pytest.mark.django_db
def test_listing_list_filters_by_rule_and_state(page: Client, make_good: Make) -> None:
    make_good(1)
    make_good(2, **{"name:en-US": "x" * 151})
    publish()
    address = reverse("admin:channels_listing_changelist")

    by_rule = page.get(address, {"rule": "google.title.max_length"})
    by_state = page.get(address, {"state__in": "held,partly_held"})
    found = page.get(address, {"q": "S-1"})

    assert [row.external_id for row in by_rule.context["cl"].result_list] == ["S-2"]
    assert TITLE_SENTENCE in by_rule.content.decode()
    assert [row.external_id for row in by_state.context["cl"].result_list] == ["S-2"]
    assert {row.external_id for row in found.context["cl"].result_list} == {"S-1"}


@pytest.mark.django_db
def test_listing_page_tells_parts_reasons_and_versions(
    page: Client, google: Channel, make_good: Make
) -> None:
    product = make_good(1)
    publish()
    edit_product(product.pk, {"name:en-US": "x" * 151, "price.USD": "99"})
    publish()
    listing = Listing.objects.get(product=product, market="site_us")

    response = page.get(reverse("admin:channels_listing_change", args=[listing.pk]))

    text = response.content.decode()
    assert response.status_code == 200
    assert TITLE_SENTENCE in text
    assert "The availability is unknown or too old, so it is sent as out of stock." in text
    assert "99.00 USD" in text
    assert [row["version"].number for row in response.context["versions"]] == [2, 1]
    assert all(row["handed_over"] for row in response.context["versions"])


@pytest.mark.django_db
def test_feed_file_can_be_fetched_from_the_newest_publication(
    page: Client, client: Client, google: Channel, make_good: Make
) -> None:
    make_good(1)
    publish()
    run = FeedRun.objects.get(channel=google)
    address = reverse("admin:channels_feedrun_file", args=[run.pk, "google_site_us_en-US_USD.tsv"])

    response = page.get(address)

    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"id\ttitle\tdescription")
    assert page.get(reverse("admin:channels_feedrun_file", args=[run.pk, "other.tsv"])).status_code == 404
    assert page.get(reverse("admin:channels_feedrun_change", args=[run.pk])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["channel", "profile", "listing", "feedrun"])
def test_lists_open_and_stay_closed_to_writing(page: Client, google: Channel, model: str) -> None:
    assert page.get(reverse(f"admin:channels_{model}_changelist")).status_code == 200
    may_add = 200 if model == "channel" else 403
    assert page.get(reverse(f"admin:channels_{model}_add")).status_code == may_add


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["abc", "9" * 30, "9" * 5000, "²", "-"])
def test_address_that_names_no_key_is_not_found(page: Client, google: Channel, key: str) -> None:
    for model in ("channel", "profile", "listing"):
        assert page.get(f"/admin/channels/{model}/{key}/change/").status_code == 404, model
    publishing = reverse("admin:channels_channel_publish", args=[google.pk])
    for address in (
        f"/admin/channels/channel/{key}/history/",
        f"/admin/channels/channel/{key}/history/1/",
        f"/admin/channels/channel/{google.pk}/history/{key}/",
        f"{publishing}?job={key}",
    ):
        assert page.get(address).status_code == 404, address


@pytest.mark.django_db
def test_profile_page_lists_every_rule_with_its_source(page: Client) -> None:
    profile = Profile.objects.get(code="google")

    response = page.get(reverse("admin:channels_profile_change", args=[profile.pk]))

    text = response.content.decode()
    assert response.status_code == 200
    assert all(rule.rule_id in text for rule in profile.current.rules.all())


def asked_by(user: User) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.mark.django_db
def test_product_panel_shows_reasons_of_each_listing(make_good: Make, manager: User, support: User) -> None:
    product = make_good(1, **{"name:en-US": "x" * 151})
    publish()

    context = product_listings([product], asked_by(manager))

    assert context is not None
    rows = [(row["listing"].market, [one.text for one in row["sentences"]]) for row in context["rows"]]
    assert rows == [("site_de", []), ("site_us", [TITLE_SENTENCE])]


@pytest.mark.django_db
def test_effects_of_a_proposal_name_what_breaks_and_what_mends(make_good: Make, manager: User) -> None:
    product = make_good(1, picture=None)
    publish()
    request = propose_edit(
        product.pk, {"name:en-US": "x" * 151, "picture": "shoe.png"}, actor=manager, reason="tests"
    )
    change = request.changes.get()
    before = list(Listing.objects.order_by("id").values())

    effects = request_effects([change], asked_by(manager))[change.pk]["effects"]

    google, shop = effects
    assert (google["label"], google["before"] < 100) == ("Google", True)
    assert [one.rule_id for one in google["broken"]] == ["google.title.max_length"]
    assert [one.rule_id for one in google["mended"]] == ["google.image_link.required"]
    assert [one.rule_id for one in shop["mended"]] == ["own_storefront.pictures.required"]
    assert list(Listing.objects.order_by("id").values()) == before


@pytest.mark.django_db
def test_effects_of_a_new_product_start_from_not_listed(make_good: Make, manager: User) -> None:
    values = {**GOOD, "sku": "N-1", "#state": "active", "gtin": "9520000000066"}
    request = propose_product(values, actor=manager, reason="tests")
    change = request.changes.get()

    effects = request_effects([change], asked_by(manager))[change.pk]["effects"]

    assert [(effect["label"], effect["before"], effect["after"]) for effect in effects] == [
        ("Google", None, 100),
        ("Own shop", None, effects[1]["after"]),
    ]


@pytest.mark.django_db
def test_effects_cost_the_same_queries_for_one_and_for_five(make_good: Make, manager: User) -> None:
    changes = []
    for number in range(5):
        product = make_good(number)
        request = propose_edit(product.pk, {"name:en-US": f"Other {number}"}, actor=manager, reason="tests")
        changes.append(request.changes.get())

    def cost(chosen: list[Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(request_effects(chosen, asked_by(manager))) == len(chosen)
        return len(queries)

    cost(changes)
    assert cost(changes) == cost(changes[:1])


@pytest.mark.django_db
def test_home_tile_counts_channels_that_have_listings(
    make_good: Make, manager: User, make_account: Callable[..., User]
) -> None:
    make_good(1)
    publish()

    tile = home_tile([], asked_by(manager))

    assert tile is not None
    assert [(row["channel"].code, row["readiness"].share) for row in tile["rows"]] == [("google", 100)]
    assert home_tile([], asked_by(make_account(name="stranger"))) is None


@pytest.mark.django_db
def test_what_is_held_back_waits_for_those_who_can_cure_it(
    page: Client, google: Channel, make_good: Make, make_account: Callable[..., User]
) -> None:
    make_good(1, **{"name:en-US": "x" * 151})
    make_good(2)
    publish()

    def told(role: str) -> list[tuple[int, str]]:
        return [(line.count, line.words) for line in held_listings(make_account(role))]

    said = [(1, f"listing held back from {google.label}")]
    assert told("channel_manager") == told("merchandiser") == said
    assert told("support") == told("reviewer") == []
    (line,) = held_listings(make_account("channel_manager", "another"))
    assert page.get(line.url).context["cl"].result_count == 1


@pytest.mark.django_db
def test_product_list_shows_the_lowest_score_of_each_channel_as_a_link(
    page: Client, google: Channel, make_good: Make
) -> None:
    product = make_good(1, **{"name:en-US": "x" * 151})
    publish()

    text = page.get(reverse("admin:catalog_product_changelist")).content.decode()
    address = (
        f"{reverse('admin:channels_listing_changelist')}?channel__id__exact={google.pk}&product={product.pk}"
    )
    shown = page.get(address)

    lowest = Listing.objects.filter(product=product).order_by("score")[0].score
    assert f'href="{escape(address)}"' in text
    assert f"Site {lowest} ▲" in text
    assert {row.product_id for row in shown.context["cl"].result_list} == {product.pk}


@pytest.mark.django_db
def test_product_list_costs_the_same_queries_for_two_and_for_twenty(page: Client, make_good: Make) -> None:
    address = reverse("admin:catalog_product_changelist")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(address).status_code == 200
        return len(queries)

    for number in range(2):
        make_good(number, gtin=None)
    publish()
    cost()
    few = cost()
    for number in range(2, 20):
        make_good(number, gtin=None)
    publish()

    assert cost() == few


@pytest.mark.django_db
def test_channel_page_says_reasons_of_an_example_and_names_fields(
    page: Client, google: Channel, make_good: Make
) -> None:
    make_good(1, **{"name:en-US": "x" * 151})
    make_good(2, **{"name:en-US": "x" * 163})
    publish()

    response = page.get(reverse("admin:channels_channel_change", args=[google.pk]))

    reason, label = response.context["top"][0]
    assert (reason.text, reason.count, reason.example) == (TITLE_SENTENCE, 2, "S-1")
    assert (reason.varies, label) == (True, "Title")
    table = response.context["mapping"]
    rows = {row.field.name: row.text for row in table.rows}
    assert rows["condition"] == "always “new”"
    assert rows["google_product_category"] == "Shoes: “187”"
    assert rows["id"] == "its ID on the channel, fixed at first publication"
    assert "Video" in [field.label for field in table.unfilled]
    assert "Products in the states Active, Phase-out." in response.content.decode()


@pytest.mark.django_db
def test_listing_page_shows_what_a_held_part_would_say_instead(page: Client, make_good: Make) -> None:
    product = make_good(1)
    publish()
    edit_product(product.pk, {"name:en-US": "x" * 151, "brand": None})
    publish()
    listing = Listing.objects.get(product=product, market="site_us")

    response = page.get(reverse("admin:channels_listing_change", args=[listing.pk]))

    content, media, offer = response.context["parts"]
    said = {value.label: value.texts for value in content["values"]}
    assert said["Title"] == ("Trail Runner 2",)
    assert [(value.label, value.texts) for value in content["would"]] == [("Title", ("x" * 151,))]
    assert content["dropped"] == ["Brand"]
    assert (media["would"], offer["would"]) == ([], [])
    assert [len(value.pictures) for value in media["values"]] == [1]
    assert response.context["place"] == "Site US · en-US"
