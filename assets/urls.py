"""Addresses of files; `assets.services.addresses` writes them."""

from django.urls import re_path

from assets.views import serve_file, serve_thumbnail

app_name = "assets"
urlpatterns = [
    re_path(r"^media/(?P<checksum>[0-9a-f]{64})\.(?P<extension>[a-z0-9]{1,8})$", serve_file, name="file"),
    re_path(r"^media/thumb/(?P<checksum>[0-9a-f]{64})\.webp$", serve_thumbnail, name="thumbnail"),
]
