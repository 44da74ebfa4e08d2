"""The gates of `workflows.admin.base`, tried with a model of ours under all of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from guardian.models import UserObjectPermission

from workflows.models import Source

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.admin_site")]

LIST = "/admin/workflows/source/"


@pytest.fixture
def source(db: None) -> Source:
    return Source.objects.create(code="acme", label="Acme", kind="supplier", rank=10)


@pytest.fixture
def with_rights(make_account: Callable[..., User]) -> Callable[..., User]:
    """Return a function that makes somebody with exactly these permissions on sources."""

    def make(*codenames: str) -> User:
        user = make_account(name="somebody")
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return user

    return make


def form_data(**over: str) -> dict[str, str]:
    return {"code": "acme", "label": "Acme", "kind": "supplier", "rank": "10", **over}


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_refused_save_keeps_what_was_typed_and_reports_no_success(
    client: Client, superuser: User, source: Source
) -> None:
    client.force_login(superuser)

    answer = client.post(f"{LIST}{source.pk}/change/", form_data(label="busy", rank="77"))

    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert form.non_field_errors() == ["This source is being delivered to; try again when the job has ended."]
    assert (form["label"].value(), form["rank"].value()) == ("busy", "77")
    assert said(answer) == []
    source.refresh_from_db()
    assert (source.label, source.rank, source.history.count()) == ("Acme", 10, 1)


def test_an_error_stands_on_the_field_it_names(client: Client, superuser: User, source: Source) -> None:
    client.force_login(superuser)

    answer = client.post(f"{LIST}{source.pk}/change/", form_data(label="taken"))

    assert answer.context["adminform"].form.errors == {"label": ["This label is taken."]}


def test_a_refused_add_adds_nothing(client: Client, superuser: User) -> None:
    client.force_login(superuser)

    answer = client.post(f"{LIST}add/", form_data(code="new", label="busy"))

    assert answer.status_code == 200
    assert Source.objects.filter(code="new").count() == 0


def test_a_save_that_succeeds_says_so(client: Client, superuser: User, source: Source) -> None:
    client.force_login(superuser)

    answer = client.post(f"{LIST}{source.pk}/change/", form_data(label="Acme Ltd"))

    assert answer.status_code == 302
    assert len(said(answer)) == 1
    source.refresh_from_db()
    assert source.label == "Acme Ltd"


def test_a_refused_action_is_said_on_the_list(client: Client, superuser: User, source: Source) -> None:
    client.force_login(superuser)

    answer = client.post(LIST, {"action": "refuse", "_selected_action": [source.pk]})

    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert said(answer) == ["Nothing can be done now."]


def test_a_refused_deletion_is_said_on_the_page(client: Client, superuser: User, source: Source) -> None:
    client.force_login(superuser)

    answer = client.post(f"{LIST}{source.pk}/delete/", {"post": "yes"})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}{source.pk}/change/")
    assert said(answer) == ["This source has deliveries."]
    assert Source.objects.filter(pk=source.pk).exists()


def test_read_only_models_refuse_superusers_too(client: Client, superuser: User) -> None:
    client.force_login(superuser)

    assert client.get("/admin/workflows/auditentry/").status_code == 200
    assert client.get("/admin/workflows/auditentry/add/").status_code == 403
    assert client.post("/admin/workflows/auditentry/add/", {"action": "x"}).status_code == 403


def test_a_version_page_refuses_to_write_for_viewers(
    client: Client, with_rights: Callable[..., User], source: Source
) -> None:
    client.force_login(with_rights("view_source", "view_historicalsource"))
    version = source.history.get()
    address = f"{LIST}{source.pk}/history/{version.pk}/"

    assert client.get(address).status_code == 200
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(address, form_data(label="Written")).status_code == 403

    source.refresh_from_db()
    assert (source.label, source.history.count()) == ("Acme", 1)


def test_a_version_page_refuses_to_write_for_superusers(
    client: Client, superuser: User, source: Source
) -> None:
    client.force_login(superuser)
    version = source.history.get()

    answer = client.post(f"{LIST}{source.pk}/history/{version.pk}/", form_data(label="Written"))

    assert answer.status_code == 403
    source.refresh_from_db()
    assert (source.label, source.history.count()) == ("Acme", 1)


def test_a_version_page_offers_nothing_to_type_or_save(
    client: Client, superuser: User, source: Source
) -> None:
    client.force_login(superuser)

    text = client.get(f"{LIST}{source.pk}/history/{source.history.get().pk}/").content.decode()

    assert 'name="_save"' not in text
    assert 'name="label"' not in text
    assert "Acme" in text


@pytest.mark.parametrize("page", ["", "user-manage/{user}/", "group-manage/{group}/"])
def test_whoever_may_change_an_object_may_not_grant_rights_on_it(
    page: str, client: Client, with_rights: Callable[..., User], source: Source, merchandiser: User
) -> None:
    user = with_rights("view_source", "change_source")
    client.force_login(user)
    address = f"{LIST}{source.pk}/permissions/" + page.format(
        user=user.pk, group=merchandiser.groups.get().pk
    )

    assert client.get(address).status_code == 403
    assert client.post(address, {"permissions": ["deliver_source", "delete_source"]}).status_code == 403
    assert UserObjectPermission.objects.count() == 0


def test_whoever_may_grant_rights_can(
    client: Client, superuser: User, source: Source, merchandiser: User
) -> None:
    client.force_login(superuser)

    answer = client.post(
        f"{LIST}{source.pk}/permissions/user-manage/{merchandiser.pk}/", {"permissions": ["deliver_source"]}
    )

    assert answer.status_code == 302
    assert User.objects.get(pk=merchandiser.pk).has_perm("workflows.deliver_source", source)


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield before + str(entry.pattern)
        else:
            yield from routes(entry, before + str(entry.pattern))


@pytest.mark.urls("config.urls")
def test_no_address_imports_or_exports() -> None:
    found = [route for route in routes(get_resolver()) if "/import" in route or "/export" in route]

    assert found == []
