"""Models of the catalogue."""

from catalog.models.availability import Availability, AvailabilityLog
from catalog.models.index import FilterValue, IdentifierEntry, SearchText, Use
from catalog.models.intake import Delivery, Rejection, ReplacedShadow, Shadow
from catalog.models.product import Product
from catalog.models.structure import (
    Attribute,
    AttributeGroup,
    Family,
    FamilyVariant,
    Location,
    Option,
    Record,
    ReferenceEntity,
    SchemaVersion,
    Scope,
)
from catalog.models.taxonomy import Category

__all__ = [
    "Attribute",
    "AttributeGroup",
    "Availability",
    "AvailabilityLog",
    "Category",
    "Delivery",
    "Family",
    "FamilyVariant",
    "FilterValue",
    "IdentifierEntry",
    "Location",
    "Option",
    "Product",
    "Record",
    "ReferenceEntity",
    "Rejection",
    "ReplacedShadow",
    "SchemaVersion",
    "Scope",
    "SearchText",
    "Shadow",
    "Use",
]
