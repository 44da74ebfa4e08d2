"""Two at the same moment. SQLite has one writer at a time, so these run on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from catalog.admin import structure_base
from catalog.models import Attribute, Family, FilterValue, Product
from catalog.services import derived, documents, structure, validation
from catalog.services.products import propose_edit, propose_product
from catalog.services.rederiving import DERIVE_JOB
from catalog.services.schema import current_schema
from tests.factories.catalog import make_product, make_structure, somebody
from workflows.exceptions import ConcordError
from workflows.models import Change, Job
from workflows.services.jobs import run_job
from workflows.services.reviews import approve_request

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads; returns what each returned or raised."""
    results: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            results[number] = call()
        except ConcordError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def meet_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let two threads wait for each other before they call a function."""
    meet = threading.Barrier(2)
    function = getattr(owner, name)

    def wait_then_call(*args: Any, **kwargs: Any) -> Any:
        meet.wait(timeout=10)
        return function(*args, **kwargs)

    monkeypatch.setattr(owner, name, wait_then_call)


def approved(request: Any) -> int:
    """Approve a request; returns its job."""
    return approve_request(request.pk, reviewer=somebody("checker", superuser=True)).pk


def test_two_requests_do_not_close_a_circle_together(monkeypatch: pytest.MonkeyPatch) -> None:
    make_structure()
    a, b = (make_product(sku, **{"#kind": "parent"}) for sku in ("A", "B"))
    maker = somebody("maker", superuser=True)
    jobs = [
        approved(propose_edit(a.pk, {"#parent": str(b.pk)}, actor=maker)),
        approved(propose_edit(b.pk, {"#parent": str(a.pk)}, actor=maker)),
    ]
    meet_before(monkeypatch, validation, "lock_lineage")

    at_once(*[lambda job=job: run_job(job) for job in jobs])

    assert Product.objects.filter(parent=None).count() == 1
    assert sorted(Change.objects.filter(base_revision=1).values_list("outcome", flat=True)) == [
        "",  # what follows the invalid one
        "applied",
        "invalid",
    ]


def test_a_parent_does_not_change_while_something_is_hung_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    make_structure()
    parent = make_product("P", **{"#kind": "parent"})
    maker = somebody("maker", superuser=True)
    below = {"sku": "V", "#kind": "variant", "#parent": str(parent.pk)}
    jobs = [
        approved(propose_edit(parent.pk, {"#kind": "simple"}, actor=maker)),
        approved(propose_product(below, actor=maker)),
    ]
    meet_before(monkeypatch, validation, "lock_lineage")

    at_once(*[lambda job=job: run_job(job) for job in jobs])

    assert set(Product.objects.values_list("sku", "kind")) in (
        {("P", "simple")},
        {("P", "parent"), ("V", "variant")},
    )


def test_two_loads_of_structure_keep_what_each_says(monkeypatch: pytest.MonkeyPatch) -> None:
    make_structure()
    maker = somebody("maker", superuser=True)
    meet_before(monkeypatch, structure, "lock_structure")

    def load(**said: Any) -> Any:
        spec = {"attributes": [{"code": "colour", "type": "select", **said}]}
        return structure.load_structure(spec, actor=maker, reason="at once")

    at_once(lambda: load(labels={"en-US": "Colour"}), lambda: load(position=77))

    colour = Attribute.objects.get(code="colour")
    assert (colour.labels, colour.position, colour.revision) == ({"en-US": "Colour"}, 77, 3)
    assert current_schema().attributes["colour"].labels == {"en-US": "Colour"}


def test_of_two_edits_of_one_family_the_later_is_refused(
    monkeypatch: pytest.MonkeyPatch, superuser: User
) -> None:
    make_structure()
    family = Family.objects.get()
    meet_before(monkeypatch, structure_base, "lock_structure")

    def save(label: str) -> Any:
        client = Client()
        client.force_login(superuser)
        return client.post(
            f"/admin/catalog/family/{family.pk}/change/", {"label_en-US": label, "seen": family.revision}
        )

    answers = at_once(lambda: save("Boots"), lambda: save("Slippers"))

    refused = next(answer for answer in answers if answer.status_code == 200)
    kept = refused.context["adminform"].form["label_en-US"].value()
    family.refresh_from_db()
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert "Somebody changed this since you opened the page." in refused.content.decode()
    assert {kept, family.labels["en-US"]} == {"Boots", "Slippers"}
    assert family.revision == 2


def test_a_product_made_while_structure_changes_is_derived_by_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_structure()
    maker = somebody("maker", superuser=True)
    job = approved(propose_product({"sku": "A", "name:en-US": "Racer"}, actor=maker))
    adapter_is_made, structure_is_changed = threading.Event(), threading.Event()
    hold = documents.hold_structure

    def hold_after_the_change() -> None:
        adapter_is_made.set()
        structure_is_changed.wait(timeout=10)
        hold()

    monkeypatch.setattr(documents, "hold_structure", hold_after_the_change)

    def change() -> None:
        adapter_is_made.wait(timeout=10)
        spec = {"attributes": [{"code": "name", "type": "text", "filterable": True}]}
        structure.load_structure(spec, actor=maker, reason="at once")
        run_job(Job.objects.get(kind=DERIVE_JOB).pk)
        structure_is_changed.set()

    at_once(lambda: run_job(job), change)

    assert list(FilterValue.objects.values_list("attribute", "text")) == [("name", "Racer")]
    assert list(derived.check()) == []
