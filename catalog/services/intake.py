"""Taking a delivery in: rows are matched to products, compared with shadow and truth, and proposed in one
request.

Readers turn files into `IncomingRow`s; everything after that is the same for every source. A chunk of rows
is one transaction that writes changes, shadows, rejections and how far it came, so a killed delivery
continues when the same file is given again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import asdict
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.constants import DeliveryState
from catalog.locks import lock_delivery
from catalog.models import Delivery, Rejection, ReplacedShadow, Shadow
from catalog.services.incoming import Counts, DeliveryReport, IncomingRow
from catalog.services.planning import Plan, Planner
from catalog.services.withdrawal import forget_replaced
from workflows.bulk import insert_rows, update_rows
from workflows.exceptions import Locked, NotAllowed
from workflows.models import ChangeRequest, Source
from workflows.permissions import Right, may_deliver, may_propose
from workflows.services.requests import add_changes, lock_request, open_request, send_to_review

CHUNK = 500


def check_delivery_rights(actor: Any, source: Source, approver: Any = None) -> None:
    """Raise `NotAllowed` unless the actor may deliver for the source and the approver may approve and is
    another.
    """
    may_propose(actor).require()
    may_deliver(actor, source).require()
    if approver is None:
        return
    if approver.pk == actor.pk:
        raise NotAllowed(_("Who delivers can't approve: name two different accounts."))
    if not (approver.is_active and approver.has_perm(Right.APPROVE)):
        raise NotAllowed(
            _("%(user)s does not have the right to approve changes.") % {"user": approver.get_username()}
        )


def why_still_filled(request_id: int) -> str:
    """Tell which delivery still fills a request and what ends that, empty where none does; a hook on
    rewriting requests. One query.

    Whoever holds the row of the request holds up every chunk of that delivery, so the answer stays true.
    """
    filling = Delivery.objects.filter(request_id=request_id, state=DeliveryState.READING).first()
    if filling is None:
        return ""
    return _(
        "The delivery %(name)s (%(id)s), which fills this request, was not read to its end. Wait for it, "
        "give the same file again, or withdraw the delivery."
    ) % {"name": filling.name, "id": filling.pk}


def take_delivery(
    rows: Iterable[IncomingRow],
    *,
    source: Source,
    actor: Any,
    name: str,
    checksum: str,
    title: str = "",
    reason: str = "",
    dry_run: bool = False,
    begun: Callable[[int], None] | None = None,
    progress: Callable[[Counts], None] | None = None,
    announced: Container[str] = (),
) -> DeliveryReport:
    """Plan and propose a delivery; one change request, submitted, or none where nothing is asked for.

    `rows` come with parents before their children. `checksum` identifies the content: an unfinished
    delivery of the same content is continued, one of other content raises `Locked`, and so does one that
    somebody withdraws meanwhile. With `dry_run` nothing is written. `begun` is told the delivery's id before
    its first row is read. Rows may link to rows that come later
    where their folded SKUs are `announced`. Raises `NotAllowed`. About a dozen queries for each 500 rows;
    memory holds the SKUs and identifiers read, and the rejections.
    """
    check_delivery_rights(actor, source)
    reading = _Reading(source, actor, title or name, reason, announced)
    reading.report.is_preview = dry_run
    if not dry_run:
        delivery = reading.begin(name, checksum)
        if begun is not None:
            begun(delivery.pk)
    numbered = enumerate(rows, start=1)
    while chunk := list(islice(numbered, CHUNK)):
        reading.take(chunk)
        if progress is not None:
            progress(reading.report.counts)
    return reading.finish()


class _Reading:
    """One delivery being read."""

    def __init__(
        self,
        source: Source,
        actor: Any,
        title: str,
        reason: str,
        announced: Container[str],
    ) -> None:
        self.source = source
        self.actor = actor
        self.title = title
        self.reason = reason
        self.report = DeliveryReport()
        self.planner = Planner(source, self.report, announced)
        self.delivery: Delivery | None = None
        self.resume_after = 0

    def begin(self, name: str, checksum: str) -> Delivery:
        """Open the delivery, or continue an unfinished one of the same content."""
        found = Delivery.objects.filter(source=self.source, state=DeliveryState.READING).first()
        if found is None:
            forget_replaced(self.source)
            try:
                with transaction.atomic():
                    self.delivery = Delivery.objects.create(
                        source=self.source,
                        name=name[:255],
                        checksum=checksum,
                        state=DeliveryState.READING,
                        actor=self.actor,
                    )
            except IntegrityError as error:
                raise Locked(_("Another delivery of this source is being read right now.")) from error
            return self.delivery
        if found.checksum != checksum:
            raise Locked(
                _(
                    "The delivery %(name)s (%(id)s) of this source was not read to its end; give that file "
                    "again first, or withdraw the delivery."
                )
                % {"name": found.name, "id": found.pk}
            )
        if found.actor_id != self.actor.pk:
            raise Locked(
                _(
                    "The delivery %(name)s (%(id)s) was begun by %(user)s, who alone can continue it; "
                    "or withdraw the delivery."
                )
                % {"name": found.name, "id": found.pk, "user": found.actor.get_username()}
            )
        self.delivery = found
        self.resume_after = found.position
        self.report.counts = Counts(found.read, found.new, found.changed, found.unchanged, found.rejected)
        self.report.files = {file: Counts(**counts) for file, counts in found.files.items()}
        self.report.request_id = found.request_id
        listed = found.rejections.values("file", "line", "field", "value", "reason", "whole_row")
        self.report.rejections = [{**row, "field": row["field"] or None} for row in listed]
        return found

    def take(self, numbered: list[tuple[int, IncomingRow]]) -> None:
        """Plan and write one chunk."""
        last = numbered[-1][0]
        fresh = [row for number, row in numbered if number > self.resume_after]
        skipped = [row for number, row in numbered if number <= self.resume_after]
        self.planner.skip(skipped, self.report.request_id)
        if not fresh:
            return
        listed = len(self.report.rejections)
        if self.delivery is None:
            self.planner.plan(fresh, None)
            return
        with transaction.atomic():
            delivery = self._lock(self.delivery)
            plan = self.planner.plan(fresh, delivery.pk)
            if plan.changes:
                add_changes(self._request(delivery), plan.changes)
            self._write_shadows(delivery, plan)
            insert_rows(
                Rejection,
                ("delivery", "file", "line", "field", "value", "reason", "whole_row"),
                [
                    (
                        delivery.pk,
                        row["file"],
                        row["line"],
                        row["field"] or "",
                        row["value"],
                        row["reason"],
                        row["whole_row"],
                    )
                    for row in self.report.rejections[listed:]
                ],
            )
            counts = asdict(self.report.counts)
            for name, value in counts.items():
                setattr(delivery, name, value)
            delivery.files = {name: asdict(counts) for name, counts in self.report.files.items()}
            delivery.position = last
            delivery.save(update_fields=[*counts, "files", "position", "request"])
        self.delivery = delivery

    def finish(self) -> DeliveryReport:
        """Submit the request, if any, and close the delivery."""
        if self.delivery is None:
            return self.report
        with transaction.atomic():
            self.delivery = self._lock(self.delivery)
            if self.report.request_id is not None:
                # Not as its author, who can't submit a request that is still filled.
                request = lock_request(self.report.request_id)
                send_to_review(request, actor=self.actor)
                self.report.conflicts = request.conflict_count
            self.delivery.state = DeliveryState.DONE
            self.delivery.finished_at = timezone.now()
            self.delivery.save(update_fields=["state", "finished_at"])
        self.report.delivery_id = self.delivery.pk
        return self.report

    @staticmethod
    def _lock(seen: Delivery) -> Delivery:
        """Lock request, source and delivery, in this order; the delivery must be as it was seen last."""
        if seen.request_id is not None:
            lock_request(seen.request_id)
        delivery = lock_delivery(seen)
        if delivery.state == DeliveryState.WITHDRAWN:
            raise Locked(_("Somebody withdrew this delivery while it was being read."))
        if (delivery.state, delivery.position) != (seen.state, seen.position):
            raise Locked(_("Another process is reading this delivery right now."))
        return delivery

    def _request(self, delivery: Delivery) -> ChangeRequest:
        if delivery.request is None:
            delivery.request = open_request(
                title=self.title, actor=self.actor, source=self.source, reason=self.reason
            )
            self.report.request_id = delivery.request.pk
        return delivery.request

    @staticmethod
    def _write_shadows(delivery: Delivery, plan: Plan) -> None:
        columns = ("source", "product_id", "sku_folded", "raw", "mapped", "delivery", "mapping_version")
        insert_rows(Shadow, columns, [(*row, 1) for row in plan.new_shadows])
        # A shadow this delivery made is empty until the row it was made for comes: nothing was before it.
        insert_rows(
            ReplacedShadow,
            ("shadow", "delivery", "said_in", "raw", "mapped"),
            [
                (shadow.pk, delivery.pk, shadow.delivery_id, shadow.raw, shadow.mapped)
                for shadow, _new in plan.moved_shadows
                if shadow.delivery_id != delivery.pk
            ],
        )
        update_rows(
            Shadow,
            "id",
            ("raw", "mapped", "delivery", "sku_folded"),
            [(shadow.pk, *columns) for shadow, columns in plan.moved_shadows],
        )
