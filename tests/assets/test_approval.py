"""Approving versions: four eyes, what was looked at, and the last one approved is current."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assets.models import Asset, AssetVersion
from assets.services.approval import approve_versions
from tests.factories.assets import make_asset, make_asset_user, picture
from workflows.exceptions import NotAllowed
from workflows.models import AuditEntry, ChangeRequest, DirtyObject, Source

pytestmark = pytest.mark.django_db


def make_request(author: User) -> ChangeRequest:
    source, _created = Source.objects.get_or_create(code="erp", defaults={"label": "ERP", "kind": "erp"})
    return ChangeRequest.objects.create(title="Delivery", source=source, author=author)


def test_approval_makes_the_newest_version_current_and_leaves_traces(adder: User, approver: User) -> None:
    make_asset("a.png", actor=adder)
    DirtyObject.objects.all().delete()

    result = approve_versions(["a.png"], approver=approver, reason="good light")

    asset, version = Asset.objects.get(), AssetVersion.objects.get()
    assert (result.approved, result.unchanged, result.refused) == (("a.png",), (), {})
    assert (asset.current, asset.revision) == (version, 2)
    assert (version.approved_by, version.change_request) == (approver, None)
    assert version.approved_at is not None
    newest = Asset.history.latest()
    assert (newest.history_type, newest.revision, newest.history_user, newest.history_change_reason) == (
        "~",
        2,
        approver,
        "good light",
    )
    assert list(DirtyObject.objects.values_list("model", "object_id")) == [("assets.asset", "a.png")]
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert (entry.action, entry.target_id, entry.details) == (
        "asset.approve",
        "a.png",
        {"versions": {"a.png": 1}},
    )


def test_approving_again_changes_nothing(adder: User, approver: User) -> None:
    make_asset("a.png", actor=adder, approver=approver)

    result = approve_versions(["a.png"], approver=approver, reason="r")

    assert (result.approved, result.unchanged) == ((), ("a.png",))
    assert (Asset.objects.get().revision, Asset.history.count()) == (2, 2)


def test_who_added_a_version_cannot_approve_it_superusers_included(superuser: User) -> None:
    make_asset("a.png", actor=superuser)

    result = approve_versions(["a.png"], approver=superuser, reason="r")

    assert result.refused == {"a.png": "Who added a version cannot approve it. Ask a colleague."}
    assert Asset.objects.get().current is None


@pytest.mark.parametrize("who", ["adder", "viewer", "stranger"])
def test_approving_needs_its_right(who: str, adder: User, request: pytest.FixtureRequest) -> None:
    make_asset("a.png", actor=adder)

    with pytest.raises(NotAllowed) as caught:
        approve_versions(["a.png"], approver=request.getfixturevalue(who), reason="r")

    assert str(caught.value) == "You need the right to approve assets."
    assert AssetVersion.objects.filter(approved_at__isnull=False).count() == 0


def test_with_a_change_request_its_approver_needs_no_right_of_this_app(adder: User, stranger: User) -> None:
    make_asset("a.png", actor=adder)
    request = make_request(adder)

    approve_versions(["a.png"], approver=stranger, reason="r", change_request_id=request.pk)

    assert AssetVersion.objects.get().change_request == request
    assert Asset.history.latest().change_request_id == request.pk
    assert AuditEntry.objects.filter(action="asset.approve").get().request == request


def test_only_the_version_that_was_looked_at_is_approved(adder: User, approver: User) -> None:
    make_asset("a.png", picture("navy"), actor=adder)
    make_asset("a.png", picture("red"), actor=adder)

    approve_versions(["a.png"], approver=approver, reason="r", numbers={"a.png": 1})

    assert list(AssetVersion.objects.filter(approved_at__isnull=False).values_list("number", flat=True)) == [
        1
    ]
    assert Asset.objects.get().current.number == 1


def test_an_overtaken_version_is_refused(adder: User, approver: User) -> None:
    make_asset("a.png", picture("navy"), actor=adder)
    make_asset("a.png", picture("red"), actor=adder, approver=approver)

    result = approve_versions(["a.png"], approver=approver, reason="r", numbers={"a.png": 1})

    assert result.refused == {"a.png": "Version 2 was approved after version 1 was added."}
    assert Asset.objects.get().current.number == 2


def test_unknown_codes_and_versions_are_told(adder: User, approver: User) -> None:
    make_asset("a.png", actor=adder)

    result = approve_versions(["A.PNG", "a.png", "b"], approver=approver, reason="r", numbers={"a.png": 7})

    assert result.refused == dict.fromkeys(("A.PNG", "a.png", "b"), "There is no such asset or version.")


def test_twenty_approvals_take_as_many_queries_as_two(adder: User, approver: User) -> None:
    for number in range(23):
        make_asset(f"{number}.png", actor=adder)

    def queries(numbers: range) -> int:
        with CaptureQueriesContext(connection) as captured:
            approve_versions([f"{number}.png" for number in numbers], approver=approver, reason="r")
        return len(captured)

    queries(range(22, 23))  # warms the permission cache
    assert queries(range(2)) == queries(range(2, 22)) <= 11


@pytest.mark.parametrize(
    ("over", "constraint"),
    [
        ({"number": 1}, "number"),
        ({"number": 0}, "asset_version_number_is_positive"),
        ({"approved_at": datetime(2026, 1, 1, tzinfo=UTC)}, "approved_asset_version_has_an_approver"),
        ({"approved_by": "approver"}, "approved_asset_version_has_an_approver"),
        (
            {"approved_by": "adder", "approved_at": datetime(2026, 1, 1, tzinfo=UTC)},
            "asset_version_takes_four_eyes",
        ),
        ({"change_request": True}, "asset_version_request_only_with_approval"),
    ],
)
def test_the_database_refuses_impossible_versions(
    over: dict[str, Any], constraint: str, adder: User, approver: User
) -> None:
    asset = make_asset("a.png", actor=adder)
    people = {"adder": adder, "approver": approver}
    values = {
        name: people.get(value, value) if isinstance(value, str) else value for name, value in over.items()
    }
    if "change_request" in values:
        values["change_request"] = make_request(adder)
    file = asset.versions.get().file

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        AssetVersion.objects.create(
            **{"asset": asset, "number": 2, "file": file, "file_name": "a", "created_by": adder, **values}
        )


def test_the_database_refuses_two_codes_that_differ_by_case(adder: User) -> None:
    make_asset("a.png", actor=adder)

    with pytest.raises(IntegrityError, match="code"), transaction.atomic():
        Asset.objects.create(code="A.png", code_folded="a.png", kind="image")


def test_an_approval_is_never_taken_back_or_rewritten(adder: User, approver: User) -> None:
    make_asset("a.png", actor=adder, approver=approver)
    other = make_asset_user("other", "approve_asset")
    version = AssetVersion.objects.get()

    assert AssetVersion.objects.filter(pk=version.pk).update(approved_by=other) == 0
    for attempt in (version.save, version.delete, lambda: AssetVersion.objects.update(number=9)):
        with pytest.raises(NotAllowed):
            attempt()
    assert AssetVersion.objects.get().approved_by == approver
