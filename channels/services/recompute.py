"""Computing everything from scratch: to compare it with what is stored, or to store it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from catalog.models import Product
from catalog.services import derived
from catalog.services.rederiving import derive_everything
from channels.constants import SELLABLE_KINDS
from channels.models import Body, Channel, DirtyUnit, Listing, ListingVersion
from channels.rules.evaluate import checksum
from channels.rules.replay import StoredVersion, replay
from channels.rules.spec import PARTS
from channels.rules.titles import sought_titles
from channels.services.dirty import expand_dirty, mark_reconfigured
from channels.services.plans import ChannelPlan, load_plan
from channels.services.publish import mark_waiting
from channels.services.writing import COMPARED, Judged, judge_units, write_chunk
from workflows.batches import batched
from workflows.bulk import update_rows

CHUNK = 500
BODIES = 2000


@dataclass
class CheckResult:
    """What a check found: differences as sentences, and how much was compared or waits to be published."""

    differences: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    waiting: int = 0


def check_all(moment: datetime | None = None) -> CheckResult:
    """Compare derived tables, evaluations, due times, versions and bodies with a computation from scratch.

    People may work and publish meanwhile: what differs is looked at again, and is no difference where it
    agrees by then or waits to be published. Units that wait are counted, not compared. `moment` holds for all
    of it; without one, each look at a channel has its own present. Writes nothing; reads everything, in
    chunks.
    """
    result = CheckResult()
    for difference in derived.check():
        result.differences.append(
            f"{difference.table} of {difference.product_id}: missing {list(difference.missing)}, "
            f"surplus {list(difference.surplus)}"
        )
    result.compared["products"] = Product.objects.count()
    for channel_id in Channel.objects.order_by("pk").values_list("pk", flat=True):
        _check_channel(channel_id, moment, result)
    _check_versions(result)
    _check_bodies(result)
    return result


def _check_channel(channel_id: int, moment: datetime | None, result: CheckResult) -> None:
    """Judge every unit that doesn't wait; judge those that differ once more, then ask whether they wait."""
    plan, at = _plan(channel_id), moment or timezone.now()
    waiting = _waiting(plan, at)
    result.waiting += len(waiting)
    suspects: set[UUID] = set()
    for ids in _chunks(plan.channel):
        for one in judge_units(plan, ids, at)[1]:
            if one.product_id not in waiting:
                result.compared["listings"] += 1
                if one.differs:
                    suspects.add(one.product_id)
    if not suspects:
        return
    plan, at = _plan(channel_id), moment or timezone.now()
    found = [
        (one.product_id, _named(plan.channel, one))
        for ids in batched(sorted(suspects), CHUNK)
        for one in judge_units(plan, ids, at)[1]
        if one.differs
    ]
    # Asked last: a change applied before the second look has left its trace by now.
    waiting = _waiting(plan, at)
    result.differences.extend(sentence for product_id, sentence in found if product_id not in waiting)


def _plan(channel_id: int) -> ChannelPlan:
    return load_plan(Channel.objects.select_related("scope", "profile").get(pk=channel_id))


def _waiting(plan: ChannelPlan, moment: datetime) -> set[UUID]:
    """Return the units that publishing would look at, by marks written and taken back.

    The lock of marking is held for no longer than that.
    """
    with transaction.atomic():
        mark_waiting(plan, moment)
        found = set(DirtyUnit.objects.filter(channel=plan.channel).values_list("product_id", flat=True))
        transaction.set_rollback(True)
    return found


def _named(channel: Channel, one: Judged) -> str:
    where = f"{channel.code} {one.place[0]} {one.place[1]} {one.values['external_id']}"
    if one.stored is None:
        return f"{where}: there is no listing, though the unit belongs to the assortment"
    stored = one.stored
    moved = [
        f"{name} is {stored[name]!r}, computed {one.values[name]!r}"
        for name in COMPARED
        if stored[name] != one.values[name]
    ]
    return f"{where}: {'; '.join(moved)}"


def _chunks(channel: Channel) -> Iterator[list[UUID]]:
    """Yield every sellable unit, and whatever else has a listing, in id order."""
    last: UUID | None = None
    listed = Listing.objects.filter(channel=channel).exclude(product__kind__in=SELLABLE_KINDS)
    rest = sorted(set(listed.values_list("product_id", flat=True)))
    while True:
        rows = Product.objects.filter(kind__in=SELLABLE_KINDS).order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        ids = list(rows.values_list("pk", flat=True)[:CHUNK])
        if not ids:
            break
        yield ids
        last = ids[-1]
    if rest:
        yield rest


def _check_versions(result: CheckResult) -> None:
    """Replay every listing's versions, and compare the last with what the listing says."""
    last: UUID | None = None
    columns = ("id", "version", "version_id", *PARTS)
    while True:
        rows = Listing.objects.order_by("id")
        if last is not None:
            rows = rows.filter(id__gt=last)
        listings = list(rows.values(*columns)[:CHUNK])
        if not listings:
            return
        last = listings[-1]["id"]
        versions: dict[UUID, list[ListingVersion]] = defaultdict(list)
        found = ListingVersion.objects.filter(listing_id__in=[row["id"] for row in listings])
        for version in found.order_by("listing_id", "number"):
            versions[version.listing_id].append(version)
        for row in listings:
            result.compared["versions"] += len(versions[row["id"]])
            result.differences.extend(
                f"listing {row['id']}: {problem}" for problem in _version_problems(row, versions[row["id"]])
            )


def _version_problems(row: dict[str, Any], versions: list[ListingVersion]) -> list[str]:
    problems = replay([_stored_version(version) for version in versions])
    latest = versions[-1] if versions else None
    said = tuple(row[part] for part in PARTS)
    if latest is None:
        return [*problems, "it says something no version holds"] if any(said) else problems
    if (row["version"], row["version_id"]) != (latest.number, latest.pk):
        problems.append(f"it names version {row['version']}, the latest is {latest.number}")
    if said != (latest.content, latest.media, latest.offer):
        problems.append("it says something other than its latest version")
    return problems


def _stored_version(version: ListingVersion) -> StoredVersion:
    parts = {part: getattr(version, part) for part in PARTS} if version.content else {}
    held = {part: datetime.fromisoformat(since) for part, since in version.held.items()}
    return StoredVersion(version.number, parts, held, version.cause, version.said_from, version.said_until)


def _check_bodies(result: CheckResult) -> None:
    """Compare every body with its name and its titles, and find versions whose bodies are missing."""
    for name, body, titles in _bodies():
        result.compared["bodies"] += 1
        if checksum(body.encode()) != name:
            result.differences.append(f"body {name}: its content has another checksum")
        elif titles != sought_titles(body):
            result.differences.append(f"body {name}: its titles are sought otherwise")
    with connection.cursor() as cursor:
        for part in PARTS:
            cursor.execute(
                f"SELECT DISTINCT v.{part} FROM channels_listingversion v "  # noqa: S608 - names of columns
                f"LEFT JOIN channels_body b ON b.checksum = v.{part} "
                f"WHERE v.{part} <> '' AND b.checksum IS NULL"
            )
            result.differences.extend(f"body {row[0]}: named by a version and missing" for row in cursor)


def _bodies() -> Iterator[tuple[str, str, str]]:
    """Yield every body in pieces by key, so that what was yielded may be written meanwhile."""
    rows, after = Body.objects.order_by("checksum").values_list("checksum", "body", "titles"), ""
    while piece := list(rows.filter(checksum__gt=after)[:BODIES]):
        yield from piece
        after = piece[-1][0]


def _rebuild_titles() -> int:
    """Write titles anew where they are not what the body says; returns how many."""
    wrong = ((name, found) for name, body, titles in _bodies() if titles != (found := sought_titles(body)))
    written = 0
    while chunk := list(islice(wrong, BODIES)):
        written += update_rows(Body, "checksum", ("titles",), chunk)
    return written


def rebuild_all() -> Counter[str]:
    """Write derived tables anew and evaluate every unit of every channel; returns counts. Hands nothing over.

    What is said changes only where a fresh evaluation says so, by the same decision publishing makes.
    """
    counts: Counter[str] = Counter(products=derive_everything(), titles=_rebuild_titles())
    expand_dirty()
    moment = timezone.now()
    for channel in Channel.objects.select_related("scope", "profile"):
        plan = load_plan(channel)
        mark_reconfigured(plan)
        for ids in _chunks(channel):
            with transaction.atomic():
                DirtyUnit.objects.filter(channel=channel, product_id__in=ids).delete()
                counts.update(write_chunk(plan, ids, moment))
    return counts
