"""Row locks of this app; their place in the order between tables: change request, product, asset, listing."""

from __future__ import annotations

from collections.abc import Collection

from assets.models import Asset


def lock_assets(folded_codes: Collection[str]) -> dict[str, Asset]:
    """Lock the assets with these folded codes in pk order and return them as read under the lock, by folded
    code.

    Call inside atomic. One query. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock.
    """
    locked = Asset.objects.select_for_update(of=("self",)).filter(code_folded__in=folded_codes).order_by("pk")
    return {asset.code_folded: asset for asset in locked}
