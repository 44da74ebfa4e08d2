"""API keys in the admin: shown once, revoked for good, given only by those who may."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client

from channels.models import ApiKey, Channel
from workflows.models import AuditEntry

LIST = "/admin/channels/apikey/"


def test_a_key_is_shown_once_and_opens_its_channel_until_revoked(
    client: Client, google: Channel, cast: dict[str, User]
) -> None:
    client.force_login(cast["channel_manager"])

    made = client.post(f"{LIST}add/", {"channel": google.pk, "name": "Headless shop"}, follow=True)
    key = ApiKey.objects.get()
    secret = made.content.decode().split("<code>")[1].split("</code>")[0]
    address = f"/api/v1/storefront/{google.code}/products/"
    assert Client().get(address, headers={"X-Api-Key": secret}).status_code == 200
    assert secret not in client.get(LIST).content.decode()

    client.post(LIST, {"action": "revoke", "_selected_action": key.pk})

    assert Client().get(address, headers={"X-Api-Key": secret}).status_code == 401
    actions = AuditEntry.objects.filter(target_model="channels.apikey").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["apikey.create", "apikey.revoke"]


def test_others_neither_make_nor_revoke_keys(client: Client, google: Channel, cast: dict[str, User]) -> None:
    client.force_login(cast["channel_manager"])
    client.post(f"{LIST}add/", {"channel": google.pk, "name": "Headless shop"})
    key = ApiKey.objects.get()

    client.force_login(cast["merchandiser"])
    refused = client.post(f"{LIST}add/", {"channel": google.pk, "name": "Mine"})
    client.post(LIST, {"action": "revoke", "_selected_action": key.pk})

    key.refresh_from_db()
    assert refused.status_code == 403
    assert (ApiKey.objects.count(), key.revoked_at) == (1, None)


def test_a_key_without_a_name_is_refused(client: Client, google: Channel, cast: dict[str, User]) -> None:
    client.force_login(cast["channel_manager"])

    page = client.post(f"{LIST}add/", {"channel": google.pk, "name": "   "})

    assert page.status_code == 200
    assert not ApiKey.objects.exists()
