"""Jobs: the list, the page of one, its progress as JSON, and stopping it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows.admin.base import ConcordModelAdmin
from workflows.admin.job_status import job_status
from workflows.exceptions import ConcordError
from workflows.models import Job
from workflows.permissions import may_cancel_jobs
from workflows.services.jobs import cancel_job
from workflows.templatetags.concord import ago


@admin.register(Job)
class JobAdmin(ConcordModelAdmin):
    """Jobs with their progress; nothing is edited here, a running job can be stopped."""

    read_only = True
    list_display = ("label", "state_sign", "progress", "actor", "created")
    list_filter = ("state", "kind")
    list_select_related = ("actor",)
    list_per_page = 50
    search_fields = ("label",)
    search_help_text = gettext_lazy("Search jobs")
    actions = None

    class Media:
        js = ("workflows/job.js",)

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses there are: the list, the page, its progress, and where to stop it."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="workflows_job_changelist"),
            path("<int:pk>/change/", view(self.job_view), name="workflows_job_change"),
            path("<int:pk>/status/", view(self.status_view), name="workflows_job_status"),
            path("<int:pk>/cancel/", view(self.cancel_view), name="workflows_job_cancel"),
        ]

    def job_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show one job."""
        job = self._job(request, pk)
        status = job_status(job)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": job.label,
            "job": job,
            "progress": status,
            "is_job_page": True,
            "may_cancel": may_cancel_jobs(request.user),
        }
        return TemplateResponse(request, "admin/workflows/job/job.html", context)

    def status_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Answer with how far the job is."""
        return JsonResponse(job_status(self._job(request, pk)).as_json())

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the job to stop, then show it."""
        if request.method != "POST":
            raise PermissionDenied
        job = self._job(request, pk)
        try:
            cancel_job(job.pk, actor=request.user)
        except ConcordError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The job stops at the next safe place. What it wrote stays."))
        return HttpResponseRedirect(reverse("admin:workflows_job_change", args=[pk]))

    def _job(self, request: HttpRequest, pk: int) -> Job:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = Job.objects.select_related("actor").filter(pk=pk).first()
        if job is None:
            raise Http404
        return job

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_sign(self, job: Job) -> SafeString:
        """Return the state as a chip."""
        return render_to_string("workflows/chip.html", {"status": job_status(job)})

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, job: Job) -> SafeString:
        """Return bar, counts and pace."""
        context: dict[str, Any] = {"status": job_status(job)}
        return render_to_string("workflows/job_row.html", context)

    @admin.display(description=gettext_lazy("started"), ordering="id")
    def created(self, job: Job) -> SafeString | str:
        """Return how long ago it was asked for."""
        return ago(job.created_at)
