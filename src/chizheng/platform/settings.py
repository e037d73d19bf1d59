"""Settings: one file, the environment only, each with a usable default (docs/settings.md lists them)."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from chizheng.platform import secrets
from chizheng.platform.home import folder
from chizheng.platform.postgres import database_url

PACKAGE = Path(__file__).resolve().parents[1]

RUN_MODE = os.environ.get("CHIZHENG_MODE", "all")  # all | web | issuer | log | worker
DEBUG = os.environ.get("CHIZHENG_DEBUG", "") == "1"
SECRET_KEY = secrets.secret("django")
ALLOWED_HOSTS = os.environ.get("CHIZHENG_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("CHIZHENG_ORIGINS", "").split(",") if o]
# How many proxies of ours stand in front: that many addresses of X-Forwarded-For are believed, from the right.
TRUSTED_PROXIES = int(os.environ.get("CHIZHENG_PROXIES", "0"))
SITE_URL = os.environ.get("CHIZHENG_SITE", "http://127.0.0.1:8258")


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATABASES = {"default": _database(database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CONTEXTS = [
    "platform",
    "people",
    "catalogue",
    "assessment",
    "quality",
    "certificates",
    "access",
    "inspection",
    "portal",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    *[f"chizheng.{name}" for name in CONTEXTS if (PACKAGE / name / "apps.py").exists()],
]
AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chizheng.platform.access.DenyByDefault",
    "chizheng.platform.faults.SayErrors",
    "chizheng.platform.headers.ContentPolicy",
]
ROOT_URLCONF = "chizheng.portal.urls"
WSGI_APPLICATION = "chizheng.portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chizheng.platform.access.desk_of_user",
            ],
            "builtins": ["django.templatetags.i18n", "chizheng.platform.templatetags.house"],
        },
    }
]

# Source texts are Chinese, the language most users read; English is the one translation.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = folder("static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = folder("files", 0o700)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = [
    "chizheng.platform.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
_TLS = os.environ.get("CHIZHENG_TLS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
# Browsers that came once over TLS come by nothing else for a year.
SECURE_HSTS_SECONDS = int(os.environ.get("CHIZHENG_HSTS", "31536000")) if _TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS else None

EMAIL_BACKEND = os.environ.get("CHIZHENG_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = folder("mail", 0o700)
# Notices may be posted to this machine only where the operator says so (trials); otherwise https, outside.
WEBHOOK_LOOPBACK = os.environ.get("CHIZHENG_WEBHOOK_LOOPBACK", "") == "1"
# Bits that name a bucket of the range query, 0 to 16; empty: as the register's size asks.
BUCKET_BITS = os.environ.get("CHIZHENG_BUCKET_BITS", "").strip()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("CHIZHENG_LOG", "WARNING")},
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS: list[str] = []
