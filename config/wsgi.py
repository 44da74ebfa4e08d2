"""WSGI entry point (`granian --interface wsgi config.wsgi:application`), with the embedded worker."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - what follows needs the loaded applications

from workflows.worker import start_worker  # noqa: E402

if settings.EMBEDDED_WORKER:
    start_worker()
