"""Listings for tests: products published for real, stock, the feed as a channel reads it."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog.models import Availability, Location
from channels.models import Channel
from channels.services.feeds import feed_folder
from channels.services.publish import request_publication
from workflows.models import Source
from workflows.services.jobs import run_job


def publish(*codes: str) -> None:
    """Publish channels."""
    for code in codes:
        job = run_job(request_publication(code, actor=None).pk)
        assert job.state == "done", job.error


def read_feed(code: str, place: str) -> list[dict[str, str]]:
    """Return the rows of one feed file, `place` as in `site_us_en-US_USD`."""
    path = feed_folder(Channel.objects.get(code=code)) / f"{code}_{place}.tsv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def set_stock(
    product: Any,
    status: str,
    quantity: int | None = None,
    *,
    observed_at: datetime | None = None,
    location: str = "berlin",
) -> None:
    """Say what a location has of a product."""
    source, _created = Source.objects.get_or_create(
        code="stock", defaults={"label": "Stock", "kind": "erp", "rank": 1}
    )
    place, _created = Location.objects.get_or_create(
        code=location,
        defaults={"code_folded": location, "labels": {"en-US": location.capitalize()}},
    )
    Availability.objects.update_or_create(
        product=product,
        location=place,
        defaults={
            "status": status,
            "quantity": quantity,
            "observed_at": observed_at or timezone.now(),
            "source": source,
        },
    )
