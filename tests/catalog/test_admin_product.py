"""One product's page: what it shows of each value, and that whatever is typed becomes a proposal."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Product
from tests.factories.catalog import edit_product, make_product
from workflows.models import Change, ChangeRequest

pytestmark = pytest.mark.usefixtures("structure")

LIST = "/admin/catalog/product/"


def page_of(product: Product) -> str:
    return f"{LIST}{product.pk}/change/"


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def slots(answer: Any) -> dict[str, Any]:
    return answer.context["form"].slots


def patch_of(request: ChangeRequest) -> dict[str, Any]:
    return request.changes.get().patch


@pytest.fixture
def shoe() -> Product:
    return make_product(
        "TR-1",
        **{
            "#categories": ["running"],
            "name:en-US": "Trail Runner",
            "name:en-US@site_us": "Trail Runner US",
            "price.USD": "99.90",
            "weight": "310 g",
            "colour": "red",
            "tags": ["new", "eco"],
            "waterproof": True,
            "brand": "Alpenrot",
            "description:en-US": "<p>Light &amp; dry</p>",
        },
    )


@pytest.fixture
def variant(shoe: Product) -> Product:
    parent = make_product(
        "RUN",
        **{"#kind": "parent", "#family": "shoes", "name:en-US": "Runner", "name:en-US@site": "Shop runner"},
    )
    return make_product("RUN-R", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red"})


def test_the_page_shows_title_identifiers_categories_and_state(
    client: Client, shoe: Product, support: User
) -> None:
    client.force_login(support)

    text = unescape(client.get(page_of(shoe)).content.decode())

    for words in ("Trail Runner", "TR-1", ">Running</a>", "Active", "revision 1", "310 g", "Light & dry"):
        assert words in text, words


def test_each_value_says_where_it_comes_from(client: Client, variant: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)

    base = slots(client.get(page_of(variant)))
    assert (base["name:en-US"].origin.sign, base["name:en-US"].origin.label) == ("inherited", "Runner")
    assert base["name:en-US"].shown.text == "Runner"
    assert (base["colour"].is_own, base["colour"].origin) == (True, None)
    assert base["price.EUR"].is_missing

    german = slots(client.get(f"{page_of(variant)}?scope=site_de&locale=de-DE"))
    assert german["name:de-DE@site_de"].origin.label == "Runner (English (United States))"
    assert german["name:de-DE@site_de"].shown.text == "Shop runner"
    assert german["name:de-DE@site_de"].override == "Site Germany"


def test_the_scope_decides_which_key_is_edited(client: Client, shoe: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)

    base = client.get(page_of(shoe)).context["form"]
    name = next(field for section in base.sections for field in section.fields if field.code == "name")
    assert [slot.key for slot in name.slots] == ["name:en-US"]
    assert [(slot.key, slot.override) for slot in name.overrides] == [("name:en-US@site_us", "Site US")]

    scoped = slots(client.get(f"{page_of(shoe)}?scope=site&locale=en-US"))
    assert scoped["name:en-US@site"].origin.label == "as everywhere"
    assert "name:en-US" not in scoped
    assert "weight" in scoped


def test_an_address_that_names_nothing_known_is_base(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    answer = client.get(f"{page_of(shoe)}?scope=moon&locale=tlh")

    assert (answer.context["place"].scope, answer.context["place"].locale) == ("", "en-US")


def test_typing_a_title_becomes_a_submitted_request(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    answer = client.post(
        page_of(shoe),
        {
            "revision": "1",
            "v.name:en-US": " Trail Runner 2 ",
            "v.sku": "TR-1",
            "title": "Season",
            "reason": "new name",
            "do": "submit",
        },
    )

    request = ChangeRequest.objects.latest("pk")
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(shoe))
    assert (request.state, request.title, request.reason) == ("submitted", "Season", "new name")
    assert (request.author, request.changes.get().base_revision) == (merchandiser, 1)
    assert patch_of(request) == {"name:en-US": "Trail Runner 2"}
    assert f"request {request.pk}" in said(answer)[0]
    assert Product.objects.get(pk=shoe.pk).document == shoe.document


def test_a_draft_waits_for_its_author(client: Client, shoe: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)

    client.post(page_of(shoe), {"revision": "1", "v.colour": "blue", "do": "draft"})

    assert ChangeRequest.objects.latest("pk").state == "draft"


@pytest.mark.parametrize(
    ("typed", "patch"),
    [
        ({"v.weight": "0,31", "u.weight": "kg"}, {"weight": {"amount": "0.31", "unit": "kg"}}),
        ({"v.weight": "310", "u.weight": "kg"}, {"weight": {"amount": "310", "unit": "kg"}}),
        ({"v.weight": "", "u.weight": "g"}, {"weight": None}),
        ({"v.price.USD": "89,50"}, {"price.USD": "89.5"}),
        ({"v.price.EUR": "79"}, {"price.EUR": "79"}),
        ({"v.waterproof": "false"}, {"waterproof": False}),
        ({"v.waterproof": ""}, {"waterproof": None}),
        ({"c.tags": "1", "v.tags": ["sale", "new"]}, {"tags": ["sale", "new"]}),
        ({"c.tags": "1"}, {"tags": None}),
        ({"v.stock_level": "12"}, {"stock_level": 12}),
        ({"v.brand": "Fjord"}, {"brand": "Fjord"}),
        ({"v.name:en-US@site_us": "", "m.name:en-US@site_us": ""}, {"name:en-US@site_us": None}),
        ({"v.colour": "red", "m.colour": "inherit"}, {"colour": None}),
        ({"v.colour": "red", "m.colour": "empty"}, {"colour": {"$empty": True}}),
        ({"v.#state": "phase_out"}, {"#state": "phase_out"}),
        ({"v.#categories": "running\r\nmaster\r\n"}, {"#categories": ["running", "master"]}),
        (
            {"v.description:en-US": "<p onclick='x'>Light</p><script>1</script>"},
            {"description:en-US": "<p>Light</p>"},
        ),
    ],
)
def test_every_kind_of_input_is_understood(
    typed: dict[str, Any], patch: dict[str, Any], client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    client.post(page_of(shoe), {"revision": "1", **typed})

    assert patch_of(ChangeRequest.objects.latest("pk")) == patch


def test_links_are_written_as_skus_with_quantities(client: Client, shoe: Product, merchandiser: User) -> None:
    lamp, star = make_product("LAMP"), make_product("STAR*2")
    client.force_login(merchandiser)

    client.post(page_of(shoe), {"revision": "1", "v.related": "lamp*3\nSTAR*2"})

    assert patch_of(ChangeRequest.objects.latest("pk")) == {
        "related": [{"product": str(lamp.pk), "quantity": 3}, {"product": str(star.pk)}]
    }
    edited = edit_product(shoe.pk, {"related": [{"product": str(lamp.pk), "quantity": 3}]})
    assert slots(client.get(page_of(edited)))["related"].initial.value == "LAMP*3"


def test_what_was_deliberately_empty_can_be_said_again(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    edit_product(shoe.pk, {"colour": {"$empty": True}})
    client.force_login(merchandiser)
    assert slots(client.get(page_of(shoe)))["colour"].initial.mode == "empty"

    client.post(page_of(shoe), {"revision": "2", "v.colour": "", "m.colour": "empty"})
    assert ChangeRequest.objects.filter(author=merchandiser).count() == 0
    client.post(page_of(shoe), {"revision": "2", "v.colour": "blue", "m.colour": "empty"})
    assert patch_of(ChangeRequest.objects.latest("pk")) == {"colour": "blue"}


def test_an_untouched_page_proposes_nothing(client: Client, shoe: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)
    before = ChangeRequest.objects.count()
    untouched: dict[str, Any] = {"revision": "1"}
    for key, slot in slots(client.get(page_of(shoe))).items():
        if slot.kind == "boxes":
            untouched |= {f"c.{key}": "1", f"v.{key}": list(slot.initial.values)}
        else:
            untouched |= {f"v.{key}": slot.initial.value.replace("\n", "\r\n"), f"u.{key}": slot.initial.unit}
        untouched[f"m.{key}"] = slot.initial.mode

    answer = client.post(page_of(shoe), untouched)

    assert answer.context["error"] == "Nothing is different from what is true already."
    assert ChangeRequest.objects.count() == before


def test_what_cannot_be_stored_is_said_at_the_field_and_kept(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)
    before = ChangeRequest.objects.count()

    answer = client.post(page_of(shoe), {"revision": "1", "v.related": "NO-SUCH"})
    assert slots(answer)["related"].errors == ["There is no product with the SKU “NO-SUCH”."]

    answer = client.post(
        page_of(shoe), {"revision": "1", "v.gtin": "123", "v.weight": "heavy", "u.weight": "g"}
    )
    found = slots(answer)
    assert answer.status_code == 200
    assert len(found["gtin"].errors) == 1
    assert found["weight"].errors == ["“heavy” is not a number."]
    assert (found["gtin"].entry.value, found["weight"].entry.value) == ("123", "heavy")
    assert 'value="heavy"' in answer.content.decode()
    assert ChangeRequest.objects.count() == before


def test_what_somebody_else_changed_meanwhile_is_explained(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    edit_product(shoe.pk, {"name:en-US": "Trail Runner III", "colour": "blue"})
    client.force_login(merchandiser)
    typed = {"v.name:en-US": "Trail Runner 2", "v.colour": "red"}

    answer = client.post(page_of(shoe), {"revision": "1", **typed})

    slot = slots(answer)["name:en-US"]
    assert "revision 2 says: Trail Runner III" in slot.errors[0]
    assert (slot.entry.value, answer.context["revision"]) == ("Trail Runner 2", 2)
    assert slots(answer)["colour"].entry.value == "blue"

    client.post(page_of(shoe), {"revision": "2", "v.name:en-US": "Trail Runner 2", "v.colour": "blue"})
    assert patch_of(ChangeRequest.objects.latest("pk")) == {"name:en-US": "Trail Runner 2"}


def test_an_edit_elsewhere_meanwhile_is_no_obstacle(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    edit_product(shoe.pk, {"colour": "blue"})
    client.force_login(merchandiser)

    client.post(page_of(shoe), {"revision": "1", "v.name:en-US": "Trail Runner 2", "v.colour": "red"})

    assert patch_of(ChangeRequest.objects.latest("pk")) == {"name:en-US": "Trail Runner 2"}


def test_checking_shows_the_difference_and_writes_nothing(
    client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)
    before = ChangeRequest.objects.count()

    answer = client.post(page_of(shoe), {"revision": "1", "v.name:en-US": "Trail Racer", "do": "check"})

    text = answer.content.decode()
    assert "Trail <del>Runner</del><ins>Racer</ins>" in text
    assert slots(answer)["name:en-US"].entry.value == "Trail Racer"
    assert ChangeRequest.objects.count() == before


def test_open_proposals_stand_at_their_values(client: Client, shoe: Product, merchandiser: User) -> None:
    client.force_login(merchandiser)
    client.post(page_of(shoe), {"revision": "1", "v.name:en-US": "Trail Racer"})
    request = ChangeRequest.objects.latest("pk")

    answer = client.get(page_of(shoe))

    assert slots(answer)["name:en-US"].notes == [
        {
            "request": request.pk,
            "url": f"/admin/workflows/changerequest/{request.pk}/change/",
            "value": "Trail Racer",
        }
    ]
    assert [row.change.request_id for row in answer.context["open_requests"]] == [request.pk]


@pytest.mark.parametrize("role", ["support", "reviewer"])
def test_viewers_see_the_page_without_inputs_and_cannot_send_one(
    role: str, client: Client, shoe: Product, make_account: Callable[..., User]
) -> None:
    client.force_login(make_account(role))
    before = Change.objects.count()

    text = client.get(page_of(shoe)).content.decode()

    assert "You may look at this, but not propose changes." in text
    assert 'name="v.' not in text
    assert client.post(page_of(shoe), {"revision": "1", "v.colour": "blue"}).status_code == 403
    assert Change.objects.count() == before


@pytest.mark.parametrize(("role", "status"), [("", 403), ("support", 200)])
def test_only_who_may_view_products_sees_one(
    role: str, status: int, client: Client, shoe: Product, make_account: Callable[..., User]
) -> None:
    client.force_login(make_account(role, name="somebody"))

    assert client.get(page_of(shoe)).status_code == status
    assert client.get(f"{LIST}suggest/?what=product&q=tr").status_code == status


def test_what_is_no_product_is_not_found(client: Client, superuser: User) -> None:
    client.force_login(superuser)

    for address in ("0190a000-0000-7000-8000-000000000000", "x"):
        assert client.get(f"{LIST}{address}/change/").status_code == 404


def test_the_page_costs_the_same_with_2_and_20_values_and_variants(
    client: Client, merchandiser: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    client.force_login(merchandiser)
    parent = make_product("RUN", **{"#kind": "parent", "#family": "shoes"})
    variants = [
        make_product(f"RUN-{number}", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "red"})
        for number in range(2)
    ]
    edit_product(parent.pk, {"name:en-US": "Runner", "related": [{"product": str(variants[0].pk)}]})
    client.get(page_of(parent))
    with CaptureQueriesContext(connection) as two:
        client.get(page_of(parent))
    cost = len(two)
    others = [
        make_product(f"RUN-{number}", **{"#kind": "variant", "#parent": str(parent.pk), "colour": "blue"})
        for number in range(2, 20)
    ]
    links = [{"product": str(row.pk)} for row in others]
    edit_product(parent.pk, {"name:de-DE": "Läufer", "weight": "1 kg", "tags": ["new"], "related": links})

    with django_assert_num_queries(cost):
        answer = client.get(page_of(parent))
    assert len(answer.context["variants"]) == 20
    assert cost <= 45


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("what=product&q=tr-1", [{"value": "TR-1", "label": "Trail Runner"}]),
        ("what=option&attribute=colour&q=RED", [{"value": "red", "label": "Red"}]),
        ("what=record&attribute=brand&q=fj", [{"value": "Fjord", "label": "Fjord"}]),
        ("what=category&q=runn", [{"value": "running", "label": "Running"}]),
        ("what=record&attribute=nothing&q=", []),
        ("what=else&q=a", []),
    ],
)
def test_inputs_get_suggestions(
    query: str, expected: list[Any], client: Client, shoe: Product, merchandiser: User
) -> None:
    client.force_login(merchandiser)

    assert client.get(f"{LIST}suggest/?{query}").json() == {"suggestions": expected}
