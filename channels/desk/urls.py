"""Addresses of the support desk."""

from django.urls import path

from channels.desk.views import product, search

app_name = "desk"
urlpatterns = [
    path("", search, name="search"),
    path("products/<uuid:product_id>/", product, name="product"),
]
