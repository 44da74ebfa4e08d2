"""URL routes of Concord; `config` only wires what the apps offer."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
