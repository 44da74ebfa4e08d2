"""The desk in a real browser: search, product, theme and keys; wide and with one thumb, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.channels.conftest import GOOD
from tests.factories.catalog import edit_product, make_product
from tests.factories.listings import publish, set_stock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Make = Callable[..., Any]
WIDE, THUMB = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def violations(page: Any) -> list[str]:
    """Return what axe-core finds at levels A and AA."""
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": rules})
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture
def products(make_good: Make) -> list[Any]:
    """One product as in truth, one that differs, one recalled and still shown, one held back."""
    found = [make_good(number) for number in range(1, 5)]
    set_stock(found[0], "in_stock", 7)
    publish("google", "shop")
    edit_product(found[1].pk, {"name:en-US": "Fell Glider", "price.USD": "99"})
    edit_product(found[3].pk, {"name:en-US": "N" * 160})
    publish("google")
    edit_product(found[1].pk, {"price.USD": "89"})
    edit_product(found[2].pk, {"#state": "recalled"})
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, THUMB], ids=["wide", "thumb"])
def test_every_page_is_accessible_and_fits(
    page: Any, log_in: Callable[[User], Any], support: User, products: list[Any], size: Any, scheme: str
) -> None:
    log_in(support)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    parent = make_product(
        "P", **{**GOOD, "#kind": "parent", "#family_variant": "shoes_colour", "colour": None}
    )
    for colour in ("red", "blue"):
        make_product(f"V-{colour}", **{"#kind": "variant", "#parent": str(parent.pk), "colour": colour})
    publish("shop")
    products.append(parent)

    addresses = ["/desk/", "/desk/?q=runner", "/desk/?q=nothing+of+it"]
    for address in [*addresses, *(f"/desk/products/{product.pk}/?q=runner" for product in products)]:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    small = page.eval_on_selector_all(
        "button, input, .hit",
        "(all) => all.filter((one) => one.offsetHeight && one.offsetHeight < 44).map((one) => one.outerHTML)",
    )
    assert small == []


def test_agent_finds_a_product_and_sees_what_differs(
    page: Any, log_in: Callable[[User], Any], support: User, products: list[Any]
) -> None:
    log_in(support)
    page.goto("/desk/")

    page.get_by_role("searchbox").fill("trail run")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Fell Glider").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Fell Glider")
    card = page.locator("article", has_text="Site US").first
    assert card.get_by_role("row").all_inner_texts() == [
        "Field\tShown there\tTrue today",
        "Price\t$99.00\t$89.00",
    ]
    page.get_by_role("link", name="All found for “trail run”").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("4 products")


def test_recall_shouts(page: Any, log_in: Callable[[User], Any], support: User, products: list[Any]) -> None:
    log_in(support)

    page.goto(f"/desk/products/{products[2].pk}/")

    assert page.get_by_role("alert").inner_text().startswith("Recalled.")
    expect(page.get_by_text("should be gone")).to_have_count(4)


def test_keys_search_and_walk(
    page: Any, log_in: Callable[[User], Any], support: User, products: list[Any]
) -> None:
    log_in(support)
    page.goto("/desk/?q=runner")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.evaluate("document.activeElement === document.querySelectorAll('[data-hit]')[0]")
    page.keyboard.press("/")
    page.keyboard.type("glider")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/products/**")

    assert first
    expect(page.get_by_role("heading", level=1)).to_have_text("Fell Glider")


def test_theme_is_kept(page: Any, log_in: Callable[[User], Any], support: User, shop: None) -> None:
    log_in(support)
    page.emulate_media(color_scheme="dark")
    page.goto("/desk/")
    ground = "getComputedStyle(document.body).backgroundColor"
    like_the_device = page.evaluate(ground)

    page.get_by_role("button", name="Theme: like the device").click()
    light = page.evaluate(ground)
    page.reload()

    assert like_the_device == "rgb(16, 21, 28)"
    assert light == "rgb(246, 247, 249)"
    assert page.evaluate(ground) == light
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
