"""Alternative texts: set by locale, with a trace."""

import pytest
from django.contrib.auth.models import User

from assets.models import Asset
from assets.services.alt_texts import set_alt_texts
from tests.factories.assets import make_asset
from workflows.exceptions import Invalid, NotAllowed, StaleRevision
from workflows.models import AuditEntry, DirtyObject

pytestmark = pytest.mark.django_db


def test_texts_are_set_by_locale_and_leave_traces(adder: User) -> None:
    make_asset("a.png", actor=adder)
    DirtyObject.objects.all().delete()

    changed = set_alt_texts({"a.png": {"en-US": " A  shoe "}}, actor=adder, reason="a11y")

    asset = Asset.objects.get()
    assert (changed, asset.alt, asset.revision) == (("a.png",), {"en-US": "A shoe"}, 2)
    assert Asset.history.latest().history_change_reason == "a11y"
    assert DirtyObject.objects.get().object_id == "a.png"
    assert AuditEntry.objects.filter(action="asset.set_alt_texts").get().details == {"codes": ["a.png"]}


def test_the_same_text_again_writes_nothing(adder: User) -> None:
    make_asset("a.png", actor=adder)
    set_alt_texts({"a.png": {"en-US": "A shoe"}}, actor=adder, reason="r")

    assert set_alt_texts({"a.png": {"en-US": "A shoe"}}, actor=adder, reason="r") == ()
    assert Asset.objects.get().revision == 2


def test_wrong_texts_are_all_named_and_none_is_saved(adder: User) -> None:
    make_asset("a.png", actor=adder)

    with pytest.raises(Invalid) as caught:
        set_alt_texts(
            {"a.png": {"en_US": "x", "de-DE": "y" * 1001, "en-US": "fine"}, "b.png": {"en-US": "x"}},
            actor=adder,
            reason="r",
        )

    assert [(error.path, error.code, error.detail) for error in caught.value.errors] == [
        ("a.png:en_US", "locale", "en_US is not a language such as en-US or de-DE."),
        ("a.png:de-DE", "too_long", "The text for de-DE has 1001 characters; 1000 are allowed."),
        ("b.png", "not_found", "There is no asset b.png."),
    ]
    assert Asset.objects.get().alt == {}


def test_an_edit_of_an_older_revision_is_refused(adder: User) -> None:
    make_asset("a.png", actor=adder)
    set_alt_texts({"a.png": {"en-US": "A shoe"}}, actor=adder, reason="r")

    with pytest.raises(StaleRevision):
        set_alt_texts({"a.png": {"en-US": "Shoe"}}, actor=adder, reason="r", revisions={"a.png": 1})

    assert Asset.objects.get().alt == {"en-US": "A shoe"}


@pytest.mark.parametrize("who", ["viewer", "stranger", "approver"])
def test_texts_need_the_right_to_change(who: str, adder: User, request: pytest.FixtureRequest) -> None:
    make_asset("a.png", actor=adder)

    with pytest.raises(NotAllowed):
        set_alt_texts({"a.png": {"en-US": "x"}}, actor=request.getfixturevalue(who), reason="r")

    assert Asset.objects.get().alt == {}
