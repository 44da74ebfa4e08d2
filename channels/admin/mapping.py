"""The mapping of a channel: each field with its source, examples and faults; changing one after a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.selectors import Description, describe_products
from catalog.services.schema import Schema, current_schema
from channels.admin.mapping_form import MappingForm, as_sent
from channels.admin.presenting import ShownValue, place_name, shown_body, source_text
from channels.models import Channel
from channels.permissions import may_edit_channels, may_publish
from channels.rules.spec import FieldSpec, ProfileSpec, RuleSpec, Source
from channels.selectors import Sentence, TopReason, sentence_of
from channels.services.examples import Example, choose_examples, choose_place, examples_of
from channels.services.plans import ChannelPlan, own_sources
from channels.services.profiles import profile_with_parents
from channels.services.publish import plan_of
from channels.services.settings import map_field
from workflows.admin.base import DomainErrorGate
from workflows.exceptions import ConcordError, Invalid


@dataclass(frozen=True)
class MappingRow:
    """One target field: where it comes from, what it says of the examples, its rules, what is broken."""

    field: FieldSpec
    text: str
    own: bool
    values: list[ShownValue | None]
    rules: list[RuleSpec]
    broken: list[TopReason]

    @property
    def is_filled(self) -> bool:
        """Whether the row says more than that nothing fills the field."""
        return bool(self.text or self.broken)


@dataclass(frozen=True)
class MappingTable:
    """A channel's mapping: the products that its columns show, on which market and language, and its rows.

    `problem` says why there are no examples, empty when there are.
    """

    products: list[Description]
    place: str
    problem: str
    rows: list[MappingRow]

    @property
    def filled(self) -> list[MappingRow]:
        """The rows worth a line."""
        return [row for row in self.rows if row.is_filled]

    @property
    def unfilled(self) -> list[FieldSpec]:
        """The fields that nothing fills and no listing lacks."""
        return [row.field for row in self.rows if not row.is_filled]


@dataclass(frozen=True)
class Trial:
    """What a source would do to one product: the field before and after, rules newly broken and mended."""

    product: Description
    before: ShownValue | None
    after: ShownValue | None
    broken: list[Sentence]
    mended: list[Sentence]
    still: list[Sentence]


def mapping_table(
    channel: Channel, spec: ProfileSpec, schema: Schema, *, reasons: Sequence[TopReason], with_examples: bool
) -> MappingTable:
    """Return the mapping of a channel in the profile's order; some forty queries with examples, else one."""
    own = own_sources(channel)
    examples: list[Example] = []
    place = problem = ""
    if with_examples:
        try:
            examples, place = _examples(plan_of(channel))
            problem = "" if examples else _("There is no product yet to show examples of.")
        except Invalid as error:
            problem = str(error)
    products = describe_products({one.product_id for one in examples}, schema)
    rows = [
        MappingRow(
            field,
            source_text(own.get(field.name) or field.source, schema),
            field.name in own,
            [_shown(field, one) for one in examples],
            [rule for rule in spec.rules.values() if rule.field == field.name],
            [reason for reason in reasons if reason.field == field.name],
        )
        for field in spec.fields.values()
        if field.sent
    ]
    return MappingTable([products[one.product_id] for one in examples], place, problem, rows)


def _examples(plan: ChannelPlan) -> tuple[list[Example], str]:
    """Return what some products say in the language of whoever looks, and the name of the place."""
    place = choose_place(plan, _language())
    if place is None:
        return [], ""
    examples = examples_of(plan, place, choose_examples(plan, place), timezone.now())
    return examples, place_name(plan.schema, place.market, place.locale)


def try_source(
    channel: Channel, target: FieldSpec, own: Mapping[str, Source], source: Source | None, schema: Schema
) -> tuple[list[Trial], str]:
    """Return what a source (None: the profile's) would do to three products, and where; writes nothing.

    Raises `Invalid` when the profile can't take the source. Some fifty queries.
    """
    wanted = {name: one for name, one in own.items() if name != target.name}
    if source is not None:
        wanted[target.name] = source
    plan, planned = plan_of(channel), plan_of(channel, wanted)
    place = choose_place(plan, _language())
    if place is None:
        return [], ""
    moment, chosen = timezone.now(), choose_examples(plan, place)
    before = examples_of(plan, place, chosen, moment)
    after = examples_of(planned, place, chosen, moment)
    products = describe_products(set(chosen), schema)
    trials = [
        _trial(target, products[old.product_id], old, new) for old, new in zip(before, after, strict=True)
    ]
    return trials, place_name(schema, place.market, place.locale)


def _trial(target: FieldSpec, product: Description, old: Example, new: Example) -> Trial:
    had = {reason.rule.id for reason in old.reasons}
    has = {reason.rule.id for reason in new.reasons}
    return Trial(
        product,
        _shown(target, old),
        _shown(target, new),
        [sentence_of(reason) for reason in new.reasons if reason.rule.id not in had],
        [sentence_of(reason) for reason in old.reasons if reason.rule.id not in has],
        [
            sentence_of(reason)
            for reason in new.reasons
            if reason.rule.id in had and reason.rule.field == target.name
        ],
    )


def _shown(field: FieldSpec, example: Example) -> ShownValue | None:
    if field.name not in example.values:
        return None
    return shown_body({field.name: example.values[field.name]}, {field.name: field})[0]


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


class MappingViews(DomainErrorGate):
    """The page on which the source of one field is changed."""

    def get_urls(self) -> list[URLPattern]:
        """Add the address of one field's source."""
        view = self.admin_site.admin_view(self.mapping_view)
        return [
            path("<int:pk>/mapping/<str:field>/", view, name="channels_channel_mapping"),
            *super().get_urls(),
        ]

    def mapping_view(self, request: HttpRequest, pk: int, field: str) -> HttpResponse:
        """Show the source of a field; on POST show what another would do, and save it once that was seen."""
        channel = get_object_or_404(Channel.objects.select_related("profile", "scope"), pk=pk)
        answer = may_edit_channels(request.user)
        if not answer:
            raise PermissionDenied(answer.reason)
        target = profile_with_parents(channel.profile.code)[0].fields.get(field)
        if target is None or not target.sent or target.joined:
            raise Http404(_("This channel's profile has no such field to map."))
        schema, own = current_schema(), own_sources(channel)
        form = MappingForm(
            request.POST or None,
            target=target,
            own=own.get(field),
            revision=channel.revision,
            schema=schema,
        )
        looked: dict[str, Any] = {}
        if form.is_valid():
            source, saving = form.source(), "save" in request.POST
            has_looked = form.cleaned_data["looked_at"] == as_sent(source)
            if saving and has_looked and _save(form, channel, target, source, actor=request.user):
                return HttpResponseRedirect(f"{self._page('change', pk)}?mapped={field}#mapping")
            looked = _look(form, channel, target, source, own, schema)
            looked["changed_since"] = saving and not has_looked
        context = {
            **self.admin_site.each_context(request),
            "title": _("Where %(field)s comes from") % {"field": target.label},
            "opts": self.opts,
            "media": self.media,
            "channel": channel,
            "target": target,
            "form": form,
            "now": source_text(own.get(field) or target.source, schema),
            "default": source_text(target.source, schema),
            **looked,
        }
        return TemplateResponse(request, "admin/channels/channel/mapping.html", context)


def _save(
    form: MappingForm, channel: Channel, target: FieldSpec, source: Source | None, *, actor: Any
) -> bool:
    """Hand a source to the service; what it refuses stands on the form, and False is returned."""
    given = form.cleaned_data
    if not given["reason"]:
        form.add_error("reason", _("Say why; it stands in the history beside your name."))
        return False
    try:
        map_field(
            channel.pk,
            target.name,
            source,
            actor=actor,
            reason=given["reason"],
            revision=given["seen_revision"],
        )
    except Invalid as error:
        for fault in error.errors:
            form.add_error("way", fault.detail)
        return False
    except ConcordError as error:
        form.add_error(None, str(error))
        return False
    return True


def _look(
    form: MappingForm,
    channel: Channel,
    target: FieldSpec,
    source: Source | None,
    own: Mapping[str, Source],
    schema: Schema,
) -> dict[str, Any]:
    """Return what the page shows of a source's effect; a source that can't be used is said on the form."""
    try:
        trials, place = try_source(channel, target, own, source, schema)
    except Invalid as error:
        form.add_error("way", str(error))
        return {}
    return {
        "trials": trials,
        "place": place,
        "looked_at": as_sent(source),
        "would": source_text(source or target.source, schema),
    }


def saved_note(request: HttpRequest, channel: Channel, table: MappingTable) -> dict[str, Any] | None:
    """Return what to say of the field that was just mapped (`?mapped=`), None when there is none."""
    named = request.GET.get("mapped", "")
    row = next((row for row in table.rows if row.field.name == named), None)
    if row is None:
        return None
    return {
        "row": row,
        "preview_url": reverse("admin:channels_channel_preview", args=[channel.pk])
        if may_publish(request.user, channel)
        else "",
    }
