"""What lists and search make of an attribute changes: existing products follow, and nothing else moves."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from catalog.models import FilterValue, Use
from catalog.selectors import search_products
from catalog.services import derived, rederiving
from catalog.services.rederiving import DERIVE_JOB, Lag
from catalog.services.structure import load_structure
from tests.factories.catalog import make_product
from workflows.models import Job
from workflows.services.jobs import JobCancelled, JobContext, cancel_job, run_job

pytestmark = pytest.mark.usefixtures("structure")


@pytest.fixture
def change(superuser: User) -> Any:
    """Return a function that changes an attribute and returns the job this leads to."""

    def changing(code: str, kind: str, **said: Any) -> Job | None:
        load_structure({"attributes": [{"code": code, "type": kind, **said}]}, actor=superuser, reason="t")
        return Job.objects.filter(kind=DERIVE_JOB).order_by("pk").last()

    return changing


def finish(job: Job) -> Job:
    done = run_job(job.pk)
    assert done.state == "done", done.error
    return done


def test_what_becomes_filterable_is_filtered_by(change: Any) -> None:
    make_product("A-1", **{"name:en-US": "Racer"})
    make_product("A-2")

    job = finish(change("name", "text", filterable=True))

    assert list(FilterValue.objects.filter(attribute="name").values_list("text", flat=True)) == ["Racer"]
    assert (job.done, job.total, job.result) == (2, 2, {"products": 1})
    assert list(derived.check()) == []


def test_what_is_filtered_by_no_more_leaves_no_rows(change: Any) -> None:
    make_product("A-1", waterproof=True, stock_level=3)

    finish(change("stock_level", "integer", filterable=False))

    assert list(FilterValue.objects.values_list("attribute", flat=True)) == ["waterproof"]
    assert list(derived.check()) == []


def test_options_are_filtered_by_their_uses_without_a_job(change: Any) -> None:
    make_product("A-1", colour="red")

    assert change("colour", "select", filterable=False) is None

    assert list(derived.check()) == []


def test_what_becomes_searchable_is_found_and_what_stops_is_not(change: Any) -> None:
    shoe = make_product("A-1", **{"name:en-US": "Runner"})

    finish(change("name", "text", searchable=False))
    assert search_products("runner") == []

    finish(change("name", "text", searchable=True))
    assert search_products("runner") == [shoe.pk]
    assert list(derived.check()) == []


def test_another_entity_is_used_under_its_own_name(change: Any, superuser: User) -> None:
    make_product("A-1", brand="Fjord")
    entity = {"code": "maker", "records": [{"code": "Fjord"}]}
    load_structure({"entities": [entity]}, actor=superuser, reason="t")

    finish(change("brand", "reference", entity="maker"))

    assert list(Use.objects.values_list("target", flat=True)) == ["maker/Fjord"]
    assert list(derived.check()) == []


def test_a_new_label_needs_no_job(change: Any) -> None:
    assert change("colour", "select", labels={"en-US": "Colour"}) is None


def test_a_stopped_job_goes_on_where_it_stopped(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make_product(f"A-{number}", **{"name:en-US": "Racer"})
    job = change("name", "text", filterable=True)
    monkeypatch.setattr(rederiving, "CHUNK", 2)
    Job.objects.filter(pk=job.pk).update(state="running", lease_owner="me", lease_until="2099-01-01T00:00Z")
    save = JobContext.progress

    def stop_after_the_first(self: JobContext, *args: Any, **kwargs: Any) -> None:
        save(self, *args, **kwargs)
        raise JobCancelled

    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "progress", stop_after_the_first)
        with pytest.raises(JobCancelled):
            rederiving.derive_job(JobContext(Job.objects.get(pk=job.pk), "me"))
    assert FilterValue.objects.filter(attribute="name").count() == 2
    Job.objects.filter(pk=job.pk).update(state="queued", lease_until=None)

    done = finish(job)

    assert (done.done, done.result) == (5, {"products": 5})
    assert FilterValue.objects.filter(attribute="name").count() == 5
    assert list(derived.check()) == []


def test_what_a_cancelled_job_left_undone_is_known_and_taken_up_again(
    change: Any, client: Client, superuser: User, merchandiser: User
) -> None:
    make_product("A-1", **{"name:en-US": "Racer"})
    job = change("name", "text", filterable=True)

    cancel_job(job.pk, actor=superuser)
    assert run_job(job.pk).state == "cancelled"

    client.force_login(merchandiser)
    said = "bringing them up to date after a change of attributes was stopped (name)"
    assert said in client.get("/admin/catalog/product/").content.decode()
    again = change("name", "text", filterable=True)
    assert (again.params, Job.objects.filter(kind=DERIVE_JOB).count()) == ({"attributes": ["name"]}, 2)
    finish(again)
    assert list(derived.check()) == []
    assert rederiving.find_lag() is None
    change("name", "text", filterable=True)
    assert Job.objects.filter(kind=DERIVE_JOB).count() == 2


def test_an_older_job_does_not_speak_for_a_newer_change(change: Any, superuser: User) -> None:
    first = change("name", "text", filterable=True)
    second = change("name", "text", filterable=False)

    finish(first)
    assert rederiving.find_lag() == Lag(("name",), is_stopped=False)

    cancel_job(second.pk, actor=superuser)
    assert run_job(second.pk).state == "cancelled"
    assert rederiving.find_lag() == Lag(("name",), is_stopped=True)


def test_a_job_in_its_time_is_not_enqueued_twice(change: Any) -> None:
    change("name", "text", filterable=True)

    change("name", "text", filterable=True)

    assert Job.objects.filter(kind=DERIVE_JOB).count() == 1


def test_recomputing_everything_brings_what_lags_up_to_date(change: Any, superuser: User) -> None:
    make_product("A-1", **{"name:en-US": "Racer"})
    cancel_job(change("name", "text", filterable=True).pk, actor=superuser)

    call_command("recompute")

    assert rederiving.find_lag() is None
    assert list(derived.check()) == []


def test_the_list_says_that_filters_are_being_prepared(
    change: Any, client: Client, merchandiser: User
) -> None:
    client.force_login(merchandiser)
    job = change("name", "text", filterable=True)
    said = "Filters and search are being brought up to date"

    assert said in client.get("/admin/catalog/product/").content.decode()

    finish(job)
    assert said not in client.get("/admin/catalog/product/").content.decode()
