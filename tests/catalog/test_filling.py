"""A draft that a delivery still fills: nobody hands it over or rewrites it under the reader's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Delivery, Product
from catalog.services import intake
from tests.catalog.delivering import counts, deliver, interrupted
from tests.factories.requests import make_request
from workflows.exceptions import NotAllowed, NotReady
from workflows.models import Change, ChangeRequest
from workflows.services.requests import ProposedChange, add_changes, submit_request
from workflows.services.reviews import edit_key, leave_out_key

pytestmark = pytest.mark.usefixtures("structure")

ROWS = ("A-1,Two,,,,,,active,,,", "A-2,Two,,,,,,active,,,")


@pytest.fixture
def filled(tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> Delivery:
    """A delivery of two changed rows that died after the first."""
    deliver(tmp_path, "A-1,One,,,,,,active,,,", "A-2,One,,,,,,active,,,")
    return interrupted(tmp_path, monkeypatch, *ROWS)


def test_a_request_that_is_still_filled_is_not_submitted(
    client: Client, tmp_path: Path, people: dict[str, User], filled: Delivery
) -> None:
    client.force_login(people["merchandiser"])
    address = f"/admin/workflows/changerequest/{filled.request_id}/"
    told = f"The delivery nordic.csv ({filled.pk}), which fills this request, was not read to its end."

    with pytest.raises(NotReady, match="was not read to its end"):
        submit_request(filled.request_id, actor=people["merchandiser"])
    page = client.post(f"{address}decide/", {"step": "submit", "reason": "x"}, follow=True).content.decode()
    assert told in page
    page = client.get(f"{address}change/").content.decode()

    assert told in page
    assert 'value="submit"' not in page
    assert 'name="leave_out"' not in page
    assert 'value="withdraw"' in page
    assert ChangeRequest.objects.get(pk=filled.request_id).state == "draft"

    assert counts(deliver(tmp_path, *ROWS)) == (2, 0, 2, 0, 0)
    assert sorted(Product.objects.values_list("sku", "document__name:en-US")) == [
        ("A-1", "Two"),
        ("A-2", "Two"),
    ]
    assert Delivery.objects.get(pk=filled.pk).state == "done"


def test_a_request_that_is_still_filled_is_not_rewritten(
    tmp_path: Path, people: dict[str, User], filled: Delivery
) -> None:
    author = people["merchandiser"]
    change = Change.objects.get(request=filled.request_id)

    with pytest.raises(NotAllowed, match="was not read to its end"):
        leave_out_key(filled.request_id, change.pk, "name:en-US", actor=author)
    with pytest.raises(NotAllowed, match="was not read to its end"):
        edit_key(filled.request_id, change.pk, "name:en-US", "Mine", actor=author)

    assert Change.objects.get(request=filled.request_id).patch == {"name:en-US": "Two"}
    assert counts(deliver(tmp_path, *ROWS)) == (2, 0, 2, 0, 0)


def test_a_request_is_not_submitted_between_two_chunks(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", 1)
    take = intake._Reading.take

    def submit_before_the_second(self: Any, numbered: Any) -> None:
        if numbered[0][0] == 2:
            with pytest.raises(NotReady):
                submit_request(self.delivery.request_id, actor=people["merchandiser"])
        take(self, numbered)

    monkeypatch.setattr(intake._Reading, "take", submit_before_the_second)
    report = deliver(tmp_path, "N-1,One,,,,,,active,,,", "N-2,Two,,,,,,active,,,")

    assert counts(report) == (2, 2, 0, 0, 0)
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["N-1", "N-2"]


def test_what_is_past_its_draft_takes_no_further_change(people: dict[str, User]) -> None:
    request = make_request(people["merchandiser"])
    before = request.changes.count()
    change = request.changes.get()
    more = ProposedChange(change.model, change.object_id, "Late", {"name:en-US": "Late"})

    with pytest.raises(NotReady, match="nothing can be added to it"):
        add_changes(request, [more])

    assert request.changes.count() == before
