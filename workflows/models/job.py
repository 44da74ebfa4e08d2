"""Long work: the row is the truth, a queue only carries its id."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workflows.constants import JobState


class Job(models.Model):
    """A piece of long work with its progress, counts, log, result and error.

    A runner holds a job by a lease: `lease_owner` until `lease_until`, renewed while it works. A job whose
    lease ran out is taken by the next runner; `attempts` counts how often one started, `max_attempts` ends
    that.
    """

    kind = models.CharField(_("kind"), max_length=100)
    label = models.CharField(_("work"), max_length=300)
    params = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=20, choices=JobState.choices, default=JobState.QUEUED)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("started by"),
    )
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True)
    counts = models.JSONField(_("counts"), default=dict)
    position = models.JSONField(default=dict)
    log = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    cancel_requested = models.BooleanField(default=False)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-id",)
        permissions = (("cancel_job", _("Can cancel jobs")),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING) | Q(lease_until__isnull=False),
                name="running_job_has_a_lease",
            ),
        )
        indexes = (
            models.Index(
                fields=("id",),
                name="unfinished_jobs",
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} (#{self.pk})"
