"""Structure, deliveries and availability in the admin: read by all, named by few, through one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import (
    Attribute,
    Availability,
    Category,
    Delivery,
    Family,
    Location,
    Option,
    Record,
    ReferenceEntity,
)
from catalog.services.schema import current_schema
from catalog.services.structure import load_structure
from tests.factories.catalog import make_product
from workflows.models import AuditEntry, Source

pytestmark = pytest.mark.usefixtures("structure")

MODELS = (
    "attribute",
    "attributegroup",
    "option",
    "family",
    "familyvariant",
    "category",
    "referenceentity",
    "record",
    "scope",
    "location",
)


def page(model: str, *parts: object) -> str:
    return f"/admin/catalog/{model}/" + "".join(f"{part}/" for part in parts)


def first_of(model: str) -> Any:
    from django.apps import apps

    return apps.get_model("catalog", model).objects.first()


@pytest.mark.parametrize("model", MODELS)
def test_everybody_looks_up_structure_and_its_history(model: str, client: Client, support: User) -> None:
    client.force_login(support)
    obj = first_of(model)

    assert client.get(page(model)).status_code == 200
    text = client.get(page(model, obj.pk, "change")).content.decode()
    assert obj.code in text
    assert 'name="_save"' not in text
    assert client.get(page(model, obj.pk, "history")).status_code == 200
    version = obj.history.first()
    assert client.get(page(model, obj.pk, "history", version.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_viewers_write_no_structure_by_any_address(model: str, client: Client, support: User) -> None:
    client.force_login(support)
    obj = first_of(model)
    sent = {"code": "new", "label_en-US": "Changed", "seen": obj.revision}

    assert client.post(page(model, "add"), sent).status_code == 403
    for part in ("change", "delete"):
        assert client.post(page(model, obj.pk, part), sent).status_code == 403
    version = obj.history.first()
    assert client.post(page(model, obj.pk, "history", version.pk), sent).status_code == 403
    client.post(page(model), {"action": "delete_selected", "_selected_action": obj.pk, "post": "yes"})

    kept = type(obj).objects.get(pk=obj.pk)
    assert (kept.labels, kept.revision, kept.history.count()) == (obj.labels, obj.revision, 1)


@pytest.mark.parametrize("model", MODELS)
def test_a_name_is_edited_through_the_service(
    model: str, client: Client, make_account: Callable[..., User]
) -> None:
    client.force_login(make_account("admin", name="ann"))
    obj = first_of(model)
    other = {
        name: getattr(obj, name) for name in ("type", "group_id", "levels", "path") if hasattr(obj, name)
    }

    answer = client.post(
        page(model, obj.pk, "change"),
        {"label_en-US": "Changed", "label_de-DE": "Geändert", "seen": obj.revision, "reason": "typo"},
    )

    changed = type(obj).objects.get(pk=obj.pk)
    assert answer.status_code == 302
    assert changed.labels == {"en-US": "Changed", "de-DE": "Geändert"}
    assert changed.revision == obj.revision + 1
    newest = changed.history.latest()
    assert (newest.history_user.username, newest.history_change_reason) == ("ann", "typo")
    assert AuditEntry.objects.latest("pk").action == "structure.load"
    assert {name: getattr(changed, name) for name in other} == other


def test_the_new_name_is_read_at_once(client: Client, superuser: User) -> None:
    client.force_login(superuser)
    colour = Attribute.objects.get(code="colour")
    assert current_schema().attributes["colour"].labels == {}

    client.post(page("attribute", colour.pk, "change"), {"label_en-US": "Colour", "seen": 1, "position": "5"})

    assert current_schema().attributes["colour"].labels == {"en-US": "Colour"}
    assert Attribute.objects.get(code="colour").position == 5


def test_a_page_that_is_out_of_date_is_refused(client: Client, superuser: User) -> None:
    client.force_login(superuser)
    family = Family.objects.get()
    load_structure(
        {"families": [{"code": "shoes", "labels": {"en-US": "Boots"}}]}, actor=superuser, reason="meanwhile"
    )

    answer = client.post(page("family", family.pk, "change"), {"label_en-US": "Slippers", "seen": "1"})

    assert answer.status_code == 200
    assert "Somebody changed this since you opened the page." in answer.content.decode()
    assert Family.objects.get().labels == {"en-US": "Boots"}


@pytest.mark.parametrize(
    ("model", "sent", "found"),
    [
        ("option", {"attribute": "colour", "code": "green"}, lambda: Option.objects.filter(code="green")),
        ("record", {"entity": "brand", "code": "Nordic"}, lambda: Record.objects.filter(code="Nordic")),
        ("referenceentity", {"code": "designer"}, lambda: ReferenceEntity.objects.filter(code="designer")),
        ("location", {"code": "Hamburg"}, lambda: Location.objects.filter(code="Hamburg")),
        (
            "category",
            {"under": "master", "code": "hiking"},
            lambda: Category.objects.filter(code="hiking", depth=2),
        ),
    ],
)
def test_new_structure_is_made_by_hand(
    model: str, sent: dict[str, str], found: Callable[[], Any], client: Client, superuser: User
) -> None:
    client.force_login(superuser)
    form = {
        "attribute": lambda code: Attribute.objects.get(code=code).pk,
        "entity": lambda code: ReferenceEntity.objects.get(code=code).pk,
        "under": lambda code: Category.objects.get(code=code).pk,
    }
    typed = {name: form[name](text) if name in form else text for name, text in sent.items()}

    answer = client.post(page(model, "add"), {**typed, "label_en-US": "A name", "seen": "0"})
    again = client.post(page(model, "add"), {**typed, "label_en-US": "Another", "seen": "0"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert found().get().labels == {"en-US": "A name"}
    ((field, errors),) = again.context["adminform"].form.errors.items()
    assert (field, len(errors)) == ("code", 1)
    assert "already" in errors[0]


@pytest.mark.parametrize("model", ["attribute", "family", "familyvariant", "scope"])
def test_what_values_depend_on_is_not_made_by_hand(model: str, client: Client, superuser: User) -> None:
    client.force_login(superuser)

    assert client.get(page(model, "add")).status_code == 403


def test_counts_lead_to_what_they_count(client: Client, support: User) -> None:
    parent = make_product("RUN", **{"#kind": "parent", "#family": "shoes", "#categories": ["running"]})
    make_product("RUN-R", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red"})
    client.force_login(support)

    assert '?family=shoes&amp;kind=whole">1</a>' in client.get(page("family")).content.decode()
    assert "1 · <a" in client.get(page("category")).content.decode()
    assert "?a.colour=red" in client.get(page("option")).content.decode()


@pytest.mark.parametrize("model", ["option", "category", "attribute"])
def test_lists_cost_the_same_for_2_and_20_rows(
    model: str,
    client: Client,
    superuser: User,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    client.force_login(superuser)
    client.get(page(model))
    with CaptureQueriesContext(connection) as few:
        client.get(page(model))
    cost = len(few)
    more = [f"more_{number}" for number in range(20)]
    load_structure(
        {
            "attributes": [
                {"code": "colour", "type": "select", "options": [{"code": code} for code in more]},
                *({"code": code, "type": "text", "group": "content"} for code in more),
            ],
            "categories": [{"code": code, "parent": "master"} for code in more],
        },
        actor=superuser,
        reason="tests",
    )
    client.get(page(model))

    with django_assert_num_queries(cost):
        client.get(page(model))


@pytest.fixture
def delivery(merchandiser: User) -> Delivery:
    source = Source.objects.create(code="acme", label="Acme", kind="supplier", rank=10)
    made = Delivery.objects.create(
        source=source,
        name="acme.csv",
        checksum="0" * 64,
        state="done",
        actor=merchandiser,
        read=120,
        rejected=120,
        files={"acme.csv": {"read": 120, "new": 0, "changed": 0, "unchanged": 0, "rejected": 120}},
    )
    for line in range(2, 122):
        made.rejections.create(
            file="acme.csv",
            line=line,
            field="gtin" if line < 4 else "",
            whole_row=line != 2,
            value="<b>12</b>",
            reason="It is no GTIN.",
        )
    return made


def test_a_delivery_names_each_row_it_left_out(
    client: Client, delivery: Delivery, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    listed = client.get(page("delivery")).content.decode()
    whole = client.get(page("delivery", delivery.pk, "change"))
    column = client.get(page("delivery", delivery.pk, "change") + "?column=gtin").content.decode()

    assert "acme.csv" in listed
    rows, cells = whole.content.decode().split('id="cells"')
    assert rows.count("It is no GTIN.") == 100
    assert 'Rejected rows <span class="cc-hint">119</span>' in rows
    assert "page 1 of 2" in rows
    assert cells.count("It is no GTIN.") == 1
    assert 'Cells left out <span class="cc-hint">1</span>' in cells
    assert column.split('id="cells"')[1].count("It is no GTIN.") == 1
    last = client.get(page("delivery", delivery.pk, "change") + "?rows=2").content.decode()
    assert last.split('id="cells"')[0].count("It is no GTIN.") == 19
    assert "&lt;b&gt;12&lt;/b&gt;" in column


def test_deliveries_are_read_only(client: Client, delivery: Delivery, superuser: User) -> None:
    client.force_login(superuser)

    assert client.post(page("delivery", delivery.pk, "change"), {"name": "x"}).status_code == 405
    assert client.post(page("delivery", "add"), {"name": "x"}).status_code == 403
    assert client.post(page("delivery", delivery.pk, "delete"), {"post": "yes"}).status_code == 403
    assert client.get(page("delivery", "x", "change")).status_code == 404
    assert Delivery.objects.get().name == "acme.csv"


def test_availability_is_listed_with_its_product(client: Client, support: User) -> None:
    source = Source.objects.create(code="erp", label="ERP", kind="erp", rank=10)
    for number in range(3):
        product = make_product(f"Lamp-{number}", **{"name:en-US": "Lamp"})
        Availability.objects.create(
            product=product,
            location=Location.objects.get(),
            status="in_stock",
            quantity=number,
            observed_at=timezone.now(),
            source=source,
        )
    client.force_login(support)

    assert client.get(page("availability")).content.decode().count(">Lamp</a>") == 3
    assert client.get(page("availability") + "?q=LAMP-1").content.decode().count(">Lamp</a>") == 1


def test_who_may_not_grant_grants_no_category(client: Client, make_account: Callable[..., User]) -> None:
    user = make_account("merchandiser", name="mia")
    client.force_login(user)
    category = Category.objects.get(code="running")

    assert client.get(page("category", category.pk, "permissions")).status_code == 403
    assert list(get_messages(client.get(page("category")).wsgi_request)) == []


def test_rights_on_a_category_are_granted_on_its_page(
    client: Client, superuser: User, merchandiser: User
) -> None:
    client.force_login(superuser)
    category = Category.objects.get(code="running")

    client.post(
        page("category", category.pk, "permissions", "user-manage", merchandiser.pk),
        {"permissions": ["manage_products_in_category"]},
    )

    assert User.objects.get(pk=merchandiser.pk).has_perm("catalog.manage_products_in_category", category)
