"""Comparing two revisions of a product, and proposing to take back what came between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from catalog.admin.product_page import Revision, document_at, revisions_of
from catalog.admin.showing import Lookups, Picture, Shown
from catalog.models import Product
from catalog.services.display import key_labels
from catalog.services.products import propose_edit
from catalog.services.schema import Schema, current_schema
from workflows.admin.base import number_of
from workflows.exceptions import Invalid, NotFound, StaleRevision
from workflows.models import ChangeRequest
from workflows.rules.documents import Document, diff, invert
from workflows.rules.words import Run, compare_words, shorten

MAX_REVISIONS = 200
MAX_DOTS = 60


@dataclass(frozen=True)
class PictureChange:
    """A picture in a comparison: kept, added or removed."""

    picture: Picture
    sign: str


@dataclass(frozen=True)
class KeyRow:
    """One key on both sides. `since` names the requests between that touched it."""

    key: str
    label: str
    detail: str
    place: str
    scope: str
    changed: bool
    runs: Sequence[Run]
    pictures: Sequence[PictureChange]
    old: Shown
    new: Shown
    since: Sequence[Revision]
    can_take_back: bool

    @property
    def reordered(self) -> bool:
        """Whether the same pictures stand in another order."""
        return self.changed and bool(self.pictures) and all(one.sign == "kept" for one in self.pictures)


@dataclass(frozen=True)
class Comparison:
    """Two revisions of a product side by side, with what happened between them."""

    earlier: Revision | None
    later: Revision | None
    rows: list[KeyRow]
    changed: int
    show_all: bool
    between: list[Revision]
    revisions: list[Revision]
    dots: list[Revision]
    more: bool
    problem: str
    is_current: bool


def comparison(product: Product, lookups: Lookups, schema: Schema, params: QueryDict) -> Comparison:
    """Return what differs between the revisions an address names (`from`, `to`: a number or a date, `all`:
    1).

    A date means what held at its end. Without `to` it is the current revision, without `from` the one before.
    About a dozen queries, whatever the number of revisions.
    """
    revisions = revisions_of(product.pk, limit=MAX_REVISIONS)
    later, problem = _named(params.get("to", ""), product, product.revision)
    earlier, other_problem = _named(params.get("from", ""), product, max(1, later - 1))
    if earlier > later:
        earlier, later = later, earlier
    before, after = document_at(product, earlier), document_at(product, later)
    missing = ""
    if before is None or after is None:
        number = earlier if before is None else later
        missing = _("There is no revision %(number)s of this product.") % {"number": number}
        before = after = dict(product.document)
        earlier = later = product.revision
    lookups.read([before, after])
    between = [row for row in revisions if earlier < row.number <= later]
    show_all = params.get("all") == "1"
    rows = _rows(schema, lookups, before, after, between, show_all=show_all)
    by_number = {row.number: row for row in revisions}
    for number in {earlier, later} - by_number.keys():
        by_number.update({row.number: row for row in revisions_of(product.pk, limit=1, numbers=[number])})
    return Comparison(
        earlier=by_number.get(earlier),
        later=by_number.get(later),
        rows=rows,
        changed=sum(row.changed for row in rows),
        show_all=show_all,
        between=between,
        revisions=revisions,
        dots=list(reversed(revisions[:MAX_DOTS])),
        more=product.revision > len(revisions),
        problem=missing or problem or other_problem,
        is_current=later == product.revision,
    )


def _named(text: str, product: Product, default: int) -> tuple[int, str]:
    """Return the revision a text names by number or date, and what is wrong with the text."""
    if not text:
        return default, ""
    if text.isdecimal():
        return number_of(text), ""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        return default, _("“%(text)s” is neither a revision nor a date (YYYY-MM-DD).") % {"text": text}
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=timezone.get_current_timezone())
    history = Product.history.filter(id=product.pk, history_date__lt=end.astimezone(UTC))
    number = history.order_by("-revision").values_list("revision", flat=True).first()
    if number is None:
        return 1, _("The product did not exist on %(day)s yet; this is its first revision.") % {"day": text}
    return number, ""


def _rows(
    schema: Schema,
    lookups: Lookups,
    before: Document,
    after: Document,
    between: Sequence[Revision],
    *,
    show_all: bool,
) -> list[KeyRow]:
    patch = diff(before, after)
    keys = list(dict.fromkeys([*before, *after])) if show_all else list(patch)
    labels = key_labels(schema, keys)
    rows = []
    for key in labels:
        old, new = lookups.show(key, before.get(key)), lookups.show(key, after.get(key))
        rows.append(
            KeyRow(
                key=key,
                label=labels[key].label,
                detail=labels[key].detail,
                place=labels[key].place,
                scope=labels[key].scope,
                changed=key in patch,
                runs=shorten(compare_words(old.plain, new.plain)),
                pictures=_pictures(old, new),
                old=old,
                new=new,
                since=[row for row in between if key in row.keys],
                can_take_back=key in patch and key != "#exists",
            )
        )
    return rows


def _pictures(old: Shown, new: Shown) -> list[PictureChange]:
    was, now = {row.code for row in old.pictures}, {row.code for row in new.pictures}
    shown = [PictureChange(row, "removed") for row in old.pictures if row.code not in now]
    return shown + [PictureChange(row, "kept" if row.code in was else "added") for row in new.pictures]


def propose_taking_back(product: Product, posted: QueryDict, *, actor: Any) -> ChangeRequest:
    """Propose to give ticked keys the values they had at an earlier revision.

    `posted` holds `from`, `to`, the ticked `key`s and a `reason`. What was edited again after `to` is refused
    (`Conflict`), not overwritten. Raises what `propose_edit` raises.
    """
    keys = posted.getlist("key")
    earlier, later = _number(posted.get("from")), _number(posted.get("to"))
    before, after = document_at(product, earlier), document_at(product, later)
    if before is None or after is None:
        raise NotFound(_("There is no such revision of this product."))
    patch = diff(before, after)
    wanted = {key: patch[key] for key in keys if key in patch and key != "#exists"}
    if not wanted:
        raise Invalid(_("Tick what you want to take back."))
    facts = {"sku": product.sku, "later": later, "earlier": earlier}
    try:
        return propose_edit(
            product.pk,
            invert(wanted, before),
            actor=actor,
            title=_("Take back %(sku)s, revision %(later)s to %(earlier)s") % facts,
            reason=str(posted.get("reason", "")).strip()[:2000],
            revision=later,
        )
    except StaleRevision as error:
        named = _key_names(error.context.get("keys", ()))
        raise Invalid(
            _(
                "%(keys)s changed again after revision %(later)s. Compare with the current revision "
                "to take it back."
            )
            % {"keys": named, "later": later}
        ) from error


def _key_names(keys: Sequence[str]) -> str:
    labels = key_labels(current_schema(), keys)
    return ", ".join(f"{row.label} ({row.detail})" if row.detail else row.label for row in labels.values())


def _number(value: Any) -> int:
    return number_of(str(value or ""))
