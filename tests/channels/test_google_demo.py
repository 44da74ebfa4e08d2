"""The Google feed of the demonstration brand, and every rule of its profile broken once in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.utils import timezone

from channels.models import Body, FeedRun, Listing
from channels.rules.spec import RuleSpec
from channels.selectors import sentences_of
from channels.services.feeds import feed_folder
from channels.services.profiles import profile_with_parents
from channels.services.recompute import check_all
from tests.channels.demo_brand import FILE_OF, Demo, load_demo, taken_back
from tests.channels.google_breaks import ADVISED, BREAKS, FIRST_NEW_DAY, POLES, POLES_PICTURE, SMALL
from tests.factories.channels import stored_profile

PROFILE = stored_profile("google")
LAST_OLD_DAY = datetime(2027, 1, 30, 23, 59, tzinfo=UTC)
pytestmark = pytest.mark.django_db
# What is known only when availability is joined; its warnings stand on the run.
JOINED = {"google.availability.known", "google.availability_date.required"}
# An id is fixed at first publication, so that of a live unit can't become another's any more.
NEVER_PUBLISHED = {"google.id.unique"}


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Demo]:
    """The brand, loaded once; all of it is taken back at the end."""
    with django_db_blocker.unblock(), taken_back():
        yield load_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(loaded: Demo, db: None, settings: Any) -> Demo:
    """The brand for one test."""
    loaded.settings = settings
    return loaded


def test_every_rule_of_the_stored_profile_is_broken_here(demo: Demo) -> None:
    stored, _versions = profile_with_parents("google")

    assert set(stored.rules) == set(BREAKS) | JOINED | NEVER_PUBLISHED


@pytest.mark.parametrize("rule_id", sorted(BREAKS))
def test_breaking_a_rule_does_in_the_feed_what_its_severity_says(demo: Demo, rule_id: str) -> None:
    rule, case = PROFILE.rules[rule_id], BREAKS[rule_id]

    case.do(demo)
    with time_machine.travel(case.moment, tick=False) if case.moment else nullcontext():
        demo.publish()

    listing = demo.listing(case.unit, case.market)
    assert set(listing.rule_ids.split()) == {rule_id, *case.also}
    named = [reason for reason in listing.reasons if reason[0] == rule_id]
    assert [reason[1:5] for reason in named] == [[rule.severity, rule.effect, rule.part, rule.field]]
    sentences = {one.rule_id: one.text for one in sentences_of([listing])[listing.id]}
    assert sentences[rule_id] == rule.message.format_map(named[0][5])
    assert listing.score < 100
    row = demo.feed(case.market).get(listing.external_id)
    if rule.effect == "stand_down":
        assert (listing.state, row) == ("withdrawn", None)
    elif rule.severity == "error":
        before = demo.before[case.market][listing.external_id]
        assert (listing.state, row is not None) == ("partly_held", True)
        assert rule.part in listing.held_since
        assert cells(row, rule) == cells(before, rule)
    else:
        assert (rule.effect, rule.part in listing.held_since) == ("send", False)
        said = orjson.loads(Body.objects.get(pk=getattr(listing, f"candidate_{rule.part}")).body)
        assert cells(row, rule) == {name: flat(said.get(name, "")) for name in cells(row, rule)}


def cells(row: Any, rule: RuleSpec) -> dict[str, str]:
    """Return the cells of one part of a row, availability left out."""
    fields = PROFILE.fields.values()
    return {field.name: row[field.name] for field in fields if field.part == rule.part and not field.joined}


def flat(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def test_availability_that_nobody_saw_lately_is_sent_as_out_of_stock_with_a_warning(demo: Demo) -> None:
    assert "in_stock" in {row["availability"] for row in demo.before["google_us"].values()}

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        demo.publish()

    assert {row["availability"] for row in demo.feed().values()} == {"out_of_stock"}
    warnings = FeedRun.objects.latest("pk").warnings
    assert warnings["google.availability.known"]["count"] == len(demo.feed()) + len(demo.feed("google_de"))
    assert demo.listing(POLES).state == "live"


def test_preorder_without_its_date_is_sent_as_out_of_stock_with_a_warning(demo: Demo) -> None:
    demo.observe(POLES, "preorder")
    demo.publish()

    assert demo.feed()[POLES]["availability"] == "out_of_stock"
    warnings = FeedRun.objects.latest("pk").warnings
    assert warnings["google.availability_date.required"]["examples"].count(POLES) == 2

    demo.map(availability_date="2026-12-24")
    demo.publish()

    assert demo.feed()[POLES]["availability"] == "preorder"
    assert "google.availability_date.required" not in FeedRun.objects.latest("pk").warnings


def test_picture_rule_turns_on_its_date_without_anything_else_happening(demo: Demo) -> None:
    demo.repaint(POLES_PICTURE, (499, 600))
    with time_machine.travel(LAST_OLD_DAY, tick=False):
        demo.publish()
    warned = demo.listing(POLES)
    assert (warned.state, warned.rule_ids) == ("live", f" {ADVISED} {SMALL} ")
    assert warned.due_at == FIRST_NEW_DAY

    with time_machine.travel(FIRST_NEW_DAY, tick=False):
        demo.publish()

    held = demo.listing(POLES)
    assert (held.state, held.rule_ids) == ("partly_held", f" {ADVISED} google.image_link.min_500 ")
    assert (set(held.held_since), held.version) == ({"media"}, warned.version)


def test_id_that_is_too_long_holds_a_unit_that_was_never_published(demo: Demo) -> None:
    product = demo.add("T" * 51, like=POLES)

    demo.publish()

    listing = Listing.objects.get(channel__code="google", product=product, market="google_us")
    assert (listing.state, listing.version) == ("held", 0)
    assert [reason[:5] for reason in listing.reasons if reason[1] == "error"] == [
        ["google.id.max_length", "error", "hold", "content", "id"]
    ]
    assert "T" * 51 not in demo.feed()


def test_id_of_another_listing_holds_a_unit_that_was_never_published(demo: Demo) -> None:
    taken = "TB-STAVE-OLD"
    # As if taken over from another system.
    Listing.objects.filter(product__sku=POLES).update(external_id=taken)
    demo.edit(POLES, **{"price.USD": "91.00"})
    product = demo.add(taken, like=POLES)

    demo.publish()

    listing = Listing.objects.get(channel__code="google", product=product, market="google_us")
    assert (demo.listing(POLES).state, demo.listing(POLES).external_id) == ("live", taken)
    assert (listing.state, listing.version) == ("held", 0)
    assert [reason for reason in listing.reasons if reason[1] == "error"] == [
        ["google.id.unique", "error", "hold", "content", "id", {"value": taken}]
    ]
    assert demo.feed()[taken]["gtin"] == demo.before["google_us"][POLES]["gtin"]
    assert check_all().differences == []


def test_title_over_its_limit_lets_a_price_cut_go_live(demo: Demo) -> None:
    demo.edit(POLES, **{"name:en-US": "x" * 151, "price.USD": "79.00", "sale_price.USD": None})

    demo.publish()

    row, before = demo.feed()[POLES], demo.before["google_us"][POLES]
    assert (before["price"], before["sale_price"]) == ("89.00 USD", "74.00 USD")
    assert (row["price"], row["sale_price"], row["title"]) == ("79.00 USD", "", before["title"])
    assert set(demo.listing(POLES).held_since) == {"content"}


def test_recalled_product_is_gone_whatever_else_is_wrong(demo: Demo) -> None:
    demo.edit(POLES, **{"#state": "recalled", "name:en-US": "x" * 151, "image": None, "price.USD": "0.01"})
    demo.map(gtin="4006381333932")

    demo.publish()

    assert POLES not in demo.feed()
    assert POLES not in demo.feed("google_de")
    listing = demo.listing(POLES)
    assert (listing.state, listing.content, listing.media, listing.offer) == ("withdrawn", "", "", "")


PRICE = re.compile(r"[1-9]\d*\.\d\d (USD|EUR)|0\.[0-9]*[1-9][0-9]* (USD|EUR)")
URL = re.compile(r"https?://[!-~]{1,1992}")
FORMS = {
    "id": re.compile(r"[!-~]{1,50}"),
    "title": re.compile(r".{1,150}"),
    "description": re.compile(r".{1,5000}"),
    "link": URL,
    "image_link": URL,
    "additional_image_link": re.compile(r"(https?://[!-+\--~]+(,https?://[!-+\--~]+){0,9})?"),
    "availability": re.compile("in_stock|out_of_stock|preorder|backorder"),
    "price": PRICE,
    "sale_price": re.compile(f"({PRICE.pattern})?"),
    "gtin": re.compile(r"(952\d{10})?"),
    "condition": re.compile("new"),
    "google_product_category": re.compile(r"[1-9]\d*"),
    "item_group_id": re.compile(r"([A-Za-z0-9_-]{1,50})?"),
    "gender": re.compile("(male|female|unisex)?"),
    "age_group": re.compile("(kids|adult)?"),
    "is_bundle": re.compile("(yes)?"),
}
"""How cells read by sections 2 and 3 of the specification; columns the brand never fills are left out."""


@pytest.mark.parametrize(("market", "rows"), [("google_us", 110), ("google_de", 109)])
def test_file_of_the_brand_is_in_the_form_that_google_reads(demo: Demo, market: str, rows: int) -> None:
    demo.publish()

    data = (feed_folder(demo.google) / f"google_{FILE_OF[market]}.tsv").read_bytes()
    lines = data.decode("utf-8").split("\n")
    header = lines[0].split("\t")
    assert header == [field.name for field in PROFILE.fields.values() if field.sent]
    assert len(set(header)) == len(header)
    assert (lines.pop(), len(lines) - 1) == ("", rows)
    assert {line.count("\t") for line in lines} == {len(header) - 1}
    assert [char for line in lines for char in line if char != "\t" and not char.isprintable()] == []
    table = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    wrong = [
        (row["id"], name, row[name])
        for row in table
        for name, form in FORMS.items()
        if not form.fullmatch(row[name])
    ]
    assert wrong == []
    assert [row["id"] for row in table] == sorted({row["id"] for row in table})
    assert table == list(demo.feed(market).values())


def test_file_quotes_repeated_values_and_keeps_odd_characters_in_their_cell(demo: Demo) -> None:
    labels = {"recycled": 'Shaft: 7075, "light"', "repairable": "Spare parts\tfor ten years"}
    options = [{"code": code, "labels": {"en-US": label}} for code, label in labels.items()]
    demo.structure("attributes", "features", options=options)
    demo.edit(
        POLES,
        features=["recycled", "repairable"],
        **{"description:en-US": 'Length 50"\nto 53", one\ttab.', "name:en-US": "Poles, 50–53 inches"},
    )
    demo.map(product_highlight={"attributes": ["features"]})

    demo.publish()

    row = demo.feed()[POLES]
    assert row["product_highlight"] == '"Shaft: 7075, ""light""",Spare parts for ten years'
    assert row["description"] == 'Length 50" to 53", one tab.'
    assert row["title"] == "Poles, 50–53 inches"
    path = feed_folder(demo.google) / f"google_{FILE_OF['google_us']}.tsv"
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(demo.feed()) + 1
