"""Serving files to the public: what, to whom, and with which headers."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import resolve

from assets.selectors import asset_facts
from assets.services.addresses import public_path, thumbnail_path
from assets.services.storage import original_name
from tests.factories.assets import PDF, TEXT, make_asset, picture

pytestmark = pytest.mark.django_db

FOREVER = "public, max-age=31536000, immutable"
POLICY = "sandbox; default-src 'none'"


def address_of(content: bytes, extension: str) -> str:
    return public_path(hashlib.sha256(content).hexdigest(), extension)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_addresses_lead_to_the_views() -> None:
    assert resolve(public_path("a" * 64, "jpg")).view_name == "assets:file"
    assert resolve(thumbnail_path("a" * 64)).view_name == "assets:thumbnail"


def test_an_approved_file_is_public_for_good(client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)

    response = client.get(address_of(picture(), "png"))

    assert response.status_code == 200
    assert response.streaming
    assert body(response) == picture()
    assert {
        name: response[name]
        for name in (
            "Content-Type",
            "Content-Length",
            "Content-Disposition",
            "Cache-Control",
            "ETag",
            "X-Content-Type-Options",
            "Content-Security-Policy",
        )
    } == {
        "Content-Type": "image/png",
        "Content-Length": str(len(picture())),
        "Content-Disposition": "inline",
        "Cache-Control": FOREVER,
        "ETag": f'"{hashlib.sha256(picture()).hexdigest()}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY,
    }
    assert "Vary" not in response or "Cookie" not in response["Vary"]
    assert not response.cookies


def test_the_thumbnail_is_public_with_its_own_etag(client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)

    response = client.get(thumbnail_path(hashlib.sha256(picture()).hexdigest()))

    content = body(response)
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert response["Cache-Control"] == FOREVER


@pytest.mark.parametrize("shape", ["original", "thumb"])
@pytest.mark.parametrize(
    ("who", "status"), [("", 404), ("stranger", 404), ("viewer", 200), ("approver", 200)]
)
def test_an_unapproved_file_is_only_for_those_who_may_view_assets(
    shape: str, who: str, status: int, client: Client, adder: User, request: pytest.FixtureRequest
) -> None:
    make_asset("a.png", picture(), actor=adder)
    checksum = hashlib.sha256(picture()).hexdigest()
    if who:
        client.force_login(request.getfixturevalue(who))

    response = client.get(public_path(checksum, "png") if shape == "original" else thumbnail_path(checksum))

    assert response.status_code == status
    assert response["Cache-Control"] == ("private, no-store" if status == 200 else "no-store")
    assert response["Content-Security-Policy"] == POLICY


def test_a_newer_unapproved_version_is_not_public_while_the_approved_one_is(
    client: Client, adder: User, approver: User
) -> None:
    make_asset("a.png", picture("navy"), actor=adder, approver=approver)
    make_asset("a.png", picture("red"), actor=adder)

    assert client.get(address_of(picture("navy"), "png")).status_code == 200
    assert client.get(address_of(picture("red"), "png")).status_code == 404


def test_a_replaced_approved_version_keeps_its_address(client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture("navy"), actor=adder, approver=approver)
    make_asset("a.png", picture("red"), actor=adder, approver=approver)

    assert client.get(address_of(picture("navy"), "png")).status_code == 200


def test_head_answers_without_a_body(client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)

    response = client.head(address_of(picture(), "png"))

    assert (response.status_code, response.content) == (200, b"")
    assert (response["Content-Length"], response["Content-Type"]) == (str(len(picture())), "image/png")
    assert response["Cache-Control"] == FOREVER


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_but_reading_is_possible(method: str, client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)

    assert getattr(client, method)(address_of(picture(), "png")).status_code == 405


def test_a_known_etag_gets_304_without_opening_the_file(
    client: Client, adder: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)
    etag = client.get(address_of(picture(), "png"))["ETag"]
    monkeypatch.setattr("assets.views.open_file", lambda _name: pytest.fail("opened"))

    response = client.get(address_of(picture(), "png"), headers={"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")
    assert (response["ETag"], response["Cache-Control"]) == (etag, FOREVER)


def test_a_known_etag_does_not_open_an_unapproved_file(client: Client, adder: User) -> None:
    make_asset("a.png", picture(), actor=adder)
    etag = f'"{hashlib.sha256(picture()).hexdigest()}"'

    response = client.get(address_of(picture(), "png"), headers={"If-None-Match": etag})

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("content", "extension", "disposition"),
    [(picture(), "png", "inline"), (PDF, "pdf", "inline"), (TEXT, "txt", "attachment")],
)
def test_what_browsers_do_not_show_safely_is_saved_to_disk(
    content: bytes, extension: str, disposition: str, client: Client, adder: User, approver: User
) -> None:
    make_asset("a", content, actor=adder, approver=approver)

    response = client.get(address_of(content, extension))

    assert response["Content-Disposition"].split(";")[0] == disposition


@pytest.mark.parametrize(
    "path",
    [
        f"/media/{'a' * 64}.png",
        f"/media/thumb/{'a' * 64}.webp",
        "/media/../secret_key",
        "/media/thumb/x.webp",
        f"/media/{'A' * 64}.png",
        "/media/",
    ],
)
def test_what_is_not_there_is_not_found(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404


def test_the_extension_belongs_to_the_address(client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)

    assert client.get(address_of(picture(), "html")).status_code == 404


def test_a_document_has_no_thumbnail(client: Client, adder: User, approver: User) -> None:
    make_asset("a.pdf", PDF, actor=adder, approver=approver)

    assert client.get(thumbnail_path(hashlib.sha256(PDF).hexdigest())).status_code == 404


def test_a_file_missing_from_storage_is_not_found_and_logged(
    client: Client,
    adder: User,
    approver: User,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)
    checksum = hashlib.sha256(picture()).hexdigest()
    Path(default_storage.path(original_name(checksum, "png"))).unlink()
    monkeypatch.setattr("assets.views.logger.propagate", True)

    response = client.get(address_of(picture(), "png"))

    assert response.status_code == 404
    assert [record.getMessage() for record in caplog.records if record.name == "assets.views"] == [
        "A stored file is missing from storage"
    ]


def test_a_storage_without_paths_serves_as_well(
    client: Client, adder: User, approver: User, settings: Any
) -> None:
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}
    make_asset("a.png", picture(), actor=adder, approver=approver)

    assert body(client.get(address_of(picture(), "png"))) == picture()


def test_a_public_file_takes_one_query_and_a_thumbnail_two(
    client: Client, adder: User, approver: User, django_assert_num_queries: Any
) -> None:
    make_asset("a.png", picture(), actor=adder, approver=approver)
    facts = asset_facts(["a.png"])["a.png"]

    with django_assert_num_queries(1):
        client.get(facts.url_path)
    with django_assert_num_queries(2):
        client.get(facts.thumbnail_path)
