"""Comparing two revisions of a product, and proposing to take back what changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Product
from tests.factories.assets import make_asset
from tests.factories.catalog import edit_product, make_product
from workflows.models import ChangeRequest

pytestmark = pytest.mark.usefixtures("structure")


@pytest.fixture
def shoe() -> Product:
    """A product with three revisions."""
    product = make_product("TR-1", **{"name:en-US": "Trail Runner", "colour": "red", "tags": ["new"]})
    edit_product(product.pk, {"name:en-US": "Trail Runner 2", "colour": "blue"})
    return edit_product(product.pk, {"tags": ["new", "sale"], "waterproof": True})


def address(product: Product, query: str = "") -> str:
    return f"/admin/catalog/product/{product.pk}/compare/{query}"


def rows(answer: Any) -> list[str]:
    return sorted(row.key for row in answer.context["comparison"].rows)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(
    ("query", "between", "keys"),
    [
        ("", (2, 3), ["tags", "waterproof"]),
        ("?to=2", (1, 2), ["colour", "name:en-US"]),
        ("?from=1&to=3", (1, 3), ["colour", "tags", "waterproof", "name:en-US"]),
        ("?from=3&to=1", (1, 3), ["colour", "tags", "waterproof", "name:en-US"]),
        ("?from=2&to=2", (2, 2), []),
    ],
)
def test_the_address_names_two_revisions(
    query: str, between: tuple[int, int], keys: list[str], client: Client, shoe: Product, support: User
) -> None:
    client.force_login(support)

    answer = client.get(address(shoe, query))

    comparison = answer.context["comparison"]
    assert (comparison.earlier.number, comparison.later.number) == between
    assert rows(answer) == sorted(keys)


def test_a_date_means_what_held_at_its_end(client: Client, shoe: Product, support: User) -> None:
    history = Product.history.filter(id=shoe.pk)
    for revision, days in ((1, 20), (2, 10)):
        history.filter(revision=revision).update(history_date=timezone.now() - timedelta(days=days))
    client.force_login(support)
    day = (timezone.now() - timedelta(days=15)).date().isoformat()

    answer = client.get(address(shoe, f"?from={day}"))
    early = client.get(address(shoe, "?from=2000-01-01"))

    assert answer.context["comparison"].earlier.number == 1
    assert early.context["comparison"].problem.startswith("The product did not exist on 2000-01-01")


@pytest.mark.parametrize("query", ["?to=99", "?from=soon", "?from=2026-13-45", "?from=0"])
def test_what_names_no_revision_is_said(query: str, client: Client, shoe: Product, support: User) -> None:
    client.force_login(support)

    answer = client.get(address(shoe, query))

    assert answer.status_code == 200
    assert answer.context["comparison"].problem


def test_texts_are_compared_by_word_and_tell_who_and_why(
    client: Client, shoe: Product, support: User
) -> None:
    client.force_login(support)

    text = client.get(address(shoe, "?to=2")).content.decode()

    assert "Trail Runner<ins> 2</ins>" in text
    assert "<del>Red</del><ins>blue</ins>" in text
    for words in ("maker", "checker", "tests"):
        assert words in text, words
    assert 'type="checkbox" name="key"' not in text


def test_unchanged_values_are_shown_on_demand(client: Client, shoe: Product, support: User) -> None:
    client.force_login(support)

    answer = client.get(address(shoe, "?to=2&all=1"))

    shown = {row.key: row.changed for row in answer.context["comparison"].rows}
    assert shown["name:en-US"] is True
    assert shown["sku"] is False
    assert answer.context["comparison"].changed == 2


def test_pictures_are_compared_as_pictures(client: Client, support: User, superuser: User) -> None:
    old, new = make_asset("old.png", actor=superuser), make_asset("new.png", actor=superuser)
    product = make_product("TR-1", picture=old.code)
    edit_product(product.pk, {"picture": new.code})
    client.force_login(support)

    answer = client.get(address(product))

    (row,) = answer.context["comparison"].rows
    assert [(one.picture.code, one.sign) for one in row.pictures] == [
        ("old.png", "removed"),
        ("new.png", "added"),
    ]


def test_ticked_values_become_a_proposal_to_take_them_back(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    answer = client.post(
        address(shoe, "?to=2"), {"from": "1", "to": "2", "key": ["colour"], "reason": "wrong colour"}
    )

    request = ChangeRequest.objects.latest("pk")
    assert (answer.status_code, answer.headers["Location"]) == (302, address(shoe, "?to=2"))
    assert request.changes.get().patch == {"colour": "red"}
    assert (request.title, request.reason) == ("Take back TR-1, revision 2 to 1", "wrong colour")
    assert Product.objects.get(pk=shoe.pk).document["colour"] == "blue"


def test_what_was_not_there_before_is_taken_away(client: Client, shoe: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)

    client.post(address(shoe), {"from": "2", "to": "3", "key": ["waterproof", "tags"]})

    assert ChangeRequest.objects.latest("pk").changes.get().patch == {"waterproof": None, "tags": ["new"]}


def test_what_was_edited_again_is_not_overwritten(client: Client, shoe: Product, merchandiser: User) -> None:
    edit_product(shoe.pk, {"name:en-US": "Trail Runner 3"})
    before = ChangeRequest.objects.count()
    client.force_login(merchandiser)

    answer = client.post(address(shoe), {"from": "1", "to": "2", "key": ["colour", "name:en-US"]})

    assert "changed again after revision 2" in said(answer)[0]
    assert ChangeRequest.objects.count() == before


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"from": "1", "to": "2"}, "Tick what you want to take back."),
        ({"from": "1", "to": "2", "key": "tags"}, "Tick what you want to take back."),
        ({"from": "1", "to": "9", "key": "colour"}, "There is no such revision of this product."),
        ({}, "There is no such revision of this product."),
    ],
)
def test_a_senseless_request_is_refused_with_a_sentence(
    sent: dict[str, str], words: str, client: Client, shoe: Product, merchandiser: User
) -> None:
    before = ChangeRequest.objects.count()
    client.force_login(merchandiser)

    answer = client.post(address(shoe), sent)

    assert (answer.status_code, said(answer)) == (302, [words])
    assert ChangeRequest.objects.count() == before


def test_who_only_looks_takes_nothing_back(client: Client, shoe: Product, support: User) -> None:
    before = ChangeRequest.objects.count()
    client.force_login(support)

    answer = client.post(address(shoe), {"from": "1", "to": "2", "key": "colour"})

    assert said(answer) == ["You may look at this, but not propose changes."]
    assert ChangeRequest.objects.count() == before


def test_strangers_compare_nothing(client: Client, shoe: Product, make_account: Callable[..., User]) -> None:
    client.force_login(make_account(name="stranger"))

    assert client.get(address(shoe)).status_code == 403


def test_history_leads_to_the_comparison(client: Client, shoe: Product, support: User) -> None:
    client.force_login(support)
    base = f"/admin/catalog/product/{shoe.pk}/history/"
    version = Product.history.get(id=shoe.pk, revision=2)

    assert client.get(base).headers["Location"] == address(shoe)
    assert client.get(f"{base}{version.pk}/").headers["Location"] == address(shoe, "?from=1&to=2")
    assert client.get(f"{base}999999/").status_code == 404
    assert client.post(f"{base}{version.pk}/").status_code == 403


def test_comparing_costs_the_same_for_2_and_20_revisions(
    client: Client, support: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    product = make_product("TR-1", **{"name:en-US": "One"})
    edit_product(product.pk, {"name:en-US": "Two"})
    client.force_login(support)
    client.get(address(product))
    with CaptureQueriesContext(connection) as two:
        client.get(address(product, "?from=1&to=2"))
    cost = len(two)
    for number in range(3, 21):
        edit_product(product.pk, {"name:en-US": f"Name {number}", "stock_level": number})

    with django_assert_num_queries(cost):
        client.get(address(product, "?from=1&to=20"))
    assert cost == 12
