"""Products in a real browser, under the real content security policy: found, edited, compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from catalog.models import Product
from tests.factories.catalog import edit_product, make_product, make_structure
from workflows.models import ChangeRequest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/catalog/product/"
ADDRESSES = (
    "product/",
    "product/?q=nothing-like-this",
    "product/add/",
    "product/add/?kind=simple",
    "product/{pk}/change/",
    "product/{pk}/change/#media",
    "product/{pk}/change/#requests",
    "product/{pk}/change/?scope=site_de&locale=de-DE#group-content",
    "product/{pk}/compare/?all=1",
    "attribute/",
    "category/",
    "family/",
    "delivery/",
    "availability/",
)


def violations(page: Any) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture
def shoe() -> Product:
    make_structure()
    product = make_product(
        "TR-1",
        **{
            "#categories": ["running"],
            "name:en-US": "Trail Runner",
            "name:en-US@site": "Trail Runner for the shop",
            "price.USD": "99.90",
            "weight": "310 g",
            "colour": "red",
            "tags": ["new"],
        },
    )
    return edit_product(product.pk, {"name:en-US": "Trail Runner 2", "colour": {"$empty": True}})


def test_a_merchandiser_changes_a_title_and_submits_it(
    page: Any, log_in: Callable[[User], Any], shoe: Product, merchandiser: User
) -> None:
    log_in(merchandiser)
    page.goto(LIST)
    page.get_by_label("Search products").fill("trail")
    page.get_by_role("button", name="Search").click()
    assert page.url.endswith("?q=trail")
    page.get_by_role("link", name="Trail Runner 2").click()

    page.get_by_role("link", name="Content").click()
    title = page.get_by_label("Name", exact=True)
    assert title.input_value() == "Trail Runner 2"
    title.fill("Trail Runner 3")
    expect(page.get_by_text("1 unsaved change → it becomes a proposal")).to_be_visible()
    expect(page.get_by_text("14/200")).to_be_visible()
    page.get_by_label("Why").fill("new season")
    page.get_by_role("button", name="Submit for review").click()

    said = page.get_by_text(re.compile("Proposed with 1 value"))
    said.wait_for()
    request = ChangeRequest.objects.latest("pk")
    assert (request.state, request.reason) == ("submitted", "new season")
    assert request.changes.get().patch == {"name:en-US": "Trail Runner 3"}
    assert Product.objects.get(pk=shoe.pk).revision == 2
    expect(page.get_by_role("link", name=f"request {request.pk}").first).to_be_visible()


def test_what_is_wrong_stands_at_the_field_and_keeps_what_was_typed(
    page: Any, log_in: Callable[[User], Any], shoe: Product, merchandiser: User
) -> None:
    log_in(merchandiser)
    page.goto(f"{LIST}{shoe.pk}/change/#group-content")

    page.get_by_label("gtin", exact=True).fill("123")
    page.get_by_role("button", name="Submit for review").click()

    page.get_by_text("Nothing was proposed; what you typed is still here.").wait_for()
    field = page.get_by_label("gtin", exact=True)
    assert field.input_value() == "123"
    assert field.get_attribute("aria-invalid") == "true"
    expect(page.locator(f"#{field.get_attribute('id')}-errors")).to_be_visible()
    expect(page.get_by_text("1 unsaved change")).to_be_visible()
    assert violations(page) == []


def test_checking_shows_the_difference_and_proposes_nothing(
    page: Any, log_in: Callable[[User], Any], shoe: Product, merchandiser: User
) -> None:
    before = ChangeRequest.objects.count()
    log_in(merchandiser)
    page.goto(f"{LIST}{shoe.pk}/change/#group-content")

    page.get_by_label("Name", exact=True).fill("Trail Racer 2")
    page.get_by_role("button", name="Check").click()

    page.get_by_role("heading", name="What your changes would do").wait_for()
    expect(page.locator("ins", has_text="Racer")).to_be_visible()
    assert page.get_by_label("Name", exact=True).input_value() == "Trail Racer 2"
    assert ChangeRequest.objects.count() == before
    assert violations(page) == []


def test_a_code_is_suggested_and_added_by_keyboard(
    page: Any, log_in: Callable[[User], Any], shoe: Product, merchandiser: User
) -> None:
    make_product("LAMP-1", **{"name:en-US": "Lamp"})
    log_in(merchandiser)
    page.goto(f"{LIST}{shoe.pk}/change/#links")

    finder = page.get_by_label("Find one to add to related")
    with page.expect_response(re.compile("suggest/.*q=lam")):
        finder.type("lam")
    page.wait_for_selector("datalist option[value='LAMP-1']", state="attached")
    finder.fill("LAMP-1")
    finder.press("Enter")

    assert page.get_by_label("related", exact=True).input_value() == "LAMP-1"


def test_a_viewer_compares_two_revisions_and_can_send_nothing(
    page: Any, log_in: Callable[[User], Any], shoe: Product, support: User
) -> None:
    log_in(support)
    page.goto(f"{LIST}{shoe.pk}/change/")
    expect(page.get_by_role("button", name="Submit for review")).to_have_count(0)

    page.get_by_role("link", name="revision 2").click()

    expect(page.locator("ins", has_text="2").first).to_be_visible()
    expect(page.get_by_text("You may look at this, but not propose changes.")).to_be_visible()


def test_the_page_works_without_scripts(
    chromium: Any, live_server: Any, client: Any, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()

    page.goto(f"{LIST}{shoe.pk}/change/")
    page.locator("[name='v.name:en-US']").fill("Trail Runner 4")
    page.get_by_role("button", name="Submit for review").click()

    page.wait_for_url("**/change/")
    assert ChangeRequest.objects.latest("pk").changes.get().patch == {"name:en-US": "Trail Runner 4"}
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(
    scheme: str, page: Any, log_in: Callable[[User], Any], shoe: Product, superuser: User
) -> None:
    log_in(superuser)
    page.emulate_media(color_scheme=scheme)

    found = {}
    for address in ADDRESSES:
        page.goto("about:blank")
        page.goto("/admin/catalog/" + address.format(pk=shoe.pk))
        page.wait_for_load_state("networkidle")
        found[address] = violations(page)

    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_product_pages_fit_a_narrow_screen(
    page: Any, log_in: Callable[[User], Any], shoe: Product, merchandiser: User
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    log_in(merchandiser)

    for address in (LIST, f"{LIST}{shoe.pk}/change/#group-content", f"{LIST}{shoe.pk}/compare/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_checking_keeps_the_tab(
    page: Any, log_in: Callable[[User], Any], shoe: Product, merchandiser: User
) -> None:
    log_in(merchandiser)
    page.goto(f"/admin/catalog/product/{shoe.pk}/change/")
    page.get_by_role("link", name="Family and state").click()

    for _time in range(2):
        page.get_by_role("button", name="Check").click()
        page.get_by_text("What your changes would do").wait_for()

        assert page.locator("[data-tabs] [aria-current]").inner_text().strip() == "Family and state"
        assert page.locator("#structure").is_visible()
