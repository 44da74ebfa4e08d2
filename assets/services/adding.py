"""Adding files as assets, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assets.models import Asset, AssetVersion
from assets.permissions import AssetPermission, why_not
from assets.rules.codes import check_code, fold_code
from assets.rules.file_types import Reason, Refused
from assets.services.add_plan import AssetInput, Candidate, Plan, Rights, classify
from assets.services.approval import approve_versions, check_may_approve
from assets.services.files import (
    insert_file_rows,
    inspect,
    known_files,
    verify,
    write_contents,
)
from assets.services.pictures import Picture
from assets.services.refusals import sentence
from assets.services.storage import ContentChanged
from workflows.exceptions import Conflict, NotAllowed
from workflows.services.audit import record
from workflows.services.structure import save_structures

__all__ = ["AddResult", "AssetInput", "Rejection", "add_assets"]

CHUNK = 100


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that was not added, and why: a stable reason, and a sentence in the active language."""

    code: str
    file_name: str
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class AddResult:
    """What came of adding files. Every item is in exactly one of new, changed, unchanged, rejected.

    Codes are as stored: `stored_codes` maps each code that was given to the asset's own spelling, which
    differs when the asset existed under another case.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    approved: tuple[str, ...] = ()
    not_approved: Mapping[str, str] = field(default_factory=dict)
    stored_codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Return the counts people are shown: read = new + changed + unchanged + rejected."""
        counts = {name: len(getattr(self, name)) for name in ("new", "changed", "unchanged", "rejected")}
        return {"read": sum(counts.values()), **counts, "approved": len(self.approved)}


def add_assets(
    items: Iterable[AssetInput],
    *,
    actor: Any,
    reason: str,
    approved_by: Any = None,
    change_request_id: int | None = None,
    new_only: bool = False,
    dry_run: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> AddResult:
    """Add files as assets or as new versions of assets; running it again with the same files writes nothing.

    A code that no asset has (case apart) becomes a new asset. A code with the bytes of its newest version is
    unchanged; with other bytes it becomes a new version, which changes nothing outward until it is approved,
    or is rejected if `new_only`. With `approved_by` (somebody else than `actor`) the newest versions of all
    these codes are approved in the same transaction; `change_request_id` as in `approve_versions`.

    Works in chunks of 100 files, each one transaction with a constant number of queries; bytes are decoded
    and written before it. `dry_run` reads, decodes and classifies, and writes nothing. `on_progress` gets the
    number of files dealt with so far. Raises `NotAllowed` if `actor` may neither add nor change assets or
    `approved_by` may not approve, and `Conflict` if somebody adds the same code at the same moment; a single
    file that may not be kept is rejected, never the whole call.
    """
    rights = Rights(why_not(actor, AssetPermission.ADD), why_not(actor, AssetPermission.CHANGE), new_only)
    if rights.no_adding and rights.no_changing:
        raise NotAllowed(rights.no_adding)
    if approved_by is not None:
        check_may_approve(approved_by, actor, change_request_id)
    tally = _Tally()
    stream = iter(items)
    read = 0
    while chunk := list(islice(stream, CHUNK)):
        prepared = _prepare(chunk, rights, tally)
        if dry_run:
            tally.count(classify(prepared.candidates, rights, tally.seen, lock=False))
        else:
            candidates = _write_contents(prepared, tally)
            _save(
                candidates,
                prepared.pictures,
                rights,
                tally,
                _Writer(actor, reason, approved_by, change_request_id),
            )
        read += len(chunk)
        if on_progress:
            on_progress(read)
    return tally.result()


@dataclass(frozen=True, slots=True)
class _Writer:
    """On whose behalf rows are written."""

    actor: Any
    reason: str
    approved_by: Any
    change_request_id: int | None


@dataclass(slots=True)
class _Prepared:
    """Candidates of a chunk, and the decoded pictures (or None) of files that are not stored yet, by
    checksum.
    """

    candidates: list[Candidate]
    pictures: dict[str, Picture | None]


class _Tally:
    """What came of the chunks so far; `seen` maps folded codes of this call to (stored code, checksum)."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, str]] = {}
        self.parts: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": [], "approved": []}
        self.rejected: list[Rejection] = []
        self.not_approved: dict[str, str] = {}
        self.stored_codes: dict[str, str] = {}

    def count(self, plan: Plan) -> None:
        codes = {
            "new": [(each, each.item.code) for each in plan.new],
            "changed": [(each, asset.code) for each, asset, _number in plan.changed],
            "unchanged": plan.unchanged,
        }
        for part, pairs in codes.items():
            self.parts[part] += [code for _candidate, code in pairs]
            self.stored_codes |= {candidate.item.code: code for candidate, code in pairs}
        self.rejected += [_rejection(each.item, refused) for each, refused in plan.rejected]

    def result(self) -> AddResult:
        return AddResult(
            **{part: tuple(codes) for part, codes in self.parts.items()},
            rejected=tuple(self.rejected),
            not_approved=self.not_approved,
            stored_codes=self.stored_codes,
        )


def _rejection(item: AssetInput, refused: Refused) -> Rejection:
    return Rejection(item.code, item.shown_name, refused.reason, sentence(refused))


def _prepare(chunk: list[AssetInput], rights: Rights, tally: _Tally) -> _Prepared:
    """Inspect the files of a chunk, and decode those that may be added and are not stored yet."""
    candidates = []
    for item in chunk:
        try:
            check_code(item.code)
            file = inspect(item.content, file_name=item.file_name or item.code)
        except Refused as refused:
            tally.rejected.append(_rejection(item, refused))
        else:
            candidates.append(Candidate(item, fold_code(item.code), file))
    # What stands in the way of a file now still will under the lock, except for another file of this call
    # that may turn out to be damaged.
    refused_for_good = [
        (each, refused)
        for each, refused in classify(candidates, rights, dict(tally.seen), lock=False).rejected
        if refused.reason != Reason.CODE_TWICE
    ]
    tally.rejected += [_rejection(each.item, refused) for each, refused in refused_for_good]
    left_out = {id(each) for each, _refused in refused_for_good}
    candidates = [each for each in candidates if id(each) not in left_out]
    stored = known_files({each.file.checksum for each in candidates})
    prepared = _Prepared([], {})
    damaged: dict[str, Refused] = {}
    for candidate in candidates:
        checksum = candidate.file.checksum
        if not any(checksum in done for done in (stored, prepared.pictures, damaged)):
            try:
                prepared.pictures[checksum] = verify(candidate.file)
            except Refused as refused:
                damaged[checksum] = refused
        if checksum in damaged:
            tally.rejected.append(_rejection(candidate.item, damaged[checksum]))
        else:
            prepared.candidates.append(candidate)
    return prepared


def _write_contents(prepared: _Prepared, tally: _Tally) -> list[Candidate]:
    """Write the bytes of files that are not stored yet; return the candidates whose bytes are there."""
    changed_meanwhile = set()
    for checksum, candidate in {each.file.checksum: each for each in prepared.candidates}.items():
        if checksum in prepared.pictures:
            try:
                write_contents([candidate.file], prepared.pictures)
            except ContentChanged:
                changed_meanwhile.add(checksum)
    for candidate in prepared.candidates:
        if candidate.file.checksum in changed_meanwhile:
            tally.rejected.append(_rejection(candidate.item, Refused(Reason.CHANGED_MEANWHILE)))
    return [each for each in prepared.candidates if each.file.checksum not in changed_meanwhile]


def _save(
    candidates: list[Candidate],
    pictures: dict[str, Picture | None],
    rights: Rights,
    tally: _Tally,
    writer: _Writer,
) -> None:
    """Write the rows of one chunk: files, assets with history, versions, approvals, one audit entry."""
    try:
        with transaction.atomic():
            plan = classify(candidates, rights, tally.seen, lock=True)
            if plan.new or plan.changed:
                _insert(plan, pictures, writer)
            tally.count(plan)
            if writer.approved_by is not None:
                codes = [
                    *(each.item.code for each in plan.new),
                    *(asset.code for _each, asset, _number in plan.changed),
                ]
                outcome = approve_versions(
                    [*codes, *(code for _each, code in plan.unchanged)],
                    approver=writer.approved_by,
                    reason=writer.reason,
                    change_request_id=writer.change_request_id,
                )
                tally.parts["approved"] += outcome.approved
                tally.not_approved |= outcome.refused
    except IntegrityError as error:
        # SQLite names the column, PostgreSQL the constraint.
        if "code_folded" not in str(error) and "asset_code_is_unique_without_case" not in str(error):
            raise
        raise Conflict(
            _("Somebody added one of these assets at the same moment. Add the files again.")
        ) from error


def _insert(plan: Plan, pictures: dict[str, Picture | None], writer: _Writer) -> None:
    kept = {
        each.file.checksum: each.file
        for each in (*plan.new, *(each for each, _asset, _number in plan.changed))
    }
    fresh = [file for checksum, file in kept.items() if checksum in pictures]
    files = insert_file_rows(fresh, {file.checksum: pictures[file.checksum] for file in fresh})
    files |= known_files(kept.keys() - files.keys())
    created = [
        Asset(code=each.item.code, code_folded=each.folded, kind=each.file.file_type.kind.value)
        for each in plan.new
    ]
    save_structures(Asset, created=created, changed=[], actor=writer.actor, reason=writer.reason)
    numbered = [
        *((each, asset, 1) for each, asset in zip(plan.new, created, strict=True)),
        *plan.changed,
    ]
    AssetVersion.objects.bulk_create(
        AssetVersion(
            asset=asset,
            number=number,
            file=files[each.file.checksum],
            file_name=each.item.shown_name,
            created_by=writer.actor,
        )
        for each, asset, number in numbered
    )
    record(
        "asset.add",
        actor=writer.actor,
        target_model="assets.asset",
        target_id=numbered[0][1].code if len(numbered) == 1 else "",
        request_id=writer.change_request_id,
        details={"versions": {asset.code: number for _each, asset, number in numbered}},
    )
