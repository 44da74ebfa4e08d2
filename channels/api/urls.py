"""Addresses of the storefront API; SKUs stand percent-encoded and may hold slashes."""

from django.urls import path

from channels.api.views import ProductBySkuView, ProductListView, ProductView

app_name = "storefront"
urlpatterns = [
    path("<str:channel>/products/", ProductListView.as_view(), name="list"),
    path("<str:channel>/products/by-sku/<path:sku>/", ProductBySkuView.as_view(), name="by_sku"),
    path("<str:channel>/products/<str:product_id>/", ProductView.as_view(), name="detail"),
]
