"""The pages of assets beside the list: one asset, adding files, approving. Each write is one service call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assets.admin.forms import AddFilesForm, AltTextsForm, NewVersionForm
from assets.admin.presenting import AssetHistoryWords, ago, approval_state, dimensions, exactly
from assets.models import Asset, AssetVersion
from assets.permissions import AssetPermission, why_not
from assets.selectors import versions_of
from assets.services.adding import AddResult, AssetInput, add_assets
from assets.services.addresses import public_url
from assets.services.alt_texts import set_alt_texts
from assets.services.approval import approve_versions
from workflows.admin.base import ConcordHistoryAdmin, number_of
from workflows.exceptions import Invalid
from workflows.panels import render_panels


class AssetPages(ConcordHistoryAdmin):
    """The pages; `AssetAdmin` adds the list."""

    class Media:
        css = {"all": ("assets/admin.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that the forms of the pages post to."""
        site = self.admin_site
        return [
            path("approve/", site.admin_view(self.approve_view), name="assets_asset_approve"),
            path(
                "<int:pk>/add-version/",
                site.admin_view(self.add_version_view),
                name="assets_asset_add_version",
            ),
            path("<int:pk>/alt-texts/", site.admin_view(self.alt_texts_view), name="assets_asset_alt_texts"),
            *super().get_urls(),
        ]

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Tell whether the approve action is offered."""
        return not why_not(request.user, AssetPermission.APPROVE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return all fields: a version of the past is shown by the stock form, and only shown."""
        return [field.name for field in Asset._meta.fields]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form for several files; after adding, what came of each file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddFilesForm(request.POST or None, request.FILES or None)
        may_not_change = why_not(request.user, AssetPermission.CHANGE)
        form.fields["new_versions"].disabled = bool(may_not_change)
        result = None
        if request.method == "POST" and form.is_valid():
            result = self._add_files(request, form)
        context = {
            "title": _("Add files"),
            "form": form,
            "result": result,
            "added": _changed_assets(result),
            "may_not_change": may_not_change,
            "max_mb": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
            "max_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        }
        return self._page_response(request, "admin/assets/asset/add_files.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one asset; its forms post to addresses of their own."""
        asset = self._asset(request, object_id)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.asset_page(request, asset)

    def asset_page(
        self,
        request: HttpRequest,
        asset: Asset,
        *,
        version_form: NewVersionForm | None = None,
        alt_form: AltTextsForm | None = None,
    ) -> HttpResponse:
        """Render one asset with its forms, new ones unless they are given with what was typed."""
        versions = versions_of(asset)
        newest = versions[0]
        current = next((version for version in versions if version.pk == asset.current_id), None)
        context = {
            "title": asset.code,
            "asset": asset,
            "original": asset,
            "versions": [_version_row(version, asset) for version in versions],
            "newest": newest,
            "current": current,
            "public_url": public_url(current.file.checksum, current.file.extension) if current else "",
            "state": approval_state(asset, newest),
            "why_not_approve": _why_not_approve(request.user, newest),
            "why_not_change": why_not(request.user, AssetPermission.CHANGE),
            "version_form": version_form or NewVersionForm(),
            "alt_form": alt_form or AltTextsForm(asset),
            "panels": render_panels("asset.uses", [asset], request),
        }
        return self._page_response(request, "admin/assets/asset/page.html", context)

    def add_version_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a version to an asset; a refused file is said beside the field."""
        asset = self._asset_to_write(request, pk)
        form = NewVersionForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.asset_page(request, asset, version_form=form)
        address = self._page("change", asset.pk)
        upload = form.cleaned_data["file"]

        def add() -> HttpResponse:
            result = add_assets(
                [AssetInput(asset.code, upload, file_name=upload.name)],
                actor=request.user,
                reason=form.reason_or(_("New version added by hand")),
            )
            if result.rejected:
                form.add_error("file", result.rejected[0].message)
                return self.asset_page(request, asset, version_form=form)
            if result.unchanged:
                messages.info(request, _("The newest version is this very file already."))
            else:
                messages.success(request, _("The version was added. It waits for approval by a colleague."))
            return HttpResponseRedirect(address)

        return self._said_on(address, request, add)

    def alt_texts_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save alternative texts; what is wrong is said beside the field."""
        asset = self._asset_to_write(request, pk)
        form = AltTextsForm(asset, request.POST)
        if not form.is_valid():
            return self.asset_page(request, asset, alt_form=form)
        address = self._page("change", asset.pk)

        def save() -> HttpResponse:
            try:
                changed = set_alt_texts(
                    {asset.code: form.texts()},
                    actor=request.user,
                    reason=form.reason_or(_("Alternative texts edited by hand")),
                    revisions={asset.code: form.cleaned_data["revision"]},
                )
            except Invalid as refusal:
                form.add_refusal(refusal)
                return self.asset_page(request, asset, alt_form=form)
            said = _("The alternative texts were saved.") if changed else _("Nothing was different.")
            messages.success(request, said)
            return HttpResponseRedirect(address)

        return self._said_on(address, request, save)

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Sequence[Any], foreign_keys_are_objs: bool = True
    ) -> None:
        """Compare each history row with the one before; one query for the versions they name."""
        ids = {record.current_id for record in historical_records}
        numbers = AssetVersion.objects.filter(pk__in=ids).values_list("pk", "number")
        request.version_numbers = dict(numbers)  # type: ignore[attr-defined]
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs=False)

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> AssetHistoryWords:
        """Return what says a history row's changes in words."""
        return AssetHistoryWords(historical_record, request.version_numbers)  # type: ignore[attr-defined]

    def approve_page(self, request: HttpRequest, assets: Sequence[Asset]) -> HttpResponse:
        """Show the newest versions of assets beside what they would replace, to be approved together.

        The assets come with their versions, see `AssetQuerySet.with_versions`.
        """
        rows = []
        for asset in assets:
            versions: list[AssetVersion] = asset.all_versions  # type: ignore[attr-defined]
            newest = versions[0]
            current = next((version for version in versions if version.pk == asset.current_id), None)
            refusal = _why_not_approve(request.user, newest)
            rows.append({"asset": asset, "newest": newest, "current": current, "refusal": refusal})
        rows.sort(key=lambda row: bool(row["refusal"]))
        context = {
            "title": _("Approve versions"),
            "rows": rows,
            "approvable": sum(not row["refusal"] for row in rows),
        }
        return self._page_response(request, "admin/assets/asset/approve.html", context)

    def approve_view(self, request: HttpRequest) -> HttpResponse:
        """Approve the versions that the person saw, sent as `seen=<asset id>:<version number>`."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        numbers = dict(_seen(request.POST.getlist("seen")))
        codes = dict(Asset.objects.filter(pk__in=numbers).values_list("pk", "code"))
        address = self._page("change", *codes) if len(codes) == 1 else self._page("changelist")

        def approve() -> HttpResponse:
            result = approve_versions(
                list(codes.values()),
                approver=request.user,
                reason=request.POST.get("reason", "")[:1000] or _("Approved by hand"),
                numbers={code: numbers[pk] for pk, code in codes.items()},
            )
            if count := len(result.approved):
                said = ngettext("%(count)s version was approved.", "%(count)s versions were approved.", count)
                messages.success(request, said % {"count": count})
            for code in result.unchanged:
                messages.info(request, _("%(code)s was approved before.") % {"code": code})
            for code, refusal in result.refused.items():
                messages.error(request, f"{code}: {refusal}")
            return HttpResponseRedirect(address)

        return self._said_on(address, request, approve)

    def _add_files(self, request: HttpRequest, form: AddFilesForm) -> AddResult:
        return add_assets(
            [
                AssetInput(form.code_of(file), file, file_name=str(file.name))
                for file in form.cleaned_data["uploads"]
            ],
            actor=request.user,
            reason=form.reason_or(_("Files added by hand")),
            new_only=not form.cleaned_data["new_versions"],
        )

    def _asset(self, request: HttpRequest, pk: Any) -> Asset:
        """Return the asset; 403 for those who may not view assets, 404 if there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asset = self.get_object(request, str(pk))
        if asset is None:
            raise Http404
        return asset

    def _asset_to_write(self, request: HttpRequest, pk: int) -> Asset:
        """Return the asset a form is about; only posting is answered, for those who may change it."""
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        return self._asset(request, pk)

    def _page_response(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "show_history": True,
            "has_add_permission": self.has_add_permission(request),
        }
        return TemplateResponse(request, template, {**shared, **context})


def _why_not_approve(user: Any, version: AssetVersion) -> str:
    """Return why the page offers no approval of this version, as a sentence; empty when it does."""
    if version.approved_at is not None:
        return _("The newest version is approved.")
    if version.created_by_id == user.pk:
        return _("You added this version, so a colleague approves it.")
    return why_not(user, AssetPermission.APPROVE)


def _version_row(version: AssetVersion, asset: Asset) -> dict[str, Any]:
    return {
        "version": version,
        "dimensions": dimensions(version.file),
        "is_current": version.pk == asset.current_id,
        "added": _when(version.created_by, version.created_at),
        "approved": _when(version.approved_by, version.approved_at) if version.approved_at else None,
    }


def _when(who: Any, moment: datetime) -> dict[str, str]:
    return {"who": str(who), "ago": ago(moment), "exactly": exactly(moment)}


def _changed_assets(result: AddResult | None) -> list[Asset]:
    """Return the assets that adding made or changed, with their versions, in two queries."""
    if result is None:
        return []
    return list(Asset.objects.filter(code__in=[*result.new, *result.changed]).with_versions())


def _seen(pairs: Iterable[str]) -> Iterable[tuple[int, int]]:
    """Parse what a form sent as `<asset id>:<version number>`; anything else is left out."""
    for pair in pairs:
        pk, _colon, number = pair.partition(":")
        if pk.isdecimal() and number.isdecimal():
            yield number_of(pk), number_of(number)
