"""Bringing the demonstration brand in, by the services and readers its people would use.

Each step can run twice: killed anywhere and started again, it finds what it has done and does the rest.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User

from assets.selectors import asset_facts
from assets.services.adding import AssetInput, add_assets
from assets.services.alt_texts import set_alt_texts
from catalog.constants import DeliveryState
from catalog.models import Delivery, Product
from catalog.readers.availability import check_availability_file, read_availability
from catalog.readers.delivery import check_delivery_file, read_delivery
from catalog.services.availability import Observation, take_availability
from catalog.services.incoming import CellProblem
from catalog.services.intake import take_delivery
from catalog.services.products import edit_change, people_source, plan_edit
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from channels.constants import ListingState
from channels.models import Listing
from channels.services.publish import KIND as PUBLICATION
from channels.services.publish import request_publication
from channels.services.settings import load_channels
from config.demo.pictures import BRAND, PictureSpec, draw_picture, picture_specs
from workflows.constants import REVIEWABLE, JobState, SourceKind
from workflows.exceptions import NotReady
from workflows.models import ChangeRequest, Job, Source
from workflows.services import jobs
from workflows.services.requests import propose_changes
from workflows.services.reviews import approve_request
from workflows.services.structure import save_structure

REASON = "Demonstration brand"
HOUSE, SUPPLIER = "product_list", "havnfell_trading"
SOURCES = {
    HOUSE: (SourceKind.ERP, "Product list", 20),
    SUPPLIER: (SourceKind.SUPPLIER, "Havnfell Trading", 50),
}
CHANNELS = ("google", "storefront")
SHOWN_CHANNEL = "storefront"
Counts = dict[str, Any]


@dataclass(frozen=True)
class Cast:
    """The accounts that act, by role, and the moment loading began, to which availability is moved."""

    people: dict[str, User]
    begun_at: datetime

    def __getitem__(self, role: str) -> User:
        """Return the account of a role."""
        return self.people[role]


@dataclass(frozen=True)
class Step:
    """One part of the way: its name in the record, what to call it, the work, and how its counts read."""

    name: str
    label: str
    run: Callable[[Cast], Counts]
    sentence: str


def _structure(cast: Cast) -> Counts:
    spec = json.loads((BRAND / "structure.json").read_text(encoding="utf-8"))
    load_structure(spec, actor=cast["admin"], reason=REASON)
    for code, (kind, label, rank) in SOURCES.items():
        if not Source.objects.filter(code=code).exists():
            source = Source(code=code, kind=kind, label=label, rank=rank)
            save_structure(source, actor=cast["admin"], reason=REASON, created=True)
    return {name: len(spec[name]) for name in ("attributes", "families", "categories", "scopes")}


def _pictures(cast: Cast) -> Counts:
    specs = picture_specs()
    there = {code for code, facts in asset_facts([spec.code for spec in specs]).items() if facts.checksum}
    add_assets(
        _drawn([spec for spec in specs if spec.code not in there]),
        actor=cast["asset_manager"],
        reason=REASON,
        approved_by=cast["reviewer"],
    )
    set_alt_texts({spec.code: spec.alt for spec in specs}, actor=cast["asset_manager"], reason=REASON)
    return {"pictures": len(specs)}


def _drawn(specs: list[PictureSpec]) -> Iterator[AssetInput]:
    for spec in specs:
        yield AssetInput(spec.code, draw_picture(spec))


def _deliver(cast: Cast, *, files: dict[str, str], approve: bool) -> Counts:
    """Take files in, each for its source; approve and apply what is not in conflict if asked to."""
    counts = dict.fromkeys(("read", "new", "changed", "unchanged", "rejected", "conflicts"), 0)
    for name, code in files.items():
        delivery = _taken(cast, name, Source.objects.get(code=code))
        for field in ("read", "new", "changed", "unchanged", "rejected"):
            counts[field] += getattr(delivery, field)
        request = delivery.request
        if request is None:
            continue
        if approve and request.state in REVIEWABLE:
            finish_job(approve_request(request.pk, reviewer=cast["reviewer"]).pk)
        counts["conflicts"] += request.conflict_count
        counts["request"] = request.pk
    return counts


def _taken(cast: Cast, name: str, source: Source) -> Delivery:
    """Return the delivery of a file, read now unless an earlier run read it to its end."""
    schema = current_schema()
    csv_source, facts = check_delivery_file(BRAND / name, schema)
    known = Delivery.objects.filter(source=source, checksum=facts.checksum, state=DeliveryState.DONE)
    if not known.exists():
        take_delivery(
            read_delivery(csv_source, schema),
            source=source,
            actor=cast["merchandiser"],
            name=name,
            checksum=facts.checksum,
            title=f"{source}: {name}",
            reason=REASON,
        )
    return known.select_related("request").earliest("pk")


def _availability(cast: Cast) -> Counts:
    """Take the file in as if its last observation had been made when loading began."""
    source = check_availability_file(BRAND / "availability.csv")
    rows = list(read_availability(source))
    newest = max(row.observed_at for row in rows if isinstance(row, Observation))

    def moved() -> Iterator[Observation | tuple[str, int, CellProblem]]:
        for row in rows:
            if isinstance(row, Observation):
                yield replace(row, observed_at=row.observed_at + (cast.begun_at - newest))
            else:
                yield row

    report = take_availability(moved(), source=Source.objects.get(code=HOUSE), actor=cast["operator"])
    return {"read": report.counts.read, "rejected": report.counts.rejected}


def _channels(cast: Cast) -> Counts:
    spec = json.loads((BRAND / "channels.json").read_text(encoding="utf-8"))
    load_channels(spec, actor=cast["channel_manager"], reason=REASON)
    return {"channels": ", ".join(channel["label"] for channel in spec["channels"])}


def _publish(cast: Cast, *, time_number: int) -> Counts:
    """Publish every channel once more, so that it has been published `time_number` times."""
    counts: Counts = {"said": 0, "withdrawn": 0}
    for code in CHANNELS:
        finished = Job.objects.filter(kind=PUBLICATION, params__channel=code, state=JobState.DONE).order_by(
            "pk"
        )
        if len(finished) < time_number:
            finish_job(request_publication(code, actor=cast["channel_manager"]).pk)
        result = finished.all()[time_number - 1].result
        for name in counts:
            counts[name] += result["counts"].get(name, 0)
    listings = Listing.objects.filter(channel__code__in=CHANNELS)
    counts["live"] = listings.filter(state__in=(ListingState.LIVE, ListingState.PARTLY_HELD)).count()
    counts["held"] = listings.filter(state=ListingState.HELD).count()
    return counts


def publish_anew() -> None:
    """Publish every channel, as when the address of the site moved and pictures and links with it."""
    for code in CHANNELS:
        finish_job(request_publication(code, actor=None).pk)


def _edits(cast: Cast) -> Counts:
    """Propose the merchandiser's requests, and have the reviewer approve those that are not to wait."""
    waiting = 0
    wanted = json.loads((BRAND / "merchandiser_edits.json").read_text(encoding="utf-8"))["requests"]
    for spec in wanted:
        request = ChangeRequest.objects.filter(title=spec["title"], author=cast["merchandiser"]).first()
        if request is None:
            request = propose_changes(
                [
                    edit_change(plan_edit(Product.objects.get(sku=edit["sku"]).pk, edit["values"]))
                    for edit in spec["edits"]
                ],
                title=spec["title"],
                actor=cast["merchandiser"],
                source=people_source(),
                reason=spec["reason"],
            )
        if spec["outcome"] == "waiting":
            waiting += 1
        elif request.state in REVIEWABLE:
            finish_job(approve_request(request.pk, reviewer=cast["reviewer"], reason=spec["review"]).pk)
    return {"approved": len(wanted) - waiting, "waiting": waiting}


def finish_job(job_id: int) -> Job:
    """Run a job here to its end, or wait for the process that has it; raises `NotReady` if it fails."""
    while (job := jobs.run_job(job_id)).state in (JobState.QUEUED, JobState.RUNNING):
        time.sleep(0.2)
        jobs.release_dead_leases()
    if job.state != JobState.DONE:
        raise NotReady(job.error)
    return job


def finish_jobs() -> None:
    """Run what an earlier, killed run left in the queue."""
    jobs.release_dead_leases()
    for job_id in jobs.runnable_jobs():
        finish_job(job_id)


FIRST_FILES = {"supplier_catalogue.csv": SUPPLIER, "products.csv": HOUSE}
STEPS = (
    Step(
        "structure",
        "Structure",
        _structure,
        "{attributes} attributes, {families} families, {categories} categories, {scopes} scopes.",
    ),
    Step("pictures", "Pictures", _pictures, "{pictures} drawn, added and approved."),
    Step(
        "catalogue",
        "Catalogue",
        partial(_deliver, files=FIRST_FILES, approve=True),
        "{read} rows read: {new} new, {rejected} rejected; proposed, approved and applied.",
    ),
    Step("availability", "Availability", _availability, "{read} rows read, {rejected} rejected."),
    Step("channels", "Channels", _channels, "{channels}."),
    Step(
        "publish",
        "Published",
        partial(_publish, time_number=1),
        "{said} listing versions written, {withdrawn} withdrawn; now {live} live and {held} held back.",
    ),
    Step(
        "edits",
        "Edits",
        _edits,
        "{approved} requests of the merchandiser approved and applied, {waiting} waits for a reviewer.",
    ),
    Step(
        "publish_again",
        "Published",
        partial(_publish, time_number=2),
        "{said} listing versions written, {withdrawn} withdrawn; now {live} live and {held} held back.",
    ),
    Step(
        "delivery",
        "Delivery",
        partial(_deliver, files={"supplier_delivery.csv": SUPPLIER}, approve=False),
        "{read} rows read: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected; "
        "request {request} waits with {conflicts} conflicts.",
    ),
)
