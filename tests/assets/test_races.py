"""Two people at the same moment. SQLite has one writer at a time, so these run on PostgreSQL."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from assets.locks import lock_assets
from assets.models import Asset, AssetVersion
from assets.services import adding
from assets.services.adding import AssetInput, add_assets
from assets.services.approval import approve_versions
from tests.factories.assets import make_asset, picture
from workflows.exceptions import Conflict

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads that start together; returns what each returned or raised."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = call()
        except Conflict as conflict:
            results[number] = conflict
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def together(monkeypatch: pytest.MonkeyPatch, *calls: Callable[[], Any]) -> list[Any]:
    """Run calls that add, each having looked at the assets there are before any writes."""
    meet = threading.Barrier(len(calls))
    write = adding._write_contents

    def wait_then_write(*args: Any) -> Any:
        meet.wait(timeout=10)
        return write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(adding, "_write_contents", wait_then_write)
        return at_once(*calls)


def test_two_versions_added_at_once_get_two_numbers(adder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_asset("a.png", picture(), actor=adder)

    together(
        monkeypatch,
        lambda: add_assets([AssetInput("a.png", picture("red"))], actor=adder, reason="r"),
        lambda: add_assets([AssetInput("a.png", picture("green"))], actor=adder, reason="r"),
    )

    assert list(AssetVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_a_code_added_twice_at_once_is_one_asset(adder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    results = together(
        monkeypatch,
        lambda: add_assets([AssetInput("a.png", picture("red"))], actor=adder, reason="r"),
        lambda: add_assets([AssetInput("A.png", picture("green"))], actor=adder, reason="r"),
    )

    refused = [str(result) for result in results if isinstance(result, Conflict)]
    assert refused in ([], ["Somebody added one of these assets at the same moment. Add the files again."])
    assert Asset.objects.count() == 1
    assert AssetVersion.objects.count() == 2 - len(refused)


def test_an_approval_is_given_once(adder: User, approver: User) -> None:
    make_asset("a.png", picture(), actor=adder)

    results = at_once(
        *[lambda: approve_versions(["a.png"], approver=approver, reason="r") for _each in range(2)]
    )

    assert sorted(len(result.approved) for result in results) == [0, 1]
    assert Asset.objects.get().revision == 2


def test_assets_are_locked_in_the_order_of_their_ids(adder: User) -> None:
    make_asset("a.png", picture(), actor=adder)

    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        lock_assets({"a.png"})

    sql = next(query["sql"] for query in captured.captured_queries if "assets_asset" in query["sql"])
    assert sql.endswith('ORDER BY "assets_asset"."id" ASC FOR UPDATE OF "assets_asset"')
