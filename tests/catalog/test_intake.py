"""Safe merge: what a source delivers never overwrites anybody's work, and nothing is dropped in silence."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from guardian.shortcuts import assign_perm

from catalog.models import Delivery, Product, Shadow
from tests.catalog.delivering import counts, deliver, interrupted
from tests.factories.catalog import approve_and_apply, edit_product
from workflows.constants import Decision
from workflows.exceptions import Invalid
from workflows.models import Change, ChangeRequest, Source
from workflows.services.reviews import approve_request, decide_key, refuse_request

pytestmark = pytest.mark.usefixtures("structure")


def test_a_delivery_creates_products_with_parents_and_links(tmp_path: Path, people: dict[str, User]) -> None:
    report = deliver(
        tmp_path,
        "P-1,Trail Runner,,,,,,active,,parent,",
        "V-1,,red,new|eco,310 g,99.90,4006381333931,active,P-1,variant,",
        "B-1,Kit,,,,,,,,bundle,V-1*2|P-1",
    )

    assert counts(report) == (3, 3, 0, 0, 0)
    assert report["rejections"] == []
    assert report["applied"] == {"applied": 3}
    variant = Product.objects.get(sku="V-1")
    assert variant.parent.sku == "P-1"
    assert variant.document["tags"] == ["new", "eco"]
    assert variant.document["weight"] == {"amount": "310", "unit": "g"}
    bundle = Product.objects.get(sku="B-1")
    assert bundle.state == "draft"
    assert bundle.document["related"] == [
        {"product": str(variant.pk), "quantity": 2},
        {"product": str(variant.parent_id)},
    ]


def test_the_same_delivery_again_is_unchanged_and_an_edit_stands(
    tmp_path: Path, people: dict[str, User]
) -> None:
    row = "A-1,Trail Runner,red,,,,,active,,,"
    deliver(tmp_path, row)
    product = edit_product(Product.objects.get().pk, {"name:en-US": "Trail Runner, waterproof"})
    before = (Change.objects.count(), ChangeRequest.objects.count(), list(Shadow.objects.values()))

    report = deliver(tmp_path, row)

    assert counts(report) == (1, 0, 0, 1, 0)
    assert report["request"] is None
    assert (Change.objects.count(), ChangeRequest.objects.count(), list(Shadow.objects.values())) == before
    product.refresh_from_db()
    assert product.document["name:en-US"] == "Trail Runner, waterproof"
    assert product.revision == 2


def test_both_moved_is_a_conflict_and_nothing_is_overwritten(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,red,,,,,active,,,")
    product = edit_product(Product.objects.get().pk, {"name:en-US": "Two"})

    report = deliver(tmp_path, "A-1,Three,blue,,,,,active,,,")

    assert counts(report) == (1, 0, 1, 0, 0)
    assert report["conflicts"] == 1
    product.refresh_from_db()
    assert product.document["name:en-US"] == "Two"
    assert product.document["colour"] == "blue"
    follow_up = ChangeRequest.objects.get(pk=report["applied"]["follow_up"])
    change = follow_up.changes.get()
    assert (change.patch, change.base) == ({"name:en-US": "Three"}, {"name:en-US": "One"})
    assert list(change.conflicts()) == [("name:en-US", "Two")]


@pytest.mark.parametrize(("decision", "title"), [(Decision.TAKEN, "Three"), (Decision.REFUSED, "Two")])
def test_a_person_decides_the_conflict_and_the_answer_binds(
    tmp_path: Path, people: dict[str, User], decision: Decision, title: str
) -> None:
    deliver(tmp_path, "A-1,One,,,,,,active,,,")
    product = edit_product(Product.objects.get().pk, {"name:en-US": "Two"})
    report = deliver(tmp_path, "A-1,Three,blue,,,,,active,,,")
    follow_up = ChangeRequest.objects.get(pk=report["applied"]["follow_up"])
    reviewer = people["reviewer"]

    decide_key(follow_up.pk, follow_up.changes.get().pk, "name:en-US", decision, reviewer=reviewer)
    if decision is Decision.TAKEN:
        approve_and_apply(follow_up.pk, reviewer)
    else:
        with pytest.raises(Invalid, match="can be approved"):
            approve_request(follow_up.pk, reviewer=reviewer)
        refuse_request(follow_up.pk, reviewer=reviewer, reason="Ours is better")
    again = deliver(tmp_path, "A-1,Three,blue,,,,,active,,,")

    product.refresh_from_db()
    assert product.document["name:en-US"] == title
    assert counts(again) == (1, 0, 0, 1, 0)


def test_a_delivery_of_conflicts_alone_waits_for_a_person(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,,,,,,active,,,")
    edit_product(Product.objects.get().pk, {"name:en-US": "Two"})

    report = deliver(tmp_path, "A-1,Three,,,,,,active,,,")

    request = ChangeRequest.objects.get(pk=report["request"])
    assert "applied" not in report
    assert (request.state, request.conflict_count) == ("submitted", 1)
    assert Product.objects.get().document["name:en-US"] == "Two"


def test_a_product_that_was_not_valid_is_not_lost(tmp_path: Path, people: dict[str, User]) -> None:
    header = "sku,name:en-US,#state,picture"
    report = deliver(tmp_path, "A-1,One,active,pictures/none.jpg", header=header)

    assert not Product.objects.exists()
    request = ChangeRequest.objects.get(pk=report["request"])
    assert request.state == "partly_applied"
    assert {name for name in report["applied"] if name != "follow_up"} == {"invalid"}
    follow_up = request.followed_by.get()
    change = follow_up.changes.get()
    assert (follow_up.state, change.patch["name:en-US"], change.base_revision) == ("submitted", "One", 0)
    assert [problem["code"] for problem in change.problems] == ["unknown_asset"]

    decide_key(follow_up.pk, change.pk, "picture", Decision.REFUSED, reviewer=people["reviewer"])
    approve_and_apply(follow_up.pk, people["reviewer"])

    product = Product.objects.get()
    assert (product.document["name:en-US"], "picture" in product.document) == ("One", False)


def test_blank_cells_leave_values_and_the_marker_empties(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,red,,,,,active,,,")

    report = deliver(tmp_path, 'A-1,,"{""$empty"": true}",,,,,,,,')

    product = Product.objects.get()
    assert counts(report) == (1, 0, 1, 0, 0)
    assert product.document["name:en-US"] == "One"
    assert product.document["colour"] == {"$empty": True}


def test_sets_merge_member_by_member(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,,new,,,,active,,,")
    product = edit_product(Product.objects.get().pk, {"tags": ["new", "sale"]})

    report = deliver(tmp_path, "A-1,One,,new|eco,,,,active,,,")

    product.refresh_from_db()
    assert report["conflicts"] == 0
    assert product.document["tags"] == ["new", "sale", "eco"]


def test_a_first_word_does_not_overrule_people(tmp_path: Path, people: dict[str, User]) -> None:
    from tests.factories.catalog import make_product

    product = make_product("A-1", **{"name:en-US": "Ours"})

    report = deliver(tmp_path, "A-1,Theirs,red,,,,,active,,,")

    product.refresh_from_db()
    assert report["conflicts"] == 1
    assert product.document["name:en-US"] == "Ours"
    assert product.document["colour"] == "red"


def test_bad_cells_are_left_out_and_rows_that_cannot_be_placed_are_rejected(
    tmp_path: Path, people: dict[str, User]
) -> None:
    report = deliver(
        tmp_path,
        "A-1,One,green,,3 furlong,1.2.3,4006381333930,active,,,",
        ",Nameless,,,,,,,,,",
        "A-2,Orphan,,,,,,,NOWHERE,variant,",
        "a-1,Again,,,,,,,,,",
        "A-3,Linked,,,,,,,,,A-9*2",
        approve=False,
    )

    assert counts(report) == (5, 2, 0, 0, 3)
    assert [(row["line"], row["field"]) for row in report["rejections"]] == [
        (2, "colour"),
        (2, "weight"),
        (2, "price.USD"),
        (2, "gtin"),
        (3, "sku"),
        (4, "#parent"),
        (5, "sku"),
        (6, "related"),
    ]
    assert report["files"] == {
        "nordic.csv": {"read": 5, "new": 2, "changed": 0, "unchanged": 0, "rejected": 3}
    }


def test_links_may_point_to_rows_that_come_later(tmp_path: Path, people: dict[str, User]) -> None:
    report = deliver(tmp_path, "B-1,Kit,,,,,,,,bundle,A-1*2", "A-1,One,,,,,,,,,")

    assert report["rejections"] == []
    linked = Product.objects.get(sku="A-1")
    assert Product.objects.get(sku="B-1").document["related"] == [{"product": str(linked.pk), "quantity": 2}]


def test_links_pass_the_write_boundary(tmp_path: Path, people: dict[str, User]) -> None:
    report = deliver(
        tmp_path,
        "A-1,One,,,,,,,,,",
        "B-1,Twice the same,,,,,,,,bundle,A-1*2|a-1*2",
        "B-2,Twice otherwise,,,,,,,,bundle,A-1*2|A-1*3",
        "B-3,Itself,,,,,,,,bundle,B-3|A-1",
        f"B-4,Too many,,,,,,,,bundle,A-1*{'9' * 5000}",
        "B-5,None,,,,,,,,bundle,A-1*0",
    )

    assert counts(report) == (6, 6, 0, 0, 0)
    assert [(row["line"], row["field"], row["reason"]) for row in report["rejections"]] == [
        (4, "related", "One product is linked twice, with different quantities."),
        (5, "related", "A product can't be linked to itself."),
        (6, "related", f"“A-1*{'9' * 5000}” does not end in a quantity (SKU*2)."),
        (7, "related", "“A-1*0” does not end in a quantity (SKU*2)."),
    ]
    target = str(Product.objects.get(sku="A-1").pk)
    linked = dict(Product.objects.exclude(sku="A-1").values_list("sku", "document__related"))
    assert linked == {
        "B-1": [{"product": target, "quantity": 2}],
        "B-2": None,
        "B-3": [{"product": target}],
        "B-4": None,
        "B-5": None,
    }


def test_a_number_of_another_product_is_left_out_alone(tmp_path: Path, people: dict[str, User]) -> None:
    deliver(tmp_path, "A-1,One,,,,,4006381333931,active,,,")

    report = deliver(
        tmp_path,
        "A-2,Two,,,,,4006381333931,active,,,",
        "A-3,Three,,,,,96385074,active,,,",
        "A-4,Four,,,,,96385074,active,,,",
    )

    assert counts(report) == (3, 3, 0, 0, 0)
    assert [(row["line"], row["field"]) for row in report["rejections"]] == [(2, "gtin"), (4, "gtin")]
    assert report["applied"] == {"applied": 3}
    assert "gtin" not in Product.objects.get(sku="A-2").document


def test_only_identifiers_belong_to_one_product(tmp_path: Path, people: dict[str, User]) -> None:
    report = deliver(
        tmp_path, "A-1,Same,red,new,1 kg,9.00,,active,,,", "A-2,Same,red,new,1 kg,9.00,,active,,,"
    )

    assert report["rejections"] == []
    first, second = Product.objects.order_by("sku")
    assert {**first.document, "sku": ""} == {**second.document, "sku": ""}


def test_a_grant_on_one_source_lets_somebody_deliver_for_that_one_alone(
    tmp_path: Path, people: dict[str, User], supplier: Source
) -> None:
    agent = people["channel_manager"]
    other = Source.objects.create(code="other", kind="supplier", label="Other")
    assign_perm("workflows.deliver_source", agent, supplier)
    file = tmp_path / "nordic.csv"
    file.write_text("sku,name:en-US\nA-1,One\n", encoding="utf-8")

    call_command("import_delivery", str(file), source="nordic", user=agent.username, stdout=StringIO())
    with pytest.raises(CommandError, match="may not deliver for the source other"):
        call_command("import_delivery", str(file), source=other.code, user=agent.username)

    assert [delivery.source.code for delivery in Delivery.objects.all()] == ["nordic"]


def test_a_dry_run_counts_the_same_and_writes_nothing(tmp_path: Path, people: dict[str, User]) -> None:
    rows = ("P-1,Parent,,,,,,active,,parent,", "V-1,,red,,,,,active,P-1,variant,")

    dry = deliver(tmp_path, *rows, approve=False, dry_run=True)

    assert [model.objects.count() for model in (Delivery, ChangeRequest, Shadow)] == [0, 0, 0]
    real = deliver(tmp_path, *rows, approve=False)
    assert counts(dry) == counts(real) == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "nobody"}, "There is no source"),
        ({"user": "support"}, "not propose"),
        ({"approve": True, "as_approver": "merchandiser"}, "two different accounts"),
        ({"approve": True, "as_approver": "support"}, "right to approve"),
        ({"approve": True}, "go together"),
    ],
)
def test_wrong_people_and_sources_are_refused_before_anything_is_written(
    tmp_path: Path, people: dict[str, User], options: dict[str, Any], message: str
) -> None:
    file = tmp_path / "nordic.csv"
    file.write_text("sku,name:en-US\nA-1,One\n", encoding="utf-8")
    arguments = {"source": "nordic", "user": "merchandiser", **options}

    with pytest.raises(CommandError, match=message):
        call_command("import_delivery", str(file), **arguments)

    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sku,nam\xe9\nA,B\n", "UTF-8"),
        (b"name:en-US\nOne\n", "sku"),
        (b"sku,title\nA,B\n", "no attribute"),
        (b"sku,name\nA,B\n", "differs by language"),
        (b"sku,#exists\nA,true\n", "“#exists” can say nothing here: a row makes its product by itself"),
        (b'sku,name:en-US\nA,"cut of', "nordic.csv"),
    ],
)
def test_a_file_that_is_no_delivery_is_refused_whole(
    tmp_path: Path, people: dict[str, User], content: bytes, message: str
) -> None:
    file = tmp_path / "nordic.csv"
    file.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        call_command("import_delivery", str(file), source="nordic", user="merchandiser")

    assert not Delivery.objects.exists()


def test_an_interrupted_delivery_continues_with_the_same_file(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"A-{number},Name {number},,,,,,active,,," for number in range(5)]
    delivery = interrupted(tmp_path, monkeypatch, *rows, size=2)
    assert delivery.position == 2

    report = deliver(tmp_path, *rows)

    assert counts(report) == (5, 5, 0, 0, 0)
    assert report["applied"] == {"applied": 5}
    assert Delivery.objects.get().state == "done"
    assert Product.objects.count() == 5


def test_a_delivery_that_continues_knows_the_numbers_read_before(
    tmp_path: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path, "A-1,One,,,,,4006381333931,active,,,")
    rows = (
        "A-2,Taken,,,,,4006381333931,active,,,",
        "A-3,First,,,,,96385074,active,,,",
        "a-3,Again,,,,,73513537,active,,,",
        "A-4,Interrupted,,,,,,active,,,",
        "A-5,Twice,,,,,96385074,active,,,",
        "A-6,Free,,,,,73513537,active,,,",
    )
    assert interrupted(tmp_path, monkeypatch, *rows, chunks=1, size=3).position == 3

    report = deliver(tmp_path, *rows)

    assert [(row["line"], row["field"]) for row in report["rejections"]] == [
        (2, "gtin"),
        (4, "sku"),
        (6, "gtin"),
    ]
    assert report["applied"] == {"applied": 5}
    assert Product.objects.get(sku="A-6").document["gtin"] == "73513537"
