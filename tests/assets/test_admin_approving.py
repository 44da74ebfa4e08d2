"""Approving in the admin: what was seen, by somebody else, with the right to."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assets.models import Asset
from tests.factories.assets import make_asset, picture

pytestmark = pytest.mark.django_db

LIST = "/admin/assets/asset/"
APPROVE = "/admin/assets/asset/approve/"


def page(asset: Asset) -> str:
    return reverse("admin:assets_asset_change", args=(asset.pk,))


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def state() -> list[Any]:
    return list(Asset.objects.values_list("code", "revision", "current__number", "versions__approved_by"))


def test_the_version_that_was_seen_is_approved(client: Client, adder: User, approver: User) -> None:
    asset = make_asset(actor=adder)
    make_asset(content=picture("red"), actor=adder)
    client.force_login(approver)

    response = client.post(APPROVE, {"seen": f"{asset.pk}:1"}, follow=True)

    assert messages_of(response) == ["1 version was approved."]
    assert response.redirect_chain == [(page(asset), 302)]
    asset.refresh_from_db()
    assert asset.current.number == 1


def test_chosen_assets_are_looked_at_before_they_are_approved(
    client: Client, adder: User, approver: User
) -> None:
    waiting = [make_asset(f"{number}.png", actor=adder) for number in range(2)]
    done = make_asset("done.png", actor=adder, approver=approver)
    client.force_login(approver)

    chosen = {"action": "approve_selected", "_selected_action": [asset.pk for asset in (*waiting, done)]}
    html = client.post(LIST, chosen).content.decode()
    assert Asset.objects.filter(current__isnull=False).count() == 1
    seen = [f"{asset.pk}:1" for asset in waiting]
    response = client.post(APPROVE, {"seen": seen}, follow=True)

    assert all(f'value="{pair}"' in html for pair in seen)
    assert f'value="{done.pk}:1"' not in html
    assert "The newest version is approved." in html
    assert messages_of(response) == ["2 versions were approved."]
    assert Asset.objects.filter(current__isnull=True).count() == 0


def test_the_approval_page_takes_constant_queries(client: Client, adder: User, approver: User) -> None:
    assets = [make_asset(f"{number}.png", actor=adder) for number in range(12)]
    client.force_login(approver)

    def queries(count: int) -> int:
        chosen = {"action": "approve_selected", "_selected_action": [asset.pk for asset in assets[:count]]}
        with CaptureQueriesContext(connection) as captured:
            assert client.post(LIST, chosen).status_code == 200
        return len(captured)

    assert queries(2) == queries(12)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("viewer", "You need the right to approve assets."),
        ("adder", "You need the right to approve assets."),
        ("superuser", "shoe.png: Who added a version cannot approve it. Ask a colleague."),
    ],
)
def test_who_may_not_approve_is_told_and_changes_nothing(
    who: str, said: str, client: Client, adder: User, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)
    asset = make_asset(actor=person if who == "superuser" else adder)
    client.force_login(person)
    before = state()

    response = client.post(APPROVE, {"seen": f"{asset.pk}:1"}, follow=True)

    assert messages_of(response) == [said]
    assert state() == before


def test_the_page_says_why_its_button_is_disabled(client: Client, adder: User, viewer: User) -> None:
    asset = make_asset(actor=adder)

    client.force_login(adder)
    own = client.get(page(asset)).content.decode()
    client.force_login(viewer)
    others = client.get(page(asset)).content.decode()

    assert "You added this version, so a colleague approves it." in own
    assert "You need the right to approve assets." in others
    assert "You need the right to change assets." in others
    assert "multipart/form-data" not in others
