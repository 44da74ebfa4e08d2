"""Proposing edits of single products, as people at a screen do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.services.documents import LABEL, ProductAdapter
from workflows.exceptions import FieldError, Invalid, NotFound, StaleRevision
from workflows.identity import uuid7
from workflows.models import ChangeRequest, Source
from workflows.permissions import may_propose
from workflows.registry import Write
from workflows.rules.documents import Document, Patch, apply, same
from workflows.services.requests import ProposedChange, propose_changes

PEOPLE = "people"


@dataclass(frozen=True)
class EditPlan:
    """What an edit would propose: the normalised patch of keys that really change, and the document it
    leads to.
    """

    product_id: UUID
    revision: int
    patch: Patch
    before: Document
    after: Document


def people_source() -> Source:
    """Return the source under which people's own edits stand; made by the first who asks."""
    source, _created = Source.objects.get_or_create(
        code=PEOPLE, defaults={"kind": "person", "label": "People", "rank": 10}
    )
    return source


def plan_edit(product_id: UUID, raw: Mapping[str, object], *, revision: int | None = None) -> EditPlan:
    """Return what an edit would propose; nothing is written.

    `raw` maps keys to raw values, None to inherit again. Raises `Invalid` naming each key that can't be
    stored or that contradicts the rest, `StaleRevision` where truth moved on under one of the edited keys
    since `revision`, `NotFound`.
    """
    adapter = ProductAdapter()
    truth = adapter.load([product_id], lock=False).get(product_id)
    if truth is None:
        raise NotFound(_("This product does not exist."))
    clean, errors = adapter.normalise(dict(raw))  # type: ignore[arg-type]
    if errors:
        raise Invalid(_("Some values can't be stored."), errors=errors)
    patch = {key: value for key, value in clean.items() if not same(truth.document.get(key), value)}
    if patch and revision is not None and revision != truth.revision:
        _refuse_stale(product_id, revision, truth.document, patch)
    after = apply(truth.document, patch)
    write = Write(product_id, truth.document, after, patch, truth.revision, 0)
    problems = adapter.validate([write]).get(product_id) if patch else None
    if problems:
        raise Invalid(_("Some values can't be stored."), errors=problems)
    return EditPlan(product_id, truth.revision, patch, truth.document, after)


def _refuse_stale(product_id: UUID, revision: int, document: Document, patch: Patch) -> None:
    then = Product.history.filter(id=product_id, revision=revision).values_list("document", flat=True).first()
    moved = [key for key in patch if then is None or not same(then.get(key), document.get(key))]
    if moved:
        raise StaleRevision(
            _("Somebody changed %(keys)s since you opened this product. Look at it again before you propose.")
            % {"keys": ", ".join(sorted(moved))},
            keys=moved,
        )


def propose_edit(
    product_id: UUID,
    raw: Mapping[str, object],
    *,
    actor: Any,
    title: str = "",
    reason: str = "",
    revision: int | None = None,
    submit: bool = True,
) -> ChangeRequest:
    """Propose an edit of one product; raises what `plan_edit` raises, `NotAllowed`, and `Invalid` if
    nothing changes.
    """
    may_propose(actor).require()
    plan = plan_edit(product_id, raw, revision=revision)
    if not plan.patch:
        raise Invalid(_("Nothing is different from what is true already."))
    change = edit_change(plan)
    return propose_changes(
        [change],
        title=title or _("Edit of %(sku)s") % {"sku": change.label},
        actor=actor,
        source=people_source(),
        reason=reason,
        submit=submit,
    )


def edit_change(plan: EditPlan) -> ProposedChange:
    """Return a planned edit as a change that a request can hold beside others; up to four queries."""
    absent = [key for key in plan.patch if key not in plan.before]
    return ProposedChange(
        model=LABEL,
        object_id=plan.product_id,
        label=str(plan.before.get("sku", "")),
        patch=plan.patch,
        base={key: plan.before[key] for key in plan.patch if key in plan.before},
        base_revision=plan.revision,
        seen=ProductAdapter().resolve_seen(plan.product_id, absent) if absent else {},
    )


def propose_product(
    raw: Mapping[str, object], *, actor: Any, title: str = "", reason: str = "", submit: bool = True
) -> ChangeRequest:
    """Propose a new product; `raw` needs `sku`. Its id is given now, so that others can refer to it.

    Without `#kind` it is simple, without `#state` a draft. Raises `Invalid`, `NotAllowed`.
    """
    may_propose(actor).require()
    adapter = ProductAdapter()
    wanted = {"#exists": True, "#kind": "simple", "#state": "draft", **raw}
    clean, errors = adapter.normalise(wanted)  # type: ignore[arg-type]
    document = {key: value for key, value in clean.items() if value is not None}
    product_id = uuid7()
    if not errors:
        write = Write(product_id, {}, document, dict(document), 0, 0)
        errors = adapter.validate([write]).get(product_id, [])
    if errors:
        raise Invalid(_("Some values can't be stored."), errors=_by_path(errors))
    change = ProposedChange(
        model=LABEL, object_id=product_id, label=str(document["sku"]), patch=dict(document)
    )
    return propose_changes(
        [change],
        title=title or _("New product %(sku)s") % {"sku": document["sku"]},
        actor=actor,
        source=people_source(),
        reason=reason,
        submit=submit,
    )


def _by_path(errors: list[FieldError]) -> list[FieldError]:
    return sorted(errors, key=lambda error: error.path)
