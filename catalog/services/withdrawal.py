"""Taking a source's word back: a delivery is withdrawn, and its shadows are what they were before it.

One mechanism for a delivery that was not read to its end and for one whose request is withdrawn. A refusal is
something else: it binds the source's value until the source says something new, so it leaves shadows alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.constants import DeliveryState
from catalog.locks import lock_delivery
from catalog.models import Delivery, ReplacedShadow, Shadow
from workflows.bulk import update_rows
from workflows.constants import WITHDRAWABLE
from workflows.exceptions import Locked, NotFound, NotReady
from workflows.models import Change, Source
from workflows.permissions import Answer, may_deliver, may_propose
from workflows.rules.documents import Document
from workflows.services import audit
from workflows.services.requests import lock_request, withdraw_locked

CHUNK = 500


def may_withdraw(user: Any, delivery: Delivery) -> Answer:
    """Tell whether the user may withdraw an unfinished delivery: whoever may propose and deliver for its
    source.
    """
    return may_propose(user) and may_deliver(user, delivery.source)


def withdraw_delivery(delivery_id: int, *, actor: Any) -> Delivery:
    """Withdraw a delivery that was not read to its end, with its draft request; returns it as it then is.

    Whoever may deliver for its source may, since who began it may be gone. A process that still reads it ends
    with `Locked`. Raises `NotFound`, `NotAllowed`, `NotReady` (it was read to its end: its request is what
    can be withdrawn), `Locked` (it moved on in this moment). Constant statements.
    """
    with transaction.atomic():
        seen = Delivery.objects.select_related("source").filter(pk=delivery_id).first()
        if seen is None:
            raise NotFound(_("There is no delivery %(id)s.") % {"id": delivery_id})
        may_withdraw(actor, seen).require()
        request = lock_request(seen.request_id) if seen.request_id is not None else None
        delivery = lock_delivery(seen)
        if delivery.state != DeliveryState.READING:
            raise NotReady(
                _("The delivery %(name)s is not being read any more: withdraw its change request instead.")
                % {"name": delivery.name}
            )
        if delivery.request_id != seen.request_id:
            raise Locked(_("The delivery %(name)s is being read right now.") % {"name": delivery.name})
        if request is None:
            return _withdraw(delivery, actor)
        withdraw_locked(request, actor=actor)
    delivery.refresh_from_db()
    return delivery


def withdraw_with_request(request_id: int, actor: Any) -> None:
    """Withdraw the delivery that a request came from, if any; a hook on withdrawing requests."""
    seen = Delivery.objects.filter(request_id=request_id).first()
    if seen is not None:
        _withdraw(lock_delivery(seen), actor)


def forget_replaced(source: Source) -> None:
    """Forget what shadows of a source were before deliveries that can't be withdrawn any more, unless an
    older one of the same shadow still can: what stood between is needed then. One statement.
    """
    settled = Delivery.objects.filter(source=source).exclude(state=DeliveryState.READING)
    settled = settled.exclude(request__state__in=WITHDRAWABLE)
    older = ReplacedShadow.objects.filter(
        shadow=OuterRef("shadow"),
        delivery__lt=OuterRef("delivery"),
        delivery__request__state__in=WITHDRAWABLE,
    )
    ReplacedShadow.objects.filter(~Exists(older), delivery__in=settled).delete()


def _withdraw(delivery: Delivery, actor: Any) -> Delivery:
    """Put shadows back and close a locked delivery."""
    _put_shadows_back(delivery)
    delivery.state = DeliveryState.WITHDRAWN
    delivery.finished_at = delivery.finished_at or timezone.now()
    delivery.save(update_fields=["state", "finished_at"])
    audit.record(
        "delivery.withdraw",
        actor=actor,
        target_model="catalog.delivery",
        target_id=str(delivery.pk),
        request_id=delivery.request_id,
    )
    return delivery


def _put_shadows_back(delivery: Delivery) -> None:
    """Take one delivery out of what its source said, set by set in the database.

    Where a newer delivery said something since, that stands, but for what it only repeated, and what was
    before *it* changes. A shadow that had nothing before stays, empty: other products and requests may refer
    to the product by its id.
    """
    _unsay_repeated(delivery)
    replaced = ReplacedShadow.objects.filter(delivery=delivery)
    nothing: dict[str, object] = {"raw": {}, "mapped": {}}

    def put_back(rows: Any, before: Any, said_in: str) -> None:
        values = {
            "raw": Subquery(before.values("raw")),
            "mapped": Subquery(before.values("mapped")),
            said_in: Subquery(before.values("said_in")),
        }
        rows.filter(~Exists(before)).update(**nothing)
        rows.filter(Exists(before)).update(**values)

    put_back(Shadow.objects.filter(delivery=delivery), replaced.filter(shadow=OuterRef("pk")), "delivery")
    put_back(
        ReplacedShadow.objects.filter(said_in=delivery),
        replaced.filter(shadow=OuterRef("shadow")),
        "said_in",
    )
    replaced.delete()


def _unsay_repeated(delivery: Delivery) -> None:
    """Put back what newer deliveries only repeated of one that is withdrawn.

    Their requests hold what moved against its word, so nobody proposes the rest any more: kept, it would
    count as said and the source could never say it again. What a newer request holds itself stands. `raw`
    stays too: it is what was written. Seven statements at most for each 500 shadows.
    """
    overtaken = ReplacedShadow.objects.filter(said_in=delivery).order_by("pk")
    last = 0
    while chunk := list(overtaken.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        shadows = Shadow.objects.in_bulk([row.shadow_id for row in chunk])
        before: dict[int, Document] = {}
        words: dict[int, list[tuple[int, Shadow | ReplacedShadow]]] = defaultdict(list)
        rows = ReplacedShadow.objects.filter(shadow__in=shadows, delivery__gte=delivery.pk)
        for row in rows.order_by("delivery"):
            if row.delivery_id == delivery.pk:
                before[row.shadow_id] = row.mapped
            elif row.said_in_id != delivery.pk:
                words[row.shadow_id].append((row.said_in_id, row))
        for shadow in shadows.values():
            words[shadow.pk].append((shadow.delivery_id, shadow))
        held = _held(words, shadows)
        moved: dict[type[Shadow | ReplacedShadow], list[tuple[int, Document]]] = defaultdict(list)
        for overtaken_word in chunk:
            pk, withdrawn = overtaken_word.shadow_id, overtaken_word.mapped
            back = before.get(pk, {})
            keys = {key for key in withdrawn.keys() | back.keys() if withdrawn.get(key) != back.get(key)}
            for said_in, word in words[pk]:
                keys -= held.get((said_in, shadows[pk].product_id), frozenset())
                keys = {key for key in keys if word.mapped.get(key) == withdrawn.get(key)}
                if not keys:
                    break
                kept = {key: value for key, value in word.mapped.items() if key not in keys}
                restored = {key: back[key] for key in keys & back.keys()}
                moved[type(word)].append((word.pk, kept | restored))
        for model, changed in moved.items():
            update_rows(model, "id", ("mapped",), changed)


def _held(
    words: dict[int, list[tuple[int, Shadow | ReplacedShadow]]], shadows: dict[int, Shadow]
) -> dict[tuple[int, UUID], frozenset[str]]:
    """Return the keys that the requests of deliveries hold, by delivery and product. Two queries."""
    deliveries = {said_in for said in words.values() for said_in, _word in said}
    requests = dict(
        Delivery.objects.filter(pk__in=deliveries, request__isnull=False).values_list("request_id", "pk")
    )
    changes = Change.objects.filter(
        request__in=requests, object_id__any_of=[shadow.product_id for shadow in shadows.values()]
    )
    return {
        (requests[request], product): frozenset(patch)
        for request, product, patch in changes.values_list("request_id", "object_id", "patch")
    }
