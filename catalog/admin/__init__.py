"""The catalogue in the admin."""

from catalog.admin.product import ProductAdmin

__all__ = ["ProductAdmin"]
