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
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.constants import DeliveryState
from catalog.models import Delivery, Rejection, Shadow
from catalog.rules.derive import identifiers_of
from catalog.rules.intake import RowPlan, classify
from catalog.rules.keys import fold
from catalog.services.documents import LABEL, ProductAdapter
from catalog.services.incoming import CellProblem, Counts, DeliveryReport, IncomingRow
from catalog.services.known_products import KnownProducts, identifier_owners
from workflows.bulk import insert_rows, update_rows
from workflows.exceptions import Locked, NotAllowed
from workflows.identity import uuid7
from workflows.models import ChangeRequest, Source
from workflows.permissions import Right, may_deliver, may_propose
from workflows.rules.documents import Document, JSONValue
from workflows.services.requests import ProposedChange, add_changes, open_request, submit_request

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
    progress: Callable[[Counts], None] | None = None,
    announced: Container[str] = (),
) -> DeliveryReport:
    """Plan and propose a delivery; one change request, submitted, or none where nothing is asked for.

    `rows` come with parents before their children. `checksum` identifies the content: an unfinished
    delivery of the same content is continued, one of other content raises `Locked`. With `dry_run` nothing
    is written. Rows may link to rows that come later where their folded SKUs are `announced`. Raises
    `NotAllowed`. About ten queries for each 500 rows; memory holds the SKUs and identifiers read, and the
    rejections.
    """
    check_delivery_rights(actor, source)
    reading = _Reading(source, actor, title or name, reason, dry_run, announced)
    if not dry_run:
        reading.begin(name, checksum)
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
        dry_run: bool,
        announced: Container[str],
    ) -> None:
        self.source = source
        self.actor = actor
        self.title = title
        self.reason = reason
        self.dry_run = dry_run
        self.announced = announced
        self.report = DeliveryReport()
        self.adapter = ProductAdapter()
        self.delivery: Delivery | None = None
        self.resume_after = 0
        self.lines: dict[str, tuple[str, int]] = {}
        self.promised: dict[str, UUID] = {}
        self.owners: dict[tuple[str, str], UUID] = {}

    def begin(self, name: str, checksum: str) -> None:
        """Open the delivery, or continue an unfinished one of the same content."""
        found = Delivery.objects.filter(source=self.source, state=DeliveryState.READING).first()
        if found is None:
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
            return
        if found.checksum != checksum:
            raise Locked(
                _("The delivery %(name)s of this source was not read to its end; give that file again first.")
                % {"name": found.name}
            )
        if found.actor_id != self.actor.pk:
            raise Locked(
                _("The delivery %(name)s was begun by %(user)s, who alone can continue it.")
                % {"name": found.name, "user": found.actor.get_username()}
            )
        self.delivery = found
        self.resume_after = found.position
        self.report.counts = Counts(found.read, found.new, found.changed, found.unchanged, found.rejected)
        self.report.files = {file: Counts(**counts) for file, counts in found.files.items()}
        self.report.request_id = found.request_id
        for row in found.rejections.values_list("file", "line", "field", "value", "reason"):
            self.report.leave_out(row[0], row[1], CellProblem(row[2] or None, row[3], row[4]))

    def take(self, numbered: list[tuple[int, IncomingRow]]) -> None:
        """Plan and write one chunk."""
        last = numbered[-1][0]
        fresh = [row for number, row in numbered if number > self.resume_after]
        for number, row in numbered:
            if number <= self.resume_after:
                self.lines.setdefault(fold(row.sku), (row.file, row.line))
        if not fresh:
            return
        listed = len(self.report.rejections)
        if self.delivery is None:
            self._plan(fresh)
            return
        with transaction.atomic():
            delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=self.delivery.pk)
            if delivery.position != self.delivery.position:
                raise Locked(_("Another process is reading this delivery right now."))
            changes, shadows, moved = self._plan(fresh)
            if changes:
                add_changes(self._request(delivery), changes)
            self._write_shadows(shadows, moved)
            insert_rows(
                Rejection,
                ("delivery", "file", "line", "field", "value", "reason"),
                [
                    (delivery.pk, row["file"], row["line"], row["field"] or "", row["value"], row["reason"])
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
            if self.report.request_id is not None:
                request = submit_request(self.report.request_id, actor=self.actor)
                self.report.conflicts = request.conflict_count
            self.delivery.state = DeliveryState.DONE
            self.delivery.finished_at = timezone.now()
            self.delivery.save(update_fields=["state", "finished_at"])
        self.report.delivery_id = self.delivery.pk
        return self.report

    def _request(self, delivery: Delivery) -> ChangeRequest:
        if delivery.request is None:
            delivery.request = open_request(
                title=self.title, actor=self.actor, source=self.source, reason=self.reason
            )
            self.report.request_id = delivery.request.pk
        return delivery.request

    def _plan(
        self, rows: list[IncomingRow]
    ) -> tuple[list[ProposedChange], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Return changes to propose, shadows to insert, and shadows to update, and count every row."""
        known = KnownProducts(
            self.source,
            self.adapter,
            about={fold(row.sku) for row in rows},
            mentioned={fold(sku) for row in rows for sku in row.mentions()},
        )
        delivery_id = self.delivery.pk if self.delivery else None
        changes: list[ProposedChange] = []
        new_shadows: list[tuple[Any, ...]] = []
        moved_shadows: list[tuple[Any, ...]] = []
        awaited: dict[str, UUID] = {}
        self._look_up_owners(rows)
        for row in rows:
            for problem in row.problems:
                self.report.leave_out(row.file, row.line, problem)
            rejected = row.rejected or self._twice(row, known)
            if rejected is None:
                theirs, rejected = self._theirs(row, known, awaited)
            if rejected is not None:
                self.report.count(row.file, "rejected")
                self.report.leave_out(row.file, row.line, rejected)
                continue
            folded = fold(row.sku)
            product_id = self._product_id(folded, known) or uuid7()
            self._leave_out_taken(row, product_id, theirs)
            shadow = known.shadows.get(product_id)
            said = shadow.mapped if shadow else {}
            taken_back = dict.fromkeys(row.inherits & said.keys())
            change = self._change(row, product_id, {**theirs, **taken_back}, said, known)
            is_new = not said and product_id not in known.truths
            if change is not None:
                changes.append(change)
            if self.dry_run:
                self.promised[folded] = product_id
            known.ids.setdefault(folded, product_id)
            awaited.pop(folded, None)
            said = {key: value for key, value in {**said, **theirs}.items() if key not in taken_back}
            if shadow is None:
                new_shadows.append((self.source.pk, product_id, folded, dict(row.raw), said, delivery_id))
            elif said != shadow.mapped or dict(row.raw) != shadow.raw:
                moved_shadows.append((shadow.pk, dict(row.raw), said, delivery_id, folded))
            outcome = "unchanged" if change is None else ("new" if is_new else "changed")
            self.report.count(row.file, outcome)
        # A product that is only linked to so far: its id is kept in an empty shadow until its own row comes.
        new_shadows.extend(
            (self.source.pk, product_id, folded, {}, {}, delivery_id)
            for folded, product_id in awaited.items()
        )
        return changes, new_shadows, moved_shadows

    def _look_up_owners(self, rows: list[IncomingRow]) -> None:
        """Learn whose the identifiers of a chunk are, so that a number of another product is left out
        alone.
        """
        codes = self.adapter.schema.identifiers
        claims = [claim for row in rows for claim in identifiers_of(row.values, codes)]
        for claim, owner in identifier_owners({folded for _code, _value, folded in claims}).items():
            self.owners.setdefault(claim, owner)

    def _leave_out_taken(self, row: IncomingRow, product_id: UUID, theirs: dict[str, JSONValue]) -> None:
        """Take identifiers that belong to another product out of what a row says, and list them."""
        for attribute, value, folded in identifiers_of(theirs, self.adapter.schema.identifiers):
            if attribute == "sku" or self.owners.setdefault((attribute, folded), product_id) == product_id:
                continue
            reason = _("This number belongs to another product already.")
            self.report.leave_out(row.file, row.line, CellProblem(attribute, value, reason))
            del theirs[attribute]

    def _twice(self, row: IncomingRow, known: KnownProducts) -> CellProblem | None:
        """Refuse a product's second row, be it named by its SKU again or by a former one."""
        place = (row.file, row.line)
        folded = fold(row.sku)
        firsts = [self.lines.setdefault(name, place) for name in (folded, str(known.ids.get(folded, folded)))]
        first = next((each for each in firsts if each != place), None)
        if first is None:
            return None
        return CellProblem(
            "sku",
            row.sku,
            _("This product stands in %(file)s, line %(line)s already.")
            % {"file": first[0], "line": first[1]},
        )

    def _product_id(self, folded: str, known: KnownProducts) -> UUID | None:
        return known.ids.get(folded) or self.promised.get(folded)

    def _theirs(
        self, row: IncomingRow, known: KnownProducts, awaited: dict[str, UUID]
    ) -> tuple[dict[str, JSONValue], CellProblem | None]:
        """Return what the row says, with parents and links as ids; or why it can't be placed."""
        theirs = {key: value for key, value in row.values.items() if value is not None}
        theirs["sku"] = row.sku
        if row.parent_sku:
            parent = self._product_id(fold(row.parent_sku), known)
            if parent is None:
                reason = _("There is no product “%(sku)s” to be its parent.") % {"sku": row.parent_sku}
                return {}, CellProblem("#parent", row.parent_sku, reason)
            theirs["#parent"] = str(parent)
        for key, members in row.links.items():
            links: list[JSONValue] = []
            for sku, quantity in members:
                target = self._product_id(fold(sku), known)
                if target is None and fold(sku) in self.announced:
                    target = self.promised[fold(sku)] = awaited[fold(sku)] = uuid7()
                if target is None:
                    reason = _("There is no product “%(sku)s” to link to.") % {"sku": sku}
                    self.report.leave_out(row.file, row.line, CellProblem(key, sku, reason))
                    continue
                link: dict[str, JSONValue] = {"product": str(target)}
                if quantity is not None:
                    link["quantity"] = quantity
                links.append(link)
            if links:
                theirs[key] = links
        return theirs, None

    def _change(
        self,
        row: IncomingRow,
        product_id: UUID,
        theirs: dict[str, JSONValue | None],
        said: Document,
        known: KnownProducts,
    ) -> ProposedChange | None:
        truth = known.truths.get(product_id)
        document: Document = truth[0] if truth else {}
        compared = {key: value for key, value in theirs.items() if key != "sku" or truth is None}
        plan: RowPlan = classify(
            said,
            document,
            compared,
            self.adapter.grain,
            lambda key: known.outranked(product_id, key),
        )
        if not plan.patch:
            return None
        if truth is None:
            # With all that was said so far, since an earlier request for this product may wait or be refused.
            said_now = {**said, "sku": row.sku, **plan.patch}
            created = {"#exists": True, "#kind": "simple", "#state": "draft", **said_now}
            return ProposedChange(model=LABEL, object_id=product_id, label=row.sku, patch=created)
        return ProposedChange(
            model=LABEL,
            object_id=product_id,
            label=str(document.get("sku", row.sku)),
            patch=plan.patch,
            base=plan.base,
            base_revision=truth[1],
            conflicts=plan.conflicts,
        )

    def _write_shadows(self, new: list[tuple[Any, ...]], moved: list[tuple[Any, ...]]) -> None:
        columns = ("source", "product_id", "sku_folded", "raw", "mapped", "delivery", "mapping_version")
        insert_rows(Shadow, columns, [(*row, 1) for row in new])
        update_rows(Shadow, "id", ("raw", "mapped", "delivery", "sku_folded"), moved)
