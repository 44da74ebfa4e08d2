"""Making and changing a channel on the screen: one service, errors beside the fields, no lost update."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from channels.models import Channel
from channels.services.settings import create_channel, describe, update_channel
from workflows.exceptions import Conflict, Invalid, NotAllowed, StaleRevision

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    """A browser in which the channel manager is logged in."""
    client.force_login(manager)
    return client


def change_page(channel: Channel) -> str:
    return reverse("admin:channels_channel_change", args=[channel.pk])


def sent(channel: Channel, **over: Any) -> dict[str, Any]:
    """What the page sends when nothing but `over` was touched."""
    return {
        "label": channel.label,
        "scope": channel.scope_id,
        "profile": channel.profile_id,
        "link_pattern": channel.link_pattern,
        "allow_demo_identifiers": "on",
        "hold_days": channel.hold_days,
        "states": ["active", "phase_out"],
        "seen_revision": channel.revision,
        "reason": "clearer name",
        **over,
    }


def test_saving_passes_the_service_with_the_reason(page: Client, google: Channel) -> None:
    before = describe(google)

    answer = page.post(change_page(google), sent(google, label="Google Shopping", hold_days=5))

    assert answer.status_code == 302
    google.refresh_from_db()
    assert describe(google) == {**before, "label": "Google Shopping", "hold_days": 5}
    assert google.revision == 2
    assert Channel.history.latest().history_change_reason == "clearer name"


def test_saving_what_is_already_so_writes_nothing(page: Client, google: Channel) -> None:
    page.post(change_page(google), sent(google))

    google.refresh_from_db()
    assert google.revision == 1


def test_assortment_is_chosen_and_shown_again(page: Client, google: Channel) -> None:
    over = {"states": ["active"], "families": ["shoes"], "categories": ["running"], "exclude": "S-1\n\n S-2 "}

    page.post(change_page(google), sent(google, **over))

    google.refresh_from_db()
    assert google.assortment == {
        "states": ["active"],
        "families": ["shoes"],
        "categories": ["running"],
        "exclude": ["S-1", "S-2"],
    }
    form = page.get(change_page(google)).context["adminform"].form
    assert [form[name].initial for name in ("states", "families", "exclude")] == [
        ["active"], ["shoes"], "S-1\nS-2",
    ]  # fmt: skip


def test_bad_link_pattern_is_said_beside_its_field_and_nothing_is_saved(
    page: Client, google: Channel
) -> None:
    answer = page.post(change_page(google), sent(google, label="G", link_pattern="https://shop.example/"))

    assert answer.status_code == 200
    (sentence,) = answer.context["adminform"].form.errors["link_pattern"]
    assert "each item lands on its own page" in sentence
    google.refresh_from_db()
    assert (google.label, google.revision) == ("Google", 1)


def test_change_of_somebody_else_is_not_overwritten(page: Client, google: Channel, manager: User) -> None:
    update_channel(google.pk, {"hold_days": 3}, actor=manager, reason="meanwhile")

    answer = page.post(change_page(google), sent(google, label="Mine"))

    assert "Somebody changed this channel while you did." in answer.content.decode()
    google.refresh_from_db()
    assert (google.label, google.hold_days, google.revision) == ("Google", 3, 2)
    with pytest.raises(StaleRevision):
        update_channel(google.pk, {"label": "Mine"}, actor=manager, reason="mine", revision=1)


def test_channel_is_made_on_the_screen(page: Client, google: Channel) -> None:
    form = sent(google, code="second", label="Second", seen_revision="")

    answer = page.post(reverse("admin:channels_channel_add"), form)

    assert answer.status_code == 302
    made = Channel.objects.get(code="second")
    assert describe(made) == {**describe(google), "code": "second", "label": "Second", "mapping": {}}
    assert Channel.history.filter(code="second").get().history_change_reason == "clearer name"


def test_code_that_is_taken_makes_and_changes_nothing(page: Client, google: Channel, manager: User) -> None:
    answer = page.post(reverse("admin:channels_channel_add"), sent(google, code="google", label="Other"))

    assert answer.context["adminform"].form.errors["code"]
    with pytest.raises(Conflict, match="There is a channel google already"):
        create_channel({**describe(google), "label": "Other"}, actor=manager, reason="again")
    google.refresh_from_db()
    assert google.label == "Google"


def test_those_who_only_look_are_shown_a_sentence_and_change_nothing(
    client: Client, google: Channel, support: User
) -> None:
    client.force_login(support)

    text = client.get(change_page(google)).content.decode()

    assert "Products in the states Active, Phase-out." in text
    assert client.post(change_page(google), sent(google, label="Mine")).status_code == 403
    assert client.get(reverse("admin:channels_channel_add")).status_code == 403
    with pytest.raises(NotAllowed):
        create_channel({**describe(google), "code": "x"}, actor=support, reason="x")


def test_service_names_every_fault(google: Channel, manager: User) -> None:
    with pytest.raises(Invalid) as caught:
        create_channel({"code": "x", "scope": "nowhere", "profile": "none"}, actor=manager, reason="x")

    assert [error.path for error in caught.value.errors] == ["x.scope", "x.profile"]
    assert not Channel.objects.filter(code="x").exists()
