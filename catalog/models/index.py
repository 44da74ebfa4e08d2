"""Derived tables: what documents say, in a form that can be queried and constrained.

They are written only by applying changes, without foreign key constraints in the database (a check command
compares them with the documents instead; measured at a third of the commit time).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.constants import FOLDED_LENGTH, UseKind
from catalog.models.product import Product

_HAS_TEXT = models.Q(text__isnull=False)


def _product() -> models.ForeignKey[Product, Product]:
    return models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_constraint=False)


class IdentifierEntry(models.Model):
    """One identifier of one product; folded values are unique within an attribute.

    `former`: a SKU it had before it was renamed, kept for it (services/former_skus.py).
    """

    product = _product()
    attribute = models.CharField(max_length=100)
    value = models.CharField(max_length=255)
    value_folded = models.CharField(max_length=FOLDED_LENGTH)
    former = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = (
            # The value first: whoever has a number to look up may not know what kind it is.
            models.UniqueConstraint(
                fields=("value_folded", "attribute"), name="identifier_unique_within_attribute"
            ),
        )

    def __str__(self) -> str:
        return f"{self.attribute} {self.value}"


class Use(models.Model):
    """This product's document refers to that object under that key."""

    product = _product()
    kind = models.CharField(max_length=10, choices=UseKind.choices)
    target = models.CharField(max_length=511)
    key = models.CharField(max_length=255)

    class Meta:
        verbose_name = _("use")
        verbose_name_plural = _("uses")
        indexes = (models.Index(fields=("kind", "target"), name="uses_of_target"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class FilterValue(models.Model):
    """A value lists filter by, in the one column its type sorts and compares in.

    Options and records have no rows here: they are uses, and filters find them there.
    """

    product = _product()
    attribute = models.CharField(max_length=100)
    locale = models.CharField(max_length=35, blank=True)
    scope = models.CharField(max_length=100, blank=True)
    text = models.CharField(max_length=255, null=True)  # noqa: DJ001 - NULL: this row's value is a number
    number = models.DecimalField(max_digits=30, decimal_places=10, null=True)

    class Meta:
        verbose_name = _("filter value")
        verbose_name_plural = _("filter values")
        indexes = (
            models.Index(fields=("attribute", "text"), condition=_HAS_TEXT, name="filter_by_text"),
            models.Index(fields=("attribute", "number"), condition=~_HAS_TEXT, name="filter_by_number"),
        )

    def __str__(self) -> str:
        return f"{self.attribute} {self.text or self.number}"


class SearchText(models.Model):
    """What full-text search reads of a product: identifiers, and every searchable text in every language,
    in the form in which search compares (`rules.words`).

    On PostgreSQL a generated tsvector and a trigram index lie on it, on SQLite two FTS5 tables (migration
    0002_search).
    """

    product = models.OneToOneField(
        Product, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    codes = models.TextField()
    text = models.TextField()

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")

    def __str__(self) -> str:
        return self.codes
