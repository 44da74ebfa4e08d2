"""Who may use the desk, and that it changes nothing, in permissions as on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from channels.models import Listing
from config.roles import ROLE_NAMES
from tests.factories.listings import publish
from workflows.models import AuditEntry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def addresses(make_good: Make) -> list[str]:
    """The field, what it finds, and a product."""
    product = make_good(1)
    make_good(2)
    publish("shop")
    return ["/desk/", "/desk/?q=trail", f"/desk/products/{product.pk}/"]


def test_strangers_are_asked_to_log_in(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/?next=/desk/")


@pytest.mark.parametrize("held", [(), ("view_product",), ("view_listing",), ("view_listing", "view_channel")])
def test_without_both_rights_the_desk_is_closed(
    client: Client, addresses: list[str], make_account: Make, held: tuple[str, ...]
) -> None:
    user = make_account(name="stranger")
    user.user_permissions.set(Permission.objects.filter(codename__in=held))
    client.force_login(user)

    assert [client.get(address).status_code for address in addresses] == [403, 403, 403]


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_role_may_look(client: Client, addresses: list[str], make_account: Make, role: str) -> None:
    client.force_login(make_account(role))

    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]


def test_closed_accounts_stay_out(client: Client, addresses: list[str], support: User) -> None:
    client.force_login(support)
    support.is_active = False
    support.save()

    assert client.get(addresses[0]).status_code == 302


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_but_reading_is_answered(
    client: Client, addresses: list[str], superuser: User, method: str
) -> None:
    client.force_login(superuser)
    before = (list(Listing.objects.values()), AuditEntry.objects.count())

    assert [getattr(client, method)(address).status_code for address in addresses] == [405, 405, 405]
    assert (list(Listing.objects.values()), AuditEntry.objects.count()) == before


def test_pages_hold_no_control_that_changes_anything(
    client: Client, addresses: list[str], superuser: User
) -> None:
    client.force_login(superuser)

    for address in addresses:
        page = client.get(address).content.decode()
        forms = re.findall(r"<form[^>]*>", page)
        assert len(forms) == 1
        assert 'method="get"' in forms[0]
        assert re.findall(r"<(?:textarea|select)|contenteditable|type=\"(?:file|checkbox)\"", page) == []
        assert set(re.findall(r"<input[^>]*name=\"(\w+)\"", page.replace("\n", " "))) <= {"q"}


def test_answers_are_kept_by_no_cache(client: Client, addresses: list[str], support: User) -> None:
    client.force_login(support)

    for address in addresses:
        assert "no-store" in client.get(address)["Cache-Control"]


def test_unknown_product_is_not_found(client: Client, shop: None, support: User) -> None:
    client.force_login(support)

    assert client.get("/desk/products/01a20000-0000-7000-8000-000000000000/").status_code == 404


def test_requests_are_linked_for_those_who_may_open_them(
    client: Client, addresses: list[str], support: User, make_account: Make
) -> None:
    narrow = make_account(name="narrow")
    narrow.user_permissions.set(Permission.objects.filter(codename__in=["view_product", "view_listing"]))
    links = []
    for user in (support, narrow):
        client.force_login(user)
        links.append("/admin/workflows/changerequest/" in client.get(addresses[2]).content.decode())

    assert links == [True, False]
