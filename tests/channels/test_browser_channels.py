"""The pages of channels in a real browser: wide and narrow, light and dark, from a number to its cure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import expect

from channels.models import Channel, FeedRun, Listing, Profile
from tests.channels.test_browser_desk import THUMB, violations
from tests.factories.catalog import edit_product
from tests.factories.listings import publish, set_stock
from workflows.models import Job
from workflows.services.jobs import run_job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Make = Callable[..., Any]
DESK_WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def published(make_good: Make) -> list[Any]:
    """Four products: good, held in part, never said, recalled."""
    found = [make_good(1), make_good(2), make_good(3, picture=None), make_good(4)]
    set_stock(found[0], "in_stock", 7)
    publish("google", "shop")
    edit_product(found[1].pk, {"name:en-US": "x" * 151, "price.USD": "99"})
    edit_product(found[3].pk, {"#state": "recalled"})
    publish("google", "shop")
    return found


def addresses(products: list[Any]) -> list[str]:
    """The pages of channels, and those of lower apps on which channels have a panel."""
    google = Channel.objects.get(code="google")
    run, profile = FeedRun.objects.filter(channel=google).latest("pk"), Profile.objects.get(code="google")
    listings = [
        Listing.objects.get(channel=google, product=product, market="site_us") for product in products
    ]
    return [
        "/admin/",
        reverse("admin:channels_channel_changelist"),
        reverse("admin:channels_channel_add"),
        reverse("admin:channels_channel_change", args=[google.pk]),
        reverse("admin:channels_channel_mapping", args=[google.pk, "title"]),
        reverse("admin:channels_channel_mapping", args=[google.pk, "google_product_category"]),
        reverse("admin:channels_channel_mapping", args=[google.pk, "additional_image_link"]),
        reverse("admin:channels_listing_changelist"),
        f"{reverse('admin:channels_listing_changelist')}?state__in=withdrawn&rule=google.gtin.format",
        *(reverse("admin:channels_listing_change", args=[listing.pk]) for listing in listings),
        reverse("admin:channels_feedrun_changelist"),
        reverse("admin:channels_feedrun_change", args=[run.pk]),
        reverse("admin:channels_profile_changelist"),
        reverse("admin:channels_profile_change", args=[profile.pk]),
        reverse("admin:catalog_product_changelist"),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK_WIDE, THUMB], ids=["wide", "narrow"])
def test_every_page_of_channels_is_accessible_and_fits(
    page: Any, log_in: Callable[[User], Any], superuser: User, published: list[Any], size: Any, scheme: str
) -> None:
    log_in(superuser)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)

    for address in addresses(published):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_manager_follows_a_number_to_the_listing_that_is_held(
    page: Any, log_in: Callable[[User], Any], make_account: Callable[..., User], published: list[Any]
) -> None:
    log_in(make_account("channel_manager"))
    page.goto(reverse("admin:channels_channel_changelist"))

    page.get_by_role("link", name="Google", exact=True).click()
    page.get_by_role("link", name="3 held back").click()
    row = page.get_by_role("row", name="S-2")
    expect(row.locator(".channel-error")).to_have_text("The title is 151 characters long; 150 are allowed.")
    row.get_by_role("link").first.click()

    content = page.locator("section", has=page.get_by_role("heading", name="Content"))
    assert "held back" in content.inner_text()
    expect(content.locator(".channel-would dd")).to_have_text("x" * 151)
    assert page.locator(".channel-picture img").evaluate(
        "(image) => image.complete && image.naturalWidth > 0"
    )


def test_manager_looks_what_would_change_and_publishes(
    page: Any, log_in: Callable[[User], Any], make_account: Callable[..., User], published: list[Any]
) -> None:
    edit_product(published[0].pk, {"price.USD": "77"})
    log_in(make_account("channel_manager"))
    page.goto(reverse("admin:channels_channel_change", args=[Channel.objects.get(code="google").pk]))

    page.get_by_role("button", name="Publish…").click()
    run_job(Job.objects.get(kind="channels.preview").pk)
    page.reload()

    expect(page.get_by_role("link", name="1 would change")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("Google is being published: job #").wait_for()
    job = Job.objects.filter(kind="channels.publish").latest("pk")
    run_job(job.pk)
    page.reload()
    page.get_by_role("link", name="What was handed over").click()
    assert page.url.endswith(reverse("admin:channels_feedrun_change", args=[FeedRun.objects.latest("pk").pk]))


@pytest.mark.parametrize("size", [DESK_WIDE, THUMB], ids=["wide", "narrow"])
def test_manager_maps_a_field_after_looking_what_it_would_do(
    page: Any,
    log_in: Callable[[User], Any],
    make_account: Callable[..., User],
    published: list[Any],
    size: Any,
) -> None:
    log_in(make_account("channel_manager"))
    page.set_viewport_size(size)
    google = Channel.objects.get(code="google")
    page.goto(reverse("admin:channels_channel_change", args=[google.pk]))

    page.get_by_role("link", name="Change where Title comes from").click()
    expect(page.get_by_label("The text")).to_be_hidden()
    page.get_by_label("Always the same text").check()
    page.get_by_label("The text", exact=True).fill("Y" * 151)
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("row", name="Trail Runner 2").first).to_contain_text("newly broken")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("The text", exact=True).fill("Shoe")
    page.get_by_label("Why").fill("one name for all")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("You changed the source since you looked.")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_contain_text("Title now comes from: always “Shoe”.")
    assert google.mappings.get(field="title").source == {"constant": "Shoe"}
    assert violations(page) == []
    page.get_by_role("button", name="Look how many listings would change").click()
    run_job(Job.objects.get(kind="channels.preview").pk)
    page.reload()
    expect(page.get_by_role("link", name="4 would change")).to_be_visible()


def test_reader_sees_why_publishing_is_not_for_them(
    page: Any, log_in: Callable[[User], Any], support: User, published: list[Any]
) -> None:
    log_in(support)

    page.goto(reverse("admin:channels_channel_change", args=[Channel.objects.get(code="google").pk]))

    expect(page.get_by_role("button", name="Publish…")).to_be_disabled()
    expect(page.get_by_text("You don't have the right to publish.")).to_be_visible()
