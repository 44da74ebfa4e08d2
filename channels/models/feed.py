"""Feed runs: what was handed over, when, and which versions it carried."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels.constants import RunState
from channels.models.channel import Channel
from channels.models.listing import Listing, ListingVersion


class FeedRun(models.Model):
    """One publication of a channel. `files` lists what lies on disk: name, market, locale, currency, rows,
    bytes.

    `counts` are the publication's (evaluated, said, withdrawn, held …); `warnings` those of the moment of
    writing that no listing stores: `{rule id: {"count": n, "examples": [external id…]}}`. `availability`
    names the statuses that the files hold and the configuration they were made by. `files_begun` is true once
    files on disk may have been replaced.
    """

    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="feed_runs", verbose_name=_("channel")
    )
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.WRITING)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("handed over"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("published by"),
    )
    counts = models.JSONField(_("counts"), default=dict)
    warnings = models.JSONField(_("warnings"), default=dict)
    files = models.JSONField(_("files"), default=list)
    availability = models.JSONField(default=dict)
    files_begun = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("channel",),
                condition=Q(state="writing"),
                name="one_publication_at_a_time_per_channel",
            ),
            models.CheckConstraint(
                condition=Q(state="writing", finished_at__isnull=True)
                | Q(state="done", finished_at__isnull=False),
                name="finished_publication_has_an_end",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} #{self.pk}"


class Handover(models.Model):
    """A listing version was carried by every feed run from `from_run` until before `until_run` (none: up to
    now).

    Stored as intervals, so that a run that changes nothing writes nothing here.
    """

    listing = models.ForeignKey(
        Listing, on_delete=models.PROTECT, related_name="handovers", db_constraint=False
    )
    version = models.ForeignKey(
        ListingVersion, on_delete=models.PROTECT, related_name="handovers", db_constraint=False
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    from_run = models.ForeignKey(FeedRun, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    until_run = models.ForeignKey(
        FeedRun, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = (models.UniqueConstraint(fields=("version",), name="one_handover_per_version"),)
        indexes = (
            models.Index(fields=("channel",), name="handover_open", condition=Q(until_run__isnull=True)),
            models.Index(fields=("listing",), name="handover_of_listing"),
        )

    def __str__(self) -> str:
        return f"{self.version_id} from {self.from_run_id}"
