"""Taking in a whole Akeneo export: structure and media by their services, products as one change request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import AssetVersion
from assets.permissions import AssetPermission, check_allowed
from assets.services.adding import add_assets
from assets.services.approval import approve_versions
from catalog.models import Attribute, Delivery, ReferenceEntity
from catalog.permissions import may_edit_structure
from catalog.readers.akeneo_columns import Grammar
from catalog.readers.akeneo_files import AkeneoExport, open_export
from catalog.readers.akeneo_media import Media
from catalog.readers.akeneo_products import PRODUCTS, Node, ProductRows
from catalog.readers.akeneo_scan import scan_products
from catalog.readers.akeneo_structure import AkeneoStructure, Known, read_structure
from catalog.registry import run_import_hooks
from catalog.rules.keys import ValueKey, fold
from catalog.selectors import levels_of_products, products_by_sku
from catalog.services.documents import LABEL
from catalog.services.incoming import CellProblem, Counts, DeliveryReport
from catalog.services.intake import check_delivery_rights, take_delivery
from catalog.services.schema import current_schema
from catalog.services.structure import StructureResult, load_structure
from workflows.constants import SourceKind
from workflows.exceptions import Invalid, NotFound
from workflows.models import Source

DEFAULT_SOURCE = "akeneo"
BATCH = 500


@dataclass(frozen=True)
class AkeneoImport:
    """What came of an import: its report, and the codes of all media it names that are here now."""

    report: DeliveryReport
    media: tuple[str, ...]


def import_akeneo(
    directory: Path, *, source_code: str, actor: Any, approver: Any = None, dry_run: bool = False
) -> AkeneoImport:
    """Take in an Akeneo export: structure, media (unapproved), and products as one submitted change request.

    Rights, that actor and approver differ, and encoding and shape of every file are checked before the first
    write; `approver` is only checked. The source `akeneo` is made if need be, any other must exist. Running
    it again with the same files changes nothing. With `dry_run` nothing is written at all. Raises
    `NotAllowed`, `NotFound`, `Invalid` with one sentence each, `Locked` while another delivery of the source
    is being read.
    """
    source = _source(source_code)
    _check_rights(actor, source, approver)
    export = open_export(directory)
    known = Known(
        entities=set(ReferenceEntity.objects.values_list("code", flat=True)),
        aliases=dict(Attribute.objects.exclude(alias="").values_list("alias", "code")),
    )
    structure = read_structure(export, known)
    _check_identifier(export, structure)
    reason = _("Akeneo import from %(directory)s") % {"directory": directory.name}
    if dry_run:
        with transaction.atomic():
            outcome = _import(export, structure, source, actor, reason, dry_run=True)
            transaction.set_rollback(True)
        return outcome
    return _import(export, structure, source, actor, reason, dry_run=False)


def approve_media(media: Iterable[str], *, approver: Any, request_id: int | None) -> None:
    """Approve the newest versions of an import's media, with the request of that import where there is one.

    Those approved already stay as they are. Without a request raises `NotAllowed` unless `approver` may
    approve assets.
    """
    codes = list(media)
    for start in range(0, len(codes), BATCH):
        approve_versions(
            codes[start : start + BATCH],
            approver=approver,
            reason=_("Approved with the import"),
            change_request_id=request_id,
        )


def approve_delivered_media(request_id: int, approver: Any) -> None:
    """Approve the media a delivery brought along with its request; a hook on approving requests.

    These are the assets that values taken by the approval name, whose newest version whoever delivered added.
    Media that somebody else added, and any request that is no delivery, are left alone.
    """
    delivery = Delivery.objects.filter(request_id=request_id).first()
    if delivery is None:
        return
    waiting = AssetVersion.objects.filter(approved_at=None, created_by=delivery.actor)
    if not waiting.exists():
        return
    attributes = current_schema().attributes
    named: dict[str, None] = {}
    for change in delivery.request.changes.filter(model=LABEL).iterator(chunk_size=BATCH):  # type: ignore[union-attr]
        left_out = change.left_out()
        for key, value in change.patch.items():
            if value is None or key.startswith("#") or key in left_out:
                continue
            spec = attributes.get(ValueKey.parse(key).code)
            if spec is not None and spec.type in ("asset", "assets") and not isinstance(value, dict):
                named.update(dict.fromkeys(map(str, value if isinstance(value, list) else [value])))
    codes = list(named)
    for start in range(0, len(codes), BATCH):
        chosen = waiting.filter(asset__code__in=codes[start : start + BATCH])
        fresh = sorted(set(chosen.values_list("asset__code", flat=True)))
        if fresh:
            approve_media(fresh, approver=approver, request_id=request_id)


def _source(code: str) -> Source:
    found = Source.objects.filter(code=code).first()
    if found is not None:
        return found
    if code != DEFAULT_SOURCE:
        known = ", ".join(Source.objects.values_list("code", flat=True)) or _("none yet")
        raise NotFound(
            _("There is no source “%(code)s”. Known sources: %(known)s.") % {"code": code, "known": known}
        )
    return Source(code=code, kind=SourceKind.PIM, label="Akeneo")


def _check_rights(actor: Any, source: Source, approver: Any) -> None:
    check_delivery_rights(actor, source, approver)
    may_edit_structure(actor).require()
    check_allowed(actor, AssetPermission.ADD)
    check_allowed(actor, AssetPermission.CHANGE)


def _check_identifier(export: AkeneoExport, structure: AkeneoStructure) -> None:
    if export.has(PRODUCTS) and structure.identifier not in export.columns(PRODUCTS):
        raise Invalid(
            _("%(file)s has no column “%(column)s”, by which products are told apart.")
            % {"file": PRODUCTS, "column": structure.identifier}
        )


def _import(
    export: AkeneoExport,
    structure: AkeneoStructure,
    source: Source,
    actor: Any,
    reason: str,
    *,
    dry_run: bool,
) -> AkeneoImport:
    with transaction.atomic():
        if source._state.adding:
            source.save()
        loaded = load_structure(
            {kind: list(items) for kind, items in structure.spec.items()}, actor=actor, reason=reason
        )
        run_import_hooks(structure.channels, actor=actor, reason=reason)
    grammar = Grammar(
        schema=current_schema(),
        attributes=structure.attributes,
        associations=structure.associations,
        scopes=structure.scopes,
        identifier=structure.identifier,
    )
    scan = scan_products(export, grammar)
    media = Media(export)
    added = add_assets(media.inputs(scan.media), actor=actor, reason=reason, dry_run=dry_run)
    media.refused = {each.code: each.message for each in added.rejected}
    media.stored = added.stored_codes
    report = take_delivery(
        ProductRows(export, grammar, media, _outside(scan.outside_parents)),
        source=source,
        actor=actor,
        name=export.directory.name,
        checksum=hashlib.sha256(export.fingerprint.encode()).hexdigest(),
        title=reason,
        dry_run=dry_run,
        announced=scan.linked,
    )
    return AkeneoImport(
        _with_structure(report, structure, loaded), (*added.new, *added.changed, *added.unchanged)
    )


def _outside(skus: list[str]) -> Mapping[str, Node]:
    """Return nodes of products that are here already, by folded SKU, former ones too; about four queries for
    each 500.
    """
    nodes: dict[str, Node] = {}
    for start in range(0, len(skus), BATCH):
        found = products_by_sku({fold(sku) for sku in skus[start : start + BATCH]})
        levels = levels_of_products(set(found.values()))
        for folded, pk in found.items():
            node: Node | None = None
            for document in reversed(levels[pk]):
                node = Node(str(document["sku"]), document, {}, node)
            if node is not None:
                nodes[folded] = node
    return nodes


def _with_structure(
    report: DeliveryReport, structure: AkeneoStructure, loaded: StructureResult
) -> DeliveryReport:
    """Return a report that counts and lists the structure files before the products."""
    whole = replace(report, counts=Counts(), files={}, rejections=[])
    outcomes = {
        (kind, name): outcome
        for kind, told in loaded.kinds.items()
        for outcome in ("new", "changed")
        for name in getattr(told, outcome)
    }
    for left_out in structure.left_out:
        whole.leave_out(
            left_out.file, left_out.line, CellProblem(left_out.field, left_out.value, left_out.reason)
        )
    for file, read in structure.read.items():
        whole.files[file] = Counts()
        for identities in structure.rows[file]:
            whole.count(file, _outcome([outcomes.get(identity, "unchanged") for identity in identities]))
        for _row in range(read - len(structure.rows[file])):
            whole.count(file, "rejected")
    for file, counts in report.files.items():
        whole.files[file] = counts
    for name in ("read", "new", "changed", "unchanged", "rejected"):
        setattr(whole.counts, name, sum(getattr(counts, name) for counts in whole.files.values()))
    whole.rejections.extend(report.rejections)
    return whole


def _outcome(outcomes: list[str]) -> str:
    """Return what became of a row from what became of its objects, the first being the row's own."""
    if outcomes and outcomes[0] == "new":
        return "new"
    return "changed" if any(outcome != "unchanged" for outcome in outcomes) else "unchanged"
