"""Login, home and accounts in a real browser, under the real content security policy."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def violations(page: Any) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def test_logging_in_by_the_form_leads_home(page: Any, make_account: Callable[..., User]) -> None:
    make_account("admin", name="ann")
    page.goto("/")
    assert violations(page) == []

    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()

    page.wait_for_url("**/admin/")
    expect(page.get_by_role("link", name="Accounts")).to_be_visible()
    assert violations(page) == []


def test_a_wrong_password_is_said_and_keeps_the_name(page: Any, make_account: Callable[..., User]) -> None:
    make_account("admin", name="ann")
    page.goto("/admin/")

    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
    assert page.get_by_label("Username").input_value() == "ann"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/", "/admin/auth/group/", "/api/docs/"]
)
def test_page_follows_the_policy_and_is_accessible(
    page: Any, log_in: Callable[[User], Any], superuser: User, address: str, scheme: str
) -> None:
    log_in(superuser)
    page.emulate_media(color_scheme=scheme)

    page.goto(address)
    page.wait_for_load_state("networkidle")

    if not address.startswith("/api/"):  # the documentation's page is another maker's
        assert violations(page) == []


def test_an_address_without_a_page_says_so(page: Any) -> None:
    page.goto("/no-such-page/")

    expect(page.get_by_role("heading")).to_have_text("Nothing is here")
    assert violations(page) == []
