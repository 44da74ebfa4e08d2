"""Two hundred random changes, decisions and publications: incremental always equals from scratch."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from catalog.models import Product
from catalog.services.products import plan_edit, propose_edit
from catalog.services.structure import load_structure
from channels.models import Channel, Listing
from channels.services.publish import request_publication
from channels.services.recompute import check_all
from channels.services.settings import update_channel
from tests.channels.conftest import GOOD
from tests.factories.assets import make_asset, picture
from tests.factories.catalog import STRUCTURE, approve_and_apply, make_product
from workflows.constants import RequestState
from workflows.exceptions import ConcordError
from workflows.models import ChangeRequest
from workflows.services.jobs import run_job
from workflows.services.reviews import refuse_request

VALUES: tuple[dict[str, Any], ...] = (
    {"name:en-US": "Short"},
    {"name:en-US": "x" * 180},
    {"name:en-US@site_us": "Only there"},
    {"name:en-US@site_us": None},
    {"name:de-DE": None},
    {"name:de-DE": "Kurz"},
    {"description:en-US": None},
    {"description:en-US": "<p>Something</p>"},
    {"price.USD": None},
    {"price.USD": "1.00"},
    {"price.EUR@site_de": "2.00"},
    {"picture": None},
    {"picture": "shoe.png"},
    {"picture": "other.png"},
    {"brand": {"$empty": True}},
    {"brand": "Fjord"},
    {"colour": "blue"},
    {"colour": None},
    {"tags": ["new", "eco"]},
    {"tags": ["sale"]},
    {"weight": "310 g"},
    {"waterproof": True},
    {"#state": "recalled"},
    {"#state": "active"},
    {"#state": "draft"},
    {"#categories": ["running"]},
    {"#categories": None},
    {"gtin": None},
)


def publish(code: str) -> None:
    job = run_job(request_publication(code, actor=None).pk)
    assert job.state == "done", job.error


@pytest.mark.django_db
def test_two_hundred_steps_leave_no_difference(
    google: Channel, make_good: Callable[..., Any], manager: User, cast: dict[str, User]
) -> None:
    chance = random.Random(952)  # noqa: S311 - a fixed course of events
    author, reviewer = cast["merchandiser"], cast["reviewer"]
    make_asset("other.png", picture(size=(300, 300)), actor=manager, approver=cast["admin"])
    parent = make_product("P-1", **{**GOOD, "#kind": "parent", "colour": None})
    ids = [make_good(number).pk for number in range(4)]
    for number, colour in enumerate(("red", "blue")):
        variant = {"#kind": "variant", "#parent": str(parent.pk), "colour": colour}
        ids.append(make_product(f"V-{number}", **variant).pk)
    ids.append(parent.pk)
    seen: set[str] = set()
    done = dict.fromkeys(("edit", "refuse", "publish", "label", "settings", "picture"), 0)

    for step in range(200):
        kind = chance.choices(tuple(done), weights=(60, 6, 25, 4, 3, 2))[0]
        done[kind] += 1
        if kind in ("edit", "refuse"):
            edits: dict[str, Any] = {}
            for values in chance.sample(VALUES, chance.randint(1, 3)):
                edits.update(values)
            try:
                request = propose_edit(chance.choice(ids), edits, actor=author)
            except ConcordError:
                continue
            if kind == "refuse":
                refuse_request(request.pk, reviewer=reviewer, reason="no")
            elif chance.random() < 0.8:
                approve_and_apply(request.pk, reviewer)
        elif kind == "publish":
            publish(chance.choice(("google", "shop")))
            seen.update(Listing.objects.values_list("state", flat=True))
        elif kind == "label":
            option = {"code": "red", "labels": {"en-US": f"Red {step}"}}
            load_structure(
                {"attributes": [{**STRUCTURE["attributes"][5], "options": [option]}]},
                actor=manager,
                reason="tests",
            )
        elif kind == "settings":
            update_channel(google.pk, {"hold_days": chance.randint(0, 9)}, actor=manager, reason="tests")
        else:
            size = chance.choice((120, 600, 1600))
            make_asset("other.png", picture(size=(size, size)), actor=manager, approver=cast["admin"])
        if step % 20 == 19:
            assert check_all().differences == []

    for request in ChangeRequest.objects.filter(state=RequestState.SUBMITTED):
        approve_and_apply(request.pk, reviewer)
    publish("google")
    publish("shop")
    result = check_all()
    assert (result.differences, result.waiting) == ([], 0)
    assert min(done.values()) > 0
    assert seen >= {"live", "held", "partly_held", "withdrawn"}
    for product in Product.objects.all():
        assert product.revision == Product.history.filter(id=product.pk).count()
        assert plan_edit(product.pk, product.document).patch == {}
