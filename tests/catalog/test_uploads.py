"""A delivery taken in on screen: uploaded, previewed, proposed, each with the checks of the command."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from guardian.shortcuts import assign_perm

from catalog.models import Delivery, Shadow
from catalog.services import intake
from catalog.services.uploads import KEPT_S, PREVIEW_JOB, TAKE_JOB
from tests.factories.catalog import make_product
from workflows.models import ChangeRequest, Job, Source
from workflows.services import jobs
from workflows.services.jobs import run_job, runnable_jobs

pytestmark = pytest.mark.usefixtures("structure")

TAKE_IN = "/admin/catalog/delivery/take-in/"
GOOD = b"sku,name:en-US,gtin\nA-1,Theirs,1234\nN-1,New one,\n,Nameless,\n"


def upload(client: Client, source: Source, content: bytes = GOOD, name: str = "spring.csv") -> Any:
    return client.post(TAKE_IN, {"source": source.pk, "file": SimpleUploadedFile(name, content)})


def run_all() -> None:
    for job_id in runnable_jobs():
        run_job(job_id)


def kept(folder: Path) -> list[str]:
    return sorted(path.suffix for path in (folder / "deliveries").glob("*"))


def test_a_file_is_previewed_then_proposed_and_let_go(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    make_product("A-1", **{"name:en-US": "Ours"})
    client.force_login(people["merchandiser"])
    assert TAKE_IN in client.get("/admin/catalog/delivery/").content.decode()

    address = upload(client, supplier).headers["Location"]
    assert "You can leave this page" in client.get(address).content.decode()
    run_all()
    page = client.get(address).content.decode()

    for words in (
        "1 new product",
        "1 changed",
        "1 rejected row",
        "1 cell left out",
        "Ours",
        "Theirs",
        "conflict",
        "New one",
        "it has 4 digits",
        "no SKU",
        "Propose",
    ):
        assert words in page, words
    assert (Delivery.objects.count(), ChangeRequest.objects.count(), Shadow.objects.count()) == (0, 1, 0)

    for _twice in range(2):
        assert client.post(address, {"step": "propose"}).headers["Location"] == address
    run_all()

    request = ChangeRequest.objects.latest("pk")
    assert (request.state, request.author, request.source) == ("submitted", people["merchandiser"], supplier)
    assert (request.change_count, request.conflict_count) == (2, 1)
    assert Delivery.objects.get().name == "spring.csv"
    assert Job.objects.filter(kind=TAKE_JOB).count() == 1
    page = client.get(address).content.decode()
    assert f"Change request {request.pk}" in page
    assert 'value="propose"' not in page
    assert kept(tmp_path) == []


def test_a_discarded_file_is_gone(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]
    run_all()
    assert kept(tmp_path) == [".csv"]

    client.post(address, {"step": "discard"})

    assert kept(tmp_path) == []
    assert "not kept here any more" in client.get(address).content.decode()
    page = client.post(address, {"step": "propose"}, follow=True).content.decode()
    assert "upload it again" in page
    assert not Job.objects.filter(kind=TAKE_JOB).exists()


def test_a_delivery_that_says_nothing_new_has_nothing_to_propose(
    client: Client, people: dict[str, User], supplier: Source
) -> None:
    make_product("A-1", **{"name:en-US": "Same"})
    client.force_login(people["merchandiser"])
    address = upload(client, supplier, b"sku,name:en-US\nA-1,Same\n").headers["Location"]
    run_all()

    page = client.get(address).content.decode()

    assert "it says nothing new" in page
    assert 'value="propose"' not in page


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"sku,nam\xe9\nA,B\n", "spring.csv is not written in UTF-8"),
        (b"name:en-US\nOne\n", "spring.csv has no column “sku”"),
        (b"sku,title\nA,B\n", "There is no attribute “title”."),
        (b'sku,name:en-US\nA,"cut of', "spring.csv is cut off"),
    ],
)
def test_a_file_that_is_no_delivery_is_refused_on_the_form(
    client: Client,
    people: dict[str, User],
    supplier: Source,
    tmp_path: Path,
    content: bytes,
    message: str,
) -> None:
    client.force_login(people["merchandiser"])

    page = upload(client, supplier, content)

    assert page.status_code == 200
    assert message in page.content.decode()
    assert kept(tmp_path) == []
    assert not Job.objects.exists()


def test_what_failed_can_be_proposed_again(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]
    run_all()
    other = Delivery.objects.create(
        source=supplier, name="other.csv", checksum="0" * 64, state="reading", actor=people["merchandiser"]
    )
    client.post(address, {"step": "propose"})
    run_all()
    assert "other.csv" in client.get(address).content.decode()
    assert kept(tmp_path) == [".csv"]

    client.post(f"/admin/catalog/delivery/{other.pk}/withdraw/")
    client.post(address, {"step": "propose"})
    run_all()

    assert ChangeRequest.objects.get().state == "submitted"
    assert [job.state for job in Job.objects.filter(kind=TAKE_JOB).order_by("pk")] == ["failed", "done"]


def test_only_sources_one_may_deliver_for_are_offered(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    other = Source.objects.create(code="other", kind="supplier", label="Other")
    agent = people["channel_manager"]
    client.force_login(agent)
    assert "There is no source you may deliver for." in client.get(TAKE_IN).content.decode()

    assign_perm("workflows.deliver_source", agent, supplier)
    page = client.get(TAKE_IN).content.decode()
    assert "Nordic Textiles" in page
    assert "Other" not in page
    refused = upload(client, other)

    assert refused.status_code == 200
    assert 'id="source-error"' in refused.content.decode()
    assert kept(tmp_path) == []
    assert upload(client, supplier).status_code == 302


@pytest.mark.parametrize("role", ["reviewer", "support", None])
def test_who_may_not_propose_takes_nothing_in(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path, role: str | None
) -> None:
    if role is not None:
        client.force_login(people[role])

    assert upload(client, supplier).status_code == (302 if role is None else 403)
    assert not Job.objects.exists()
    assert kept(tmp_path) == []


def test_the_preview_of_somebody_else_is_not_found(
    client: Client, people: dict[str, User], supplier: Source
) -> None:
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]
    client.force_login(people["admin"])

    assert client.get(address).status_code == 404
    assert client.post(address, {"step": "propose"}).status_code == 404
    assert [job.kind for job in Job.objects.all()] == [PREVIEW_JOB]


def test_files_nobody_came_back_to_are_removed_with_a_later_upload(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    client.force_login(people["merchandiser"])
    upload(client, supplier)
    old = next((tmp_path / "deliveries").glob("*.csv"))
    os.utime(old, (time.time() - KEPT_S - 1,) * 2)

    upload(client, supplier)

    assert not old.exists()
    assert kept(tmp_path) == [".csv"]


@pytest.mark.parametrize("dies_in", ["_finish", "unlink"])
def test_a_take_that_dies_at_its_end_is_told_as_done(
    client: Client,
    people: dict[str, User],
    supplier: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    make_product("A-1", **{"name:en-US": "Ours"})
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]
    run_all()
    client.post(address, {"step": "propose"})
    job = Job.objects.get(kind=TAKE_JOB)

    def die(*_args: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((jobs, "_finish") if dies_in == "_finish" else (Path, "unlink")), die)
        with pytest.raises(KeyboardInterrupt):
            run_job(job.pk)
    Job.objects.filter(pk=job.pk).update(state="queued", lease_owner="")
    job = run_job(job.pk)

    delivery = Delivery.objects.get()
    assert (job.state, job.error, delivery.state) == ("done", "", "done")
    assert job.result == {
        "new": 1,
        "changed": 1,
        "unchanged": 0,
        "rejected": 1,
        "report": {"request": delivery.request_id, "delivery": delivery.pk},
    }
    assert kept(tmp_path) == []


def test_a_take_whose_delivery_was_withdrawn_while_it_lay_is_no_second_delivery(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]
    run_all()
    client.post(address, {"step": "propose"})
    job = Job.objects.get(kind=TAKE_JOB)

    def die(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(intake._Reading, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            run_job(job.pk)
    client.post(f"/admin/catalog/delivery/{Delivery.objects.get().pk}/withdraw/")
    Job.objects.filter(pk=job.pk).update(state="queued", lease_owner="")
    job = run_job(job.pk)

    assert (job.state, "Somebody withdrew this delivery" in job.error) == ("failed", True)
    assert Delivery.objects.get().state == "withdrawn"
    assert kept(tmp_path) == [".csv"]


def test_a_file_is_proposed_only_once_its_preview_is_done(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]

    page = client.post(address, {"step": "propose"}, follow=True).content.decode()

    assert "The preview of spring.csv is not done" in page
    assert [job.kind for job in Job.objects.all()] == [PREVIEW_JOB]
    assert kept(tmp_path) == [".csv"]


def test_a_file_that_was_proposed_is_not_discarded(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path
) -> None:
    client.force_login(people["merchandiser"])
    address = upload(client, supplier).headers["Location"]
    run_all()
    client.post(address, {"step": "propose"})

    page = client.post(address, {"step": "discard"}, follow=True).content.decode()

    assert "spring.csv was proposed meanwhile" in page
    assert kept(tmp_path) == [".csv"]
    run_all()
    assert Delivery.objects.get().state == "done"


def test_an_old_file_that_another_upload_removes_meanwhile_hinders_nobody(
    client: Client, people: dict[str, User], supplier: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(people["merchandiser"])
    glob = Path.glob
    gone = tmp_path / "deliveries" / "gone.csv"
    monkeypatch.setattr(
        Path,
        "glob",
        lambda self, pattern: [gone, *glob(self, pattern)] if pattern == "*.*" else glob(self, pattern),
    )

    assert upload(client, supplier).status_code == 302
