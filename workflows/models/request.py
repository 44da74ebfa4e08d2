"""Change requests: what somebody proposes, what was decided about it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workflows.constants import Decision, Outcome, RequestState, ReviewDecision
from workflows.models.source import Source
from workflows.rules.documents import JSONValue


class ChangeRequest(models.Model):
    """A set of changes proposed together, reviewed together, and applied together or in part.

    `change_count`, `key_count` and `conflict_count` are written when the request is submitted and when keys
    are decided, so that lists never count JSON keys.
    """

    title = models.CharField(_("title"), max_length=300)
    reason = models.TextField(_("reason"), blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=RequestState.choices, default=RequestState.DRAFT
    )
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="change_requests", verbose_name=_("source")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    route = models.JSONField(_("route"), default=dict, blank=True)
    stage = models.PositiveSmallIntegerField(_("stage"), default=0)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    change_count = models.PositiveIntegerField(_("objects"), default=0)
    key_count = models.PositiveIntegerField(_("values"), default=0)
    conflict_count = models.PositiveIntegerField(_("conflicts"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        ordering = ("-id",)
        permissions = (
            ("propose_changerequest", _("Can propose changes")),
            ("approve_changerequest", _("Can approve or refuse change requests")),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values), name="change_request_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.DRAFT) | Q(submitted_at__isnull=False),
                name="change_request_left_draft_when_submitted",
                violation_error_message=_("A request that is no draft has been submitted at some time."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RequestState.APPLIED, RequestState.PARTLY_APPLIED])
                | Q(applied_at__isnull=False),
                name="applied_change_request_says_when",
            ),
        )
        indexes = (models.Index(fields=("state", "-id"), name="request_by_state"),)

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"


class Contributor(models.Model):
    """Somebody whose values are in a request: its author, and whoever edited one. They can't approve it."""

    request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="contributors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("request", "user"), name="one_contributor_row_per_person"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.request}"


class Change(models.Model):
    """What one request wants of one object; applied at most once.

    `patch`: key to new value, null removes. `base`: key to the value the author saw; keys that were absent
    are left out. `seen`: for those, the resolved value the author saw. `decision` holds for every key that
    `key_decisions` (key → {"state", "ours"?, "by"?, "reason"?}) does not name. `digest` covers the keys
    that are not refused, superseded or in conflict; `approved_digest` is what a reviewer agreed to.
    """

    request = models.ForeignKey(
        ChangeRequest, on_delete=models.PROTECT, related_name="changes", db_index=False
    )
    model = models.CharField(max_length=100)
    object_id = models.UUIDField()
    label = models.CharField(max_length=255)
    patch = models.JSONField()
    base = models.JSONField(default=dict)
    seen = models.JSONField(default=dict)
    base_revision = models.PositiveIntegerField(default=0)
    links = models.JSONField(default=list)
    decision = models.CharField(max_length=20, choices=Decision.choices, default=Decision.OPEN)
    key_decisions = models.JSONField(default=dict)
    digest = models.CharField(max_length=32)
    approved_digest = models.CharField(max_length=32, blank=True, default="")
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.PENDING, blank=True)
    applied_revision = models.PositiveIntegerField(null=True)
    problems = models.JSONField(default=list)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("request", "model", "object_id"), name="one_change_per_request_and_object"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=Decision.values), name="change_decision_is_known"
            ),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="change_outcome_is_known"),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.APPLIED) | Q(applied_revision__isnull=False),
                name="applied_change_names_its_revision",
            ),
        )
        indexes = (models.Index(fields=("model", "object_id"), name="changes_of_object"),)

    def __str__(self) -> str:
        return f"{self.label} (#{self.request_id})"

    def decision_of(self, key: str) -> Decision:
        """Return what is decided about one key of the patch."""
        named = self.key_decisions.get(key)
        return Decision(named["state"]) if named else Decision(self.decision)

    def left_out(self) -> set[str]:
        """Return the keys an approval does not cover: refused, superseded, or waiting in conflict."""
        if self.decision in (Decision.REFUSED, Decision.SUPERSEDED):
            return {key for key in self.patch if self.decision_of(key) not in (Decision.TAKEN, Decision.OPEN)}
        return {
            key
            for key, row in self.key_decisions.items()
            if key in self.patch and row["state"] not in (Decision.TAKEN, Decision.OPEN)
        }

    def conflicts(self) -> Iterator[tuple[str, JSONValue | None]]:
        """Yield each key in conflict with what truth said when it was found."""
        for key, row in self.key_decisions.items():
            if row["state"] == Decision.CONFLICT:
                yield key, row.get("ours")


class Review(models.Model):
    """What one reviewer decided about a request at one stage, bound to the digest of what they saw."""

    request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="reviews")
    round = models.PositiveSmallIntegerField(default=1)
    stage = models.PositiveSmallIntegerField(default=0)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=20, choices=ReviewDecision.choices)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("request", "round", "stage", "reviewer"), name="one_decision_per_reviewer_and_stage"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=ReviewDecision.values), name="review_decision_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.get_decision_display()}"
