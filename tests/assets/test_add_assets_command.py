"""The command that adds a folder."""

import io
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from assets.models import Asset, AssetVersion
from tests.factories.assets import PDF, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    (root / "shoes").mkdir(parents=True)
    (root / "shoes" / "a.png").write_bytes(picture())
    (root / "manual.pdf").write_bytes(PDF)
    (root / "logo.svg").write_bytes(b"<svg/>")
    (root / ".hidden").write_bytes(b"x")
    (root / "link.png").symlink_to(root / "shoes" / "a.png")
    return root


def run(*args: object) -> str:
    out = io.StringIO()
    call_command("add_assets", *map(str, args), stdout=out)
    return out.getvalue()


def test_codes_are_paths_below_the_folder(folder: Path, adder: User) -> None:
    out = run(folder, "--as", "adder")

    assert out == (
        "3 read, 2 new, 0 changed, 0 unchanged, 1 rejected, 0 approved.\n"
        "Rejected logo.svg: SVG drawings can carry scripts and are not kept. Export it as PNG or WebP.\n"
    )
    assert set(Asset.objects.values_list("code", flat=True)) == {"shoes/a.png", "manual.pdf"}
    assert Asset.history.first().history_change_reason == "Files of the folder pictures"


def test_approving_takes_somebody_else(folder: Path, adder: User, approver: User) -> None:
    out = run(folder, "--as", "adder", "--approve", "--as-approver", "approver", "--json")

    assert json.loads(out) == {
        "read": 3,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "rejected": 1,
        "approved": 2,
        "rejections": [
            {
                "code": "logo.svg",
                "file": "logo.svg",
                "reason": "svg",
                "message": "SVG drawings can carry scripts and are not kept. Export it as PNG or WebP.",
            }
        ],
        "not_approved": {},
    }
    assert AssetVersion.objects.filter(approved_by=approver).count() == 2


def test_a_dry_run_writes_nothing(folder: Path, adder: User) -> None:
    out = run(folder, "--as", "adder", "--dry-run")

    assert out.startswith("Would be: 3 read, 2 new, ")
    assert Asset.objects.count() == 0


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--as", "nobody"), "There is no account nobody."),
        (("--as", "adder", "--approve"), "--approve and --as-approver belong together; give both or none."),
        (("--as", "viewer"), "You need the right to add assets."),
        (
            ("--as", "adder", "--approve", "--as-approver", "adder"),
            "You need the right to approve assets.",
        ),
        (
            ("--as", "superuser", "--approve", "--as-approver", "superuser"),
            "Who added a version cannot approve it. Ask a colleague.",
        ),
    ],
)
def test_wrong_people_are_told_before_the_first_write(
    args: tuple[str, ...], sentence: str, folder: Path, adder: User, viewer: User
) -> None:
    User.objects.create_superuser("superuser")

    with pytest.raises(CommandError) as caught:
        run(folder, *args)

    assert (str(caught.value), Asset.objects.count()) == (sentence, 0)


def test_a_folder_that_is_none_is_told(tmp_path: Path, adder: User) -> None:
    with pytest.raises(CommandError, match=r"/none is not a folder\.$"):
        run(tmp_path / "none", "--as", "adder")
