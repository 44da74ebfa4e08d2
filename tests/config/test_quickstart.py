"""One command to a running system: what it leaves behind, run once, twice, killed, and where it must not."""

import csv
import re
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Availability, Delivery, Product
from channels.models import FeedRun, Listing
from config.demo import loader, marks, serving
from config.demo.pictures import draw_picture, picture_specs
from config.roles import ROLE_NAMES
from tests.factories.catalog import make_product, make_structure
from workflows.exceptions import NotAllowed
from workflows.models import AuditEntry, Change, ChangeRequest, Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw small pictures, once for all tests here: their size is another file's concern."""
    specs = [replace(spec, pixels=520) for spec in picture_specs()]
    monkeypatch.setattr(loader, "picture_specs", lambda: specs)
    monkeypatch.setattr(loader, "draw_picture", lambda spec: drawn(spec.code))


@pytest.fixture(autouse=True)
def _own_address(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back the address that the command gives its process."""
    monkeypatch.delenv("CONCORD_PUBLIC_URL", raising=False)
    settings.PUBLIC_URL = "http://127.0.0.1:8000"


@lru_cache
def drawn(code: str) -> bytes:
    return draw_picture(next(replace(spec, pixels=520) for spec in picture_specs() if spec.code == code))


def quickstart(*arguments: str) -> str:
    out = StringIO()
    call_command("quickstart", "--no-serve", *arguments, stdout=out)
    return out.getvalue()


def outcome(feeds: Path) -> dict[str, Any]:
    """Return what a finished run leaves, without ids and times."""
    return {
        "products": Product.objects.count(),
        "revisions": Counter(Product.objects.values_list("revision", flat=True)),
        "requests": list(
            ChangeRequest.objects.order_by("pk").values_list(
                "title", "state", "change_count", "conflict_count"
            )
        ),
        "deliveries": list(
            Delivery.objects.order_by("pk").values_list(
                "name", "read", "new", "changed", "unchanged", "rejected"
            )
        ),
        "availability": Availability.objects.count(),
        "listings": Counter(Listing.objects.values_list("channel__code", "state")),
        "publications": Counter(FeedRun.objects.values_list("channel__code", flat=True)),
        "jobs": Counter(Job.objects.values_list("kind", "state")),
        "steps": list(
            AuditEntry.objects.filter(action=marks.STEP).order_by("pk").values_list("target_id", flat=True)
        ),
        "feeds": {path.name: len(path.read_text().splitlines()) - 1 for path in feeds.rglob("*.tsv")},
    }


OUTCOME = {
    "products": 147,
    "revisions": Counter({1: 142, 2: 5}),
    "requests": [
        ("Havnfell Trading: supplier_catalogue.csv", "applied", 13, 0),
        ("Product list: products.csv", "applied", 134, 0),
        ("Winter titles for lights", "applied", 2, 0),
        ("Recall of the Beam 600", "applied", 1, 0),
        ("Fellgate Mid: autumn price", "applied", 2, 0),
        ("Sleetline: clearer texts", "submitted", 2, 0),
        ("Havnfell Trading: supplier_delivery.csv", "submitted", 9, 2),
    ],
    "deliveries": [
        ("supplier_catalogue.csv", 13, 13, 0, 0, 0),
        ("products.csv", 134, 134, 0, 0, 0),
        ("supplier_delivery.csv", 18, 3, 6, 7, 2),
    ],
    "availability": 451,
    "listings": Counter(
        {
            ("google", "live"): 219,
            ("google", "held"): 5,
            ("google", "withdrawn"): 2,
            ("storefront", "live"): 331,
            ("storefront", "held"): 5,
            ("storefront", "withdrawn"): 3,
        }
    ),
    "publications": Counter({"google": 2, "storefront": 2}),
    "jobs": Counter({("workflows.apply_request", "done"): 5, ("channels.publish", "done"): 4}),
    "steps": [step.name for step in loader.STEPS],
    "feeds": {"google_google_us_en-US_USD.tsv": 110, "google_google_de_de-DE_EUR.tsv": 109},
}


def feed(feeds: Path, name: str) -> dict[str, dict[str, str]]:
    with next(feeds.rglob(f"*{name}*.tsv")).open(newline="", encoding="utf-8") as lines:
        return {row["id"]: row for row in csv.DictReader(lines, delimiter="\t")}


def test_loop_ends_in_the_feed_with_a_delivery_waiting(settings: Any) -> None:
    said = quickstart()

    assert outcome(settings.FEED_ROOT) == OUTCOME
    american, german = feed(settings.FEED_ROOT, "google_us"), feed(settings.FEED_ROOT, "google_de")
    assert american["HF-GLOW-200"]["title"] == "Glow 200 Dimmable Camp Lantern"
    assert american["TB-FELLGATE-M-PEAT-42"]["price"] == "179.00 USD"
    assert (
        german["TB-FELLGATE-M-PEAT-42"]["title"]
        == "Torrenbeck Fellgate Mid Herren Wanderstiefel wasserdicht, Torfbraun"
    )
    assert "HF-BEAM-600" not in american, "recalled"
    assert {"TB-LEESIDE-3", "TB-TARNHIP-3-CORAL"}.isdisjoint(american), "title too long, no picture"
    assert {"TB-STILLPAD", "HF-TORCH-900", "TB-TARNHIP-3-CORAL"}.isdisjoint(german), "no text, price, picture"
    conflicts = [
        (change.label, key)
        for change in Change.objects.filter(request__title__endswith="supplier_delivery.csv")
        for key, _ours in change.conflicts()
    ]
    assert sorted(conflicts) == [("HF-BEAM-320", "name:en-US"), ("HF-GLOW-200", "summary:en-US")]
    assert "waits with 2 conflicts" in said


def test_every_role_gets_an_account_whose_password_is_shown_once() -> None:
    said = quickstart()

    for role in ROLE_NAMES:
        (password,) = re.findall(rf"^  {role} +([\w-]{{16}})$", said, re.MULTILINE)
        user = authenticate(username=role, password=password)
        assert user is not None
        assert [group.name for group in user.groups.all()] == [role]
        assert not user.is_superuser
    assert "Accounts and their passwords" not in quickstart()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    rows = {}
    for table in sorted(connection.introspection.django_table_names(only_existing=True)):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names come from the models
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows


def test_second_run_changes_nothing_and_says_so(settings: Any) -> None:
    quickstart()
    rows = everything()
    feeds = {path: path.stat().st_mtime_ns for path in settings.FEED_ROOT.rglob("*")}

    said = quickstart()

    assert "nothing was changed" in said
    assert everything() == rows
    assert {path: path.stat().st_mtime_ns for path in settings.FEED_ROOT.rglob("*")} == feeds


def addresses(feeds: Path) -> set[str]:
    """Return where the pictures of a feed lie."""
    return {row["image_link"].partition("/media/")[0] for row in feed(feeds, "google_us").values()}


def test_pictures_follow_the_port_and_a_second_run_on_another(settings: Any) -> None:
    said = quickstart("--port", "8123")

    assert addresses(settings.FEED_ROOT) == {"http://127.0.0.1:8123"}
    assert outcome(settings.FEED_ROOT) == OUTCOME
    assert "set CONCORD_PUBLIC_URL=http://127.0.0.1:8123" in said
    again = quickstart("--port", "8124")
    assert "pictures and links begin with http://127.0.0.1:8124 now" in again
    assert addresses(settings.FEED_ROOT) == {"http://127.0.0.1:8124"}
    assert "nothing was changed" in quickstart("--port", "8124")
    remembered = quickstart()
    assert "nothing was changed" in remembered
    assert "http://127.0.0.1:8124/admin/" in remembered


def test_address_of_the_environment_is_kept_whatever_the_port(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_PUBLIC_URL", "https://pim.example")
    settings.PUBLIC_URL = "https://pim.example"

    quickstart("--port", "8123")

    assert addresses(settings.FEED_ROOT) == {"https://pim.example"}


class Killed(BaseException):
    """What a process that is killed looks like from within: nothing catches it."""


@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("set_alt_texts", 1),
        ("take_delivery", 2),
        ("finish_job", 2),
        ("take_availability", 1),
        ("finish_job", 4),
        ("propose_changes", 3),
        ("take_delivery", 3),
    ],
)
def test_killed_run_started_again_ends_like_an_undisturbed_one(
    place: str, call: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    real: Callable[..., Any] = getattr(loader, place)
    calls = Counter[str]()

    def until_killed(*arguments: Any, **named: Any) -> Any:
        calls[place] += 1
        if calls[place] == call:
            raise Killed
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(loader, place, until_killed)
        with pytest.raises(Killed):
            quickstart()
    assert not marks.is_complete()

    quickstart()

    assert outcome(settings.FEED_ROOT) == OUTCOME


def test_production_settings_are_refused(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="does not run where CONCORD_PRODUCTION is set"):
        quickstart()

    assert not User.objects.exists()


def test_database_with_somebodys_own_data_is_refused() -> None:
    make_structure()
    make_product()
    before = everything()

    with pytest.raises(CommandError, match="holds data that quickstart did not bring"):
        quickstart()

    assert everything() == before


def test_account_under_a_role_name_is_refused(make_account: Callable[..., User]) -> None:
    make_account("reviewer")

    with pytest.raises(CommandError, match="an account reviewer that quickstart did not make"):
        quickstart()

    assert not AuditEntry.objects.filter(action=marks.BEGIN).exists()


def test_foreign_account_is_refused_on_a_shared_database_only(make_account: Callable[..., User]) -> None:
    make_account("support", name="erika")

    shared = connection.vendor == "postgresql"
    with pytest.raises(NotAllowed, match="account erika") if shared else nullcontext():
        marks.check_may_load()


def test_port_in_use_is_named_before_anything_is_loaded() -> None:
    with socket.socket() as taken:
        taken.bind((serving.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Port {port} is in use"):
            call_command("quickstart", "--port", str(port))

    assert not AuditEntry.objects.exists()


def test_no_app_knows_the_brand() -> None:
    brand = re.compile(r"torrenbeck|quellhorn|havnfell", re.IGNORECASE)
    root = Path(apps.get_app_config("config").path).parent
    knowing = [
        str(path.relative_to(root))
        for app in ("workflows", "assets", "catalog", "channels", "config", "templates", "static")
        for path in (root / app).rglob("*")
        if path.suffix in {".py", ".json", ".html", ".js", ".css", ".csv"}
        and brand.search(path.read_text(encoding="utf-8"))
    ]

    assert [path for path in knowing if not path.startswith("config/demo/")] == []
