"""Text that no database can hold, through every kind of door: a sentence, and nothing written."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

from config.parsers import StorableJSONParser
from tests.factories.catalog import make_structure
from tests.factories.requests import make_request
from workflows.models import ChangeRequest, Review

HUGE = "9" * 5000


@pytest.fixture
def structure(db: None) -> None:
    make_structure()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/admin/workflows/changerequest/?q=a%00b",
        "/admin/catalog/product/?q=%00",
        "/admin/catalog/product/?%00=1",
        "/admin/assets/asset/?q=%00",
        "/admin/workflows/auditentry/?q=%00",
        "/desk/?q=%00",
    ],
)
def test_a_search_for_nul_is_refused_with_a_sentence(client: Client, superuser: User, address: str) -> None:
    client.force_login(superuser)

    answer = client.get(address)

    assert answer.status_code == 400
    assert "holds a character that cannot be stored" in answer.content.decode()


@pytest.mark.django_db
def test_the_api_names_the_parameter(client: Client) -> None:
    answer = client.get("/api/v1/storefront/shop/products/?q=a%00b")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    sentence = "“q” holds a character that cannot be stored. Take it out and send it again."
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": sentence,
        "code": "invalid",
        "errors": [{"path": "q", "code": "invalid", "detail": sentence}],
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("structure")
def test_a_reason_with_nul_decides_nothing(client: Client, merchandiser: User, reviewer: User) -> None:
    request = make_request(merchandiser)
    client.force_login(reviewer)

    answer = client.post(
        f"/admin/workflows/changerequest/{request.pk}/decide/", {"step": "refuse", "reason": "no\0"}
    )

    assert answer.status_code == 400
    assert ChangeRequest.objects.get(pk=request.pk).state == "submitted"
    assert not Review.objects.filter(request=request).exists()


@pytest.mark.django_db
def test_a_cookie_with_nul_is_refused(client: Client) -> None:
    client.cookies.load({"sessionid": "\0" * 12})

    answer = client.get("/admin/")

    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "kind"),
    [("/admin/workflows/changerequest/%00/", "text/html"), ("/api/v1/storefront/%00/products/", "problem")],
)
def test_an_address_with_nul_names_nothing(client: Client, superuser: User, address: str, kind: str) -> None:
    client.force_login(superuser)

    answer = client.get(address)

    assert answer.status_code == 404
    assert kind in answer["Content-Type"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (rb'{"a": {"b": ["x", "y\u0000"]}}', "a.b.1"),
        (rb'"\u0000"', "body"),
        (rb'{"a\u0000": 1}', "body"),
        (rb'{"a": "\ud800"}', "a"),
    ],
)
def test_json_that_cannot_be_stored_is_refused_by_its_field(body: bytes, path: str) -> None:
    with pytest.raises(ValidationError) as caught:
        StorableJSONParser().parse(BytesIO(body))

    assert list(caught.value.detail) == [path]


@pytest.mark.parametrize("body", [b"{", b"[" * 200_000, b'{"a": ' + HUGE.encode() + b"}", b'{"a": NaN}'])
def test_json_that_cannot_be_read_is_no_server_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        StorableJSONParser().parse(BytesIO(body))


def test_json_that_can_be_stored_is_read_as_ever() -> None:
    body = rb'{"a": "\\u0000 \ud83d\ude00", "b": [1, null, true]}'

    assert StorableJSONParser().parse(BytesIO(body)) == JSONParser().parse(BytesIO(body))


@pytest.mark.django_db
@pytest.mark.usefixtures("structure")
@pytest.mark.parametrize(
    "address",
    [
        "/admin/catalog/product/?q=shoe&start={}",
        "/admin/catalog/product/{pk}/compare/?from={}",
        "/admin/workflows/changerequest/?p={}",
        "/admin/workflows/changerequest/?q=%23{}",
        "/admin/workflows/changerequest/{{}}/change/",
    ],
)
def test_a_number_of_thousands_of_digits_is_no_server_error(
    client: Client, superuser: User, merchandiser: User, address: str
) -> None:
    product = make_request(merchandiser).changes.get().object_id
    client.force_login(superuser)

    answer = client.get(address.replace("{pk}", str(product)).replace("{{}}", "{}").format(HUGE))

    assert answer.status_code < 500
