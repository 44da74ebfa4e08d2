"""Incremental equals from scratch, and a check that names what does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from channels.models import Body, Channel, DirtyUnit, Listing, ListingVersion
from channels.services import recompute
from channels.services.recompute import check_all, rebuild_all
from channels.services.settings import update_channel
from tests.channels.test_publish import publish
from tests.factories.catalog import edit_product
from workflows.models import DirtyObject

Make = Callable[..., Any]
EDITS: list[dict[str, Any]] = [
    {"name:en-US": "x" * 151},
    {"name:en-US": "Short"},
    {"price.USD": None},
    {"price.USD": "10.5"},
    {"picture": None},
    {"picture": "shoe.png"},
    {"#state": "recalled"},
    {"#state": "active"},
    {"#state": "draft"},
    {"brand": None},
    {"brand": "Fjord"},
    {"colour": None},
    {"colour": "blue"},
    {"#categories": None},
    {"#categories": ["running"]},
]


@pytest.mark.django_db
def test_no_difference_after_random_changes_and_publications(
    google: Channel, make_good: Make, manager: User
) -> None:
    chance = random.Random(20261123)  # noqa: S311 - a fixed course of events
    products = [make_good(number) for number in range(4)]

    for step in range(40):
        edit = chance.choice(EDITS)
        product = edit_and_reload(chance.choice(products), edit)
        assert product is not None
        if chance.random() < 0.5:
            publish(chance.choice(["google", "shop"]))
        if step % 13 == 12:
            days = chance.randint(0, 3)
            update_channel(google.pk, {"hold_days": days}, actor=manager, reason="tests")
        assert check_all().differences == []
    publish("google")
    publish("shop")

    result = check_all()
    assert (result.differences, result.waiting) == ([], 0)
    assert result.compared["listings"] == Listing.objects.count()


def edit_and_reload(product: Any, values: dict[str, Any]) -> Any:
    """Apply an edit, or nothing when truth already says so."""
    from workflows.exceptions import ConcordError

    try:
        return edit_product(product.pk, values)
    except ConcordError:
        return product


@pytest.mark.django_db
def test_rebuilding_writes_nothing_where_nothing_moved(google: Channel, make_good: Make) -> None:
    make_good(1)
    publish("google")
    publish("shop")
    before = list(Listing.objects.order_by("id").values())

    counts = rebuild_all()

    assert counts == {"products": 1, "titles": 0, "evaluated": 4, "changed": 0, "held": 0}
    assert list(Listing.objects.order_by("id").values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"score": 3}, "score is 3, computed 100"),
        ({"rule_ids": " x "}, "rule_ids is ' x ', computed ''"),
        ({"candidate_offer": "0" * 40}, "candidate_offer is"),
        ({"version": 9}, "it names version 9, the latest is 1"),
    ],
)
def test_what_was_changed_behind_the_back_is_named(
    google: Channel, make_good: Make, change: dict[str, Any], named: str
) -> None:
    make_good(1)
    publish("google")
    publish("shop")
    Listing.objects.filter(channel=google, market="site_us").update(**change)
    out = StringIO()

    with pytest.raises(CommandError, match="differences"):
        call_command("recompute", check=True, stdout=out)

    assert named in out.getvalue()


@pytest.mark.django_db
def test_version_that_could_not_have_been_said_is_named(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    publish("google")
    edit_product(product.pk, {"name:en-US": "x" * 151, "price.USD": "99"})
    publish("google")
    publish("shop")
    assert check_all().differences == []

    version = ListingVersion.objects.get(number=2)
    ListingVersion.objects.filter(pk=version.pk).update(content=version.offer)
    Body.objects.filter(checksum=version.media).update(body="{}")

    found = check_all().differences
    assert any("version 2 can't have said its content" in line for line in found)
    assert any(line == f"body {version.media}: its content has another checksum" for line in found)
    assert any("it says something other than its latest version" in line for line in found)


@pytest.mark.django_db
def test_titles_that_are_sought_otherwise_are_named_and_written_anew(
    google: Channel, make_good: Make
) -> None:
    make_good(1)
    publish("google")
    publish("shop")
    said = Body.objects.filter(titles="trail runner 2")
    names = sorted(said.values_list("checksum", flat=True))
    Body.objects.filter(checksum=names[0]).update(titles="trail")

    assert check_all().differences == [f"body {names[0]}: its titles are sought otherwise"]
    assert rebuild_all()["titles"] == 1

    assert sorted(said.values_list("checksum", flat=True)) == names
    assert check_all().differences == []


@pytest.mark.django_db
def test_units_that_wait_are_counted_and_not_compared(google: Channel, make_good: Make) -> None:
    product = make_good(1)
    publish("google")
    publish("shop")
    edit_product(product.pk, {"name:en-US": "Other"})

    result = check_all()

    assert (result.differences, result.waiting, result.compared["listings"]) == ([], 2, 0)


def after_first_asking_what_waits(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Have somebody work once, right after a check has asked what waits."""
    honest = recompute._waiting
    worked: list[int] = []

    def waiting(*args: Any) -> Any:
        found = honest(*args)
        if not worked:
            worked.append(1)
            work()
        return found

    monkeypatch.setattr(recompute, "_waiting", waiting)


@pytest.mark.django_db
@pytest.mark.parametrize("published", [False, True])
def test_what_is_applied_while_the_check_runs_is_no_difference(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch, published: bool
) -> None:
    product = make_good(1)
    publish("google")
    publish("shop")

    def work() -> None:
        edit_product(product.pk, {"name:en-US": "Quite another title"})
        if published:
            publish("google")
            publish("shop")

    after_first_asking_what_waits(monkeypatch, work)

    assert check_all().differences == []


@pytest.mark.django_db
def test_difference_is_named_though_somebody_works_on_another_product(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = make_good(1), make_good(2)
    publish("google")
    publish("shop")
    Listing.objects.filter(channel=google, market="site_us", product=broken).update(score=1)
    after_first_asking_what_waits(monkeypatch, lambda: edit_product(other.pk, {"name:en-US": "Another"}))

    assert check_all().differences == ["google site_us en-US S-1: score is 1, computed 100"]


@pytest.mark.django_db
def test_checking_takes_back_its_marks_before_it_judges(
    google: Channel, make_good: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_good(1)
    publish("google")
    publish("shop")
    edit_product(product.pk, {"name:en-US": "Other"})
    logged = DirtyObject.objects.count()
    seen: list[tuple[int, int]] = []
    honest = recompute.judge_units

    def judge(*args: Any) -> Any:
        seen.append((DirtyUnit.objects.count(), DirtyObject.objects.count()))
        return honest(*args)

    monkeypatch.setattr(recompute, "judge_units", judge)

    assert check_all().differences == []

    assert seen == [(0, logged), (0, logged)]
