"""Reading the units of a chunk with everything their evaluation needs, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from assets.selectors import AssetFacts, asset_facts
from catalog.models import Product
from catalog.rules.structure import categories_of, family_of, state_of
from channels.constants import SELLABLE_KINDS
from channels.rules.evaluate import group_values
from channels.rules.inputs import GroupMember, Unit
from channels.rules.mapping import collapse
from channels.services.plans import ChannelPlan, PlannedPlace
from workflows.rules.documents import Document

Documents = Mapping[UUID, Document] | None
QUERY_IDS = 1000


@dataclass(slots=True)
class Row:
    """One product as stored: its document, revision and parent."""

    id: UUID
    document: Document
    revision: int
    parent_id: UUID | None


@dataclass(slots=True)
class Loaded:
    """One sellable unit, ready for any place of the channel."""

    id: UUID
    sku: str
    kind: str
    state: str
    family: str
    levels: list[Document]
    in_assortment: bool
    group_id: str
    root: UUID | None
    categories: list[str]
    axes: tuple[str, ...]
    revisions: dict[str, int]
    asset_codes: set[str]


@dataclass
class Batch:
    """The units of one chunk and the facts they share."""

    units: list[Loaded]
    members: dict[UUID, list[Loaded]]
    assets: dict[str, AssetFacts] = field(default_factory=dict)


def load_batch(plan: ChannelPlan, ids: Collection[UUID], *, documents: Documents = None) -> Batch:
    """Read units by id with parents, group members and assets; about eight queries, whatever the number.

    Ids of what is not sold (parents) are left out. `documents` replaces documents by proposed ones, to see
    what a change would do.
    """
    rows = _with_parents(_rows(ids, documents), documents)
    units = [unit for pk in sorted(ids) if (unit := _unit(plan, pk, rows)) is not None]
    roots = {unit.root for unit in units if unit.root is not None}
    members: dict[UUID, list[Loaded]] = defaultdict(list)
    if plan.places and plan.places[0].profile.grouped and roots:
        below = _below(roots, documents)
        rows.update(below)
        for pk in sorted(below):
            member = _unit(plan, pk, rows)
            if member is not None and member.root is not None and member.in_assortment:
                members[member.root].append(member)
    batch = Batch(units, members)
    batch.assets = asset_facts({code for unit in units for code in unit.asset_codes})
    return batch


def _rows(ids: Iterable[UUID], documents: Documents) -> dict[UUID, Row]:
    """Read products by id; proposed documents stand in for stored ones, and for products to come."""
    found: dict[UUID, Row] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), QUERY_IDS):
        chosen = Product.objects.filter(pk__in=wanted[start : start + QUERY_IDS])
        for values in chosen.values_list("pk", "document", "revision", "parent_id"):
            found[values[0]] = Row(*values)
    if documents:
        for pk in wanted:
            if pk in documents:
                found[pk] = _proposed(pk, documents[pk])
    return found


def _proposed(pk: UUID, document: Document) -> Row:
    parent = document.get("#parent")
    return Row(pk, document, 0, UUID(parent) if isinstance(parent, str) else None)


def _with_parents(rows: dict[UUID, Row], documents: Documents) -> dict[UUID, Row]:
    while True:
        missing = {row.parent_id for row in rows.values() if row.parent_id and row.parent_id not in rows}
        found = _rows(missing, documents) if missing else {}
        if not found:
            return rows
        rows.update(found)


def _below(roots: Collection[UUID], documents: Documents) -> dict[UUID, Row]:
    """Return everything below the roots, level by level."""
    found: dict[UUID, Row] = {}
    level = set(roots)
    while level:
        children = _children(sorted(level), documents)
        level = {pk for pk, row in children.items() if row.document.get("#kind") == "parent"} - found.keys()
        found.update(children)
    return found


def _children(parents: Sequence[UUID], documents: Documents) -> dict[UUID, Row]:
    found: dict[UUID, Row] = {}
    for start in range(0, len(parents), QUERY_IDS):
        chosen = Product.objects.filter(parent_id__in=parents[start : start + QUERY_IDS])
        for values in chosen.values_list("pk", "document", "revision", "parent_id"):
            found[values[0]] = Row(*values)
    for pk, document in (documents or {}).items():
        row = _proposed(pk, document)
        if row.parent_id in parents:
            found[pk] = row
        else:
            found.pop(pk, None)
    return found


def _unit(plan: ChannelPlan, pk: UUID, rows: Mapping[UUID, Row]) -> Loaded | None:
    row = rows.get(pk)
    kind = str(row.document.get("#kind") or "") if row is not None else ""
    if row is None or kind not in SELLABLE_KINDS:
        return None
    levels = [row.document]
    revisions = {str(pk): row.revision}
    node, top = row, row
    while node.parent_id is not None and (above := rows.get(node.parent_id)) is not None:
        levels.append(above.document)
        revisions[str(above.id)] = above.revision
        node = top = above
        if len(levels) > 5:
            break
    family = family_of(levels)
    state = state_of(levels)
    categories = categories_of(levels)
    sku = str(row.document.get("sku") or "")
    variant = str(levels[-1].get("#family_variant") or "")
    return Loaded(
        id=pk,
        sku=sku,
        kind=kind,
        state=state,
        family=family,
        levels=levels,
        in_assortment=plan.assortment.has(sku=sku, state=state, family=family, categories=categories),
        group_id=str(top.document.get("sku") or "") if top is not row else "",
        root=top.id if top is not row else None,
        categories=categories,
        axes=plan.axes.get(variant, ()),
        revisions=revisions,
        asset_codes=_asset_codes(plan, levels),
    )


def _asset_codes(plan: ChannelPlan, levels: Sequence[Document]) -> set[str]:
    codes: set[str] = set()
    attributes = plan.asset_attributes
    for document in levels:
        for key, value in document.items():
            if key in attributes or key.partition(":")[0].partition("@")[0] in attributes:
                if isinstance(value, str):
                    codes.add(value)
                elif isinstance(value, list):
                    codes.update(code for code in value if isinstance(code, str))
    return codes


def place_units(place: PlannedPlace, batch: Batch, external_ids: Mapping[UUID, str]) -> list[Unit]:
    """Make the evaluation inputs of one place, in the order of `batch.units`.

    `external_ids` are the fixed ids of units said before; others take their SKU, white space collapsed.
    Whether another published listing has that id already is for the caller to note (`external_id_taken`).
    """
    groups = {root: _group(place, members) for root, members in batch.members.items()}
    units = []
    for loaded in batch.units:
        fixed = external_ids.get(loaded.id)
        wanted = fixed if fixed is not None else collapse(loaded.sku)
        unit = _input(place, loaded, wanted, batch.assets)
        if loaded.root is not None:
            unit.group = groups.get(loaded.root, ())
        units.append(unit)
    return units


def _input(place: PlannedPlace, loaded: Loaded, external_id: str, assets: Mapping[str, Any]) -> Unit:
    return Unit(
        product_id=str(loaded.id),
        sku=loaded.sku,
        external_id=external_id,
        resolve=place.resolver(loaded.levels),
        kind=loaded.kind,
        state=loaded.state,
        family=loaded.family,
        in_assortment=loaded.in_assortment,
        group_id=loaded.group_id,
        assets=assets,
        category_paths=[
            place.category_paths[code] for code in loaded.categories if code in place.category_paths
        ],
        axes=loaded.axes,
    )


def _group(place: PlannedPlace, members: Sequence[Loaded]) -> tuple[GroupMember, ...]:
    return tuple(
        GroupMember(str(member.id), group_values(place.profile, _input(place, member, member.sku, {})))
        for member in members
    )
