"""Taking a source's word back: a delivery is withdrawn, and its shadows are what they were before it.

One mechanism for a delivery that was not read to its end and for one whose request is withdrawn. A refusal is
something else: it binds the source's value until the source says something new, so it leaves shadows alone.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.constants import DeliveryState
from catalog.locks import lock_delivery
from catalog.models import Delivery, ReplacedShadow, Shadow
from workflows.constants import WITHDRAWABLE
from workflows.exceptions import Locked, NotFound, NotReady
from workflows.models import Source
from workflows.permissions import Answer, may_deliver, may_propose
from workflows.services import audit
from workflows.services.requests import lock_request, withdraw_locked


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
    """Forget what shadows of a source were before deliveries that can't be withdrawn any more. One
    statement.
    """
    settled = Delivery.objects.filter(source=source).exclude(state=DeliveryState.READING)
    settled = settled.exclude(request__state__in=WITHDRAWABLE)
    ReplacedShadow.objects.filter(delivery__in=settled).delete()


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

    Where a newer delivery said something since, that stands, and what was before *it* changes. A shadow that
    had nothing before stays, empty: other products and requests may refer to the product by its id.
    """
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
