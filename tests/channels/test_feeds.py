"""Feed files say what the record of handovers says, whatever went wrong while they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from channels.models import Channel, FeedRun, Handover
from channels.services import feeds
from channels.services.publish import request_publication
from tests.channels.test_publish import feed, publish
from tests.factories.catalog import edit_product
from tests.factories.listings import set_stock
from workflows.models import Job
from workflows.services.jobs import cancel_job, run_job

Make = Callable[..., Any]
PLACES = ("site_us_en-US_USD", "site_de_de-DE_EUR")
pytestmark = pytest.mark.django_db


def in_files(channel: Channel) -> list[list[str]]:
    """Return the ids that each place's file holds."""
    return [[row["id"] for row in feed(channel, place)] for place in PLACES]


def handed_over() -> int:
    """Return how many versions the record says the files hold."""
    return Handover.objects.filter(until_run=None).count()


def break_files(monkeypatch: pytest.MonkeyPatch, how: str, job: Job) -> None:
    """Make the writing of files end early: by a full disk, somebody's cancel, or a kill."""
    honest = feeds._write_files

    def breaks(*args: Any) -> Any:
        if how == "full disk":
            raise OSError("disk full")
        if how == "kill":
            raise KeyboardInterrupt
        cancel_job(job.pk, actor=None)
        return honest(*args)

    monkeypatch.setattr(feeds, "_write_files", breaks)


@pytest.mark.parametrize(("how", "state"), [("full disk", "failed"), ("cancel", "cancelled")])
def test_files_that_were_not_written_are_written_by_the_next_publication(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch, how: str, state: str
) -> None:
    make_good(1)
    publish()
    make_good(2)
    job = request_publication("google", actor=None)
    with monkeypatch.context() as broken:
        break_files(broken, how, job)
        assert run_job(job.pk).state == state

    publish()

    assert in_files(google) == [["S-1", "S-2"], ["S-1", "S-2"]]
    assert handed_over() == 4


def test_files_that_were_not_written_are_written_by_the_resumed_job(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_good(1)
    publish()
    make_good(2)
    job = request_publication("google", actor=None)
    with monkeypatch.context() as broken:
        break_files(broken, "kill", job)
        with pytest.raises(KeyboardInterrupt):
            run_job(job.pk)
    Job.objects.filter(pk=job.pk).update(state="queued", lease_owner="", lease_until=None)

    assert run_job(job.pk).state == "done"

    assert in_files(google) == [["S-1", "S-2"], ["S-1", "S-2"]]
    assert handed_over() == 4


def test_attempt_that_died_between_two_files_is_not_taken_for_the_last_run(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_good(1)
    set_stock(product, "in_stock")
    publish()
    set_stock(product, "out_of_stock", observed_at=timezone.now())
    honest = feeds._write_tsv
    written: list[str] = []

    def breaks(handle: Any, plan: Any, place: Any, *rest: Any) -> int:
        if written:
            raise OSError("disk full")
        written.append(place.market)
        return honest(handle, plan, place, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(feeds, "_write_tsv", breaks)
        assert run_job(request_publication("google", actor=None).pk).state == "failed"
    set_stock(product, "in_stock", observed_at=timezone.now())

    publish()

    assert [feed(google, place)[0]["availability"] for place in PLACES] == ["in_stock", "in_stock"]


def test_status_that_moves_and_moves_back_is_in_the_files(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, other = make_good(1), make_good(2)
    set_stock(product, "in_stock")
    publish()
    edit_product(other.pk, {"name:en-US": "Quite another shoe"})
    honest = feeds._write_files

    def meanwhile(*args: Any) -> Any:
        set_stock(product, "out_of_stock", observed_at=timezone.now())
        return honest(*args)

    with monkeypatch.context() as moving:
        moving.setattr(feeds, "_write_files", meanwhile)
        publish()
    assert [feed(google, place)[0]["availability"] for place in PLACES] == ["out_of_stock"] * 2
    set_stock(product, "in_stock", observed_at=timezone.now())

    publish()

    assert [feed(google, place)[0]["availability"] for place in PLACES] == ["in_stock"] * 2


def test_status_that_moves_between_two_files_is_written_again(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_good(1)
    publish()
    set_stock(product, "in_stock")
    honest = feeds._write_tsv

    def meanwhile(*args: Any) -> int:
        rows = honest(*args)
        set_stock(product, "out_of_stock", observed_at=timezone.now())
        return rows

    with monkeypatch.context() as moving:
        moving.setattr(feeds, "_write_tsv", meanwhile)
        publish()
    assert sorted(feed(google, place)[0]["availability"] for place in PLACES) == ["in_stock", "out_of_stock"]

    publish()

    assert [feed(google, place)[0]["availability"] for place in PLACES] == ["out_of_stock"] * 2


def test_run_that_moves_nothing_leaves_the_files_alone(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_stock(make_good(1), "in_stock")
    first = publish()

    def fails(*_args: Any) -> Iterator[Any]:
        raise AssertionError("the files were written")

    monkeypatch.setattr(feeds, "_write_files", fails)

    assert publish()["files"] == first["files"]
    assert list(FeedRun.objects.order_by("pk").values_list("files_begun", flat=True)) == [True, False]
