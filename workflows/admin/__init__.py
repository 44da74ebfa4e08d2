"""Pages of change control."""

from workflows.admin.audit import AuditEntryAdmin
from workflows.admin.jobs import JobAdmin
from workflows.admin.requests import ChangeRequestAdmin
from workflows.admin.sources import SourceAdmin

__all__ = ["AuditEntryAdmin", "ChangeRequestAdmin", "JobAdmin", "SourceAdmin"]
