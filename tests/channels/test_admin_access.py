"""Who may do what on the pages of channels: grants on one channel, and nothing at all for those who look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from guardian.shortcuts import assign_perm

from channels.models import Channel, DirtyUnit, FeedRun, FieldMapping, Listing, Profile
from channels.permissions import Right
from tests.channels.test_publish import publish
from workflows.models import Job

Make = Callable[..., Any]
ADMINS = ("channel", "listing", "feedrun", "profile")


@pytest.mark.django_db
def test_grant_on_one_channel_lets_publish_that_channel_alone(
    client: Client, google: Channel, make_good: Make, make_account: Callable[..., User]
) -> None:
    make_good(1)
    partner = make_account("merchandiser", name="partner")
    shop = Channel.objects.get(code="shop")
    assign_perm(Right.PUBLISH, partner, google)
    client.force_login(partner)

    client.post(reverse("admin:channels_channel_publish", args=[shop.pk]))
    assert Job.objects.filter(kind="channels.publish").count() == 0
    client.post(reverse("admin:channels_channel_publish", args=[google.pk]))

    assert [job.params for job in Job.objects.filter(kind="channels.publish")] == [{"channel": "google"}]
    assert page_of(client, google).context["why_not_publish"] == ""
    assert page_of(client, shop).context["why_not_publish"] == "You don't have the right to publish."
    with pytest.raises(CommandError, match="You don't have the right to publish"):
        call_command("publish", "shop", user="partner")


def page_of(client: Client, channel: Channel) -> Any:
    return client.get(reverse("admin:channels_channel_change", args=[channel.pk]))


def channel_addresses() -> list[str]:
    """Every address of the admin pages of channels, with objects put in."""
    named = {
        "channel": Channel.objects.get(code="google").pk,
        "listing": Listing.objects.order_by("id")[0].pk,
        "feedrun": FeedRun.objects.latest("pk").pk,
        "profile": Profile.objects.get(code="google").pk,
    }
    pages = [("changelist", False), ("add", False), ("change", True), ("delete", True), ("history", True)]
    found = [
        reverse(f"admin:channels_{model}_{name}", args=[pk] if with_object else [])
        for model, pk in named.items()
        for name, with_object in pages
    ]
    return [
        *found,
        reverse("admin:channels_channel_publish", args=[named["channel"]]),
        reverse("admin:channels_feedrun_file", args=[named["feedrun"], "google_site_us_en-US_USD.tsv"]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["support", "merchandiser", "reviewer", "asset_manager", ""])
def test_those_who_only_look_write_nothing_at_any_address(
    client: Client, google: Channel, make_good: Make, make_account: Callable[..., User], role: str
) -> None:
    make_good(1)
    publish()
    client.force_login(make_account(role, name="somebody"))
    models = (Channel, Channel.history, FieldMapping, Listing, FeedRun, Profile, Job, DirtyUnit)
    before = [list(getattr(model, "objects", model).order_by("pk").values()) for model in models]
    form = {"label": "Taken", "link_pattern": "", "hold_days": "1", "reason": "x", "post": "yes"}

    for address in channel_addresses():
        response = client.post(address, {**form, "action": "delete_selected", "_save": "Save"})
        is_page = address.endswith((".tsv", "/history/", *(f"/{model}/" for model in ADMINS)))
        assert response.status_code in ({200, 403} if is_page else {302, 403, 405}), address

    assert before == [list(getattr(model, "objects", model).order_by("pk").values()) for model in models]
