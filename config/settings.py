"""Settings of Concord, read top to bottom; what differs between installations comes from the environment.

README's table names every variable. The embedded default needs none of them.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import csp.constants as csp
from django.utils.translation import gettext_lazy as _

from config.environment import Environment, generated_secret, stop

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment(os.environ)

# --- Where it runs ------------------------------------------------------------------------------------------

PRODUCTION = ENVIRONMENT.flag("CONCORD_PRODUCTION", False)
DATA_DIR = ENVIRONMENT.directory("CONCORD_DATA_DIR", BASE_DIR / "var", shown="./var")
PUBLIC_URL = ENVIRONMENT.web_address("CONCORD_PUBLIC_URL", "http://127.0.0.1:8000")
PROXY_COUNT = ENVIRONMENT.integer("CONCORD_PROXY_COUNT", 0, minimum=0, maximum=5)
LOG_LEVEL = ENVIRONMENT.choice("CONCORD_LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
if PRODUCTION and not PUBLIC_URL.startswith("https://"):
    stop("CONCORD_PRODUCTION needs CONCORD_PUBLIC_URL to begin with https://.")

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret("CONCORD_SECRET_KEY", shown="generated into the data directory")
if PRODUCTION and len(SECRET_KEY) < 50:
    stop("CONCORD_PRODUCTION needs a CONCORD_SECRET_KEY of at least 50 random characters.")
if not SECRET_KEY:
    SECRET_KEY = generated_secret(DATA_DIR / "secret_key")
    ENVIRONMENT.secret_values.add(SECRET_KEY)

PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""
LOOPBACK_HOSTS = [] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = [
    *ENVIRONMENT.words("CONCORD_ALLOWED_HOSTS", [PUBLIC_HOST], shown="the host of CONCORD_PUBLIC_URL"),
    *LOOPBACK_HOSTS,
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- Applications -------------------------------------------------------------------------------------------

# Unfold's apps stand before the ones whose templates they replace; `config` is last, so that its admin module
# can replace what the others registered and its post_migrate receiver finds every permission.
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.guardian",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "simple_history",
    "treebeard",
    "axes",
    "csp",
    "workflows",
    "assets",
    "catalog",
    "channels",
    "config",
]

# Health answers before anything that needs a host name or a database; axes stands last, to turn a refused
# login into a page.
MIDDLEWARE = [
    "config.middleware.RequestLogMiddleware",
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.UploadCapMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.unstorable.UnstorableTextMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Data ---------------------------------------------------------------------------------------------------

DATABASES = {
    "default": ENVIRONMENT.database(
        "DATABASE_URL",
        sqlite_file=DATA_DIR / "concord.sqlite3",
        pool_size=ENVIRONMENT.integer("CONCORD_DATABASE_POOL", 8, minimum=0, maximum=100),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
FEED_ROOT = DATA_DIR / "feeds"
FILE_UPLOAD_PERMISSIONS = 0o640

S3_BUCKET = ENVIRONMENT.text("CONCORD_S3_BUCKET")
S3_OPTIONS = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": ENVIRONMENT.text("CONCORD_S3_ENDPOINT_URL") or None,
    "region_name": ENVIRONMENT.text("CONCORD_S3_REGION") or None,
    "access_key": ENVIRONMENT.secret("CONCORD_S3_ACCESS_KEY") or None,
    "secret_key": ENVIRONMENT.secret("CONCORD_S3_SECRET_KEY") or None,
    "addressing_style": "path",
    "signature_version": "s3v4",
    "file_overwrite": False,
    "querystring_expire": 600,
}
if bool(S3_OPTIONS["access_key"]) != bool(S3_OPTIONS["secret_key"]):
    stop("CONCORD_S3_ACCESS_KEY and CONCORD_S3_SECRET_KEY belong together; set both or none.")
if S3_OPTIONS["endpoint_url"] and not S3_BUCKET:
    stop("CONCORD_S3_ENDPOINT_URL needs CONCORD_S3_BUCKET.")

LOCAL_MEDIA = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
STORAGES = {
    "default": {"BACKEND": "config.storage.MediaStorage", "OPTIONS": S3_OPTIONS}
    if S3_BUCKET
    else LOCAL_MEDIA,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Static files come from the installed packages themselves: no collecting step in any kind of installation.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
SIMPLE_HISTORY_REVERT_DISABLED = True  # reverting is a change request like any other
SIMPLE_HISTORY_DATE_INDEX = False  # history is read object by object

UPLOAD_MAX_BYTES = ENVIRONMENT.integer("CONCORD_UPLOAD_MAX_MB", 100, minimum=1, maximum=2048) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 200

# --- Background work ----------------------------------------------------------------------------------------

CELERY_BROKER_URL = ENVIRONMENT.broker_url("CELERY_BROKER_URL")
EMBEDDED_WORKER = not CELERY_BROKER_URL

# --- Accounts -----------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "config.throttle.LoginThrottle",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
ANONYMOUS_USER_NAME = None  # guardian: nobody grants rights to people who are not logged in

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a stranger elsewhere cannot lock a colleague out
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "config.throttle.locked_out"
AXES_CLIENT_IP_CALLABLE = "config.throttle.client_address"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- Safety -------------------------------------------------------------------------------------------------

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# No foreign origin anywhere. The admin theme's Alpine compiles the expressions in its attributes, which needs
# unsafe-eval; inline scripts stay refused. The theme positions with style attributes; style elements stay
# refused.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.NONE],
        "script-src": [csp.SELF, csp.UNSAFE_EVAL],
        "style-src": [csp.SELF],
        "style-src-attr": [csp.UNSAFE_INLINE],
        "img-src": [csp.SELF, "data:"],
        "font-src": [csp.SELF],
        "connect-src": [csp.SELF],
        "form-action": [csp.SELF],
        "base-uri": [csp.NONE],
        "frame-ancestors": [csp.NONE],
    }
}

# --- Language and time --------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = ENVIRONMENT.choice("CONCORD_TIME_ZONE", "UTC", available_timezones())
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]

# --- API ----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.StorableJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Concord",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "channels.api.guide.add_guide",
    ],
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Admin theme --------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Concord"),
    "SITE_HEADER": _("Concord"),
    "SITE_SUBHEADER": _("Product truth"),
    "SITE_URL": None,
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.navigation.favicon"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    # Kept in static/config/theme.css: the policy above refuses the style element the theme would write.
    "COLORS": "config.navigation.no_inline_colours",
    "DASHBOARD_CALLBACK": "workflows.home.home_context",
    "STYLES": ["config.navigation.theme_stylesheet", "config.navigation.screens_stylesheet"],
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "config.navigation.sidebar",
    },
}

# --- Logs ---------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter", "secret_values": ENVIRONMENT.secret_values}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        name: {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False}
        for name in ("concord", "config", "workflows", "assets", "catalog", "channels", "celery", "axes")
    }
    | {"django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
