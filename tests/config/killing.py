"""What the kill tests run in processes of their own: build a database, work on it, die in the middle, tell
its state.

python -m tests.config.killing build|work|tell [apply|publish]
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be set up first

from catalog.models import FilterValue, IdentifierEntry, Product, SearchText, Use  # noqa: E402
from catalog.services.documents import LABEL, ProductAdapter  # noqa: E402
from catalog.services.structure import load_structure  # noqa: E402
from channels.models import Channel, Listing, ListingVersion  # noqa: E402
from channels.services import publish as publishing  # noqa: E402
from channels.services.settings import load_channels  # noqa: E402
from tests.channels.conftest import GOOD, SHOP  # noqa: E402
from tests.factories.assets import make_asset, picture  # noqa: E402
from tests.factories.catalog import STRUCTURE, somebody  # noqa: E402
from workflows.identity import uuid7  # noqa: E402
from workflows.models import Change, ChangeRequest, Source  # noqa: E402
from workflows.services import apply as applying  # noqa: E402
from workflows.services.requests import ProposedChange, propose_changes  # noqa: E402
from workflows.services.reviews import approve_request  # noqa: E402

PRODUCTS = 20
applying.CHUNK = publishing.CHUNK = 3


def build() -> None:
    """Migrate, load a small shop, and leave an approved request of twenty products waiting to be applied."""
    call_command("migrate", verbosity=0)
    author, approver = somebody("author", superuser=True), somebody("approver", superuser=True)
    load_structure(STRUCTURE, actor=author, reason="tests")
    make_asset("shoe.png", picture(size=(600, 600)), actor=author, approver=approver)
    load_channels({"channels": [SHOP]}, actor=author, reason="tests")
    source = Source.objects.create(code="erp", kind="erp", label="ERP")
    adapter = ProductAdapter()
    changes = []
    for number in range(PRODUCTS):
        values = {**GOOD, "#exists": True, "#state": "active", "sku": f"S-{number:02}"}
        patch, errors = adapter.normalise(values)
        assert errors == []
        changes.append(ProposedChange(LABEL, uuid7(), f"S-{number:02}", patch))
    request = propose_changes(changes, title="All", actor=author, source=source)
    approve_request(request.pk, reviewer=approver)


def die_after(calls: int, module: Any, name: str) -> None:
    """Make a function of a module kill this process, without any farewell, when it is called once too
    often.
    """
    original: Callable[..., Any] = getattr(module, name)
    left = [calls]

    def counted(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, counted)


def work(dying_in: str) -> None:
    """Run what waits, publish the shop, and run what waits again; die in the middle of one, if told."""
    if dying_in == "apply":
        # Inside the transaction of the third chunk, after its rows were written.
        die_after(2, applying, "_write_results")
    if dying_in == "publish":
        die_after(2, publishing, "write_chunk")
    call_command("run_jobs", verbosity=0)
    publishing.request_publication("shop", actor=None)
    call_command("run_jobs", verbosity=0)


def tell() -> dict[str, Any]:
    """Return everything that must not depend on whether somebody died; ids and times are left out."""
    skus = dict(Product.objects.values_list("pk", "sku"))
    return {
        "products": list(Product.objects.order_by("sku").values_list("sku", "revision", "document")),
        "history": list(
            Product.history.order_by("sku", "revision").values_list("sku", "revision", "history_type")
        ),
        "requests": list(ChangeRequest.objects.order_by("pk").values_list("state", "change_count")),
        "changes": list(Change.objects.order_by("label").values_list("label", "outcome", "applied_revision")),
        "derived": [model.objects.count() for model in (FilterValue, IdentifierEntry, SearchText, Use)],
        "listings": sorted(
            [skus[row.product_id], row.locale, row.state, row.score, row.external_id]
            for row in Listing.objects.all()
        ),
        "versions": ListingVersion.objects.count(),
        "feeds": {path.name: len(path.read_bytes()) for path in sorted(publishing_files()) if path.is_file()},
        "channels": Channel.objects.count(),
    }


def publishing_files() -> list[Any]:
    """Return the feed files on disk; none may be half written."""
    from django.conf import settings

    return list(settings.FEED_ROOT.rglob("*")) if settings.FEED_ROOT.exists() else []


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "tell":
        sys.stdout.write(json.dumps(tell(), default=str))
    elif command == "work":
        work(rest[0] if rest else "")
    else:
        build()
