"""Mapping a field on the screen: looked at first, through the settings service, no lost update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from channels.models import Channel, FieldMapping
from channels.rules.spec import Source
from channels.services.settings import describe, map_field, update_channel
from tests.channels.conftest import GOOGLE
from tests.factories.listings import publish
from workflows.exceptions import Invalid, NotAllowed, StaleRevision
from workflows.models import Job

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MAPPING: dict[str, Any] = GOOGLE["mapping"]  # type: ignore[assignment]


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    """A browser in which the channel manager is logged in."""
    client.force_login(manager)
    return client


def source_page(channel: Channel, field: str) -> str:
    return reverse("admin:channels_channel_mapping", args=[channel.pk, field])


def channel_page(channel: Channel) -> str:
    return reverse("admin:channels_channel_change", args=[channel.pk])


def look(page: Client, channel: Channel, field: str, **typed: Any) -> Any:
    """Show what a source would do."""
    return page.post(source_page(channel, field), {"seen_revision": channel.revision, **typed, "look": "1"})


def save(page: Client, channel: Channel, field: str, *, reason: str = "better", **typed: Any) -> Any:
    """Show what a source would do, then save it."""
    seen = look(page, channel, field, **typed).context.get("looked_at", "")
    sent = {"seen_revision": channel.revision, **typed, "looked_at": seen, "reason": reason, "save": "1"}
    return page.post(source_page(channel, field), sent)


def stored(channel: Channel) -> tuple[Any, ...]:
    """Everything that mapping a field writes."""
    channel.refresh_from_db()
    counts = (FieldMapping.history.count(), Channel.history.count())
    return (describe(channel)["mapping"], channel.revision, *counts)


def test_service_maps_one_field_and_leaves_the_others(google: Channel, manager: User) -> None:
    source = Source(attributes=("colour", "name"))

    changed = map_field(google.pk, "color", source, actor=manager, reason="two words", revision=1)

    assert changed.revision == 2
    assert describe(changed)["mapping"] == {**MAPPING, "color": {"attributes": ["colour", "name"]}}
    row = FieldMapping.history.latest()
    assert (row.field, row.history_type, row.history_user) == ("color", "+", manager)
    assert row.history_change_reason == "two words"


def test_service_gives_a_field_back_to_its_profile(google: Channel, manager: User) -> None:
    changed = map_field(google.pk, "gender", None, actor=manager, reason="as the profile says")

    assert describe(changed)["mapping"] == {k: v for k, v in MAPPING.items() if k != "gender"}
    assert FieldMapping.history.latest().history_type == "-"


def test_service_that_maps_what_is_already_so_writes_nothing(google: Channel, manager: User) -> None:
    before = stored(google)

    map_field(google.pk, "size", Source(constant="42"), actor=manager, reason="again", revision=1)

    assert stored(google) == before


@pytest.mark.parametrize(
    ("field", "source", "revision", "error"),
    [
        ("color", Source(constant="red"), 7, StaleRevision),
        ("condition", Source(builtin="pictures"), 1, Invalid),
        ("titel", Source(constant="x"), 1, Invalid),
    ],
)
def test_service_refuses_and_nothing_changes(
    google: Channel, manager: User, field: str, source: Source, revision: int, error: type[Exception]
) -> None:
    before = stored(google)

    with pytest.raises(error):
        map_field(google.pk, field, source, actor=manager, reason="x", revision=revision)

    assert stored(google) == before


def test_service_needs_the_right_to_change_channels(google: Channel, support: User) -> None:
    before = stored(google)

    with pytest.raises(NotAllowed):
        map_field(google.pk, "color", Source(constant="red"), actor=support, reason="x")

    assert stored(google) == before


@pytest.mark.parametrize(
    ("field", "typed", "source"),
    [
        (
            "color",
            {"way": "attributes", "attributes": ["name", "", "colour"]},
            {"attributes": ["name", "colour"]},
        ),
        ("color", {"way": "constant", "constant": "red"}, {"constant": "red"}),
        ("color", {"way": "families", "family-shoes": "red"}, {"constant_by_family": {"shoes": "red"}}),
        ("color", {"way": "builtin", "builtin": "sku"}, {"builtin": "sku"}),
        (
            "additional_image_link",
            {"way": "builtin", "builtin": "pictures", "of": ["picture"], "limit": "4"},
            {"builtin": "pictures", "attributes": ["picture"], "limit": 4},
        ),
        ("gender", {"way": "default"}, None),
    ],
)  # fmt: skip
def test_each_way_is_saved_in_the_form_of_the_file(
    page: Client, google: Channel, make_good: Make, field: str, typed: dict[str, Any], source: Any
) -> None:
    make_good(1)

    answer = save(page, google, field, **typed)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{channel_page(google)}?mapped={field}#mapping"
    mapping, revision, *_counts = stored(google)
    assert (mapping.get(field), revision) == (source, 2)
    assert {k: v for k, v in mapping.items() if k != field} == {
        k: v for k, v in MAPPING.items() if k != field
    }
    assert FieldMapping.history.latest().history_change_reason == "better"
    form = page.get(source_page(google, field)).context["form"]
    for name, value in typed.items():
        shown = [one for one in value if one] if isinstance(value, list) else value
        found = form[name].initial
        assert (list(found) if isinstance(value, list) else str(found)) == shown, name


def test_look_shows_before_and_after_and_writes_nothing(
    page: Client, google: Channel, make_good: Make
) -> None:
    make_good(1)
    make_good(2, **{"name:en-US": "Fell Glider"})
    publish("google")
    before = stored(google)

    answer = look(page, google, "title", way="attributes", attributes=["colour"])

    shown = [(one.before.texts, one.after.texts) for one in answer.context["trials"]]
    assert shown == [(("Trail Runner 2",), ("Red",)), (("Fell Glider",), ("Red",))]
    assert answer.context["would"] == "colour"
    assert stored(google) == before


def test_look_names_rules_that_break_and_those_that_are_mended(
    page: Client, google: Channel, manager: User, make_good: Make
) -> None:
    make_good(1)

    broken = look(page, google, "title", way="constant", constant="x" * 151).context["trials"]
    map_field(google.pk, "title", Source(constant="x" * 151), actor=manager, reason="too long")
    google.refresh_from_db()
    mended = look(page, google, "title", way="default").context["trials"]

    sentence = "The title is 151 characters long; 150 are allowed."
    assert [[one.text for one in trial.broken] for trial in broken] == [[sentence]]
    assert [[one.text for one in trial.mended] for trial in mended] == [[sentence]]


def test_nothing_is_saved_that_was_not_looked_at(page: Client, google: Channel, make_good: Make) -> None:
    make_good(1)
    before = stored(google)
    seen = look(page, google, "color", way="constant", constant="red").context["looked_at"]

    sent = {"seen_revision": 1, "way": "constant", "constant": "blue", "looked_at": seen, "reason": "x"}
    answer = page.post(source_page(google, "color"), {**sent, "save": "1"})

    assert "You changed the source since you looked." in answer.content.decode()
    assert [one.after.texts for one in answer.context["trials"]] == [("blue",)]
    assert stored(google) == before


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({}, "way", "Choose where the field comes from."),
        ({"way": "attributes"}, "attributes", "Choose at least one attribute."),
        ({"way": "constant"}, "constant", "Type what the field says."),
        ({"way": "families"}, "way", "Type what the field says for at least one family."),
        ({"way": "builtin"}, "builtin", "Choose what is built in."),
        (
            {"way": "builtin", "builtin": "sku", "of": ["name"]},
            "of",
            "Only pictures and prices are looked for in attributes; empty these.",
        ),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    page: Client, google: Channel, typed: dict[str, Any], name: str, sentence: str
) -> None:
    answer = look(page, google, "color", **typed)

    assert answer.context["form"].errors == {name: [sentence]}
    assert sentence in answer.content.decode()


def test_reason_is_asked_for_when_saving_and_what_was_typed_stays(page: Client, google: Channel) -> None:
    before = stored(google)

    answer = save(page, google, "color", reason="", way="constant", constant="crimson")

    assert answer.context["form"].errors == {
        "reason": ["Say why; it stands in the history beside your name."]
    }
    assert 'value="crimson"' in answer.content.decode()
    assert stored(google) == before


def test_change_of_somebody_else_is_not_overwritten(page: Client, google: Channel, manager: User) -> None:
    meanwhile = Channel.objects.get(pk=google.pk)
    map_field(meanwhile.pk, "color", Source(constant="blue"), actor=manager, reason="meanwhile")

    answer = save(page, google, "color", way="constant", constant="crimson")

    text = answer.content.decode()
    assert "Somebody changed this channel while you did." in text
    assert 'value="crimson"' in text
    mapping, revision, *_counts = stored(google)
    assert (mapping["color"], revision) == ({"constant": "blue"}, 2)


def test_built_in_that_the_field_cannot_hold_is_not_offered(page: Client, google: Channel) -> None:
    form = page.get(source_page(google, "condition")).context["form"]

    offered = {name for name, _label in form.fields["builtin"].choices}
    assert "sku" in offered
    assert not offered & {"pictures", "additional_pictures", "category_paths", "variant_axes", "availability"}
    answer = look(page, google, "condition", way="builtin", builtin="pictures")
    assert list(answer.context["form"].errors) == ["builtin"]


@pytest.mark.parametrize("field", ["availability", "titel"])
def test_field_that_cannot_be_mapped_has_no_page(page: Client, google: Channel, field: str) -> None:
    assert page.get(source_page(google, field)).status_code == 404


def test_attribute_that_is_gone_stays_chosen(page: Client, google: Channel, manager: User) -> None:
    map_field(google.pk, "color", Source(attributes=("hue", "colour")), actor=manager, reason="x")
    google.refresh_from_db()

    answer = page.get(source_page(google, "color"))

    assert '<option value="hue" selected>hue</option>' in answer.content.decode()
    assert save(page, google, "color", way="attributes", attributes=["hue", "colour"]).status_code == 302
    assert stored(google)[1] == 2


def test_table_shows_sources_examples_and_what_is_broken(
    page: Client, google: Channel, make_good: Make
) -> None:
    make_good(1)
    make_good(2, **{"name:en-US": "x" * 151})
    publish("google")

    table = page.get(channel_page(google)).context["mapping"]

    row = next(row for row in table.rows if row.field.name == "title")
    assert (row.text, row.own, [value.texts for value in row.values]) == (
        "Name", True, [("Trail Runner 2",), ("x" * 151,)],
    )  # fmt: skip
    assert [(reason.text, reason.count) for reason in row.broken] == [
        ("The title is 151 characters long; 150 are allowed.", 1)
    ]
    assert "Mobile landing page" in [field.label for field in table.unfilled]


def test_table_of_a_channel_never_published_shows_products_of_its_assortment(
    page: Client, google: Channel, manager: User, make_good: Make
) -> None:
    for number in range(5):
        make_good(number)
    update_channel(google.pk, {"assortment": {"exclude": ["S-0"]}}, actor=manager, reason="x")

    table = page.get(channel_page(google)).context["mapping"]

    row = next(row for row in table.rows if row.field.name == "id")
    assert [value.texts for value in row.values] == [("S-1",), ("S-2",), ("S-3",)]


def test_after_saving_the_page_leads_to_the_count_for_the_whole_catalogue(
    page: Client, google: Channel, make_good: Make
) -> None:
    make_good(1)

    text = page.get(save(page, google, "color", way="constant", constant="red").headers["Location"]).content

    assert "Colour now comes from: always “red”." in text.decode()
    page.post(reverse("admin:channels_channel_preview", args=[google.pk]))
    assert Job.objects.filter(kind="channels.preview").count() == 1


@pytest.mark.parametrize("role", ["support", "merchandiser", "reviewer", "asset_manager", "", "anonymous"])
def test_those_who_may_not_change_the_channel_map_nothing(
    client: Client, google: Channel, make_account: Callable[..., User], role: str
) -> None:
    before = stored(google)
    if role != "anonymous":
        client.force_login(make_account(role, name="somebody"))
    sent = {"seen_revision": 1, "way": "constant", "constant": "red", "looked_at": '{"constant": "red"}'}

    for answer in (
        client.get(source_page(google, "color")),
        client.post(source_page(google, "color"), {**sent, "reason": "x", "save": "1"}),
    ):
        assert answer.status_code == (302 if role == "anonymous" else 403)

    assert stored(google) == before


def test_reader_sees_the_table_without_a_way_to_change_it(
    client: Client, google: Channel, support: User, make_good: Make
) -> None:
    make_good(1)
    client.force_login(support)

    answer = client.get(channel_page(google))

    assert len(answer.context["mapping"].products) == 1
    assert "/mapping/" not in answer.content.decode()
