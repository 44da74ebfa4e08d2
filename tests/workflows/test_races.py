"""Two people or runners at the same moment. SQLite has one writer at a time, so these run on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from catalog.models import Product
from catalog.services.products import people_source, propose_edit
from tests.factories.catalog import make_product, make_structure
from tests.factories.requests import make_request
from workflows.constants import Decision, JobState, Outcome, RequestState
from workflows.exceptions import ConcordError, NotAllowed, StaleRevision
from workflows.models import AuditEntry, Change, ChangeRequest, Job
from workflows.rules.digests import seen_digest
from workflows.services import apply as apply_module
from workflows.services.apply import apply_chunk
from workflows.services.jobs import run_job
from workflows.services.requests import ProposedChange, propose_changes, withdraw_request
from workflows.services.resuming import resume_request
from workflows.services.reviews import (
    approve_request,
    ask_changes,
    decide_key,
    edit_key,
    last_step,
    refuse_request,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
ROUNDS = 5


@pytest.fixture(autouse=True)
def _roles_and_structure(transactional_db: None) -> None:
    make_structure()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads that start together; returns what each returned, or the domain error it raised.

    A deadlock, or anything else that is no domain error, fails the test.
    """
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)
    failures: list[BaseException] = []

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            results[number] = call()
        except ConcordError as error:
            results[number] = error
        except BaseException as error:  # noqa: BLE001 - shown by the test, not lost with the thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    return results


def refused(results: list[Any]) -> list[type[ConcordError]]:
    return [type(result) for result in results if isinstance(result, ConcordError)]


def requests(author: User, count: int = ROUNDS, **over: Any) -> Iterator[ChangeRequest]:
    """Yield requests for products of their own."""
    for number in range(count):
        yield make_request(author, sku=f"R-{number}", **over)


def jobs_of(request: ChangeRequest) -> int:
    return Job.objects.filter(params__request=request.pk).count()


def test_of_two_decisions_at_once_one_counts(
    merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    second = make_account("reviewer", "second")
    others: list[Callable[[int], Any]] = [
        lambda pk: approve_request(pk, reviewer=second),
        lambda pk: refuse_request(pk, reviewer=second, reason="no"),
        lambda pk: ask_changes(pk, reviewer=second, reason="why"),
    ]
    for request in requests(merchandiser, 9):
        results = at_once(
            lambda pk=request.pk: approve_request(pk, reviewer=reviewer),
            partial(others[request.pk % 3], request.pk),
        )

        request.refresh_from_db()
        assert refused(results) == [NotAllowed]
        assert request.reviews.count() == 1
        assert jobs_of(request) == (1 if request.state == RequestState.APPROVED else 0)


def test_what_is_taken_back_as_it_is_approved_never_becomes_true(merchandiser: User, reviewer: User) -> None:
    for request in requests(merchandiser):
        results = at_once(
            lambda pk=request.pk: approve_request(pk, reviewer=reviewer),
            lambda pk=request.pk: withdraw_request(pk, actor=merchandiser),
        )

        for job in Job.objects.filter(params__request=request.pk):
            assert run_job(job.pk).state == JobState.FAILED
        request.refresh_from_db()
        # Taken back before or after the approval: both ways it is withdrawn, and only the approval may fail.
        assert request.state == RequestState.WITHDRAWN
        assert not isinstance(results[1], ConcordError)
        assert Product.objects.get(pk=request.changes.get().object_id).revision == 1


def test_what_is_taken_back_as_it_is_applied_is_one_or_the_other(merchandiser: User, reviewer: User) -> None:
    for request in requests(merchandiser):
        job = approve_request(request.pk, reviewer=reviewer)

        at_once(
            lambda pk=job.pk: run_job(pk),
            lambda pk=request.pk: withdraw_request(pk, actor=merchandiser),
        )

        request.refresh_from_db()
        job.refresh_from_db()
        revision = Product.objects.get(pk=request.changes.get().object_id).revision
        assert (request.state, job.state, revision) in [
            (RequestState.APPLIED, JobState.DONE, 2),
            (RequestState.WITHDRAWN, JobState.FAILED, 1),
        ]


def test_an_approval_covers_no_edit_its_reviewer_did_not_see(
    merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    second, third = make_account("reviewer", "second"), make_account("reviewer", "third")
    for request in requests(merchandiser):
        change, seen = request.changes.get(), last_step(request.pk)

        approval, edit = at_once(
            lambda pk=request.pk, seen=seen: approve_request(pk, reviewer=reviewer, seen=seen),
            lambda pk=request.pk, change=change.pk: edit_key(pk, change, "name:en-US", "Mine", actor=second),
        )

        assert len(refused([approval, edit])) == 1
        if isinstance(approval, ConcordError):
            assert isinstance(approval, StaleRevision)
            approval = approve_request(request.pk, reviewer=third)
        run_job(approval.pk)
        name = Product.objects.get(pk=change.object_id).document["name:en-US"]
        assert name == (change.patch["name:en-US"] if isinstance(edit, ConcordError) else "Mine")


def test_a_conflict_taken_as_truth_moves_loses_no_update(
    merchandiser: User, reviewer: User, make_account: Callable[..., User]
) -> None:
    second = make_account("reviewer", "second")
    product_id = make_product("R-1", **{"name:en-US": "Old"}).pk
    for number in range(ROUNDS):
        product = Product.objects.get(pk=product_id)
        ours = {"name:en-US": product.document["name:en-US"]}
        request = propose(merchandiser, {product: {"name:en-US": f"Proposed {number}"}}, ours=ours)
        change = request.changes.get()
        seen = seen_digest(f"Proposed {number}", ours["name:en-US"])
        mover = propose_edit(product_id, {"name:en-US": f"Moved {number}"}, actor=merchandiser)
        moving = approve_request(mover.pk, reviewer=second)

        taken, _moved = at_once(
            lambda pk=request.pk, change=change.pk, seen=seen: decide_key(
                pk, change, "name:en-US", Decision.TAKEN, reviewer=reviewer, seen=seen
            ),
            lambda pk=moving.pk: run_job(pk),
        )

        mover.refresh_from_db()
        assert mover.state == RequestState.APPLIED
        if isinstance(taken, ConcordError):
            assert isinstance(taken, StaleRevision)
        else:
            run_job(approve_request(request.pk, reviewer=reviewer).pk)
            assert request.followed_by.count() == 1  # truth moved after the decision: a person decides again
        assert Product.objects.get(pk=product_id).document["name:en-US"] == f"Moved {number}"


def propose(
    author: User, patches: dict[Product, dict[str, Any]], *, ours: dict[str, Any] | None = None
) -> ChangeRequest:
    """Return a submitted request of patches over truth as it is, in their order, in conflict with `ours`."""
    changes = [
        ProposedChange(
            model="catalog.product",
            object_id=product.pk,
            label=product.sku,
            patch=patch,
            base={} if ours else {key: product.document[key] for key in patch if key in product.document},
            base_revision=product.revision,
            conflicts=ours or {},
        )
        for product, patch in patches.items()
    ]
    return propose_changes(changes, title="Race", actor=author, source=people_source())


def test_two_requests_applied_at_once_to_the_same_products_lose_no_value(
    merchandiser: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_module, "CHUNK", 3)
    skus = [make_product(f"R-{number}", **{"name:en-US": "Old"}).sku for number in range(8)]
    for number in range(ROUNDS):
        products = list(Product.objects.filter(sku__in=skus).order_by("sku"))
        names = propose(merchandiser, {row: {"name:en-US": f"Name {number}"} for row in products})
        levels = propose(merchandiser, {row: {"stock_level": number} for row in products[::-1]})
        jobs = [approve_request(request.pk, reviewer=reviewer) for request in (names, levels)]

        ended = at_once(*(lambda pk=job.pk: run_job(pk) for job in jobs))

        assert [job.result for job in ended] == [{"applied": 8}, {"applied": 8}]
        for product in Product.objects.filter(sku__in=skus):
            assert product.document["name:en-US"] == f"Name {number}"
            assert (product.document["stock_level"], product.revision) == (number, 3 + 2 * number)


def test_of_two_values_applied_at_once_one_is_true_and_the_other_a_conflict(
    merchandiser: User, reviewer: User
) -> None:
    skus = [make_product(f"R-{number}", **{"name:en-US": "Old"}).sku for number in range(4)]
    for number in range(ROUNDS):
        products = list(Product.objects.filter(sku__in=skus).order_by("sku"))
        rivals = [
            propose(merchandiser, {row: {"name:en-US": f"{side} {number}"} for row in order})
            for side, order in (("left", products), ("right", products[::-1]))
        ]
        jobs = [approve_request(request.pk, reviewer=reviewer) for request in rivals]

        at_once(*(lambda pk=job.pk: run_job(pk) for job in jobs))

        follow_ups = ChangeRequest.objects.filter(follows__in=rivals)
        for product in Product.objects.filter(sku__in=skus):
            assert product.revision == 2 + number
            (open_again,) = Change.objects.filter(request__in=follow_ups, object_id=product.pk)
            names = {product.document["name:en-US"], open_again.patch["name:en-US"]}
            assert names == {f"left {number}", f"right {number}"}


def test_two_runners_of_one_request_apply_each_change_once(merchandiser: User, reviewer: User) -> None:
    for request in requests(merchandiser):
        approve_request(request.pk, reviewer=reviewer)
        change = request.changes.get()

        at_once(*(lambda pk=request.pk, change=change.pk: apply_chunk(pk, [change]) for _each in range(3)))

        assert Product.objects.get(pk=change.object_id).revision == 2
        assert Product.history.filter(id=change.object_id).count() == 2
        change.refresh_from_db()
        assert (change.outcome, change.applied_revision) == (Outcome.APPLIED, 2)


def test_resumed_by_two_at_once_a_request_has_one_job(merchandiser: User, reviewer: User) -> None:
    for request in requests(merchandiser):
        stopped = approve_request(request.pk, reviewer=reviewer)
        Job.objects.filter(pk=stopped.pk).update(state=JobState.FAILED)

        results = at_once(*(lambda pk=request.pk: resume_request(pk, actor=reviewer) for _each in range(3)))

        assert len({job.pk for job in results}) == 1
        assert jobs_of(request) == 2
        assert AuditEntry.objects.filter(request=request, action="request.resume").count() == 1
