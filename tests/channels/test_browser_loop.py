"""The main job in a real browser: a title is changed, approved, published, and read everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Product
from channels.models import Channel
from channels.services.feeds import feed_folder
from channels.services.publish import request_publication
from workflows.models import ChangeRequest, Job
from workflows.services.jobs import run_job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "Trail Runner 2, waterproof"


def publish(code: str) -> None:
    job = run_job(request_publication(code, actor=None).pk)
    assert job.state == "done", job.error


def feed_titles(channel: Channel) -> list[str]:
    """Return the titles of the American feed file."""
    files = [path for path in feed_folder(channel).glob("*.tsv") if "en-US" in path.name]
    lines = [line.split("\t") for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return [row[lines[0].index("title")] for row in lines[1:]]


def test_a_title_goes_from_the_merchandisers_browser_to_every_reader(
    log_in: Callable[[User], Any],
    cast: dict[str, User],
    google: Channel,
    make_good: Callable[..., Any],
) -> None:
    product: Product = make_good(1)
    publish("google")
    publish("shop")
    assert feed_titles(google) == ["Trail Runner 2"]

    page = log_in(cast["merchandiser"])
    page.goto(f"/admin/catalog/product/{product.pk}/change/?locale=en-US")
    page.locator("[name='v.name:en-US']").fill(TITLE)
    page.locator("[name=reason]").fill("It is waterproof now")
    page.get_by_role("button", name="Submit for review").click()
    page.wait_for_load_state()
    request = ChangeRequest.objects.latest("pk")
    assert request.state == "submitted"

    author = Client()
    author.force_login(cast["merchandiser"])
    refused = author.post(f"/admin/workflows/changerequest/{request.pk}/decide/", {"step": "approve"})
    assert refused.status_code == 403
    request.refresh_from_db()
    assert request.state == "submitted"

    page = log_in(cast["reviewer"])
    page.goto(f"/admin/workflows/changerequest/{request.pk}/change/")
    assert page.locator(".cc-diff ins").first.inner_text().strip() == ", waterproof"
    page.get_by_role("button", name="Approve 1 value").click()
    page.get_by_text("Approved. The values become true now").wait_for()
    run_job(Job.objects.latest("id").pk)
    publish("google")
    publish("shop")

    product.refresh_from_db()
    assert (product.revision, product.document["name:en-US"]) == (2, TITLE)
    assert feed_titles(google) == [TITLE]
    found = Client().get("/api/v1/storefront/shop/products/by-sku/S-1/?market=site_us").json()
    assert found["listing"]["name"] == TITLE
    page = log_in(cast["support"])
    page.goto("/desk/?q=waterproof")
    assert TITLE in page.locator("h1").inner_text()
    assert page.get_by_text(TITLE).count() >= 3
