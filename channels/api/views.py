"""The storefront API: what a channel's customers see, read from listing versions and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.rules.keys import fold
from channels.api.access import (
    NOWHERE,
    Admission,
    ApiKeyAuthentication,
    BadRequest,
    ChannelFacts,
    Place,
    admission_of,
    kept_facts,
    key_digest,
    load_facts,
    refuse,
)
from channels.api.answers import etag_of, read_item, read_observations, respond, send_item
from channels.api.documentation import document_by_sku, document_detail, document_list
from channels.api.filters import ListingFilter
from channels.api.pagination import StorefrontPagination
from channels.api.statements import ADMISSION, ADMISSION_COLUMNS, ITEM_BY_ID, ITEM_BY_SKU
from channels.api.throttling import StorefrontThrottle
from channels.models import Body, Listing
from channels.services.stock import UNKNOWN, combine, stock_of
from workflows.exceptions import FieldError

Row = Sequence[Any]
PLACE_PARAMS = frozenset({"market", "locale"})
_RENDERER = JSONRenderer()


class StorefrontView(APIView):
    """What the three reads share: one read that also decides access, one refusal, the throttle, the place.

    Access is decided by the same row that is answered from, so that closing a channel or revoking a key
    holds from the next request on, and costs no query of its own.
    """

    http_method_names = ["get", "head", "options"]
    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [AllowAny]
    throttle_classes = [StorefrontThrottle]
    params = PLACE_PARAMS
    key_id: int | None = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Answer JSON to everybody: there is nothing to choose from."""
        return _RENDERER, _RENDERER.media_type

    def check_throttles(self, request: Request) -> None:
        """Wait until it is known whose request it is; `admit` counts it."""

    def admit(
        self, request: Request, code: str, read: Callable[[str, Place], Row | None]
    ) -> tuple[Row, Admission, ChannelFacts, Place]:
        """Run `read(digest, place)` and return its row with who may see it, once that is settled.

        Raises what refuses, throttles, or names a parameter that can't be used, in this order. Where kept
        facts about the channel turn out to be old they are read anew and the read is repeated.
        """
        digest = key_digest(request)
        facts = kept_facts(code)
        while facts is not None:
            place, fault = self._place(request, facts)
            row = read(digest, place)
            if row is None:
                break
            admission = admission_of(row, digest)
            if admission.marks != facts.marks:
                facts = load_facts(code)
                continue
            self.key_id = admission.key_id
            super().check_throttles(request)
            if not admission.granted:
                raise refuse()
            if fault is not None:
                raise fault
            return row, admission, facts, place
        super().check_throttles(request)
        raise refuse()

    def _place(self, request: Request, facts: ChannelFacts) -> tuple[Place, BadRequest | None]:
        try:
            self._check_params(request.query_params)
            return facts.place(request.query_params), None
        except BadRequest as error:
            return NOWHERE, error

    def _check_params(self, given: Mapping[str, str]) -> None:
        """Raise `BadRequest` for a parameter this read does not have: a filter that is ignored would lie."""
        for name in given:
            if name not in self.params:
                detail = _("There is no parameter “%(name)s” here.") % {"name": name[:100]}
                raise BadRequest(detail, errors=[FieldError(name[:100], "unknown", detail)])


class ItemView(StorefrontView):
    """One product in one place, in one query."""

    def answer(self, request: Request, code: str, read: Callable[[str, Place], Row | None]) -> HttpResponse:
        """Send what `read` finds; 404 when nothing is said of it there."""
        row, admission, facts, place = self.admit(request, code, read)
        columns = row[ADMISSION_COLUMNS:]
        if columns[0] is None:
            raise NotFound(_("This channel says nothing of such a product in this market and language."))
        stock = combine(read_observations(columns[9]), timezone.now())
        sent = send_item(read_item(columns), place, facts.profile, stock)
        return respond(request, sent.text, etag_of([sent.mark]), is_public=admission.is_public)


class ProductView(ItemView):
    """One product by its id."""

    @document_detail
    def get(self, request: Request, channel: str, product_id: str) -> HttpResponse:
        """Return what the channel says of one product, as published, with availability as of now."""
        try:
            product = UUID(product_id)
        except ValueError:
            product = UUID(int=0)
        return self.answer(
            request,
            channel,
            lambda digest, place: ITEM_BY_ID.one(
                channel=channel, digest=digest, market=place.market, locale=place.locale, product=product
            ),
        )


class ProductBySkuView(ItemView):
    """One product by its SKU."""

    @document_by_sku
    def get(self, request: Request, channel: str, sku: str) -> HttpResponse:
        """Return what the channel says of the product with this SKU, without regard to case."""
        folded = fold(sku)
        return self.answer(
            request,
            channel,
            lambda digest, place: ITEM_BY_SKU.one(
                channel=channel, digest=digest, market=place.market, locale=place.locale, sku=folded
            ),
        )


class ProductListView(StorefrontView, GenericAPIView):
    """All products that the channel says something of in one place."""

    queryset = Listing.objects.none()
    filter_backends = [DjangoFilterBackend]
    filterset_class = ListingFilter
    pagination_class = StorefrontPagination
    params = PLACE_PARAMS | {"cursor", "page_size"} | ListingFilter.base_filters.keys()

    @document_list
    def get(self, request: Request, channel: str) -> HttpResponse:
        """Return a page of what the channel says, ordered by product id, with availability as of now."""
        _row, admission, facts, place = self.admit(
            request, channel, lambda digest, _place: ADMISSION.one(channel=channel, digest=digest)
        )
        pages = self.pagination_class()
        rows = self.filter_queryset(_said(admission.channel_id, place))
        page = pages.paginate_queryset(rows, request, view=self) or []
        stock = stock_of({row["product_id"] for row in page}, timezone.now())
        sent = [
            send_item(
                read_item(tuple(row.values())), place, facts.profile, stock.get(row["product_id"], UNKNOWN)
            )
            for row in page
        ]
        links = [pages.get_next_link(), pages.get_previous_link()]
        after, before = (orjson.dumps(link).decode() for link in links)
        items = ",".join(item.text for item in sent)
        text = f'{{"next":{after},"previous":{before},"results":[{items}]}}'
        marks = [request.get_full_path(), after, before, *(item.mark for item in sent)]
        return respond(request, text, etag_of(marks), is_public=admission.is_public)


def _said(channel_id: int, place: Place) -> Any:
    """Return what is said in one place as rows for `read_item`, bodies included."""
    rows = Listing.objects.filter(channel_id=channel_id, market=place.market, locale=place.locale)
    bodies = {
        f"{part}_body": Subquery(Body.objects.filter(pk=OuterRef(part)).values("body"))
        for part in ("content", "media", "offer")
    }
    return rows.exclude(content="").values(
        "product_id", "version", "said_from", "content", "media", "offer", **bodies
    )
