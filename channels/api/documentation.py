"""What `/api/schema/` says of the storefront: parameters with examples, answers, problems, the key.

The serializers here describe; nothing is rendered through them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from channels.api.filters import ListingFilter

View = TypeVar("View", bound=Callable[..., Any])
AUTH: Any = [{"ApiKey": []}, {"ApiKeyHeader": []}, {}]
_ID = "0192f0c1-6a7b-7cde-8f01-23456789abcd"


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Both ways to send a key."""

    target_class = "channels.api.access.ApiKeyAuthentication"
    name = ["ApiKey", "ApiKeyHeader"]

    def get_security_definition(self, auto_schema: Any) -> Any:
        """Describe `Authorization: Api-Key …` and `X-Api-Key`; public channels need neither."""
        return [
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Api-Key ` and the key. Channels that are marked public need none.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "X-Api-Key",
                "description": "The key alone, where the other header is not free.",
            },
        ]


class AvailabilitySerializer(serializers.Serializer[Any]):
    """Availability over all locations, as of the moment of the answer."""

    status = serializers.ChoiceField(
        choices=["in_stock", "out_of_stock", "preorder", "backorder"],
        help_text="What is unknown or was observed more than seven days ago is out_of_stock.",
    )
    quantity = serializers.IntegerField(allow_null=True, help_text="Pieces, where they are counted.")
    known = serializers.BooleanField(help_text="false: nothing fresh is known, hence out_of_stock.")


class ProductSerializer(serializers.Serializer[Any]):
    """One product as a channel says it in one market and language."""

    id = serializers.UUIDField(help_text="The product's own id; it never changes.")
    market = serializers.CharField()
    locale = serializers.CharField()
    version = serializers.IntegerField(help_text="Grows by one whenever something else is said.")
    said_from = serializers.DateTimeField(help_text="Since when this is said.")
    listing = serializers.DictField(
        help_text="The fields of the channel's profile, as published: the same as in its feed."
    )
    availability = AvailabilitySerializer()


class FieldProblemSerializer(serializers.Serializer[Any]):
    """What is wrong with one parameter."""

    path = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; `detail` is for people.")
    errors = FieldProblemSerializer(many=True, required=False)  # type: ignore[assignment]  # named by RFC 9457


def _path(name: str, example: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.PATH,
        description=description,
        examples=[OpenApiExample(name, value=example)],
    )


def _query(name: str, example: Any, description: str, type_: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(
        name, type_, description=description, examples=[OpenApiExample(name, value=example)]
    )


def _filter(name: str, example: str, type_: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return _query(name, example, f"{ListingFilter.base_filters[name].label}.", type_)


_CHANNEL = _path("channel", "shop", "Code of the channel.")
_PLACE = [
    _query("market", "shop_de", "Code of a market of the channel; by default its first."),
    _query("locale", "de-DE", "A language of that market; by default its first."),
]
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of an earlier answer. It covers what is published, and availability as of now.",
    examples=[OpenApiExample("ETag", value='"5f0c0a9e7d3b4c1f8a6e2d9b0c7a4f1e3d5b6a78"')],
)
_EXAMPLE = {
    "id": _ID,
    "market": "shop_de",
    "locale": "de-DE",
    "version": 3,
    "said_from": "2026-11-23T08:15:00+00:00",
    "listing": {
        "id": "TR2/42 R",
        "name": "Trail Runner 2",
        "pictures": [{"url": "https://pim.example/media/9f….jpg", "alt": "", "width": 1600, "height": 1600}],
        "price": {"amount": "119.00", "currency": "EUR"},
    },
    "availability": {"status": "in_stock", "quantity": 7, "known": True},
}


def _problem(description: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemSerializer, description=description)


def _responses(content: Any, *, not_found: str = "") -> dict[Any, Any]:
    problem = "application/problem+json"
    found: dict[Any, Any] = {
        200: content,
        304: OpenApiResponse(description="What you hold is still what is said."),
        (400, problem): _problem("A parameter can't be used; `errors` names it."),
        (401, problem): _problem("No such open channel; a closed one needs its key."),
        (429, problem): _problem("Too many requests; `Retry-After` says how long to wait."),
    }
    if not_found:
        found[404, problem] = _problem(not_found)
    return found


_NOTHING_SAID = "Nothing is published of such a product in this market and language."


def document_list(view: View) -> View:
    """Describe the list."""
    parameters = [
        _CHANNEL,
        *_PLACE,
        _filter("q", "trail runner"),
        _filter("sku", "TR2/42 R"),
        _filter("gtin", "9520000000011"),
        _filter("group", "TR2"),
        _filter("category", "running"),
        _filter("updated_since", "2026-11-23T00:00:00Z", OpenApiTypes.DATETIME),
        _query("page_size", 50, "How many products a page holds: 1 to 200, by default 50.", OpenApiTypes.INT),
        _query("cursor", "cD0wMWEy", "Where to go on: follow `next` and `previous` as they are."),
        _IF_NONE_MATCH,
    ]
    decorate = extend_schema(
        operation_id="storefront_products_list",
        summary="List what a channel says",
        parameters=parameters,
        responses=_responses(ProductSerializer(many=True)),
        auth=AUTH,
        tags=["storefront"],
        examples=[OpenApiExample("A product", value=_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    return decorate(view)


def document_detail(view: View) -> View:
    """Describe one product by id."""
    return _document_item(view, "storefront_product", _path("product_id", _ID, "The product's own id."))


def document_by_sku(view: View) -> View:
    """Describe one product by SKU."""
    sku = _path("sku", "TR2%2F42%20R", "The SKU, percent-encoded (slashes too), without regard to case.")
    return _document_item(view, "storefront_product_by_sku", sku)


def _document_item(view: View, operation_id: str, parameter: OpenApiParameter) -> View:
    decorate = extend_schema(
        operation_id=operation_id,
        summary="Read what a channel says of one product",
        parameters=[_CHANNEL, parameter, *_PLACE, _IF_NONE_MATCH],
        responses=_responses(ProductSerializer, not_found=_NOTHING_SAID),
        auth=AUTH,
        tags=["storefront"],
        examples=[OpenApiExample("A product", value=_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    return decorate(view)
