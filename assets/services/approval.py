"""Approving versions of assets: the only way a file becomes what channels show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.locks import lock_assets
from assets.models import Asset, AssetVersion
from assets.permissions import AssetPermission, check_allowed
from assets.rules.codes import fold_code
from workflows.exceptions import NotAllowed
from workflows.services.audit import record
from workflows.services.structure import save_structures


@dataclass(frozen=True, slots=True)
class ApproveResult:
    """What came of an approval: codes approved now, codes approved before, and refusals by code."""

    approved: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: Mapping[str, str]


def approve_versions(
    codes: Collection[str],
    *,
    approver: Any,
    reason: str,
    change_request_id: int | None = None,
    numbers: Mapping[str, int] | None = None,
) -> ApproveResult:
    """Make versions current: each code's newest one, or the one `numbers` names for it.

    A person names what they looked at in `numbers`, so that a version added meanwhile is not approved unseen.
    A version's author cannot approve it, superusers included; one that is older than the current version is
    refused too. Both are told by code in the result and leave the other codes alone. With `change_request_id`
    the approval was decided there: the approver's right to decide it was checked by change control, and the
    version keeps the request. Without it raises `NotAllowed` unless `approver` may approve assets.

    One transaction, constant queries: locks the assets in pk order, writes versions, assets with history, one
    audit entry and the dirty log. Running it again changes nothing.
    """
    if change_request_id is None:
        check_allowed(approver, AssetPermission.APPROVE)
    with transaction.atomic():
        assets = {asset.code: asset for asset in lock_assets({fold_code(code) for code in codes}).values()}
        plan = _plan(codes, assets, numbers or {}, approver)
        if plan.versions:
            _write(plan.versions, approver, reason, change_request_id)
    approved = tuple(version.asset.code for version in plan.versions)
    return ApproveResult(approved, tuple(plan.unchanged), plan.refused)


def check_may_approve(approver: Any, author: Any, change_request_id: int | None) -> None:
    """Raise `NotAllowed` if `approver` could approve nothing that `author` adds now."""
    if change_request_id is None:
        check_allowed(approver, AssetPermission.APPROVE)
    if approver.pk == author.pk:
        raise NotAllowed(_own_work(), code="four_eyes")


@dataclass(slots=True)
class _Plan:
    versions: list[AssetVersion]
    unchanged: list[str]
    refused: dict[str, str]


def _plan(
    codes: Collection[str], assets: Mapping[str, Asset], numbers: Mapping[str, int], approver: Any
) -> _Plan:
    """Choose the version to approve for each code, under the lock; one query."""
    versions: dict[int, dict[int, AssetVersion]] = {}
    for version in AssetVersion.objects.filter(asset__in=[asset.pk for asset in assets.values()]):
        versions.setdefault(version.asset_id, {})[version.number] = version
    plan = _Plan([], [], {})
    for code in dict.fromkeys(codes):
        asset = assets.get(code)
        own = versions.get(asset.pk, {}) if asset else {}
        chosen = own.get(numbers.get(code, max(own, default=0)))
        if asset is None or chosen is None:
            plan.refused[code] = _("There is no such asset or version.")
            continue
        current = next((each for each in own.values() if each.pk == asset.current_id), None)
        chosen.asset = asset
        if chosen.approved_at is not None:
            plan.unchanged.append(code)
        elif chosen.created_by_id == approver.pk:
            plan.refused[code] = _own_work()
        elif current is not None and current.number > chosen.number:
            plan.refused[code] = _("Version %(newer)s was approved after version %(number)s was added.") % {
                "newer": current.number,
                "number": chosen.number,
            }
        else:
            plan.versions.append(chosen)
    return plan


def _write(versions: list[AssetVersion], approver: Any, reason: str, change_request_id: int | None) -> None:
    ids = [version.pk for version in versions]
    AssetVersion.objects.filter(pk__in=ids).update(
        approved_by=approver, approved_at=timezone.now(), change_request_id=change_request_id
    )
    for version in versions:
        version.asset.current = version
    assets = [version.asset for version in versions]
    save_structures(Asset, created=[], changed=assets, actor=approver, reason=reason, fields=["current"])
    if change_request_id is not None:
        # A version becomes current once, so these are exactly the rows written just now.
        Asset.history.filter(current_id__in=ids).update(change_request_id=change_request_id)
    record(
        "asset.approve",
        actor=approver,
        target_model="assets.asset",
        target_id=assets[0].code if len(assets) == 1 else "",
        request_id=change_request_id,
        details={"versions": {version.asset.code: version.number for version in versions}},
    )


def _own_work() -> str:
    return _("Who added a version cannot approve it. Ask a colleague.")
