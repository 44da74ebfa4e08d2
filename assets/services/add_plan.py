"""Planning what adding files would do: hold each file against the asset that has its code."""

from __future__ import annotations

from dataclasses import dataclass, field

from assets.locks import lock_assets
from assets.models import Asset, AssetKind, AssetVersion
from assets.rules.file_types import Reason, Refused
from assets.selectors import assets_by_folded_code
from assets.services.files import Content, InspectedFile


@dataclass(frozen=True, slots=True)
class AssetInput:
    """One file to add under a code; `file_name` is what the sender calls it, the last part of the code if
    empty.
    """

    code: str
    content: Content
    file_name: str = ""

    @property
    def shown_name(self) -> str:
        """The file name without folders, cut to what the database keeps."""
        name = (self.file_name or self.code).replace("\\", "/").rsplit("/", 1)[-1][-255:]
        return "".join(char if char.isprintable() else " " for char in name)


@dataclass(frozen=True, slots=True)
class Rights:
    """What stands in the way, as sentences; empty when nothing does."""

    no_adding: str
    no_changing: str
    new_only: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be kept, with the code it goes under."""

    item: AssetInput
    folded: str
    file: InspectedFile


@dataclass(slots=True)
class Plan:
    """What adding candidates does; each of them is in exactly one list."""

    new: list[Candidate] = field(default_factory=list)
    changed: list[tuple[Candidate, Asset, int]] = field(default_factory=list)
    unchanged: list[tuple[Candidate, str]] = field(default_factory=list)
    rejected: list[tuple[Candidate, Refused]] = field(default_factory=list)


def classify(
    candidates: list[Candidate], rights: Rights, seen: dict[str, tuple[str, str]], *, lock: bool
) -> Plan:
    """Hold candidates against the assets there are; two queries. With `lock`, call inside atomic.

    `seen` maps folded codes dealt with before in the same call to (stored code, checksum), and is added to:
    the same code again is unchanged with the same bytes and refused with others.
    """
    folded = {each.folded for each in candidates}
    assets = lock_assets(folded) if lock else assets_by_folded_code(folded)
    newest = _newest_versions([asset.pk for asset in assets.values()])
    plan = Plan()
    for candidate in candidates:
        asset = assets.get(candidate.folded)
        checksum = candidate.file.checksum
        if candidate.folded in seen:
            code, seen_checksum = seen[candidate.folded]
            if seen_checksum == checksum:
                plan.unchanged.append((candidate, code))
            else:
                plan.rejected.append((candidate, Refused(Reason.CODE_TWICE)))
            continue
        number, newest_checksum = newest.get(asset.pk, (0, "")) if asset else (0, "")
        if asset and checksum == newest_checksum:
            plan.unchanged.append((candidate, asset.code))
        elif refused := _hindrance(candidate, asset, rights):
            plan.rejected.append((candidate, refused))
            continue
        elif asset:
            plan.changed.append((candidate, asset, number + 1))
        else:
            plan.new.append(candidate)
        seen[candidate.folded] = (asset.code if asset else candidate.item.code, checksum)
    return plan


def _hindrance(candidate: Candidate, asset: Asset | None, rights: Rights) -> Refused | None:
    if asset is None:
        return Refused(Reason.NOT_ALLOWED, detail=rights.no_adding) if rights.no_adding else None
    if rights.new_only:
        return Refused(Reason.CODE_TAKEN, code=asset.code)
    if rights.no_changing:
        return Refused(Reason.NOT_ALLOWED, detail=rights.no_changing)
    kind = candidate.file.file_type.kind.value
    if asset.kind != kind:
        return Refused(Reason.KIND_CHANGED, old=asset.get_kind_display(), new=AssetKind(kind).label)
    return None


def _newest_versions(asset_ids: list[int]) -> dict[int, tuple[int, str]]:
    """Return number and checksum of each asset's newest version."""
    rows = AssetVersion.objects.filter(asset__in=asset_ids).order_by("number")
    return {
        pk: (number, checksum)
        for pk, number, checksum in rows.values_list("asset_id", "number", "file__checksum")
    }
