"""The asset pages: what they show, what they write through the services, and for whom."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assets.models import Asset, AssetVersion
from assets.services.alt_texts import set_alt_texts
from tests.factories.assets import PDF, make_asset, picture

pytestmark = pytest.mark.django_db

LIST = "/admin/assets/asset/"
ADD = "/admin/assets/asset/add/"
APPROVE = "/admin/assets/asset/approve/"


def page(asset: Asset, name: str = "change") -> str:
    return reverse(f"admin:assets_asset_{name}", args=(asset.pk,))


def upload(content: bytes, name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def state() -> list[tuple[Any, ...]]:
    assets = Asset.objects.values_list("code", "alt", "revision", "current__number").order_by("code")
    versions = AssetVersion.objects.values_list("asset__code", "number", "approved_by").order_by("pk")
    return [*assets, *versions]


@pytest.mark.parametrize("address", [LIST, ADD, APPROVE, "change", "add_version", "alt_texts", "history"])
@pytest.mark.parametrize(("who", "status"), [("", 302), ("stranger", 403)])
def test_no_page_is_open_without_the_right_to_view(
    address: str, who: str, status: int, client: Client, adder: User, request: pytest.FixtureRequest
) -> None:
    asset = make_asset(actor=adder)
    if who:
        client.force_login(request.getfixturevalue(who))
    before = state()
    path = address if address.startswith("/") else page(asset, address)

    statuses = {client.get(path).status_code, client.post(path, {"seen": f"{asset.pk}:1"}).status_code}

    assert statuses <= ({status, 405} if address == APPROVE else {status})
    assert state() == before


def test_the_list_shows_pictures_sizes_and_what_waits(client: Client, adder: User, approver: User) -> None:
    make_asset("a.png", picture(size=(640, 480)), actor=adder, approver=approver)
    make_asset("a.png", picture("red"), actor=adder)
    make_asset("b.pdf", PDF, actor=adder, approver=approver)
    client.force_login(approver)

    html = client.get(LIST).content.decode()

    assert "Version 2 waits for approval" in html
    assert "Approved, version 1" in html
    assert "60 × 40" in html
    assert "1 asset waits for approval" in html
    assert (
        f"/media/thumb/{AssetVersion.objects.get(asset__code='a.png', number=2).file.checksum}.webp" in html
    )


@pytest.mark.parametrize(
    ("chosen", "codes"),
    [("waiting", ["both.png", "new.png"]), ("approved", ["both.png", "done.png"]), ("nothing", ["new.png"])],
)
def test_the_list_is_filtered_by_approval(
    chosen: str, codes: list[str], client: Client, adder: User, approver: User
) -> None:
    make_asset("done.png", actor=adder, approver=approver)
    make_asset("new.png", actor=adder)
    make_asset("both.png", actor=adder, approver=approver)
    make_asset("both.png", picture("red"), actor=adder)
    client.force_login(approver)

    response = client.get(LIST, {"approval": chosen})

    assert [asset.code for asset in response.context["cl"].result_list] == codes


def test_the_list_takes_as_many_queries_for_twenty_assets_as_for_two(client: Client, adder: User) -> None:
    client.force_login(adder)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    for number in range(2):
        make_asset(f"{number}.png", actor=adder)
    two = queries()
    for number in range(2, 20):
        make_asset(f"{number}.png", picture("red"), actor=adder)

    assert queries() == two
    assert two <= 9


def test_an_empty_list_says_what_belongs_here(client: Client, adder: User) -> None:
    client.force_login(adder)

    assert "No assets yet." in client.get(LIST).content.decode()


def test_the_page_takes_as_many_queries_for_five_versions_as_for_one(client: Client, adder: User) -> None:
    client.force_login(adder)
    asset = make_asset(actor=adder)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page(asset)).status_code == 200
        return len(captured)

    one = queries()
    for colour in ("red", "green", "blue", "white"):
        make_asset(content=picture(colour), actor=adder)

    assert queries() == one


def test_the_page_escapes_what_people_wrote(client: Client, adder: User) -> None:
    asset = make_asset("<b>x</b>.png", actor=adder)
    set_alt_texts({asset.code: {"en-US": "<script>alert(1)</script>"}}, actor=adder, reason="r")
    client.force_login(adder)

    html = client.get(page(asset)).content.decode() + client.get(LIST).content.decode()

    assert "<b>x</b>" not in html
    assert "<script>alert(1)" not in html


def test_files_are_added_and_each_refusal_is_said(client: Client, adder: User) -> None:
    client.force_login(adder)

    response = client.post(
        ADD,
        {
            "uploads": [
                upload(picture(), "shoe.png"),
                upload(b"<svg/>", "logo.svg"),
                upload(b"", "none.png"),
            ],
            "folder": "/spring/",
            "reason": "season start",
        },
    )

    html = response.content.decode()
    assert "3 files: 1 new, 0 new versions, 0 there already, 2 refused." in html
    assert "SVG drawings can carry scripts and are not kept. Export it as PNG or WebP." in html
    assert "The file is empty." in html
    asset = Asset.objects.get()
    assert asset.code == "spring/shoe.png"
    assert asset.history.get().history_change_reason == "season start"
    assert page(asset) in html


@pytest.mark.parametrize(("choice", "versions"), [({}, 1), ({"new_versions": "on"}, 2)])
def test_a_taken_code_becomes_a_version_only_when_asked(
    choice: dict[str, str], versions: int, client: Client, adder: User
) -> None:
    make_asset("a.png", actor=adder)
    client.force_login(adder)

    client.post(ADD, {"uploads": [upload(picture("red"))], **choice})

    assert AssetVersion.objects.count() == versions


def test_adding_without_a_file_asks_for_one(client: Client, adder: User) -> None:
    client.force_login(adder)

    response = client.post(ADD, {"folder": "kept"})

    assert response.context["form"].errors == {"uploads": ["Choose at least one file."]}
    assert 'value="kept"' in response.content.decode()


@pytest.mark.parametrize("who", ["viewer", "approver"])
def test_adding_needs_its_right(who: str, client: Client, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(who))

    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"uploads": [upload(picture())]}).status_code == 403
    assert Asset.objects.count() == 0


def test_a_new_version_waits_for_a_colleague(client: Client, adder: User, approver: User) -> None:
    asset = make_asset(actor=adder, approver=approver)
    client.force_login(adder)

    response = client.post(page(asset, "add_version"), {"file": upload(picture("red"))}, follow=True)

    assert messages_of(response) == ["The version was added. It waits for approval by a colleague."]
    assert response.redirect_chain == [(page(asset), 302)]
    asset.refresh_from_db()
    assert (asset.current.number, asset.versions.count()) == (1, 2)


def test_the_same_file_again_is_said(client: Client, adder: User) -> None:
    asset = make_asset(actor=adder)
    client.force_login(adder)

    response = client.post(page(asset, "add_version"), {"file": upload(picture())}, follow=True)

    assert messages_of(response) == ["The newest version is this very file already."]
    assert asset.versions.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PDF, "This asset is of the kind Picture and cannot become Document. Give the file another code."),
        (b"", "The file is empty."),
        (picture()[:80], "The picture is damaged or cut off and cannot be read to its end. Export it again."),
    ],
    ids=["other kind", "empty", "damaged"],
)
def test_a_refused_version_is_said_beside_the_field(
    content: bytes, said: str, client: Client, adder: User
) -> None:
    asset = make_asset(actor=adder)
    client.force_login(adder)

    response = client.post(page(asset, "add_version"), {"file": upload(content, "x"), "reason": "typed"})

    assert response.context["version_form"].errors == {"file": [said]}
    assert 'value="typed"' in response.content.decode()
    assert asset.versions.count() == 1


def test_alternative_texts_are_saved_by_language(client: Client, adder: User) -> None:
    asset = make_asset(actor=adder)
    set_alt_texts({asset.code: {"en-US": "Shoe"}}, actor=adder, reason="r")
    client.force_login(adder)

    response = client.post(
        page(asset, "alt_texts"),
        {
            "alt-revision": "2",
            "alt-text_en-US": "A shoe",
            "alt-new_locale": "de-DE",
            "alt-new_text": "Ein Schuh",
        },
        follow=True,
    )

    assert messages_of(response) == ["The alternative texts were saved."]
    asset.refresh_from_db()
    assert asset.alt == {"de-DE": "Ein Schuh", "en-US": "A shoe"}


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        (
            {"alt-new_locale": "en_US", "alt-new_text": "Shoe"},
            {"new_locale": ["en_US is not a language such as en-US or de-DE."]},
        ),
        ({"alt-new_text": "Shoe"}, {"new_locale": ["In which language is this text?"]}),
    ],
)
def test_a_wrong_text_is_said_beside_the_field_and_kept(
    sent: dict[str, str], errors: dict[str, list[str]], client: Client, adder: User
) -> None:
    asset = make_asset(actor=adder)
    client.force_login(adder)

    response = client.post(page(asset, "alt_texts"), {"alt-revision": "1", **sent})

    assert response.context["alt_form"].errors == errors
    assert ">Shoe</textarea>" in response.content.decode().replace("\n", "")
    asset.refresh_from_db()
    assert asset.alt == {}


def test_an_edit_of_an_older_revision_is_refused(client: Client, adder: User) -> None:
    asset = make_asset(actor=adder)
    set_alt_texts({asset.code: {"en-US": "Shoe"}}, actor=adder, reason="r")
    client.force_login(adder)

    response = client.post(
        page(asset, "alt_texts"), {"alt-revision": "1", "alt-text_en-US": "Old"}, follow=True
    )

    assert messages_of(response) == ["Somebody changed shoe.png while you were editing. Look at it again."]
    asset.refresh_from_db()
    assert asset.alt == {"en-US": "Shoe"}


@pytest.mark.parametrize("name", ["add_version", "alt_texts"])
@pytest.mark.parametrize("who", ["viewer", "approver"])
def test_changing_needs_its_right(
    name: str, who: str, client: Client, adder: User, request: pytest.FixtureRequest
) -> None:
    asset = make_asset(actor=adder)
    client.force_login(request.getfixturevalue(who))
    before = state()

    response = client.post(
        page(asset, name),
        {"file": upload(picture("red")), "alt-revision": "1", "alt-new_locale": "de-DE", "alt-new_text": "x"},
    )

    assert response.status_code == 403
    assert state() == before


def test_nothing_is_written_around_the_services(client: Client, superuser: User, adder: User) -> None:
    asset = make_asset(actor=adder)
    client.force_login(superuser)
    before = state()
    history = asset.history.first()

    responses = [
        client.post(page(asset), {"code": "other", "kind": "video"}),
        client.post(page(asset, "delete"), {"post": "yes"}),
        client.post(reverse("admin:assets_asset_simple_history", args=(asset.pk, history.pk)), {"code": "x"}),
        client.post(LIST, {"action": "delete_selected", "_selected_action": [asset.pk], "post": "yes"}),
        client.get(page(asset, "alt_texts")),
        client.get(APPROVE),
    ]

    assert [response.status_code for response in responses] == [405, 403, 403, 302, 403, 405]
    assert state() == before


def test_the_history_speaks_of_versions_and_texts(client: Client, adder: User, approver: User) -> None:
    asset = make_asset(actor=adder, approver=approver)
    set_alt_texts({asset.code: {"en-US": "Shoe"}}, actor=adder, reason="for screen readers")
    client.force_login(approver)

    html = " ".join(client.get(page(asset, "history")).content.decode().split())

    assert "for screen readers" in html
    assert "en-US: Shoe" in html
    assert "version 1" in html
    assert "None" not in html
    version = asset.history.latest()
    assert (
        client.get(reverse("admin:assets_asset_simple_history", args=(asset.pk, version.pk))).status_code
        == 200
    )
