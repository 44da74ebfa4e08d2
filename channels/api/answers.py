"""What is sent: stored bodies joined as they are with the availability of this moment, and their ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.request import Request

from channels.api.access import Place
from channels.rules.availability import DATED, join_availability
from channels.rules.spec import ProfileSpec
from channels.services.stock import Stock

DIGEST_BYTES = 20
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Item:
    """What is said of one product in one place: the version, its bodies by part and their checksums."""

    product_id: str
    version: int
    said_from: datetime
    checksums: tuple[str, str, str]
    bodies: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """An item as it is sent at one moment: its text, and what its ETag rests on."""

    text: str
    mark: str


def read_item(columns: Sequence[Any]) -> Item:
    """Make an item of the columns product id, version, said from, three checksums and three bodies."""
    product, version, said_from, *rest = columns
    if said_from.tzinfo is None:  # SQLite, in a statement of our own
        said_from = said_from.replace(tzinfo=UTC)
    product_id = str(product if isinstance(product, UUID) else UUID(product))
    return Item(product_id, version, said_from, tuple(rest[:3]), tuple(rest[3:6]))


def read_observations(text: str | None) -> list[tuple[str, int | None, datetime]]:
    """Read a product's observations from the form the statements give them."""
    found = []
    for entry in text.split(",") if text else ():
        status, quantity, observed = entry.split(" ", 2)
        observed_at = datetime.fromisoformat(observed).replace(tzinfo=UTC)
        found.append((status, int(quantity) if quantity else None, observed_at))
    return found


def availability_text(profile: ProfileSpec, stock: Stock, offer: str) -> str:
    """Return the availability to send as JSON; what is unknown or too old is out of stock and not `known`."""
    body = orjson.loads(offer) if stock.status in DATED else {}
    status = join_availability(profile, stock.status, body).value
    quantity = stock.quantity if status == stock.status else None
    known = "true" if stock.status is not None else "false"
    return f'{{"status":"{status}","quantity":{"null" if quantity is None else quantity},"known":{known}}}'


def send_item(item: Item, place: Place, profile: ProfileSpec, stock: Stock) -> Sent:
    """Join an item's stored bodies and its availability as text; nothing stored is parsed or changed."""
    listing = ",".join(body[1:-1] for body in item.bodies if len(body) > 2)
    available = availability_text(profile, stock, item.bodies[2])
    since = item.said_from.isoformat()
    text = (
        f'{{"id":"{item.product_id}"{place.head}{item.version},"said_from":"{since}",'
        f'"listing":{{{listing}}},"availability":{available}}}'
    )
    mark = " ".join(
        (item.product_id, place.market, place.locale, str(item.version), *item.checksums, available)
    )
    return Sent(text, mark)


def etag_of(marks: Iterable[str]) -> str:
    """Return a strong ETag over what an answer rests on, in its order."""
    digest = hashlib.blake2b("\n".join(marks).encode(), digest_size=DIGEST_BYTES).hexdigest()
    return f'"{digest}"'


def respond(request: Request, text: str, etag: str, *, is_public: bool) -> HttpResponse:
    """Return the answer, or 304 when the caller holds it already.

    Caches may keep it but have to ask each time: prices and stock are never served stale.
    """
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    if asked and _matches(asked, etag):
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
    else:
        content = text.encode()
        response = HttpResponse(b"" if request.method == "HEAD" else content, content_type=JSON)
        response.headers["Content-Length"] = str(len(content))
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, no-cache" if is_public else "private, no-cache"
    response.headers["Vary"] = "Authorization, X-Api-Key"
    return response


def _matches(header: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 section 13.1.2 asks of If-None-Match."""
    tags = parse_etags(header)
    return "*" in tags or any(tag.removeprefix("W/") == etag for tag in tags)
