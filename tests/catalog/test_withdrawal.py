"""A delivery taken back: its source's next word is compared with what was true before it."""

from __future__ import annotations

import re
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from catalog.models import Delivery, Product, ReplacedShadow, Shadow
from catalog.services import intake
from catalog.services.withdrawal import withdraw_delivery
from tests.catalog.delivering import counts, deliver, interrupted
from tests.factories.catalog import edit_product, make_structure
from workflows.exceptions import ConcordError, Locked, NotAllowed, NotReady
from workflows.models import AuditEntry, Change, ChangeRequest, Source
from workflows.services.requests import withdraw_request
from workflows.services.reviews import refuse_request

ONE = "A-1,One,,,,,,active,,,"
TWO = "A-1,Two,,,,,,active,,,"
THREE = "A-1,Three,,,,,,active,,,"

needs_writers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)


def words() -> list[tuple[str, dict[str, Any], int]]:
    """Return what each shadow says, and by which delivery."""
    return list(Shadow.objects.order_by("pk").values_list("sku_folded", "mapped", "delivery_id"))


@pytest.mark.usefixtures("structure")
def test_an_unfinished_delivery_is_withdrawn_and_its_source_delivers_again(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path, ONE)
    before = words()
    delivery = interrupted(tmp_path, monkeypatch, TWO, "N-1,New,,,,,,,,,", "N-2,Newer,,,,,,,,,", chunks=2)
    with pytest.raises(CommandError, match=rf"nordic.csv \({delivery.pk}\).*withdraw the delivery"):
        deliver(tmp_path, THREE)
    new_id = Shadow.objects.get(sku_folded="n-1").product_id

    out = StringIO()
    call_command("withdraw_delivery", str(delivery.pk), user="merchandiser", stdout=out)

    delivery.refresh_from_db()
    assert out.getvalue() == f"Delivery {delivery.pk}, nordic.csv, is withdrawn.\n"
    assert (delivery.state, delivery.request.state) == ("withdrawn", "withdrawn")
    assert words() == [*before, ("n-1", {}, delivery.pk)]
    assert not ReplacedShadow.objects.exists()
    entry = AuditEntry.objects.get(action="delivery.withdraw")
    assert (entry.actor, entry.target_id) == (people["merchandiser"], str(delivery.pk))

    report = deliver(tmp_path, TWO, "N-1,New,,,,,,,,,")

    assert counts(report) == (2, 1, 1, 0, 0)
    assert report["conflicts"] == 0
    assert Product.objects.get(sku="A-1").document["name:en-US"] == "Two"
    assert Product.objects.get(sku="N-1").pk == new_id


@pytest.mark.usefixtures("structure")
def test_an_unfinished_delivery_that_proposed_nothing_is_withdrawn_too(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path, ONE)
    delivery = interrupted(tmp_path, monkeypatch, ONE, TWO)
    assert delivery.request is None

    withdraw_delivery(delivery.pk, actor=people["merchandiser"])

    assert counts(deliver(tmp_path, TWO)) == (1, 0, 1, 0, 0)


@pytest.mark.usefixtures("structure")
def test_who_may_deliver_for_the_source_withdraws_what_a_colleague_began(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = interrupted(tmp_path, monkeypatch, ONE, "N-1,New,,,,,,,,,")
    before = (words(), list(ChangeRequest.objects.values_list("state", flat=True)))

    with pytest.raises(NotAllowed):
        withdraw_delivery(delivery.pk, actor=people["channel_manager"])
    delivery.refresh_from_db()
    assert delivery.state == "reading"
    assert (words(), list(ChangeRequest.objects.values_list("state", flat=True))) == before

    withdraw_delivery(delivery.pk, actor=people["admin"])
    assert ChangeRequest.objects.get().state == "withdrawn"


@pytest.mark.usefixtures("structure")
def test_a_delivery_read_to_its_end_is_withdrawn_by_its_request_alone(
    tmp_path: Path, people: dict[str, User]
) -> None:
    report = deliver(tmp_path, ONE, approve=False)

    with pytest.raises(NotReady, match="withdraw its change request"):
        withdraw_delivery(report["delivery"], actor=people["merchandiser"])
    assert ChangeRequest.objects.get().state == "submitted"
    with pytest.raises(CommandError, match="There is no delivery 4711"):
        call_command("withdraw_delivery", "4711", user="merchandiser")


@pytest.mark.usefixtures("structure")
def test_what_was_withdrawn_is_proposed_again(tmp_path: Path, people: dict[str, User]) -> None:
    report = deliver(tmp_path, ONE, approve=False)
    withdraw_request(report["request"], actor=people["merchandiser"])
    assert Delivery.objects.get().state == "withdrawn"

    again = deliver(tmp_path, ONE)

    assert counts(again) == (1, 1, 0, 0, 0)
    assert Product.objects.get().document["name:en-US"] == "One"


@pytest.mark.usefixtures("structure")
def test_what_was_refused_is_not_proposed_again(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, ONE)
    report = deliver(tmp_path, TWO, approve=False)
    refuse_request(report["request"], reviewer=people["reviewer"], reason="Ours is better")

    assert counts(deliver(tmp_path, TWO)) == (1, 0, 0, 1, 0)


@pytest.mark.usefixtures("structure")
def test_a_withdrawn_word_is_no_merge_base(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, ONE)
    edit_product(Product.objects.get().pk, {"name:en-US": "Ours"})
    report = deliver(tmp_path, TWO, approve=False)
    withdraw_request(report["request"], actor=people["merchandiser"])

    assert counts(deliver(tmp_path, ONE)) == (1, 0, 0, 1, 0)
    again = deliver(tmp_path, TWO)

    assert again["conflicts"] == 1
    assert Change.objects.get(request=again["request"]).base == {"name:en-US": "One"}


@pytest.mark.usefixtures("structure")
@pytest.mark.parametrize("first", ["older", "newer"])
def test_of_two_deliveries_each_is_withdrawn_by_itself(
    tmp_path: Path, people: dict[str, User], first: str
) -> None:
    base = deliver(tmp_path, ONE, "A-2,Same,,,,,,active,,,")
    before = words()
    older = deliver(tmp_path, TWO, "A-2,Other,,,,,,active,,,", "N-1,New,,,,,,,,,", approve=False)
    newer = deliver(tmp_path, THREE, "N-1,Newer,,,,,,,,,", approve=False)
    withdraw = {"older": older, "newer": newer}

    withdraw_request(withdraw.pop(first)["request"], actor=people["merchandiser"])

    left = withdraw.popitem()[1]
    kept = {"older": ("Three", "Same", "Newer"), "newer": ("Two", "Other", "New")}[first]
    said = [mapped.get("name:en-US") for _sku, mapped, _delivery in words()]
    by = [delivery for _sku, _mapped, delivery in words()]
    assert said == list(kept)
    assert by == [
        left["delivery"],
        base["delivery"] if first == "older" else left["delivery"],
        left["delivery"],
    ]

    withdraw_request(left["request"], actor=people["merchandiser"])

    assert words()[:2] == before
    assert words()[2][:2] == ("n-1", {})


@pytest.mark.usefixtures("structure")
@pytest.mark.parametrize("settled", [True, False])
def test_what_a_newer_delivery_only_repeated_goes_with_the_older(
    tmp_path: Path, people: dict[str, User], settled: bool
) -> None:
    base = deliver(tmp_path, ONE)
    older = deliver(tmp_path, TWO, approve=False)
    newer = deliver(tmp_path, "A-1,Two,red,,,,,active,,,", approve=settled)
    newest = deliver(tmp_path, "A-1,Two,blue,,,,,active,,,", approve=False)
    assert Change.objects.get(request=newer["request"]).patch == {"colour": "red"}

    withdraw_request(older["request"], actor=people["merchandiser"])

    shadow = Shadow.objects.get()
    assert (shadow.mapped["name:en-US"], shadow.mapped["colour"]) == ("One", "blue")
    assert list(
        ReplacedShadow.objects.order_by("delivery").values_list(
            "delivery", "said_in", "mapped__name:en-US", "mapped__colour"
        )
    ) == [
        (newer["delivery"], base["delivery"], "One", None),
        (newest["delivery"], newer["delivery"], "One", "red"),
    ]
    again = deliver(tmp_path, "A-1,Two,blue,,,,,active,,,")
    assert counts(again) == (1, 0, 1, 0, 0)
    assert Product.objects.get().document["name:en-US"] == "Two"


@pytest.mark.usefixtures("structure")
def test_what_a_newer_request_holds_itself_stands(tmp_path: Path, people: dict[str, User]) -> None:
    older = deliver(tmp_path, "N-1,New,,,,,,active,,,", approve=False)
    newer = deliver(tmp_path, "N-1,New,red,,,,,active,,,", approve=False)
    held = Shadow.objects.get().mapped

    withdraw_request(older["request"], actor=people["merchandiser"])

    assert Shadow.objects.get().mapped == held
    assert Change.objects.get(request=newer["request"]).patch["name:en-US"] == "New"
    assert counts(deliver(tmp_path, "N-1,New,red,,,,,active,,,")) == (1, 0, 0, 1, 0)


@pytest.mark.usefixtures("structure")
def test_what_was_said_anew_after_something_else_stands(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, ONE)
    older = deliver(tmp_path, TWO, approve=False)
    deliver(tmp_path, THREE, approve=False)
    anew = deliver(tmp_path, TWO, approve=False)

    withdraw_request(older["request"], actor=people["merchandiser"])

    assert Shadow.objects.get().mapped["name:en-US"] == "Two"
    assert Change.objects.get(request=anew["request"]).patch == {"name:en-US": "Two"}


@pytest.mark.usefixtures("structure")
def test_what_was_before_a_settled_delivery_is_forgotten(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, ONE)
    settled = deliver(tmp_path, TWO)
    waiting = deliver(tmp_path, THREE, approve=False)
    assert list(ReplacedShadow.objects.values_list("delivery", flat=True)) == [waiting["delivery"]]
    assert settled["applied"] == {"applied": 1}

    withdraw_request(waiting["request"], actor=people["merchandiser"])

    assert [said["name:en-US"] for _sku, said, _delivery in words()] == ["Two"]


@pytest.mark.usefixtures("structure")
def test_a_reader_that_still_runs_stops_when_its_delivery_is_withdrawn(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CHUNK", 1)
    add = intake._Reading.take

    def withdraw_before_the_second(self: Any, numbered: Any) -> None:
        if numbered[0][0] == 2:
            withdraw_delivery(self.delivery.pk, actor=people["admin"])
        add(self, numbered)

    monkeypatch.setattr(intake._Reading, "take", withdraw_before_the_second)
    with pytest.raises(CommandError, match="withdrew this delivery"):
        deliver(tmp_path, ONE, "N-1,New,,,,,,,,,")

    assert [delivery.state for delivery in Delivery.objects.all()] == ["withdrawn"]
    assert words() == [("a-1", {}, Delivery.objects.get().pk)]
    assert ChangeRequest.objects.get().state == "withdrawn"


@needs_writers
@pytest.mark.django_db(transaction=True)
def test_reading_and_withdrawing_at_once_end_in_one_of_two_ways(
    tmp_path: Path, make_account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_structure()
    actor = make_account("merchandiser")
    source = Source.objects.create(code="nordic", kind="supplier", label="Nordic Textiles", rank=100)
    monkeypatch.setattr(intake, "CHUNK", 1)
    rows = [
        intake.IncomingRow("f.csv", number, f"A-{number}", {"sku": f"A-{number}"}, {"#state": "active"})
        for number in range(1, 30)
    ]
    begun = threading.Event()
    raised: list[Exception] = []

    def read() -> None:
        try:
            intake.take_delivery(
                rows,
                source=source,
                actor=actor,
                name="f.csv",
                checksum="c",
                progress=lambda _counts: begun.set(),
            )
        except ConcordError as error:
            raised.append(error)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    begun.wait(10)
    withdraw_delivery(Delivery.objects.get().pk, actor=actor)
    reader.join()

    assert [type(error) for error in raised] == [Locked]
    assert Delivery.objects.get().state == "withdrawn"
    assert {str(mapped) for _sku, mapped, _delivery in words()} == {"{}"}
    assert (
        ChangeRequest.objects.get().changes.count()
        == Delivery.objects.get().position
        == Shadow.objects.count()
    )


@pytest.mark.usefixtures("structure")
def test_an_unfinished_delivery_is_withdrawn_on_its_page(
    client: Client, tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = interrupted(tmp_path, monkeypatch, ONE, TWO)
    address = f"/admin/catalog/delivery/{delivery.pk}/"

    client.force_login(people["reviewer"])
    page = client.get(f"{address}change/").content.decode()
    assert re.search(r'<button class="cc-button cc-button-danger" type="submit" disabled', page)
    assert "not propose changes" in page
    client.post(f"{address}withdraw/")
    delivery.refresh_from_db()
    assert delivery.state == "reading"

    client.force_login(people["merchandiser"])
    assert client.get(f"{address}withdraw/").status_code == 403
    assert client.post("/admin/catalog/delivery/4711/withdraw/").status_code == 404
    page = client.post(f"{address}withdraw/", follow=True).content.decode()

    assert "Its source can deliver again." in page
    assert "It was withdrawn" in page
    assert "Withdraw this delivery" not in page
    assert "withdrawn: nothing of it counts" in client.get("/admin/").content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "withdrawn"


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 20, "²", "x"])
def test_what_can_be_no_number_of_a_delivery_is_not_found(
    client: Client, people: dict[str, User], number: str
) -> None:
    client.force_login(people["merchandiser"])

    assert client.get(f"/admin/catalog/delivery/{number}/change/").status_code == 404
