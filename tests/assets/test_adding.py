"""Adding files: new, changed, unchanged or rejected; in bulk; again without effect."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.models import Asset, AssetVersion, StoredFile
from assets.services.adding import AssetInput, Rejection, add_assets
from tests.factories.assets import PDF, make_asset, make_asset_user, picture
from workflows.exceptions import NotAllowed
from workflows.models import AuditEntry, DirtyObject

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    models = (Asset, AssetVersion, StoredFile, Asset.history.model, AuditEntry, DirtyObject)
    return {model.__name__: model.objects.count() for model in models}


def test_a_new_file_becomes_an_asset_with_version_one_and_changes_nothing_outward(adder: User) -> None:
    result = add_assets([AssetInput("files/Shoe.png", picture())], actor=adder, reason="season start")

    asset = Asset.objects.get()
    version = AssetVersion.objects.get()
    assert result.counts == {"read": 1, "new": 1, "changed": 0, "unchanged": 0, "rejected": 0, "approved": 0}
    assert (asset.code, asset.code_folded, asset.kind, asset.revision, asset.current) == (
        "files/Shoe.png",
        "files/shoe.png",
        "image",
        1,
        None,
    )
    assert (version.number, version.file_name, version.created_by, version.approved_at) == (
        1,
        "Shoe.png",
        adder,
        None,
    )
    history = Asset.history.get()
    assert (history.history_type, history.history_user, history.history_change_reason) == (
        "+",
        adder,
        "season start",
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.target_model, entry.target_id, entry.details) == (
        "asset.add",
        adder,
        "assets.asset",
        "files/Shoe.png",
        {"versions": {"files/Shoe.png": 1}},
    )


def test_the_same_files_again_write_nothing(adder: User, approver: User) -> None:
    items = [AssetInput("a.png", picture()), AssetInput("b.pdf", PDF)]
    add_assets(items, actor=adder, reason="r", approved_by=approver)
    before = rows()

    again = add_assets(items, actor=adder, reason="r", approved_by=approver)

    assert again.unchanged == ("a.png", "b.pdf")
    assert again.counts["approved"] == 0
    assert rows() == before


def test_other_bytes_become_a_new_version_that_waits(adder: User, approver: User) -> None:
    first = make_asset("a.png", picture("navy"), actor=adder, approver=approver)

    result = add_assets([AssetInput("a.png", picture("red"))], actor=adder, reason="r")

    asset = Asset.objects.get()
    assert result.changed == ("a.png",)
    assert list(asset.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert asset.current_id == first.current_id
    assert asset.revision == first.revision


def test_going_back_to_former_bytes_is_a_new_version_of_the_old_file(adder: User) -> None:
    for colour in ("navy", "red", "navy"):
        make_asset("a.png", picture(colour), actor=adder)

    numbers = AssetVersion.objects.order_by("number").values_list("number", "file__checksum")
    checksums = [checksum for _number, checksum in numbers]
    assert len(numbers) == 3
    assert checksums[0] == checksums[2] != checksums[1]
    assert StoredFile.objects.count() == 2


def test_the_same_bytes_under_two_codes_are_two_assets_and_one_file(adder: User) -> None:
    result = add_assets(
        [AssetInput("a.png", picture()), AssetInput("b.png", picture())], actor=adder, reason="r"
    )

    assert result.new == ("a.png", "b.png")
    assert (Asset.objects.count(), StoredFile.objects.count()) == (2, 1)


def test_a_code_matches_whatever_its_case_and_keeps_its_spelling(adder: User) -> None:
    make_asset("Größe/Schuh.PNG", picture(), actor=adder)

    result = add_assets([AssetInput("GRÖSSE/schuh.png", picture())], actor=adder, reason="r")

    assert result.unchanged == ("Größe/Schuh.PNG",)
    assert result.stored_codes == {"GRÖSSE/schuh.png": "Größe/Schuh.PNG"}
    assert Asset.objects.count() == 1


def test_refused_files_are_named_and_leave_the_others_alone(adder: User, tmp_path: Path) -> None:
    result = add_assets(
        [
            AssetInput("a.png", picture()),
            AssetInput("b.svg", b"<svg/>"),
            AssetInput("empty.png", b""),
            AssetInput("cut.png", picture()[:80]),
            AssetInput("bad\n.png", picture("red")),
            AssetInput("gone.png", tmp_path / "gone.png"),
        ],
        actor=adder,
        reason="r",
    )

    assert result.new == ("a.png",)
    assert [(rejection.code, rejection.reason.value) for rejection in result.rejected] == [
        ("b.svg", "svg"),
        ("empty.png", "empty"),
        ("bad\n.png", "code_unprintable"),
        ("gone.png", "unreadable"),
        ("cut.png", "damaged"),
    ]
    assert result.counts["read"] == 6
    assert Asset.objects.count() == 1


def test_an_asset_keeps_its_kind(adder: User) -> None:
    make_asset("a", picture(), actor=adder)

    result = add_assets([AssetInput("a", PDF)], actor=adder, reason="r")

    assert [each.message for each in result.rejected] == [
        "This asset is of the kind Picture and cannot become Document. Give the file another code."
    ]
    assert AssetVersion.objects.count() == 1


def test_one_code_twice_in_a_call_is_once_when_the_bytes_are_the_same(adder: User) -> None:
    result = add_assets(
        [AssetInput("a.png", picture()), AssetInput("A.PNG", picture()), AssetInput("a.png", picture("red"))],
        actor=adder,
        reason="r",
    )

    assert (result.new, result.unchanged) == (("a.png",), ("a.png",))
    assert [(each.code, each.reason.value) for each in result.rejected] == [("a.png", "code_twice")]


def test_a_damaged_file_does_not_stand_in_the_way_of_a_good_one_with_its_code(adder: User) -> None:
    result = add_assets(
        [AssetInput("a.png", picture()[:80]), AssetInput("a.png", picture("red"))], actor=adder, reason="r"
    )

    assert result.new == ("a.png",)
    assert [each.reason.value for each in result.rejected] == ["damaged"]


def test_a_full_disk_stops_the_run_and_leaves_no_rows(adder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assets.services.storage.os.fsync", full)

    with pytest.raises(OSError, match="No space left"):
        add_assets([AssetInput("a.png", picture())], actor=adder, reason="r")

    assert Asset.objects.count() == 0


def test_the_two_same_codes_are_found_across_chunks(adder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.services.adding.CHUNK", 1)

    result = add_assets(
        [AssetInput("a.png", picture()), AssetInput("a.png", picture("red"))], actor=adder, reason="r"
    )

    assert result.counts == {"read": 2, "new": 1, "changed": 0, "unchanged": 0, "rejected": 1, "approved": 0}


def test_new_only_refuses_codes_that_are_taken(adder: User) -> None:
    make_asset("a.png", picture(), actor=adder)

    result = add_assets([AssetInput("a.png", picture("red"))], actor=adder, reason="r", new_only=True)

    assert [each.message for each in result.rejected] == [
        "There is an asset a.png already. Add the file there as a new version, or rename it."
    ]


def test_a_png_named_jpg_is_kept_as_png(adder: User) -> None:
    make_asset("a.jpg", picture(), actor=adder)

    assert AssetVersion.objects.get().file.extension == "png"


def test_approved_on_arrival_is_current_at_once(adder: User, approver: User) -> None:
    result = add_assets([AssetInput("a.png", picture())], actor=adder, reason="r", approved_by=approver)

    asset = Asset.objects.get()
    version = AssetVersion.objects.get()
    assert result.approved == ("a.png",)
    assert (asset.current, asset.revision) == (version, 2)
    assert version.approved_by == approver


def test_what_was_added_earlier_and_waits_is_approved_with_the_next_delivery(
    adder: User, approver: User
) -> None:
    make_asset("a.png", picture(), actor=adder)

    result = add_assets([AssetInput("a.png", picture())], actor=adder, reason="r", approved_by=approver)

    assert (result.unchanged, result.approved) == (("a.png",), ("a.png",))


def test_nobody_approves_what_they_add(adder: User, superuser: User) -> None:
    with pytest.raises(NotAllowed) as caught:
        add_assets([AssetInput("a.png", picture())], actor=superuser, reason="r", approved_by=superuser)

    assert (caught.value.code, Asset.objects.count()) == ("four_eyes", 0)


def test_a_dry_run_tells_the_same_and_writes_nothing(adder: User, settings: Any) -> None:
    make_asset("old.png", picture(), actor=adder)
    before = rows()
    items = [
        AssetInput("old.png", picture("red")),
        AssetInput("new.png", picture("green")),
        AssetInput("cut.png", picture("blue")[:80]),
    ]

    planned = add_assets(items, actor=adder, reason="r", dry_run=True)

    assert rows() == before
    assert len(list(Path(settings.MEDIA_ROOT).rglob("*.png"))) == 1
    assert planned.counts == add_assets(items, actor=adder, reason="r").counts


@pytest.mark.parametrize(
    ("permissions", "new", "changed"),
    [(("add_asset",), 1, 0), (("change_asset",), 0, 1), (("add_asset", "change_asset"), 1, 1)],
)
def test_adding_and_changing_are_two_rights(
    adder: User, permissions: tuple[str, ...], new: int, changed: int
) -> None:
    make_asset("old.png", picture(), actor=adder)
    actor = make_asset_user("someone", *permissions)

    result = add_assets(
        [AssetInput("old.png", picture("red")), AssetInput("new.png", picture())], actor=actor, reason="r"
    )

    assert (len(result.new), len(result.changed)) == (new, changed)
    assert {each.reason.value for each in result.rejected} <= {"not_allowed"}


@pytest.mark.parametrize("who", ["viewer", "stranger", "approver"])
def test_without_any_of_them_nothing_is_read(who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed) as caught:
        add_assets([AssetInput("a.png", picture())], actor=request.getfixturevalue(who), reason="r")

    assert str(caught.value) == "You need the right to add assets."
    assert StoredFile.objects.count() == 0


def test_twenty_files_take_as_many_queries_as_two(adder: User, approver: User) -> None:
    def queries(names: list[str], colour: str) -> int:
        items = [AssetInput(name, picture(colour, (10 + number, 10))) for number, name in enumerate(names)]
        with CaptureQueriesContext(connection) as captured:
            add_assets(items, actor=adder, reason="r", approved_by=approver)
        return len(captured)

    queries(["warms the permission cache"], "green")
    two = queries(["a", "b"], "navy")
    twenty = queries([f"n{number}" for number in range(20)], "red")

    assert two == twenty
    assert two <= 27


def test_progress_is_told_by_chunk(adder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.services.adding.CHUNK", 2)
    told: list[int] = []
    items = [AssetInput(f"{number}.pdf", PDF) for number in range(5)]

    add_assets(items, actor=adder, reason="r", on_progress=told.append)

    assert told == [2, 4, 5]


def test_a_file_that_changes_while_it_is_read_is_rejected(adder: User) -> None:
    class Restless(io.BytesIO):
        """Gives other bytes each time it is rewound to be written."""

        passes = 0

        def seek(self, position: int, whence: int = 0) -> int:
            self.passes += 1
            if self.passes == 2:
                super().seek(0, 2)
                self.write(b"more")
            return super().seek(position, whence)

    result = add_assets([AssetInput("a.pdf", Restless(PDF))], actor=adder, reason="r")

    assert [each.reason.value for each in result.rejected] == ["changed_meanwhile"]
    assert Asset.objects.count() == 0


@pytest.mark.sample_data
def test_odd_pictures_of_real_life(adder: User, sample_data: Path) -> None:
    folder = sample_data / "images_edge"
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix in (".jpg", ".png", ".webp", ".svg", ".tif")
    )

    result = add_assets(
        [AssetInput(str(path.relative_to(folder)), path) for path in paths], actor=adder, reason="r"
    )

    assert {each.code: each.reason.value for each in result.rejected} == {
        "derived/html_named_as.jpg": "html",
        "derived/pixel_bomb_20000x20000.png": "pixel_bomb",
        "derived/script_in.svg": "svg",
        "derived/truncated.jpg": "damaged",
        "derived/zero_bytes.png": "empty",
        "photos/sylius_jeans_04.svg": "svg",
    }
    assert result.counts == {
        "read": 36,
        "new": 30,
        "changed": 0,
        "unchanged": 0,
        "rejected": 6,
        "approved": 0,
    }
    sizes = dict(AssetVersion.objects.values_list("asset__code", "file__width"))
    assert {sizes[f"exif_orientation/Landscape_{number}.jpg"] for number in (0, 1, 3, 6, 8)} == {1800}
    twins = AssetVersion.objects.filter(asset__code__contains="same_bytes_other_name")
    assert len(set(twins.values_list("file", flat=True))) == 1
    assert AssetVersion.objects.get(asset__code="derived/png_named_as.jpg").file.extension == "png"


@pytest.mark.sample_data
def test_a_real_bomb_is_refused(sample_data: Path, adder: User) -> None:
    bomb = sample_data / "images_edge" / "derived" / "pixel_bomb_20000x20000.png"

    result = add_assets([AssetInput("bomb.png", bomb)], actor=adder, reason="r")

    assert [row.reason.value for row in result.rejected] == ["pixel_bomb"]


def test_a_rejection_says_which_file_and_why(adder: User) -> None:
    result = add_assets(
        [AssetInput("x/a.png", b"MZ\x90\x00", file_name="C:\\b.png")], actor=adder, reason="r"
    )

    rejection = result.rejected[0]
    assert isinstance(rejection, Rejection)
    assert (rejection.code, rejection.file_name) == ("x/a.png", "b.png")
    assert rejection.message == "This is a program. Files that a computer could run are not kept."
