"""URL routes of Concord; `config` only wires what the apps offer."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("", include("assets.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/storefront/", include("channels.api.urls")),
    path("desk/", include("channels.desk.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
