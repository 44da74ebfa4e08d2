"""Planning what rows of a delivery ask of products: matched, compared with shadow and truth, and counted."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from catalog.models import Shadow
from catalog.rules.derive import identifiers_of
from catalog.rules.intake import RowPlan, classify
from catalog.rules.keys import fold
from catalog.rules.lineage import LINEAGE_KEYS, Node, node_of
from catalog.rules.values import ValueProblem
from catalog.selectors import products_by_sku
from catalog.services.documents import LABEL, ProductAdapter
from catalog.services.incoming import MAX_CHANGES, CellProblem, DeliveryReport, IncomingRow
from catalog.services.known_products import KnownProducts, identifier_owners
from workflows.constants import MISSING_OBJECT
from workflows.identity import uuid7
from workflows.models import Change, Source
from workflows.registry import Write
from workflows.rules.documents import Document, JSONValue, apply
from workflows.services.requests import ProposedChange

NO_PRODUCT = UUID(int=0)


@dataclass
class Plan:
    """What a chunk of rows leads to: changes to propose, rows of shadows to insert, and shadows to move, each
    with its new columns.
    """

    changes: list[ProposedChange] = field(default_factory=list)
    new_shadows: list[tuple[Any, ...]] = field(default_factory=list)
    moved_shadows: list[tuple[Shadow, tuple[Any, ...]]] = field(default_factory=list)


@dataclass
class _Asked:
    """A row on its way through planning: its product, what it says of it, what was left out or rejected."""

    row: IncomingRow
    problems: list[CellProblem]
    rejected: CellProblem | None = None
    product_id: UUID = NO_PRODUCT
    is_unheard_of: bool = False
    theirs: dict[str, JSONValue] = field(default_factory=dict)
    change: ProposedChange | None = None

    def taken_back(self, said: Document) -> dict[str, JSONValue | None]:
        """Return the keys that the source said itself before, and now leaves to the parents."""
        return dict.fromkeys(self.row.inherits & said.keys())

    def write(self, known: KnownProducts) -> Write | None:
        """Return what applying the row's change would write if truth stayed as it is, or None where that is
        nothing: what is in conflict waits for a person.
        """
        if self.change is None:
            return None
        old, revision = known.truths.get(self.product_id, ({}, 0))
        clean = {key: value for key, value in self.change.patch.items() if key not in self.change.conflicts}
        return Write(self.product_id, old, apply(old, clean), clean, revision, 0) if clean else None


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
        self.places: dict[str, Node] = {}
        self.owners: dict[tuple[str, str], UUID] = {}

    def skip(self, rows: list[IncomingRow], request_id: int | None) -> None:
        """Remember rows that were planned before the delivery was interrupted: their SKUs, the identifiers
        they were left with, and where its request places their products. Four queries at most.
        """
        identifiers = self.adapter.schema.identifiers
        claims: dict[str, set[tuple[str, str]]] = {}
        ids = products_by_sku({fold(row.sku) for row in rows})
        if request_id is not None:
            self._recall_places(ids.values(), request_id)
        for row in rows:
            if row.rejected is not None or self._twice(row, ids) is not None:
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

    def _recall_places(self, products: Collection[UUID], request_id: int) -> None:
        """Learn where true products will stand by what was proposed of them already."""
        changes = Change.objects.filter(
            request=request_id,
            model=LABEL,
            object_id__any_of=products,
            base_revision__gt=0,
            patch__has_any_keys=list(LINEAGE_KEYS),
        )
        found = {change.object_id: change for change in changes}
        truths = self.adapter.load(found, lock=False) if found else {}
        for product_id, truth in truths.items():
            change = found[product_id]
            left_out = change.left_out()
            clean = {key: value for key, value in change.patch.items() if key not in left_out}
            if LINEAGE_KEYS & clean.keys():
                self.places[str(product_id)] = node_of(apply(truth.document, clean))

    def plan(self, rows: list[IncomingRow], delivery_id: int | None) -> Plan:
        """Plan one chunk; without a delivery (a dry run) what it says is kept in memory alone."""
        known = KnownProducts(
            self.source,
            self.adapter,
            about={fold(row.sku) for row in rows},
            mentioned={fold(sku) for row in rows for sku in row.mentions()},
        )
        asked = [self._match(row, known) for row in rows]
        self._reject_misplaced(asked, known)
        self._look_up_owners(rows)
        plan = Plan()
        awaited: dict[str, UUID] = {}
        for each in asked:
            if each.rejected is None:
                self._settle(each, known, awaited)
                self._remember(each, known, plan, delivery_id)
            self._tell(each)
        if delivery_id is None:
            self._show_changes([each for each in asked if each.change and not each.rejected], known)
        # A product that is only linked to so far: its id is kept in an empty shadow until its own row comes.
        plan.new_shadows.extend(
            (self.source.pk, product_id, folded, {}, {}, delivery_id)
            for folded, product_id in awaited.items()
        )
        return plan

    def _match(self, row: IncomingRow, known: KnownProducts) -> _Asked:
        """Find a row's product and parent, and what it asks for apart from links."""
        asked = _Asked(row, list(row.problems), rejected=row.rejected or self._twice(row, known.ids))
        if asked.rejected is not None:
            return asked
        asked.theirs = {key: value for key, value in row.values.items() if value is not None}
        asked.theirs["sku"] = row.sku
        if row.parent_sku:
            parent = self._product_id(fold(row.parent_sku), known)
            if parent is None:
                asked.rejected = _no_parent(row)
                return asked
            asked.theirs["#parent"] = str(parent)
        product_id = self._product_id(fold(row.sku), known)
        asked.is_unheard_of = product_id is None
        asked.product_id = known.ids[fold(row.sku)] = product_id or uuid7()
        asked.change = self._change(asked, known)
        return asked

    def _reject_misplaced(self, asked: list[_Asked], known: KnownProducts) -> None:
        """Reject rows whose resulting document could not be applied for its structure, and then those below
        them.
        """
        by_id = {each.product_id: each for each in asked if each.rejected is None and each.change is not None}
        writes = {
            each.product_id: write for each in by_id.values() if (write := each.write(known)) is not None
        }
        parents = {fold(each.row.parent_sku) for each in by_id.values() if each.row.parent_sku}
        promised = ChainMap(self.places, known.promised(parents) if parents else {})
        while found := self.adapter.misplaced(list(writes.values()), promised):
            for product_id, problems in found.items():
                del writes[product_id]
                row, problem = by_id[product_id].row, problems[0]
                by_id[product_id].rejected = (
                    _no_parent(row)
                    if problem.code == MISSING_OBJECT
                    else CellProblem(problem.path, row.raw.get(problem.path, ""), problem.detail)
                )
                if by_id[product_id].is_unheard_of:
                    del known.ids[fold(row.sku)]

    def _settle(self, asked: _Asked, known: KnownProducts, awaited: dict[str, UUID]) -> None:
        """Complete what an accepted row asks for: links as ids, and no number of another product."""
        links = self._links(asked, known, awaited)
        asked.theirs.update(links)
        if self._leave_out_taken(asked) or links:
            asked.change = self._change(asked, known)

    def _remember(self, asked: _Asked, known: KnownProducts, plan: Plan, delivery_id: int | None) -> None:
        """Put an accepted row into the plan, and count it."""
        row, product_id, folded = asked.row, asked.product_id, fold(asked.row.sku)
        shadow = known.shadows.get(product_id)
        said_before = shadow.mapped if shadow else {}
        is_new = not said_before and product_id not in known.truths
        if asked.change is not None:
            plan.changes.append(asked.change)
        if delivery_id is None:
            self.promised[folded] = product_id
        # New products that were written stand in shadows; what becomes of true ones stands nowhere else.
        if delivery_id is None or product_id in known.truths:
            write = asked.write(known)
            if write and LINEAGE_KEYS & write.patch.keys():
                self.places[str(product_id)] = node_of(write.new)
        said, raw = {**said_before, **asked.theirs}, dict(row.raw)
        for key in asked.taken_back(said_before):
            said.pop(key, None)
        if shadow is None:
            plan.new_shadows.append((self.source.pk, product_id, folded, raw, said, delivery_id))
        elif said != shadow.mapped or raw != shadow.raw:
            plan.moved_shadows.append((shadow, (raw, said, delivery_id, folded)))
        self.report.count(row.file, "unchanged" if asked.change is None else ("new" if is_new else "changed"))

    def _tell(self, asked: _Asked) -> None:
        """List what of a row was left out, and count it where that is the whole row."""
        row = asked.row
        for problem in asked.problems:
            self.report.leave_out(row.file, row.line, problem)
        if asked.rejected is not None:
            self.report.reject(row.file, row.line, asked.rejected)

    def _show_changes(self, asked: list[_Asked], known: KnownProducts) -> None:
        """Put what rows would change into a preview: new products by SKU and title, others value by value."""
        shown = asked[: MAX_CHANGES - len(self.report.changes)]
        self.report.more_changes += len(asked) - len(shown)
        if not shown:
            return
        new = {
            each.product_id: each.change.patch
            for each in shown
            if each.change and each.product_id not in known.truths
        }
        named = self.adapter.describe([each.product_id for each in shown], proposed=new)
        for each in shown:
            document: Document = known.truths.get(each.product_id, ({}, 0))[0]
            patch = each.change.patch if each.change and each.product_id not in new else {}
            conflicts = each.change.conflicts if each.change else {}
            self.report.changes.append(
                {
                    "sku": each.change.label if each.change else each.row.sku,
                    "title": named[each.product_id].label,
                    "new": each.product_id in new,
                    "values": {
                        key: {"before": document.get(key), "after": after, "conflict": key in conflicts}
                        for key, after in patch.items()
                    },
                }
            )

    def _look_up_owners(self, rows: list[IncomingRow]) -> None:
        """Learn whose the identifiers of a chunk are, so that a number of another product is left out
        alone.
        """
        codes = self.adapter.schema.identifiers
        claims = [claim for row in rows for claim in identifiers_of(row.values, codes)]
        for claim, owner in identifier_owners({folded for _code, _value, folded in claims}).items():
            self.owners.setdefault(claim, owner)

    def _leave_out_taken(self, asked: _Asked) -> bool:
        """Take identifiers that belong to another product out of what a row says; tell whether there were
        any.
        """
        taken = []
        for attribute, value, folded in identifiers_of(asked.theirs, self.adapter.schema.identifiers):
            if attribute == "sku":
                continue
            if self.owners.setdefault((attribute, folded), asked.product_id) != asked.product_id:
                reason = _("This number belongs to another product already.")
                asked.problems.append(CellProblem(attribute, value, reason))
                taken.append(attribute)
        for attribute in taken:
            del asked.theirs[attribute]
        return bool(taken)

    def _twice(self, row: IncomingRow, ids: Mapping[str, UUID]) -> CellProblem | None:
        """Refuse a product's second row, be it named by its SKU again or by a former one."""
        place, folded = (row.file, row.line), fold(row.sku)
        firsts = [self.lines.setdefault(name, place) for name in (folded, str(ids.get(folded, folded)))]
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

    def _links(self, asked: _Asked, known: KnownProducts, awaited: dict[str, UUID]) -> dict[str, JSONValue]:
        """Return the links of a row as ids; members without a product are left out one by one."""
        found: dict[str, JSONValue] = {}
        for key, members in asked.row.links.items():
            links: list[dict[str, Any]] = []
            for sku, quantity in members:
                target = self._product_id(fold(sku), known)
                if target is None and fold(sku) in self.announced and fold(sku) not in self.lines:
                    target = self.promised[fold(sku)] = awaited[fold(sku)] = uuid7()
                if target is None:
                    reason = _("There is no product “%(sku)s” to link to.") % {"sku": sku}
                    asked.problems.append(CellProblem(key, sku, reason))
                    continue
                if target == asked.product_id:
                    reason = _("A product can't be linked to itself.")
                    asked.problems.append(CellProblem(key, sku, reason))
                    continue
                links.append({"product": str(target), "quantity": quantity})
            try:
                stored = self.adapter.schema.normalise(key, links)
            except ValueProblem as problem:
                cell = "|".join(sku for sku, _quantity in members)
                asked.problems.append(CellProblem(key, cell, problem.detail))
                continue
            if stored is not None:
                found[key] = stored
        return found

    def _change(self, asked: _Asked, known: KnownProducts) -> ProposedChange | None:
        """Return what a row asks of its product so far, or None where that is nothing."""
        row, product_id = asked.row, asked.product_id
        shadow = known.shadows.get(product_id)
        said: Document = shadow.mapped if shadow else {}
        truth = known.truths.get(product_id)
        document: Document = truth[0] if truth else {}
        theirs = {**asked.theirs, **asked.taken_back(said)}
        plan: RowPlan = classify(
            said,
            document,
            {key: value for key, value in theirs.items() if key != "sku" or truth is None},
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


def _no_parent(row: IncomingRow) -> CellProblem:
    reason = _("There is no product “%(sku)s” to be its parent.") % {"sku": row.parent_sku}
    return CellProblem("#parent", row.parent_sku or "", reason)
