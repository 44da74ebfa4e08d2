"""The catalogue in the admin."""

from catalog.admin import intake, product, structure, taxonomy

__all__ = ["intake", "product", "structure", "taxonomy"]
