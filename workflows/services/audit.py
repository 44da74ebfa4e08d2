"""The one writer of the audit record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.models import AuditEntry, ChangeRequest


def record(
    action: str,
    *,
    actor: Any,
    target_model: str,
    target_id: str,
    request_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one audit entry; call it inside the transaction of what it tells.

    `action` is `noun.verb` ("request.approve"), `details` holds ids, codes and counts, never free text that
    might have to be forgotten. One query.
    """
    return AuditEntry.objects.create(
        action=action,
        actor=actor,
        target_model=target_model,
        target_id=str(target_id),
        request_id=request_id,
        details=details or {},
    )


def of_request(
    action: str, request: ChangeRequest, *, actor: Any, details: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Write what happened to a change request as a whole; see `record`."""
    return record(
        action,
        actor=actor,
        target_model=ChangeRequest._meta.label_lower,
        target_id=str(request.pk),
        request_id=request.pk,
        details=dict(details or {}),
    )
