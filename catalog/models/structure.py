"""Model structure: scopes, groups, attributes, options, reference entities, families, locations."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.constants import FOLDED_LENGTH, AttributeType, ScopeKind
from workflows.models import Revisioned, structure_history

KEY_CODE = RegexValidator(
    r"^[a-z][a-z0-9_]*$", _("Use lower-case letters, digits and underscores, starting with a letter.")
)


class Labelled(Revisioned):
    """A structure object with a label in each language."""

    labels = models.JSONField(_("labels"), default=dict, blank=True)

    class Meta:
        abstract = True

    code: str | models.CharField[str, str]

    def __str__(self) -> str:
        return self.label()

    def label(self, locale: str = "en-US") -> str:
        """Return the label in a locale, else in any, else the code."""
        return self.labels.get(locale) or next(iter(self.labels.values()), "") or str(self.code)


class Scope(Labelled):
    """A place where values may differ from base: a channel, or one of its markets.

    `locales` are BCP 47, the first is the default; `fallbacks` maps a locale to those tried after it.
    """

    code = models.CharField(_("code"), max_length=100, unique=True, validators=[KEY_CODE])
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("under"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ScopeKind.choices)
    country = models.CharField(_("country"), max_length=2, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    locales = models.JSONField(_("locales"), default=list)
    fallbacks = models.JSONField(_("fallbacks"), default=dict, blank=True)
    tax_mode = models.CharField(
        _("prices"),
        max_length=10,
        choices=(("gross", _("with tax")), ("net", _("without tax"))),
        default="gross",
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    history = structure_history()

    class Meta:
        verbose_name = _("scope")
        verbose_name_plural = _("scopes")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=ScopeKind.values), name="scope_kind_is_known"),
            models.CheckConstraint(
                condition=~Q(kind=ScopeKind.MARKET) | Q(parent__isnull=False), name="market_has_a_channel"
            ),
            models.CheckConstraint(
                condition=~Q(kind=ScopeKind.MARKET) | ~Q(currency=""), name="market_has_a_currency"
            ),
        )


class AttributeGroup(Labelled):
    """A group of attributes as screens show them together."""

    code = models.CharField(_("code"), max_length=255, unique=True)
    position = models.IntegerField(_("position"), default=0)

    history = structure_history()

    class Meta:
        verbose_name = _("attribute group")
        verbose_name_plural = _("attribute groups")
        ordering = ("position", "code")


class ReferenceEntity(Labelled):
    """A kind of thing products refer to: brand, material, designer."""

    code = models.CharField(_("code"), max_length=100, unique=True, validators=[KEY_CODE])

    history = structure_history()

    class Meta:
        verbose_name = _("reference entity")
        verbose_name_plural = _("reference entities")
        ordering = ("code",)


class Record(Labelled):
    """One thing of a reference entity."""

    entity = models.ForeignKey(ReferenceEntity, on_delete=models.PROTECT, related_name="records")
    code = models.CharField(_("code"), max_length=255)
    code_folded = models.CharField(max_length=FOLDED_LENGTH, editable=False)

    history = structure_history()

    class Meta:
        verbose_name = _("record")
        verbose_name_plural = _("records")
        ordering = ("entity", "code")
        constraints = (
            models.UniqueConstraint(fields=("entity", "code_folded"), name="record_code_unique_in_entity"),
        )

    @property
    def dirty_code(self) -> str:
        """The name under which the dirty log and uses know this record."""
        return f"{self.entity.code}/{self.code}"


class Attribute(Labelled):
    """A property products can have; its code is the first part of value keys.

    `alias` is the name under which an import knew it, where that could not be a code. `limits` holds what a
    value must respect: max_chars, min, max, decimals, negative, pattern, date_min, date_max, extensions.
    """

    code = models.CharField(_("code"), max_length=100, unique=True, validators=[KEY_CODE])
    alias = models.CharField(_("imported as"), max_length=255, blank=True)
    type = models.CharField(_("type"), max_length=20, choices=AttributeType.choices)
    group = models.ForeignKey(
        AttributeGroup,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attributes",
        verbose_name=_("group"),
    )
    position = models.IntegerField(_("position"), default=0)
    localised = models.BooleanField(_("differs by language"), default=False)
    scopable = models.BooleanField(_("differs by channel"), default=False)
    locales = models.JSONField(_("only in"), default=list, blank=True)
    measurement_family = models.CharField(_("measures"), max_length=50, blank=True)
    unit = models.CharField(_("usual unit"), max_length=30, blank=True)
    scheme = models.CharField(_("identifier scheme"), max_length=20, blank=True)
    price_kind = models.CharField(_("kind of price"), max_length=20, blank=True)
    entity = models.ForeignKey(
        ReferenceEntity,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attributes",
        verbose_name=_("refers to"),
    )
    filterable = models.BooleanField(_("lists filter by it"), default=False)
    searchable = models.BooleanField(_("search finds it"), default=False)
    limits = models.JSONField(_("limits"), default=dict, blank=True)

    history = structure_history()

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ("group__position", "position", "code")
        constraints = (
            models.CheckConstraint(
                condition=Q(type__in=AttributeType.values), name="attribute_type_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(type=AttributeType.IDENTIFIER) | Q(localised=False, scopable=False),
                name="identifiers_have_no_locale_and_no_scope",
            ),
            models.CheckConstraint(
                condition=~Q(type__in=[AttributeType.REFERENCE, AttributeType.REFERENCES])
                | Q(entity__isnull=False),
                name="references_name_their_entity",
            ),
            models.CheckConstraint(
                condition=~Q(type=AttributeType.MEASUREMENT) | ~Q(measurement_family=""),
                name="measurements_name_their_family",
            ),
        )


class Option(Labelled):
    """One choice of a select or multiselect attribute."""

    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, related_name="options")
    code = models.CharField(_("code"), max_length=255)
    code_folded = models.CharField(max_length=FOLDED_LENGTH, editable=False)
    position = models.IntegerField(_("position"), default=0)

    history = structure_history()

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ("attribute", "position", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("attribute", "code_folded"), name="option_code_unique_in_attribute"
            ),
        )

    @property
    def dirty_code(self) -> str:
        """The name under which the dirty log and uses know this option."""
        return f"{self.attribute.code}/{self.code}"


class Family(Labelled):
    """Products described by the same attributes. `attributes` lists their codes in order."""

    code = models.CharField(_("code"), max_length=255)
    code_folded = models.CharField(max_length=FOLDED_LENGTH, unique=True, editable=False)
    attributes = models.JSONField(_("attributes"), default=list)
    label_attribute = models.CharField(_("titled by"), max_length=100, blank=True)
    image_attribute = models.CharField(_("pictured by"), max_length=100, blank=True)

    history = structure_history()

    class Meta:
        verbose_name = _("family")
        verbose_name_plural = _("families")
        ordering = ("code",)


class FamilyVariant(Labelled):
    """How a family splits into variants: `levels` is a list of one or two {"axes": [...], "attributes":
    [...]}.
    """

    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="variants")
    code = models.CharField(_("code"), max_length=255)
    code_folded = models.CharField(max_length=FOLDED_LENGTH, unique=True, editable=False)
    levels = models.JSONField(_("levels"), default=list)

    history = structure_history()

    class Meta:
        verbose_name = _("family variant")
        verbose_name_plural = _("family variants")
        ordering = ("code",)


class Location(Labelled):
    """A place that holds stock: a store or a warehouse."""

    code = models.CharField(_("code"), max_length=255)
    code_folded = models.CharField(max_length=FOLDED_LENGTH, unique=True, editable=False)

    history = structure_history()

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ("code",)


class SchemaVersion(models.Model):
    """One row that grows with every change of structure, so that processes know their snapshot is old."""

    number = models.PositiveBigIntegerField(default=0)
    underived = models.JSONField(default=dict, blank=True)
    """Codes of attributes whose derived rows lag behind, each with the id of the job that sees to it."""

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="one_schema_version_row"),)

    def __str__(self) -> str:
        return str(self.number)
