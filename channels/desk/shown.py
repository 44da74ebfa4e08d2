"""What each channel shows of one product: the last version handed over, how sure that is, what differs.

Read from listing versions, as feeds and the storefront are. A channel without a feed reads Concord itself and
shows what is said now; one with a feed was told what its last file carried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Max
from django.utils.translation import gettext as _

from assets.services.addresses import thumbnail_path
from catalog.models import AvailabilityLog
from catalog.services.display import locale_name, pick_label
from channels.constants import ListingState, Part, RunState, Severity
from channels.desk.comparing import Bodies, Difference, Roles, differences, roles_of, value_of
from channels.desk.truth import Price
from channels.desk.wording import When, value_text, when
from channels.models import Channel, FeedRun, Handover, ListingVersion
from channels.rules.availability import join_availability
from channels.rules.spec import ProfileError
from channels.selectors import said_bodies, say
from channels.services.plans import ChannelPlan, load_plan
from channels.services.stock import UNKNOWN, stock_of
from channels.services.writing import Judged, judge_units
from workflows.rules.documents import JSONValue

_MEDIA = re.compile(r"/media/([0-9a-f]{64})\.")
NOTHING: Bodies = {}


@dataclass(frozen=True)
class Line:
    """A field that differs: what the channel shows, what is true, and what becomes of it."""

    label: str
    shown: str
    truth: str
    shown_picture: str
    truth_picture: str
    note: str


@dataclass(frozen=True)
class HeldPart:
    """A part of a listing that keeps an older text, since when, and why."""

    label: str
    since: When
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One channel, market and language: what customers see there of the product."""

    channel: str
    market: str
    locale: str
    is_shown: bool
    headline: str
    certainty: str
    external_id: str = ""
    title: str = ""
    price: Price | None = None
    thumbnail: str = ""
    link: str = ""
    since: When | None = None
    stock: str = ""
    alarm: str = ""
    lines: tuple[Line, ...] = ()
    held: tuple[HeldPart, ...] = ()
    reasons: tuple[str, ...] = ()
    note: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the channel shows today's truth."""
        return self.is_shown and not self.lines and not self.alarm


@dataclass(frozen=True)
class Shown:
    """The cards of a product, and the channels that have none of it, each with a sentence."""

    cards: tuple[Card, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class _Carried:
    """The version that a channel was given last; `until` is when a later file left it out."""

    version: ListingVersion
    since: datetime
    until: datetime | None


@dataclass
class _Found:
    """Everything read about one channel before its cards are made."""

    channel: Channel
    plan: ChannelPlan
    judged: list[Judged]
    last_run: datetime | None = None
    carried: dict[UUID, _Carried] = field(default_factory=dict)


def shown_of(product_id: UUID, now: datetime) -> Shown:
    """Return what every channel shows of one sellable product.

    About thirteen queries a channel (truth is evaluated afresh, as publishing would), whatever the number of
    markets and languages, and six for all.
    """
    found: list[_Found] = []
    absent: list[str] = []
    for channel in Channel.objects.select_related("scope", "profile").order_by("label", "code"):
        try:
            plan = load_plan(channel)
        except (ProfileError, LookupError):
            absent.append(_("%(channel)s: its settings can't be used at the moment.") % {"channel": channel})
            continue
        judged = judge_units(plan, [product_id], now)[1]
        if judged:
            found.append(_Found(channel, plan, judged))
        else:
            absent.append(_("%(channel)s: not in its assortment.") % {"channel": channel})
    versions = _read_versions(found)
    bodies = said_bodies(versions.values())
    stock = stock_of([product_id], now).get(product_id, UNKNOWN)
    moved = AvailabilityLog.objects.filter(product_id=product_id).aggregate(at=Max("recorded_at"))["at"]
    cards = []
    for one in found:
        for judged_one in sorted(one.judged, key=lambda item: item.place):
            maker = _CardMaker(one, judged_one, versions, bodies, now)
            cards.append(maker.make(stock.status, moved))
    return Shown(tuple(cards), tuple(absent))


def _read_versions(found: Sequence[_Found]) -> dict[UUID, ListingVersion]:
    """Fill in what feeds carried, and return the versions that are shown, by id. Three queries."""
    listings = [one.stored["id"] for item in found for one in item.judged if one.stored is not None]
    runs = dict(
        FeedRun.objects.filter(state=RunState.DONE)
        .order_by()
        .values_list("channel_id")
        .annotate(at=Max("finished_at"))
    )
    handovers = (
        Handover.objects.filter(listing_id__in=listings, from_run__state=RunState.DONE)
        .select_related("version", "from_run", "until_run")
        .order_by("listing_id", "from_run_id")
    )
    carried = {row.listing_id: _carried(row) for row in handovers}
    versions = {row.version.pk: row.version for row in carried.values()}
    said = {
        one.stored["version_id"]
        for item in found
        for one in item.judged
        if one.stored is not None and one.stored["content"]
    }
    for version in ListingVersion.objects.filter(pk__in=said - versions.keys()):
        versions[version.pk] = version
    for item in found:
        item.last_run = runs.get(item.channel.pk)
        item.carried = carried
    return versions


def _carried(row: Handover) -> _Carried:
    ended = row.until_run is not None and row.until_run.state == RunState.DONE
    until = row.until_run.finished_at if ended and row.until_run is not None else None
    return _Carried(row.version, row.from_run.finished_at or row.from_run.started_at, until)


class _CardMaker:
    """Makes the card of one listing from what was read."""

    def __init__(
        self,
        found: _Found,
        judged: Judged,
        versions: Mapping[UUID, ListingVersion],
        bodies: Mapping[UUID, Bodies],
        now: datetime,
    ) -> None:
        self.found, self.judged, self.now = found, judged, now
        self.spec = found.plan.spec
        self.roles: Roles = roles_of(self.spec)
        self.stored: dict[str, Any] = judged.stored or {}
        self.reads_directly = not self.spec.feed
        self.carried = found.carried.get(self.stored.get("id", UUID(int=0)))
        self.version = self._version(versions)
        self.bodies = bodies.get(self.version.pk, NOTHING) if self.version else NOTHING
        self.truth: Bodies = {part: orjson.loads(body) for part, body in judged.evaluation.bodies.items()}

    def _version(self, versions: Mapping[UUID, ListingVersion]) -> ListingVersion | None:
        """Return the version that customers see, None for none."""
        if self.reads_directly:
            return versions.get(self.stored["version_id"]) if self.stored.get("content") else None
        if self.carried is None or self.carried.until is not None:
            return None
        return self.carried.version

    def make(self, status: str | None, stock_moved: datetime | None) -> Card:
        """Return the card; `status` is the stock now, `stock_moved` when that last changed."""
        market, locale = self.judged.place
        scope = self.found.plan.schema.scopes.get(market)
        name: dict[str, Any] = {
            "channel": self.found.channel.label,
            "market": pick_label(scope.labels, market) if scope else market,
            "locale": locale_name(locale),
        }
        if self.version is None:
            headline, reasons = self._silence()
            return Card(**name, is_shown=False, headline=headline, certainty="", reasons=reasons)
        lines = list(self._lines())
        notes = {line.note for line in lines}
        return Card(
            **name,
            is_shown=True,
            headline="",
            certainty=self._certainty(),
            external_id=str(self.stored.get("external_id") or ""),
            title=value_text(self._said(self.roles.title)),
            price=self._price(),
            thumbnail=_thumbnail(self._said(self.roles.picture)),
            link=str(self._said(self.roles.link) or ""),
            since=when(self._since(), self.now),
            stock=self._stock(status, stock_moved),
            alarm=self._alarm(),
            lines=tuple(replace(line, note="") for line in lines) if len(notes) == 1 else tuple(lines),
            note=notes.pop() if len(notes) == 1 else "",
            held=tuple(self._held()),
        )

    def _said(self, name: str) -> Any:
        return value_of(self.spec, self.bodies, name)

    def _price(self) -> Price | None:
        regular = value_text(self._said(self.roles.price))
        sale = value_text(self._said(self.roles.sale_price))
        if sale:
            return Price(sale, regular)
        return Price(regular) if regular else None

    def _since(self) -> datetime:
        if self.reads_directly or self.carried is None:
            return self.version.said_from if self.version else self.now
        return self.carried.since

    def _certainty(self) -> str:
        if self.reads_directly:
            return _("Certain: the channel reads from Concord directly.")
        last = when(self.found.last_run or self.now, self.now).ago
        return _("Likely: so it stands in the file of %(ago)s, which the channel has not answered.") % {
            "ago": last
        }

    def _stock(self, status: str | None, moved: datetime | None) -> str:
        if self.reads_directly:
            joined = join_availability(self.spec, status, self.bodies.get(Part.OFFER, {}))
            return status_label(joined.value)
        if moved is not None and self.found.last_run is not None and moved > self.found.last_run:
            return _("Stock has changed since the last file")
        return _("Stock as in the last file")

    def _silence(self) -> tuple[str, tuple[str, ...]]:
        """Say why nothing is shown."""
        reasons = tuple(self._sentences())
        if self.judged.decision.said:
            return _("Not published yet: it goes out with the next publication."), ()
        if self.carried is not None and self.carried.until is not None:
            ago = when(self.carried.until, self.now).ago
            return _("Taken off this channel %(ago)s.") % {"ago": ago}, reasons
        if self.stored.get("state") == ListingState.WITHDRAWN:
            return _("Taken off this channel."), reasons
        return _("Never shown here."), reasons

    def _alarm(self) -> str:
        if self.judged.decision.said:
            return ""
        return _("Should not be shown any more: %(why)s It goes with the next publication.") % {
            "why": " ".join(self._sentences())
        }

    def _sentences(self, part: str = "") -> list[str]:
        """Return what keeps the listing, or one part of it, from being shown as truth has it.

        That a recalled product left the assortment goes without saying.
        """
        found = [
            reason
            for reason in self.judged.evaluation.reasons
            if reason.rule.severity == Severity.ERROR and part in ("", reason.rule.part)
        ]
        if any(reason.rule.kind == "state" for reason in found):
            found = [reason for reason in found if reason.rule.kind != "assortment"]
        return [say(reason.rule.message, reason.params) for reason in found]

    def _held(self) -> Iterable[HeldPart]:
        for part, since in sorted(self.judged.decision.held_since.items()):
            label = str(Part(part).label)
            yield HeldPart(label, when(since, self.now), tuple(self._sentences(part)))

    def _lines(self) -> Iterable[Line]:
        if not self.judged.decision.said:
            return
        for one in differences(self.spec, self.roles, self.bodies, self.truth):
            yield Line(
                label=_(one.field.label),
                shown=_picture_free(one.shown),
                truth=_picture_free(one.truth),
                shown_picture=_thumbnail(one.shown),
                truth_picture=_thumbnail(one.truth),
                note=self._note(one),
            )

    def _note(self, one: Difference) -> str:
        since = self.judged.decision.held_since.get(one.field.part)
        if since is None:
            return _("Goes out with the next publication.")
        return _("Held back, first found %(ago)s.") % {"ago": when(since, self.now).ago}


def status_label(status: str) -> str:
    """Return how an availability is called."""
    return {
        "in_stock": _("In stock"),
        "out_of_stock": _("Out of stock"),
        "preorder": _("Pre-order"),
        "backorder": _("Back-order"),
    }.get(status, status)


def _first(value: JSONValue) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _thumbnail(value: Any) -> str:
    """Return the thumbnail of a stored picture, one of our own public addresses; empty for anything else."""
    first = _first(value)
    address = first.get("url") if isinstance(first, dict) else first
    found = _MEDIA.search(address) if isinstance(address, str) else None
    return thumbnail_path(found[1]) if found else ""


def _picture_free(value: Any) -> str:
    return "" if _thumbnail(value) else value_text(value)
