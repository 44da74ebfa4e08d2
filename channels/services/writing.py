"""Evaluating one chunk of units and writing what moved: listings, versions and bodies, in bulk.

One code path serves publishing (which writes) and checking (which compares): `judge_units` decides,
`write_chunk` writes. A listing whose row would stay as it is costs no write at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from channels.constants import Cause
from channels.models import Body, Listing, ListingVersion
from channels.rules.decide import Decision, Said, decide
from channels.rules.evaluate import Evaluation, Reason, evaluate
from channels.rules.spec import PARTS
from channels.rules.titles import sought_titles
from channels.services.plans import ChannelPlan
from channels.services.units import Batch, Loaded, load_batch, place_units
from workflows.bulk import insert_rows, update_rows
from workflows.identity import uuid7

COMPARED = (
    "external_id",
    "score",
    "completeness",
    "state",
    "reasons",
    "rule_ids",
    "candidate_content",
    "candidate_media",
    "candidate_offer",
    "content",
    "media",
    "offer",
    "held_since",
    "due_at",
    "stamp",
)
WRITTEN = (*COMPARED, "version", "version_id", "said_from", "first_said_at", "evaluated_at")
_READ = ("id", "product_id", "market", "locale", *WRITTEN)
_IN_ASSORTMENT = "base.unit.in_assortment"
Place = tuple[str, str]


@dataclass(slots=True)
class Judged:
    """One listing as it should be, beside how it is stored (None: not yet)."""

    place: Place
    product_id: UUID
    stored: dict[str, Any] | None
    evaluation: Evaluation
    decision: Decision
    values: dict[str, Any]
    loaded: Loaded | None

    @property
    def differs(self) -> bool:
        """Whether the stored row says anything else."""
        stored = self.stored
        return stored is None or any(stored[name] != self.values[name] for name in COMPARED)


def judge_units(plan: ChannelPlan, ids: Collection[UUID], moment: datetime) -> tuple[Batch, list[Judged]]:
    """Evaluate and decide every listing of these units; writes nothing. About ten queries."""
    batch = load_batch(plan, ids)
    stored = _stored(plan, ids)
    taken = _taken(plan, batch, stored)
    judged: list[Judged] = []
    for place in plan.places:
        where = (place.market, place.locale)
        fixed = {
            pk: row["external_id"]
            for (at, pk), row in stored.items()
            if at == where and row["first_said_at"] is not None
        }
        for loaded, unit in zip(batch.units, place_units(place, batch, fixed), strict=True):
            row = stored.pop((where, loaded.id), None)
            if row is None and not loaded.in_assortment:
                continue
            unit.external_id_taken = loaded.id not in fixed and unit.external_id in taken[where]
            evaluation = evaluate(place.profile, unit, moment)
            decision = decide(_said(row), evaluation, moment, plan.channel.hold_days)
            values = _values(plan, unit.external_id, evaluation, decision)
            judged.append(Judged(where, loaded.id, row, evaluation, decision, values, loaded))
    for (where, pk), row in stored.items():
        judged.append(_gone(plan, where, pk, row, moment))
    return batch, judged


def _stored(plan: ChannelPlan, ids: Collection[UUID]) -> dict[tuple[Place, UUID], dict[str, Any]]:
    rows = Listing.objects.filter(channel=plan.channel, product_id__in=list(ids)).values(*_READ)
    return {((row["market"], row["locale"]), row["product_id"]): row for row in rows.order_by("id")}


def _taken(plan: ChannelPlan, batch: Batch, stored: Mapping[Any, Mapping[str, Any]]) -> dict[Place, set[str]]:
    """Return, by place, the ids among the units' wanted ones that a published listing of another unit has.

    An id outlives a rename, so the SKU of a unit that was never said may be the fixed id of one that had it
    before. Two units that were never said can't want the same: SKUs are unique, white space collapsed.
    """
    wanted = {" ".join(unit.sku.split()) for unit in batch.units}
    mine = {row["id"] for row in stored.values()}
    taken: dict[Place, set[str]] = defaultdict(set)
    rows = Listing.objects.filter(channel=plan.channel, external_id__in=wanted, first_said_at__isnull=False)
    for pk, market, locale, external_id in rows.values_list("id", "market", "locale", "external_id"):
        if pk not in mine:
            taken[market, locale].add(external_id)
    for (where, _pk), row in stored.items():
        if row["first_said_at"] is not None:
            taken[where].add(row["external_id"])
    return taken


def _said(row: Mapping[str, Any] | None) -> Said:
    if row is None:
        return Said({}, {})
    parts = {part: row[part] for part in PARTS} if row["content"] else {}
    held = {part: datetime.fromisoformat(since) for part, since in row["held_since"].items()}
    return Said(parts, held, row["first_said_at"] is not None)


def _gone(plan: ChannelPlan, where: Place, pk: UUID, row: dict[str, Any], moment: datetime) -> Judged:
    """Judge a listing whose unit or place is no more: as out of the assortment."""
    rule = plan.spec.rules[_IN_ASSORTMENT]
    evaluation = Evaluation(0, 0, {}, dict.fromkeys(PARTS, ""), (Reason(rule, {}),), frozenset(), True, None)
    decision = decide(_said(row), evaluation, moment, plan.channel.hold_days)
    values = _values(plan, row["external_id"], evaluation, decision)
    return Judged(where, pk, row, evaluation, decision, values, None)


def _values(
    plan: ChannelPlan, external_id: str, evaluation: Evaluation, decision: Decision
) -> dict[str, Any]:
    found = {
        "external_id": external_id[:255],
        "score": evaluation.score,
        "completeness": evaluation.completeness,
        "state": decision.state,
        "reasons": [reason.to_json() for reason in evaluation.reasons],
        "rule_ids": evaluation.rule_ids,
        "held_since": {part: since.isoformat() for part, since in decision.held_since.items()},
        "due_at": decision.due,
        "stamp": plan.stamp,
    }
    for part in PARTS:
        found[f"candidate_{part}"] = evaluation.checksums[part]
        found[part] = decision.parts.get(part, "")
    return found


def write_chunk(plan: ChannelPlan, ids: Collection[UUID], moment: datetime) -> Counter[str]:
    """Evaluate these units and write what moved; call inside a transaction. Returns counts.

    Counts: evaluated, changed (rows written), said and withdrawn (versions written), held (not or partly
    said). Constant statements for each chunk; running twice writes nothing the second time.
    """
    batch, judged = judge_units(plan, ids, moment)
    counts: Counter[str] = Counter(evaluated=len(judged))
    differing = [one for one in judged if one.differs]
    counts["changed"] = len(differing)
    counts["held"] = sum(1 for one in judged if one.decision.state in ("held", "partly_held"))
    versions, bodies = [], {}
    for one in differing:
        _number(one, moment)
        if not one.decision.moved:
            continue
        versions.append(_version_row(plan, one, batch, moment))
        counts["said" if one.decision.said else "withdrawn"] += 1
        for part, checksum in one.decision.parts.items():
            if checksum == one.evaluation.checksums[part]:
                bodies[checksum] = one.evaluation.bodies[part]
    _store_bodies(bodies)
    _write_listings(plan, differing)
    _write_versions(differing, versions, moment)
    return counts


def _number(one: Judged, moment: datetime) -> None:
    """Fill in what follows from the decision: version number and id, since when."""
    stored = one.stored or {}
    values = one.values
    values["id"] = stored.get("id") or uuid7()
    values["version"] = stored.get("version", 0)
    values["version_id"] = stored.get("version_id")
    values["said_from"] = stored.get("said_from")
    values["first_said_at"] = stored.get("first_said_at")
    values["evaluated_at"] = moment
    if one.decision.moved:
        values["version"] += 1
        values["version_id"] = uuid7()
        values["said_from"] = moment if one.decision.said else None
        if one.decision.said and values["first_said_at"] is None:
            values["first_said_at"] = moment


def _version_row(plan: ChannelPlan, one: Judged, batch: Batch, moment: datetime) -> tuple[Any, ...]:
    values, decision = one.values, one.decision
    return (
        values["version_id"],
        values["id"],
        values["version"],
        values["content"],
        values["media"],
        values["offer"],
        values["held_since"],
        decision.cause or Cause.PUBLISHED,
        _version_stamp(plan, one.loaded, batch),
        moment,
    )


def _version_stamp(plan: ChannelPlan, loaded: Loaded | None, batch: Batch) -> dict[str, Any]:
    """Name what a version was made from: revisions of documents and assets, versions of settings."""
    stamp: dict[str, Any] = {
        "profile": plan.profile_versions,
        "channel": plan.channel.revision,
        "schema": plan.schema.number,
        "config": plan.stamp,
    }
    if loaded is not None:
        stamp["products"] = loaded.revisions
        stamp["assets"] = {
            code: [facts.revision, facts.version]
            for code in sorted(loaded.asset_codes)
            if (facts := batch.assets.get(code)) is not None
        }
    return stamp


def _store_bodies(bodies: Mapping[str, bytes]) -> None:
    """Store bodies that are not there yet; a body is named by its content, so an existing one is the same."""
    if not bodies:
        return
    rows = [(checksum, body.decode(), sought_titles(body)) for checksum, body in sorted(bodies.items())]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(
                "INSERT OR IGNORE INTO channels_body (checksum, body, titles) VALUES (%s, %s, %s)", rows
            )
            return
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS channels_new_body "
            "(checksum varchar(40), body text, titles text) ON COMMIT DELETE ROWS"
        )
        with cursor.copy("COPY channels_new_body (checksum, body, titles) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO {Body._meta.db_table} (checksum, body, titles) "  # noqa: S608 - names of models
            "SELECT checksum, body, titles FROM channels_new_body ORDER BY checksum ON CONFLICT DO NOTHING"
        )
        cursor.execute("DELETE FROM channels_new_body")


def _write_listings(plan: ChannelPlan, differing: Iterable[Judged]) -> None:
    created, changed = [], []
    for one in differing:
        values = one.values
        row = tuple(values[name] for name in WRITTEN)
        if one.stored is None:
            created.append((values["id"], plan.channel.pk, one.product_id, *one.place, *row))
        else:
            changed.append((values["id"], *row))
    if created:
        insert_rows(Listing, ("id", "channel", "product", "market", "locale", *WRITTEN), created)
    if changed:
        update_rows(Listing, "id", WRITTEN, changed)


def _write_versions(differing: Iterable[Judged], versions: list[tuple[Any, ...]], moment: datetime) -> None:
    ended = [
        one.stored["version_id"]
        for one in differing
        if one.decision.moved and one.stored is not None and one.stored["version_id"] is not None
    ]
    if ended:
        ListingVersion.objects.filter(pk__in=ended).update(said_until=moment)
    if versions:
        insert_rows(
            ListingVersion,
            ("id", "listing", "number", "content", "media", "offer", "held", "cause", "stamp", "said_from"),
            versions,
        )
