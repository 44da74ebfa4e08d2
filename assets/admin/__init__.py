"""Pages of assets."""

from assets.admin.asset import AssetAdmin

__all__ = ["AssetAdmin"]
