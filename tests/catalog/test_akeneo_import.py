"""The command that takes in an Akeneo export, end to end on a small one."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command

from assets.models import Asset, AssetVersion
from catalog.models import Attribute, Product, Scope
from catalog.services.schema import current_schema
from tests.catalog.akeneo_exports import draw, replaced, write_export
from tests.factories.catalog import edit_product
from workflows.constants import Decision
from workflows.models import ChangeRequest, Source
from workflows.services.jobs import run_job
from workflows.services.reviews import approve_request, decide_key

LISTING_TABLES = ("catalog.Delivery", "catalog.Rejection")
PICTURES = ["files/mug/image/mug.png", "files/shirt-red-s/image/red.png", "files/shirt-red/image/red.png"]
Run = Callable[..., dict[str, Any]]


def rows_of_all_tables() -> dict[str, int]:
    """Return how many rows every table of ours has, history included."""
    ours = ("workflows", "assets", "catalog", "channels")
    return {
        model._meta.label: model._default_manager.count()
        for app in ours
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }


def counts(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("read", "new", "changed", "unchanged", "rejected"))


def document(sku: str) -> dict[str, Any]:
    return dict(Product.objects.get(sku=sku).document)


def test_an_export_becomes_structure_media_and_one_request(run: Run) -> None:
    told = run(approve=True)

    assert counts(told) == (44, 34, 0, 10, 0)
    assert {name: counts(file) for name, file in told["files"].items()} == {
        "attribute_groups.csv": (2, 2, 0, 0, 0),
        "attributes.csv": (13, 13, 0, 0, 0),
        "attribute_options.csv": (6, 6, 0, 0, 0),
        "families.csv": (2, 2, 0, 0, 0),
        "family_variants.csv": (1, 1, 0, 0, 0),
        "categories.csv": (3, 3, 0, 0, 0),
        "channels.csv": (2, 2, 0, 0, 0),
        "association_types.csv": (2, 0, 0, 2, 0),
        "locales.csv": (3, 0, 0, 3, 0),
        "currencies.csv": (3, 0, 0, 3, 0),
        "group_types.csv": (1, 0, 0, 1, 0),
        "groups.csv": (1, 0, 0, 1, 0),
        "product_models.csv": (2, 2, 0, 0, 0),
        "products.csv": (3, 3, 0, 0, 0),
    }
    assert told["applied"] == {"applied": 5}
    assert [(each["file"], each["field"]) for each in told["rejections"]] == [
        ("association_types.csv", "code"),
        ("channels.csv", "tree"),
        ("groups.csv", "code"),
        ("products.csv", "tags"),
        ("products.csv", "name-en_US"),
    ]
    assert ChangeRequest.objects.count() == 1


def test_truth_holds_products_placed_under_their_parents(run: Run) -> None:
    run(approve=True)

    shirt, red = Product.objects.get(sku="shirt"), Product.objects.get(sku="shirt-red")
    assert document("shirt-red-l") == {
        "#exists": True,
        "#kind": "variant",
        "#parent": str(red.pk),
        "#state": "draft",
        "sku": "shirt-red-l",
        "name:en-US": "Shirt XL",
        "size": "L",
        "weight": {"amount": "210", "unit": "g"},
    }
    assert red.parent_id == shirt.pk
    assert (shirt.family, shirt.kind, shirt.state) == ("shirts", "parent", "active")


def test_structure_is_written_at_once_with_scopes_for_channels(run: Run) -> None:
    run()

    assert list(Scope.objects.order_by("code").values_list("code", "country", "currency", "locales")) == [
        ("print", "", "", ["en-US"]),
        ("print_us", "US", "EUR", ["en-US"]),
        ("web", "", "", ["en-US", "de-DE", "de-AT"]),
        ("web_at", "AT", "EUR", ["de-AT"]),
        ("web_de", "DE", "EUR", ["de-DE"]),
        ("web_us", "US", "USD", ["en-US"]),
    ]
    assert Attribute.objects.get(code="sku").scheme == "sku"
    assert Attribute.objects.get(code="ean").scheme == "free"
    assert Product.objects.count() == 0
    assert Source.objects.get(code="akeneo").kind == "pim"


def test_pictures_with_the_same_bytes_are_two_assets_of_one_file(run: Run) -> None:
    run(approve=True)

    assert list(Asset.objects.order_by("code").values_list("code", flat=True)) == PICTURES
    assert len(set(AssetVersion.objects.values_list("file", flat=True))) == 2
    assert all(asset.current is not None for asset in Asset.objects.all())


def test_a_second_run_writes_nothing_but_its_own_listing(run: Run) -> None:
    first = run(approve=True)
    schema, before = current_schema().number, rows_of_all_tables()

    second = run(approve=True)

    after = rows_of_all_tables()
    assert counts(second) == (44, 0, 0, 44, 0)
    assert second["rejections"] == first["rejections"]
    assert second["request"] is None
    assert {name for name in after if after[name] != before[name]} == set(LISTING_TABLES)
    assert current_schema().number == schema


def test_a_second_run_before_the_request_is_decided_asks_nothing_again(run: Run) -> None:
    run()

    assert counts(run()) == (44, 0, 0, 44, 0)
    assert ChangeRequest.objects.count() == 1


def test_a_product_moved_before_it_exists_is_proposed_whole(run: Run, cast: dict[str, User]) -> None:
    run()
    second = run(replaced("products.csv", "Mug;Becher", "Large mug;Becher"))

    run_job(approve_request(second["request"], reviewer=cast["reviewer"]).pk)

    mug = document("mug")
    assert (mug["#kind"], mug["#state"], mug["#family"]) == ("simple", "active", "mugs")
    assert (mug["name:en-US"], mug["name:de-DE"]) == ("Large mug", "Becher")


def test_a_dry_run_says_the_same_and_touches_nothing(run: Run, settings: Any) -> None:
    before = rows_of_all_tables()

    told = run(approve=True, dry_run=True)

    assert rows_of_all_tables() == before
    assert not Path(settings.MEDIA_ROOT).exists()
    real = run()
    assert [told[name] for name in ("files", "rejections")] == [
        real[name] for name in ("files", "rejections")
    ]
    assert (told["request"], told["delivery"]) == (None, None)


def test_a_moved_cell_is_one_change_and_an_edit_in_between_a_conflict(run: Run) -> None:
    run(approve=True)
    edit_product(Product.objects.get(sku="mug").pk, {"name:de-DE": "Tasse"})

    told = run(replaced("products.csv", "Mug;Becher", "Large mug;Humpen"), approve=True)

    assert counts(told["files"]["products.csv"]) == (3, 0, 1, 2, 0)
    assert told["conflicts"] == 1
    assert document("mug")["name:en-US"] == "Large mug"
    assert document("mug")["name:de-DE"] == "Tasse"


def test_a_changed_structure_row_counts_as_changed(run: Run) -> None:
    run()

    told = run(replaced("attribute_options.csv", "Red;Rot", "Crimson;Rot"))

    assert counts(told["files"]["attribute_options.csv"]) == (6, 0, 1, 5, 0)
    assert counts(told["files"]["attributes.csv"]) == (13, 0, 0, 13, 0)


def test_another_picture_under_the_same_path_is_a_new_version(run: Run, tmp_path: Path) -> None:
    run(approve=True)
    asset = Asset.objects.get(code=PICTURES[0])
    first = asset.current

    # The same directory again, with one picture drawn anew after the export is written.
    write_export(tmp_path / "export")
    draw(tmp_path / "export" / PICTURES[0], "green")
    call_command(
        "import_akeneo",
        str(tmp_path / "export"),
        user="admin",
        approve=True,
        as_approver="reviewer",
        stdout=StringIO(),
    )

    asset.refresh_from_db()
    assert asset.versions.count() == 2
    assert asset.current != first
    assert asset.current is not None
    assert asset.current.approved_by == User.objects.get(username="reviewer")


def test_media_wait_for_the_request_and_are_approved_with_it(run: Run, cast: dict[str, User]) -> None:
    told = run()
    assert AssetVersion.objects.filter(approved_at=None).count() == 3

    run_job(approve_request(told["request"], reviewer=cast["reviewer"]).pk)

    approved = AssetVersion.objects.exclude(approved_at=None).order_by("asset__code")
    # The child's picture is the parent's, so no value names the child's own asset.
    assert [version.asset.code for version in approved] == [PICTURES[0], PICTURES[2]]
    assert {version.change_request_id for version in approved} == {told["request"]}


def test_a_refused_picture_is_not_approved(run: Run, cast: dict[str, User]) -> None:
    told = run()
    change = ChangeRequest.objects.get(pk=told["request"]).changes.get(label="mug")
    decide_key(told["request"], change.pk, "image", Decision.REFUSED, reviewer=cast["reviewer"])

    run_job(approve_request(told["request"], reviewer=cast["reviewer"]).pk)

    codes = AssetVersion.objects.exclude(approved_at=None).values_list("asset__code", flat=True)
    assert list(codes) == [PICTURES[2]]


def test_a_child_of_a_product_that_is_here_already_finds_its_parent(run: Run) -> None:
    run(approve=True)

    told = run(
        {
            "product_models.csv": None,
            "products.csv": "sku;family;parent;name-en_US;size\nnew;shirts;SHIRT-RED;Shirt;S\n",
        },
        approve=True,
    )

    assert counts(told["files"]["products.csv"]) == (1, 1, 0, 0, 0)
    assert "name:en-US" not in document("new")
    assert document("new")["#parent"] == str(Product.objects.get(sku="shirt-red").pk)


def test_a_child_finds_its_parent_under_a_former_sku(run: Run) -> None:
    run(approve=True)
    red = Product.objects.get(sku="shirt-red")
    edit_product(red.pk, {"sku": "shirt-crimson"})

    told = run(
        {
            "product_models.csv": None,
            "products.csv": "sku;family;parent;name-en_US;size\nnew;shirts;shirt-red;Shirt;S\n",
        },
        approve=True,
    )

    assert counts(told["files"]["products.csv"]) == (1, 1, 0, 0, 0)
    assert "name:en-US" not in document("new")
    assert document("new")["#parent"] == str(red.pk)


def test_rows_that_cannot_be_placed_are_rejected_and_counted(run: Run) -> None:
    told = run({"products.csv": "sku;parent\n;\nA;nobody\nB;\nb;\n"})

    assert counts(told["files"]["products.csv"]) == (3, 1, 0, 0, 2)
    assert [each["line"] for each in told["rejections"] if each["file"] == "products.csv"] == [3, 5]


def test_links_between_products_are_kept(run: Run) -> None:
    run(replaced("products.csv", "2024-05-01;;", "2024-05-01;;shirt"), approve=True)

    assert document("mug")["x_sell"] == [{"product": str(Product.objects.get(sku="shirt").pk)}]
    assert Attribute.objects.get(code="x_sell").alias == "X_SELL"


def test_links_may_point_to_products_that_come_later(run: Run) -> None:
    files = {
        "product_models.csv": None,
        "products.csv": "sku;X_SELL-products\nA;B,C\nB;A,nobody\nC;\n",
    }

    told = run(files, approve=True)
    again = run(files, approve=True)

    ids = {product.sku: str(product.pk) for product in Product.objects.all()}
    assert document("A")["x_sell"] == [{"product": ids["B"]}, {"product": ids["C"]}]
    assert document("B")["x_sell"] == [{"product": ids["A"]}]
    assert counts(told["files"]["products.csv"]) == (3, 3, 0, 0, 0)
    assert counts(again["files"]["products.csv"]) == (3, 0, 0, 3, 0)
    assert again["rejections"] == told["rejections"]
    listed = [(each["line"], each["value"], each["reason"]) for each in told["rejections"]]
    assert (3, "nobody", "There is no product “nobody” to link to.") in listed


def test_a_cell_that_comes_to_repeat_its_parent_is_inherited_again(run: Run) -> None:
    run(approve=True)
    assert document("shirt-red-l")["name:en-US"] == "Shirt XL"

    files = replaced("products.csv", "Shirt XL", "Shirt")
    told = run(files, approve=True)
    again = run(files, approve=True)

    assert counts(told["files"]["products.csv"]) == (3, 0, 1, 2, 0)
    assert "name:en-US" not in document("shirt-red-l")
    assert counts(again["files"]["products.csv"]) == (3, 0, 0, 3, 0)


def test_an_edit_is_not_taken_back_by_a_cell_that_comes_to_repeat_its_parent(run: Run) -> None:
    run(approve=True)
    edit_product(Product.objects.get(sku="shirt-red-l").pk, {"name:en-US": "Shirt for giants"})

    told = run(replaced("products.csv", "Shirt XL", "Shirt"), approve=True)

    assert told["conflicts"] == 1
    assert document("shirt-red-l")["name:en-US"] == "Shirt for giants"
