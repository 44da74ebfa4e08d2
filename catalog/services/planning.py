"""Planning what rows of a delivery ask of products: matched, compared with shadow and truth, and counted."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from catalog.models import Shadow
from catalog.rules.derive import identifiers_of
from catalog.rules.intake import RowPlan, classify
from catalog.rules.keys import fold
from catalog.services.documents import LABEL, ProductAdapter
from catalog.services.incoming import CellProblem, DeliveryReport, IncomingRow
from catalog.services.known_products import KnownProducts, identifier_owners
from workflows.identity import uuid7
from workflows.models import Source
from workflows.rules.documents import Document, JSONValue
from workflows.services.requests import ProposedChange


@dataclass
class Plan:
    """What a chunk of rows leads to: changes to propose, rows of shadows to insert, and shadows to move, each
    with its new columns.
    """

    changes: list[ProposedChange] = field(default_factory=list)
    new_shadows: list[tuple[Any, ...]] = field(default_factory=list)
    moved_shadows: list[tuple[Shadow, tuple[Any, ...]]] = field(default_factory=list)


class Planner:
    """Plans the rows of one delivery, chunk by chunk, and counts each of them in the report.

    It remembers the SKUs and identifiers read: each may stand in one row alone.
    """

    def __init__(self, source: Source, report: DeliveryReport, announced: Container[str]) -> None:
        self.source = source
        self.report = report
        self.announced = announced
        self.adapter = ProductAdapter()
        self.lines: dict[str, tuple[str, int]] = {}
        self.promised: dict[str, UUID] = {}
        self.owners: dict[tuple[str, str], UUID] = {}

    def skip(self, rows: list[IncomingRow]) -> None:
        """Remember rows that were planned before the delivery was interrupted: their SKUs, and the
        identifiers they were left with. One query where rows bring identifiers.
        """
        identifiers = self.adapter.schema.identifiers
        claims: dict[str, set[tuple[str, str]]] = {}
        for row in rows:
            if row.rejected is not None or self._twice(row) is not None:
                continue
            claimed = {(code, value) for code, _text, value in identifiers_of(row.values, identifiers)}
            if claimed:
                claims[fold(row.sku)] = claimed
        if not claims:
            return
        shadows = Shadow.objects.filter(source=self.source, sku_folded__any_of=claims)
        for folded, product_id, mapped in shadows.values_list("sku_folded", "product_id", "mapped"):
            for code, _text, value in identifiers_of(mapped, identifiers):
                if (code, value) in claims[folded]:
                    self.owners.setdefault((code, value), product_id)

    def plan(self, rows: list[IncomingRow], delivery_id: int | None) -> Plan:
        """Plan one chunk; without a delivery (a dry run) what it says is kept in memory alone."""
        known = KnownProducts(
            self.source,
            self.adapter,
            about={fold(row.sku) for row in rows},
            mentioned={fold(sku) for row in rows for sku in row.mentions()},
        )
        plan = Plan()
        awaited: dict[str, UUID] = {}
        self._look_up_owners(rows)
        for row in rows:
            for problem in row.problems:
                self.report.leave_out(row.file, row.line, problem)
            rejected = row.rejected or self._twice(row)
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
                plan.changes.append(change)
            if delivery_id is None:
                self.promised[folded] = product_id
            known.ids.setdefault(folded, product_id)
            awaited.pop(folded, None)
            said = {key: value for key, value in {**said, **theirs}.items() if key not in taken_back}
            if shadow is None:
                plan.new_shadows.append(
                    (self.source.pk, product_id, folded, dict(row.raw), said, delivery_id)
                )
            elif said != shadow.mapped or dict(row.raw) != shadow.raw:
                plan.moved_shadows.append((shadow, (dict(row.raw), said, delivery_id, folded)))
            outcome = "unchanged" if change is None else ("new" if is_new else "changed")
            self.report.count(row.file, outcome)
        # A product that is only linked to so far: its id is kept in an empty shadow until its own row comes.
        plan.new_shadows.extend(
            (self.source.pk, product_id, folded, {}, {}, delivery_id)
            for folded, product_id in awaited.items()
        )
        return plan

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

    def _twice(self, row: IncomingRow) -> CellProblem | None:
        first = self.lines.setdefault(fold(row.sku), (row.file, row.line))
        if first == (row.file, row.line):
            return None
        return CellProblem(
            "sku",
            row.sku,
            _("This SKU stands in %(file)s, line %(line)s already.") % {"file": first[0], "line": first[1]},
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
