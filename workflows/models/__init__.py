"""Models of change control."""

from workflows.models.audit import AuditEntry, DirtyObject
from workflows.models.base import GovernedModel, GovernedQuerySet, HistoryBase, Revisioned, structure_history
from workflows.models.job import Job
from workflows.models.lookups import AnyOf
from workflows.models.request import Change, ChangeRequest, Contributor, Review
from workflows.models.source import Source

__all__ = [
    "AnyOf",
    "AuditEntry",
    "Change",
    "ChangeRequest",
    "Contributor",
    "DirtyObject",
    "GovernedModel",
    "GovernedQuerySet",
    "HistoryBase",
    "Job",
    "Review",
    "Revisioned",
    "Source",
    "structure_history",
]
