"""The vocabulary of the catalogue: stored values and their labels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

FOLDED_LENGTH = 3 * 255
"""Room for a folded code: case folding makes up to three characters of one (ΐ, ﬃ)."""


class ScopeKind(models.TextChoices):
    """What a node of the scope tree stands for."""

    CHANNEL = "channel", _("Channel")
    MARKET = "market", _("Market")


class ProductKind(models.TextChoices):
    """What a product is (DESIGN, `#kind`)."""

    SIMPLE = "simple", _("Simple")
    PARENT = "parent", _("Parent")
    VARIANT = "variant", _("Variant")
    BUNDLE = "bundle", _("Bundle")


class ProductState(models.TextChoices):
    """The life of a product (DESIGN, `#state`), from freest to strictest."""

    ACTIVE = "active", _("Active")
    PHASE_OUT = "phase_out", _("Phase-out")
    DRAFT = "draft", _("Draft")
    DISCONTINUED = "discontinued", _("Discontinued")
    RECALLED = "recalled", _("Recalled")
    ARCHIVED = "archived", _("Archived")


class AttributeType(models.TextChoices):
    """What a value is, how it is stored and how it merges (DESIGN, Documents)."""

    TEXT = "text", _("Text")
    TEXTAREA = "textarea", _("Long text")
    RICH_TEXT = "rich_text", _("Formatted text")
    URL = "url", _("Web address")
    DATE = "date", _("Date")
    DATETIME = "datetime", _("Date and time")
    INTEGER = "integer", _("Whole number")
    DECIMAL = "decimal", _("Decimal number")
    BOOLEAN = "boolean", _("Yes or no")
    SELECT = "select", _("One option")
    MULTISELECT = "multiselect", _("Several options")
    MEASUREMENT = "measurement", _("Measurement")
    PRICE = "price", _("Price")
    IDENTIFIER = "identifier", _("Identifier")
    ASSET = "asset", _("Asset")
    ASSETS = "assets", _("Assets")
    REFERENCE = "reference", _("Reference")
    REFERENCES = "references", _("References")
    PRODUCTS = "products", _("Products")


class AvailabilityStatus(models.TextChoices):
    """What a location says about an item; sent to channels as it is or as the channel's word."""

    IN_STOCK = "in_stock", _("In stock")
    OUT_OF_STOCK = "out_of_stock", _("Out of stock")
    PREORDER = "preorder", _("Pre-order")
    BACKORDER = "backorder", _("Back-order")


class UseKind(models.TextChoices):
    """What kind of object a product's document refers to."""

    ASSET = "asset", _("Asset")
    PRODUCT = "product", _("Product")
    OPTION = "option", _("Option")
    RECORD = "record", _("Record")
    CATEGORY = "category", _("Category")
    FAMILY = "family", _("Family")
    PARENT = "parent", _("Parent")


class DeliveryState(models.TextChoices):
    """How far reading a delivery came."""

    READING = "reading", _("Being read")
    DONE = "done", _("Read")
    WITHDRAWN = "withdrawn", _("Withdrawn")
