"""Products in the admin: truth is read-only, "propose" is the verb. No address here writes a product."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Script
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.admin.comparing import comparison, propose_taking_back
from catalog.admin.new_product import NewProduct
from catalog.admin.product_form import ProductForm
from catalog.admin.product_list import list_page
from catalog.admin.product_page import (
    MAX_HISTORY,
    chosen_place,
    document_at,
    header,
    load,
    locale_switch,
    preview,
    proposals_of,
    requests_of,
    revisions_of,
    scope_switch,
    variants_of,
)
from catalog.admin.showing import hidden_sentence, request_url
from catalog.admin.suggesting import suggestions
from catalog.models import Product
from catalog.services.display import key_labels, locale_name
from catalog.services.documents import LABEL
from catalog.services.hiding import hidden_below
from catalog.services.products import EditPlan, plan_edit, propose_edit, propose_product
from catalog.services.schema import current_schema
from workflows.admin.base import ConcordHistoryAdmin, number_of
from workflows.exceptions import ConcordError, Invalid, StaleRevision
from workflows.models import Change, ChangeRequest
from workflows.panels import render_panels, render_row_panels
from workflows.permissions import may_propose

DRAFT, SUBMIT, CHECK = "draft", "submit", "check"


@admin.register(Product)
class ProductAdmin(ConcordHistoryAdmin):
    """The list, one product, its comparison of revisions, and the form for a new one."""

    read_only = True
    search_fields = ("sku",)

    class Media:
        css = {"all": ("catalog/product.css",)}
        js = (Script("catalog/product.js", defer=True),)

    def get_urls(self) -> list[URLPattern]:
        """Add the comparison and the suggestions of inputs."""
        site = self.admin_site
        return [
            path("suggest/", site.admin_view(self.suggest_view), name="catalog_product_suggest"),
            path("<uuid:pk>/compare/", site.admin_view(self.compare_view), name="catalog_product_compare"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether a new product may be proposed."""
        return bool(may_propose(request.user)) and self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; there is nothing to send to it."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        self._require_view(request)
        page = list_page(request.GET, request.user, current_schema())
        return self._render(request, "list.html", {"title": _("Products"), "page": page})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one product; what is sent becomes a proposal, or is shown again with what is wrong."""
        self._require_view(request)
        product = self._product(object_id)
        if request.method == "POST":
            return self._propose(request, product)
        return self._product_page(request, product)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form for a new product: first what it is, then its values. What is sent becomes a
        proposal.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        schema = current_schema()
        new = NewProduct(schema, request.POST if request.method == "POST" else request.GET)
        context: dict[str, Any] = {"title": _("New product"), "new": new, "may_propose": True}
        if request.method == "POST" and new.ready:
            typed = new.form.read(request.POST)
            answer = self._propose_new(request, new, {**new.fixed, **typed.raw}, typed.errors, context)
            if answer is not None:
                return answer
        context |= {
            "form": new.form,
            "place": new.form.place,
            "language": locale_name(new.form.place.locale),
            "proposal_title": request.POST.get("title", ""),
            "proposal_reason": request.POST.get("reason", ""),
        }
        return self._render(request, "new.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the comparison, which shows the whole life of the product."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        return HttpResponseRedirect(self._page("compare", self._product(object_id).pk))

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead from one version to the comparison with the one before it."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        self._require_view(request)
        product = self._product(object_id)
        history = Product.history.filter(id=product.pk, pk=version_id)
        number = history.values_list("revision", flat=True).first()
        if number is None:
            raise Http404
        query = urlencode({"from": max(1, number - 1), "to": number})
        return HttpResponseRedirect(f"{self._page('compare', product.pk)}?{query}")

    def compare_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show what differs between two revisions; ticked keys become a proposal to take them back."""
        self._require_view(request)
        product = self._product(str(pk))
        schema = current_schema()
        if request.method == "POST":
            address = f"{self._page('compare', pk)}?{request.GET.urlencode()}"

            def take_back() -> HttpResponse:
                proposal = propose_taking_back(product, request.POST, actor=request.user)
                self._say_proposed(request, proposal)
                return HttpResponseRedirect(address)

            return self._said_on(address, request, take_back)
        loaded = load(product, schema)
        context = {
            "title": _("Compare revisions of %(sku)s") % {"sku": product.sku},
            **header(loaded, schema),
            "comparison": comparison(product, loaded.lookups, schema, request.GET),
            "may_propose": may_propose(request.user),
        }
        return self._render(request, "compare.html", context)

    def suggest_view(self, request: HttpRequest) -> HttpResponse:
        """Return codes for an input as JSON: assets, products, categories, options or records that fit a
        text.
        """
        self._require_view(request)
        what, attribute = request.GET.get("what", ""), request.GET.get("attribute", "")
        found = suggestions(what, request.GET.get("q", ""), attribute=attribute, schema=current_schema())
        return JsonResponse({"suggestions": [{"value": value, "label": label} for value, label in found]})

    def _propose(self, request: HttpRequest, product: Product) -> HttpResponse:
        """Turn what was sent into a draft, a submitted request, or a check that writes nothing."""
        if not may_propose(request.user):
            raise PermissionDenied
        schema = current_schema()
        seen = number_of(request.POST.get("revision", ""), product.revision)
        before = document_at(product, seen)
        if before is None:
            seen, before = product.revision, dict(product.document)
        loaded = load(product, schema)
        loaded.lookups.read([before])
        place = chosen_place(schema, request.GET)
        form = ProductForm(
            schema, [before, *loaded.levels[1:]], place, loaded.lookups, parents=loaded.parents
        )
        typed = form.read(request.POST)
        doing = request.POST.get("do", SUBMIT)
        try:
            if typed.errors:
                raise Invalid(_("Some values can't be stored."), errors=typed.errors)
            if doing == CHECK:
                plan = plan_edit(product.pk, typed.raw, revision=seen)
                return self._product_page(request, product, sent=form, plan=plan)
            proposal = propose_edit(
                product.pk,
                typed.raw,
                actor=request.user,
                title=request.POST.get("title", "").strip()[:300],
                reason=request.POST.get("reason", "").strip()[:2000],
                revision=seen,
                submit=doing != DRAFT,
            )
        except ConcordError as error:
            return self._product_page(request, product, sent=form, error=error)
        self._say_proposed(request, proposal)
        for key, hiding in hidden_below(
            schema, product.pk, [key for key, value in typed.raw.items() if value is not None]
        ).items():
            label = key_labels(schema, [key])[key]
            messages.warning(
                request, format_html("{} ({}): {}", label.label, label.detail, hidden_sentence(hiding))
            )
        return HttpResponseRedirect(request.get_full_path())

    def _propose_new(
        self,
        request: HttpRequest,
        new: NewProduct,
        raw: dict[str, object],
        errors: list[Any],
        context: dict[str, Any],
    ) -> HttpResponse | None:
        """Propose a new product; None where the page has to be shown again."""
        doing = request.POST.get("do", SUBMIT)
        try:
            if errors:
                raise Invalid(_("Some values can't be stored."), errors=errors)
            proposal = propose_product(
                raw,
                actor=request.user,
                title=request.POST.get("title", "").strip()[:300],
                reason=request.POST.get("reason", "").strip()[:2000],
                submit=doing != DRAFT,
            )
        except ConcordError as error:
            rest = new.form.blame(error.errors) if isinstance(error, Invalid) else []
            context |= {"error": str(error), "other_errors": rest}
            return None
        self._say_proposed(request, proposal)
        return HttpResponseRedirect(self._page("changelist"))

    def _say_proposed(self, request: HttpRequest, proposal: ChangeRequest) -> None:
        said = ngettext("%(count)s value", "%(count)s values", proposal.key_count)
        facts = {
            "values": said % {"count": proposal.key_count},
            "request": format_html(
                '<a class="underline" href="{}">{}</a>',
                request_url(proposal.pk),
                _("request %(id)s") % {"id": proposal.pk},
            ),
        }
        if proposal.state == "draft":
            sentence = _(
                "Saved as a draft with {values}: {request}. It changes nothing until it is submitted."
            )
        else:
            sentence = _("Proposed with {values}: {request}. Truth changes when somebody else approves it.")
        messages.success(request, format_html(sentence, **facts))

    def _product_page(
        self,
        request: HttpRequest,
        product: Product,
        *,
        sent: ProductForm | None = None,
        error: ConcordError | None = None,
        plan: EditPlan | None = None,
    ) -> HttpResponse:
        """Render a product; with what was sent and what is wrong with it, where a proposal was refused."""
        schema = current_schema()
        loaded = load(product, schema, requests=list(set(product.provenance.values())))
        place = chosen_place(schema, request.GET)

        def key_label(key: str) -> str:
            named = key_labels(schema, [key])[key]
            return f"{named.label} ({named.detail})" if named.detail else named.label

        still_open, past = requests_of(product.pk, key_label)
        proposals = proposals_of(still_open)
        loaded.lookups.read(
            [{key: value for key, wanted in proposals.items() for _request, value in wanted}]
            + ([plan.patch] if plan else [])
        )
        form = ProductForm(schema, loaded.levels, place, loaded.lookups, parents=loaded.parents)
        form.tell_sources(product.provenance)
        form.tell_proposals(proposals)
        if plan is not None:
            form.tell_hidden(
                hidden_below(
                    schema, product.pk, [key for key, value in plan.patch.items() if value is not None]
                )
            )
        rest = self._keep_and_blame(form, sent, error, product.revision)
        axes, variants, variant_count = variants_of(product, schema)
        allowed = may_propose(request.user)
        context = {
            "title": loaded.lookups.products[product.pk].title,
            **header(loaded, schema),
            "form": form,
            "place": place,
            "locales": locale_switch(schema, place),
            "scopes": scope_switch(schema, place),
            "scope_label": form.scope_label(place.scope) if place.scope else "",
            "revision": product.revision,
            "axes": axes,
            "variants": variants,
            "variant_count": variant_count,
            "listings": render_panels("product.listings", [product], request),
            "open_requests": still_open,
            "past_requests": past,
            "revisions": revisions_of(product.pk, limit=MAX_HISTORY),
            "may_propose": allowed,
            "error": str(error) if error else "",
            "other_errors": rest,
            "plan": plan,
            "preview": preview(form, plan.before, plan.patch) if plan else [],
            "effects": self._effects(request, product, plan) if plan else [],
            "proposal_title": request.POST.get("title", ""),
            "proposal_reason": request.POST.get("reason", ""),
        }
        return self._render(request, "page.html", context)

    @staticmethod
    def _effects(request: HttpRequest, product: Product, plan: EditPlan) -> list[Any]:
        """Return what higher apps say of a plan: the panels of change requests, for a change that is not
        stored.
        """
        change = Change(pk=0, model=LABEL, object_id=product.pk, patch=plan.patch)
        return render_row_panels("request.effects", [change], request).get(change.pk, [])

    @staticmethod
    def _keep_and_blame(
        form: ProductForm, sent: ProductForm | None, error: ConcordError | None, revision: int
    ) -> list[str]:
        if sent is not None:
            form.keep(sent)
        if isinstance(error, StaleRevision):
            form.explain_moves(error.context.get("keys", ()), revision)
        if isinstance(error, Invalid):
            return form.blame(error.errors)
        return []

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _product(self, object_id: str) -> Product:
        try:
            return Product.objects.get(pk=UUID(object_id))
        except (ValueError, Product.DoesNotExist):
            raise Http404 from None

    def _render(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "list_url": reverse("admin:catalog_product_changelist"),
            "has_add_permission": self.has_add_permission(request),
            "is_fullwidth": "1",
        }
        return TemplateResponse(request, f"admin/catalog/product/{template}", {**shared, **context})
