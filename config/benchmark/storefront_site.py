"""The site as it is, with one bare view beside it to measure the storefront against, and a throttle that
lets everything pass.

Run by `config.benchmark.storefront` under the same server as production's; never part of an installation.
"""

import os
from uuid import UUID

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - what follows needs the loaded applications
from django.urls import path  # noqa: E402
from rest_framework.permissions import AllowAny  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from channels.api.throttling import StorefrontThrottle  # noqa: E402
from channels.models import Listing  # noqa: E402
from config.urls import urlpatterns as site_urls  # noqa: E402


class BareView(APIView):
    """What REST framework costs at least: no login, no throttle, two columns of one row by primary key."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def get(self, request: Request, pk: UUID) -> Response:
        """Return the two columns."""
        return Response(Listing.objects.values("external_id", "version").get(pk=pk))


urlpatterns = [path("bare/<uuid:pk>/", BareView.as_view()), *site_urls]
settings.ROOT_URLCONF = __name__
StorefrontThrottle.per_address = StorefrontThrottle.per_key = 10**9  # counted all the same
