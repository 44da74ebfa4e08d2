"""Channel settings: written once, with history, and refused as a whole when anything is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from channels.models import Channel, FieldMapping, Profile, ProfileRule
from channels.services.profiles import load_profiles, profile_with_parents
from channels.services.settings import describe, load_channels, update_channel
from tests.channels.conftest import GOOGLE, SHOP
from tests.factories.channels import stored_profile
from workflows.exceptions import Invalid, NotAllowed


@pytest.mark.django_db
def test_loading_twice_changes_nothing(shop: None, manager: User) -> None:
    before = (Channel.history.count(), FieldMapping.history.count())

    result = load_channels({"channels": [GOOGLE, SHOP]}, actor=manager, reason="again")

    assert (result.new, result.changed, result.unchanged) == ([], [], ["google", "shop"])
    assert (Channel.history.count(), FieldMapping.history.count()) == before


@pytest.mark.django_db
def test_change_writes_one_history_row_with_actor_and_reason(google: Channel, manager: User) -> None:
    changed = update_channel(google.pk, {"hold_days": 3}, actor=manager, reason="faster")

    assert (changed.hold_days, changed.revision) == (3, 2)
    row = Channel.history.filter(code="google").latest()
    assert (row.history_user, row.history_change_reason, row.hold_days) == (manager, "faster", 3)


@pytest.mark.django_db
def test_mapping_is_added_changed_and_removed(google: Channel, manager: User) -> None:
    mapping = {**describe(google)["mapping"], "color": {"constant": "red"}, "size": {"constant": "43"}}
    del mapping["gender"]

    update_channel(google.pk, {"mapping": mapping}, actor=manager, reason="tests")

    rows = {row.field: row.source for row in google.mappings.all()}
    assert rows == mapping
    kinds = FieldMapping.history.filter(history_change_reason="tests").values_list("field", "history_type")
    assert {("color", "+"), ("size", "~"), ("gender", "-")} <= set(kinds)
    assert Channel.objects.get(pk=google.pk).revision == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "path", "detail"),
    [
        ({"scope": "moon"}, "google.scope", "There is no scope moon."),
        ({"profile": "moon"}, "google.profile", "There is no profile moon."),
        ({"hold_days": 999}, "google.hold_days", "A part can be held back for 0 to 365 days."),
        ({"colour": 1}, "google.colour", "A channel has no setting colour."),
        (
            {"mapping": {"titel": {"constant": "x"}}},
            "google.mapping",
            "The mapping names a field titel that the profile does not have.",
        ),
        ({"assortment": {"states": ["sold"]}}, "google.assortment", "sold is not a state of products."),
        ({"assortment": {"mood": []}}, "google.assortment", "An assortment has no mood."),
        (
            {"link_pattern": "https://shop.example/"},
            "google.link_pattern",
            "The link pattern needs {external_id}, {sku} or {product_id}: each item lands on its own page.",
        ),
    ],
)
def test_faulty_setting_is_refused_with_its_field(
    google: Channel, manager: User, change: dict[str, Any], path: str, detail: str
) -> None:
    with pytest.raises(Invalid) as caught:
        load_channels(
            {"channels": [{**SHOP, "label": "Changed"}, {**GOOGLE, **change}]}, actor=manager, reason="x"
        )

    assert [(error.path, error.detail) for error in caught.value.errors] == [(path, detail)]
    assert Channel.objects.get(code="shop").label == "Own shop"


@pytest.mark.django_db
def test_somebody_without_the_right_may_not_change_channels(google: Channel, support: User) -> None:
    with pytest.raises(NotAllowed):
        update_channel(google.pk, {"hold_days": 3}, actor=support, reason="x")

    assert Channel.objects.get(pk=google.pk).hold_days == 7


@pytest.mark.django_db
def test_shipped_profiles_are_rows_and_loading_again_makes_no_version() -> None:
    assert load_profiles() == []
    assert list(Profile.objects.values_list("code", "current__number")) == [
        ("base", 1),
        ("google", 1),
        ("own_storefront", 1),
    ]
    rule = ProfileRule.objects.get(rule_id="google.image_link.min_500")
    assert (rule.severity, rule.effect, str(rule.valid_from), rule.params) == (
        "error",
        "hold",
        "2027-01-31",
        {"min": 500},
    )


@pytest.mark.django_db
def test_stored_profile_reads_back_as_it_was_written() -> None:
    found, versions = profile_with_parents("google")

    assert found == stored_profile("google")
    assert versions == "google 1, base 1"
