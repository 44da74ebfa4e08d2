"""Who may read a storefront: everybody where the channel is public, else holders of a key of that channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from channels.api.throttling import StorefrontThrottle
from channels.models import Channel
from channels.services.api_keys import create_key, revoke_key
from channels.services.settings import update_channel
from tests.factories.listings import publish

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
ROOT = "/api/v1/storefront"
REFUSAL = {
    "type": "about:blank",
    "title": "Unauthorized",
    "status": 401,
    "detail": "There is no open channel of this name. "
    "If it is closed, send its key as “Authorization: Api-Key …”.",
    "code": "not_authenticated",
}


@pytest.fixture(autouse=True)
def _uncounted() -> None:
    """Forget the requests of earlier tests."""
    StorefrontThrottle.forget()


@pytest.fixture
def shoe(make_good: Make) -> Any:
    """A product said on the closed channel google and on the public channel shop."""
    product = make_good(1)
    publish("google", "shop")
    return product


@pytest.fixture
def addresses(shoe: Any) -> list[str]:
    """The three reads of the closed channel."""
    return [f"{ROOT}/google/products/{rest}" for rest in ("", f"{shoe.pk}/", "by-sku/S-1/")]


def statuses(client: Client, addresses: list[str], **headers: str) -> list[int]:
    return [client.get(address, headers=headers).status_code for address in addresses]


def test_right_key_opens_a_closed_channel_in_either_header(
    client: Client, addresses: list[str], manager: User
) -> None:
    secret = create_key("google", label="Shop", actor=manager).secret

    assert statuses(client, addresses, authorization=f"Api-Key {secret}") == [200, 200, 200]
    assert statuses(client, addresses, authorization=f"api-key  {secret} ") == [200, 200, 200]
    assert statuses(client, addresses, x_api_key=secret) == [200, 200, 200]
    response = client.get(addresses[0], headers={"x-api-key": secret})
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Vary"] == "Authorization, X-Api-Key"


@pytest.mark.parametrize("given", ["nothing", "wrong", "another channel's", "revoked", "digest", "bearer"])
def test_without_the_right_key_a_closed_channel_does_not_exist(
    client: Client, addresses: list[str], manager: User, given: str
) -> None:
    other = create_key("shop", label="Shop", actor=manager).secret
    revoked = create_key("google", label="Old", actor=manager)
    revoke_key(revoked.row.pk, actor=manager)
    good = create_key("google", label="Good", actor=manager)
    sent = {
        "nothing": {},
        "wrong": {"authorization": "Api-Key ck_" + "x" * 43},
        "another channel's": {"authorization": f"Api-Key {other}"},
        "revoked": {"x-api-key": revoked.secret},
        "digest": {"x-api-key": good.row.digest},
        "bearer": {"authorization": f"Bearer {good.secret}"},
    }[given]

    for address in [*addresses, f"{ROOT}/google/products/?market=bogus", f"{ROOT}/google/products/no-id/"]:
        closed = client.get(address, headers=sent)
        missing = client.get(address.replace("/google/", "/nowhere/"), headers=sent)
        for response in (closed, missing):
            assert response.status_code == 401
            assert response["Content-Type"] == "application/problem+json"
            assert response["WWW-Authenticate"] == "Api-Key"
            assert response.json() == REFUSAL
            assert "ETag" not in response


def test_login_opens_no_closed_channel(client: Client, addresses: list[str], superuser: User) -> None:
    client.force_login(superuser)

    assert statuses(client, addresses) == [401, 401, 401]


def test_public_channel_needs_no_key_and_minds_no_wrong_one(client: Client, shoe: Any) -> None:
    address = f"{ROOT}/shop/products/{shoe.pk}/"

    assert client.get(address).status_code == 200
    assert client.get(address, headers={"x-api-key": "wrong"}).status_code == 200


def test_closing_and_revoking_hold_from_the_next_request_on(client: Client, shoe: Any, manager: User) -> None:
    shop = Channel.objects.get(code="shop")
    address = f"{ROOT}/shop/products/{shoe.pk}/"
    key = create_key("shop", label="Shop", actor=manager)
    opened = client.get(address).status_code

    update_channel(shop.pk, {"public": False}, actor=manager, reason="tests")
    closed = client.get(address).status_code
    with_key = client.get(address, headers={"x-api-key": key.secret}).status_code
    revoke_key(key.row.pk, actor=manager)
    revoked = client.get(address, headers={"x-api-key": key.secret}).status_code

    assert [opened, closed, with_key, revoked] == [200, 401, 200, 401]


def test_refusals_cost_one_query_whether_the_channel_exists_or_not(
    client: Client, addresses: list[str], django_assert_num_queries: Callable[..., Any]
) -> None:
    statuses(client, addresses)

    for address in (addresses[1], addresses[1].replace("/google/", "/nowhere/")):
        with django_assert_num_queries(1):
            client.get(address)


def test_callers_are_throttled_by_key_and_by_address(
    client: Client, addresses: list[str], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StorefrontThrottle, "per_address", 2)
    monkeypatch.setattr(StorefrontThrottle, "per_key", 3)
    one, other = (create_key("google", label=name, actor=manager).secret for name in ("one", "other"))

    by_address = [client.get(addresses[1]).status_code for _time in range(3)]
    unknown = client.get(f"{ROOT}/nowhere/products/")
    by_key = [client.get(addresses[1], headers={"x-api-key": one}).status_code for _time in range(4)]

    assert by_address == [401, 401, 429]
    assert by_key == [200, 200, 200, 429]
    assert client.get(addresses[1], headers={"x-api-key": other}).status_code == 200
    assert client.get(addresses[1], headers={"x-api-key": "wrong"}).status_code == 429
    assert unknown.status_code == 429
    assert unknown["Content-Type"] == "application/problem+json"
    assert 1 <= int(unknown["Retry-After"]) <= 60
    assert unknown.json()["code"] == "throttled"
