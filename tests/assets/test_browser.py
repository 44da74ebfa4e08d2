"""The asset pages in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import expect

from assets.models import Asset
from tests.factories.assets import make_asset, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def violations(page: Any) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def test_files_are_added_by_one_person_and_approved_by_another(
    page: Any, log_in: Callable[[User], Any], make_account: Callable[..., User], tmp_path: Path
) -> None:
    shoe, script = tmp_path / "shoe.png", tmp_path / "page.html"
    shoe.write_bytes(picture(size=(600, 500)))
    script.write_bytes(b"<html></html>")
    log_in(make_account("asset_manager"))
    page.goto("/admin/assets/asset/")

    page.get_by_role("link", name="Add files").click()
    page.get_by_label("Files", exact=True).set_input_files([shoe, script])
    page.get_by_role("button", name="Add files").click()

    expect(page.get_by_text("2 files: 1 new, 0 new versions, 0 there already, 1 refused.")).to_be_visible()
    page.get_by_role("link", name="shoe.png").click()
    expect(page.get_by_role("button", name="Approve version 1")).to_be_disabled()
    picture_width = "document.querySelector('.asset-preview').naturalWidth"
    page.wait_for_function(f"{picture_width} > 0")
    assert page.evaluate(picture_width) == 320

    log_in(make_account("reviewer"))
    page.reload()
    page.get_by_role("button", name="Approve version 1").click()

    expect(page.get_by_text("1 version was approved.")).to_be_visible()
    assert Asset.objects.get().current.number == 1


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    page: Any,
    log_in: Callable[[User], Any],
    make_account: Callable[..., User],
    scheme: str,
    width: int,
) -> None:
    adder, approver = make_account("asset_manager"), make_account("reviewer")
    asset = make_asset("a.png", picture("navy"), actor=adder, approver=approver)
    make_asset("a.png", picture("red"), actor=adder)
    log_in(adder)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 850})

    for address in ("", "add/", f"{asset.pk}/change/", f"{asset.pk}/history/"):
        page.goto(f"/admin/assets/asset/{address}")
        page.wait_for_load_state("networkidle")

        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
