"""Taking a delivery in, in a real browser: by keyboard, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Delivery
from tests.catalog.test_browser_products import violations
from tests.factories.catalog import make_product, make_structure
from workflows.models import ChangeRequest, Source
from workflows.services.jobs import run_job, runnable_jobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = (
    "sku,name:en-US,gtin,colour,#kind,#parent",
    "TR-1,Trail Runner 3 with a longer title,1234,blue,,",
    "TR-2,Theirs,,red,,",
    "N-1,Brand new,96385074,,,",
    ",Nameless,,,,",
    "N-2,Orphan,,,variant,NOWHERE",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make_structure()
    make_product("TR-1", **{"name:en-US": "Trail Runner 2", "colour": "red"})
    make_product("TR-2", **{"name:en-US": "Ours"})
    Source.objects.create(code="nordic", kind="supplier", label="Nordic Textiles", rank=5)
    Source.objects.create(code="erp", kind="erp", label="ERP", rank=50)
    file = tmp_path / "spring.csv"
    file.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return file


def run_all() -> None:
    for job_id in runnable_jobs():
        run_job(job_id)


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "size", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "narrow"]
)
def test_a_delivery_is_taken_in_by_keyboard_on_pages_that_are_accessible_and_fit(
    page: Any,
    log_in: Callable[[User], Any],
    file: Path,
    merchandiser: User,
    size: dict[str, int],
    scheme: str,
) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    log_in(merchandiser)

    def look() -> None:
        assert violations(page) == []
        assert fits(page)

    page.goto("/admin/catalog/delivery/")
    look()
    page.get_by_role("link", name="Take in a delivery").press("Enter")
    page.get_by_role("button", name="Show what it would change").wait_for()
    look()
    page.get_by_role("button", name="Show what it would change").press("Enter")
    page.get_by_text("Choose a file.").wait_for()
    look()
    page.get_by_label("Source").select_option(label="Nordic Textiles")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Show what it would change").press("Enter")
    page.get_by_text("You can leave this page").wait_for()
    look()
    run_all()
    page.reload()
    page.get_by_role("heading", name="What would change").wait_for()
    page.get_by_text("2 rejected rows").wait_for()
    look()
    page.get_by_role("button", name="Propose").press("Enter")
    page.get_by_text("You can leave this page").wait_for()
    run_all()
    page.reload()
    request = ChangeRequest.objects.latest("pk")
    look()
    page.get_by_role("link", name=f"Change request {request.pk}").press("Enter")
    page.wait_for_url(f"**/changerequest/{request.pk}/change/")

    page.goto(f"/admin/catalog/delivery/{Delivery.objects.get().pk}/change/")
    page.get_by_role("heading", name="Rejected rows").wait_for()
    look()
