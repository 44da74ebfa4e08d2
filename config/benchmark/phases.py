"""The phases: what each does in a process of its own, on the benchmark's database.

A phase does what people and schedules do, through the same services; it finds what the phase before left in
the database. Its seconds are those of the work, without the start of the process.
"""

from __future__ import annotations

import json
import resource
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from assets.services.adding import add_assets
from catalog.readers.delivery import check_delivery_file, read_delivery
from catalog.services.availability import take_availability
from catalog.services.intake import take_delivery
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from channels.services.feeds import feed_folder
from channels.services.publish import find_channel, request_publication
from channels.services.settings import load_channels
from config.accounts import create_account
from config.benchmark import baselines, catalogue, storefront
from config.benchmark.databases import check_is_benchmark_database
from config.benchmark.sizes import bytes_per_row
from workflows.constants import JobState, SourceKind
from workflows.exceptions import NotReady
from workflows.models import ChangeRequest, Job, Source
from workflows.services import jobs
from workflows.services.reviews import APPLY_JOB, approve_request
from workflows.services.structure import save_structure

REASON = "Benchmark"
ROLES = ("admin", "asset_manager", "merchandiser", "reviewer", "channel_manager")


@dataclass(frozen=True)
class Order:
    """What to measure: how many products of how many values, and the folder files go to."""

    products: int
    values: int
    folder: Path


@dataclass
class Measured:
    """What a phase did: how many of what in how many seconds, and its process's largest resident memory."""

    count: int
    unit: str
    seconds: float
    peak_rss: int = 0
    cpu_seconds: float = 0
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """How many each second."""
        return self.count / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Phase:
    """One phase. `needs` names the phase it builds upon; `bounds_memory` says that its memory must not grow
    with the number of products; `full_size_only` leaves it out of the smaller run that this is seen by.
    """

    run: Callable[[Order], Measured]
    needs: str = ""
    bounds_memory: bool = False
    full_size_only: bool = False


def _person(role: str) -> User:
    return User.objects.get(username=role)


def _prepare(order: Order) -> Measured:
    start = time.perf_counter()
    call_command("migrate", verbosity=0, interactive=False)
    cast = {role: create_account(name=role, role=role, password=secrets.token_urlsafe(20)) for role in ROLES}
    load_structure(catalogue.structure_spec(order.values), actor=cast["admin"], reason=REASON)
    source = Source(code=catalogue.SOURCE, kind=SourceKind.ERP, label="Benchmark", rank=20)
    save_structure(source, actor=cast["admin"], reason=REASON, created=True)
    load_channels(catalogue.channels_spec(), actor=cast["channel_manager"], reason=REASON)
    added = add_assets(
        catalogue.pictures(), actor=cast["asset_manager"], reason=REASON, approved_by=cast["reviewer"]
    )
    return Measured(len(added.approved), "pictures", time.perf_counter() - start)


def _delivery_file(order: Order) -> Path:
    return order.folder / "delivery.csv"


def _generate(order: Order) -> Measured:
    start = time.perf_counter()
    size = catalogue.write_delivery(_delivery_file(order), order.products, order.values)
    return Measured(order.products, "rows", time.perf_counter() - start, details={"bytes": size})


def _import(order: Order) -> Measured:
    start = time.perf_counter()
    schema = current_schema()
    file, facts = check_delivery_file(_delivery_file(order), schema)
    report = take_delivery(
        read_delivery(file, schema),
        source=Source.objects.get(code=catalogue.SOURCE),
        actor=_person("merchandiser"),
        name=file.name,
        checksum=facts.checksum,
        reason=REASON,
    )
    return Measured(report.counts.read, "rows", time.perf_counter() - start, details=asdict(report.counts))


def _approve(_order: Order) -> Measured:
    start = time.perf_counter()
    request = ChangeRequest.objects.get()
    approve_request(request.pk, reviewer=_person("reviewer"))
    return Measured(request.change_count, "changes", time.perf_counter() - start)


def _apply(_order: Order) -> Measured:
    start = time.perf_counter()
    job = _done(jobs.run_job(Job.objects.get(kind=APPLY_JOB).pk))
    return Measured(job.done, "products", time.perf_counter() - start, details=job.result)


def _stock(order: Order) -> Measured:
    start = time.perf_counter()
    report = take_availability(
        catalogue.observations(order.products, timezone.now()),
        source=Source.objects.get(code=catalogue.SOURCE),
        actor=_person("merchandiser"),
    )
    return Measured(report.counts.read, "rows", time.perf_counter() - start, details=asdict(report.counts))


def _publication(channel: str = catalogue.CHANNEL) -> tuple[Job, float, float]:
    """Publish a channel; returns the finished job, the seconds until all was evaluated and written, and
    all.
    """
    evaluated = 0.0

    def note(job: Job) -> None:
        nonlocal evaluated
        if not evaluated and job.done == job.total:
            evaluated = time.perf_counter() - start

    start = time.perf_counter()
    waiting = request_publication(channel, actor=_person("channel_manager"))
    job = _done(jobs.run_job(waiting.pk, listener=note))
    total = time.perf_counter() - start
    return job, evaluated or total, total


def _publish(_order: Order) -> Measured:
    return _published(*_publication())


def _publish_shop(_order: Order) -> Measured:
    load_channels(catalogue.shop_spec(), actor=_person("channel_manager"), reason=REASON)
    return _published(*_publication(catalogue.SHOP))


def _published(job: Job, evaluated: float, total: float) -> Measured:
    counts = job.result["counts"]
    return Measured(
        counts.get("evaluated", 0), "listings", evaluated, details={**counts, "seconds_with_feed": total}
    )


def _storefront(_order: Order) -> Measured:
    start = time.perf_counter()
    rates = storefront.measure(catalogue.SHOP)
    return Measured(
        round(max(rates.detail)),
        "a second",
        time.perf_counter() - start,
        details={"detail": max(rates.detail), "bare_view": max(rates.bare), "ratio": rates.ratio},
    )


def _feed(_order: Order) -> Measured:
    for file in feed_folder(find_channel(catalogue.CHANNEL)).glob("*.tsv"):
        file.unlink()
    job, _evaluated, total = _publication()
    files = job.result["files"]
    return Measured(
        sum(file["rows"] for file in files),
        "rows",
        total,
        details={"files": len(files), "bytes": sum(file["bytes"] for file in files)},
    )


def _unchanged(_order: Order) -> Measured:
    job, _evaluated, total = _publication()
    return Measured(job.result["counts"].get("evaluated", 0), "listings", total)


def _sizes(_order: Order) -> Measured:
    start = time.perf_counter()
    found = bytes_per_row()
    return Measured(len(found), "kinds", time.perf_counter() - start, details=found)


def _bare_bulk_create(_order: Order) -> Measured:
    count, seconds = baselines.bare_bulk_create()
    return Measured(count, "rows", seconds)


def _bare_cursor(order: Order) -> Measured:
    count, seconds = baselines.bare_cursor(catalogue.CHANNEL, order.folder / "bare.tsv")
    return Measured(count, "rows", seconds)


def _done(job: Job) -> Job:
    if job.state != JobState.DONE:
        raise NotReady(job.error or f"The job is {job.state}.")
    return job


PHASES: dict[str, Phase] = {
    "prepare": Phase(_prepare),
    "generate": Phase(_generate, "prepare"),
    "import": Phase(_import, "generate", bounds_memory=True),
    "approve": Phase(_approve, "import", bounds_memory=True),
    "apply": Phase(_apply, "approve", bounds_memory=True),
    "stock": Phase(_stock, "apply", bounds_memory=True),
    "publish": Phase(_publish, "stock", bounds_memory=True),
    "feed": Phase(_feed, "publish", bounds_memory=True),
    "unchanged": Phase(_unchanged, "publish", bounds_memory=True),
    "publish_shop": Phase(_publish_shop, "apply", full_size_only=True),
    "storefront": Phase(_storefront, "publish_shop", full_size_only=True),
    "sizes": Phase(_sizes, "publish", full_size_only=True),
    "bare_bulk_create": Phase(_bare_bulk_create, "apply", full_size_only=True),
    "bare_cursor": Phase(_bare_cursor, "publish", full_size_only=True),
}
"""In the order in which they run."""


def run_phase(name: str, order: Order) -> Measured:
    """Do one phase in this process and measure it, memory included.

    Raises `Invalid` on any database but the benchmark's, and what the phase raises.
    """
    check_is_benchmark_database()
    before = time.process_time()
    measured = PHASES[name].run(order)
    measured.cpu_seconds = time.process_time() - before
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, kilobytes on Linux
    measured.peak_rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return measured


def write_measured(file: Path, measured: Measured) -> None:
    """Hand a phase's result to the process that asked for it."""
    file.write_text(json.dumps(asdict(measured)), encoding="utf-8")


def read_measured(file: Path) -> Measured:
    """Read what `write_measured` wrote."""
    return Measured(**json.loads(file.read_text(encoding="utf-8")))
