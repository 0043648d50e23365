"""Django's settings, made from Navette's (``core.settings``); no other variable is read."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from navette.core.files import made_once
from navette.core.settings import load_settings
from navette.site.databases import database

CODE = Path(__file__).parents[1]
NAVETTE = load_settings()
_url = urlsplit(NAVETTE.url)
_https = _url.scheme == "https"

SECRET_KEY = NAVETTE.secret_key.get_secret_value() or made_once(NAVETTE.home / "secret-key", get_random_secret_key)
SECRET_KEY_FALLBACKS = [key for key in [NAVETTE.previous_secret_key.get_secret_value()] if key]
DEBUG = False
ALLOWED_HOSTS = [host for host in {_url.hostname, "127.0.0.1", "localhost", "[::1]"} if host]
ROOT_URLCONF = "navette.site.urls"
WSGI_APPLICATION = "navette.site.wsgi.application"
INSTALLED_APPS = [
    "navette.web",  # first: its templates and texts come before all others'
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "navette.control",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "navette.web.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "navette.web.middleware.SignInRequired",
    "navette.web.middleware.session_limits",
    "navette.web.middleware.language_and_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "navette.web.middleware.ExplainedErrors",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [*CODE.glob("web/*/templates"), CODE / "wording" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "navette.web.context.console",
            ],
        },
    }
]

DATABASES = {"default": database(NAVETTE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # The failures of sign-ins are counted in it: with few entries, many would be forgotten.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AUTH_USER_MODEL = "control.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {"user_attributes": ("email", "name")},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
CSRF_FAILURE_VIEW = "navette.web.errors.csrf"
FORM_RENDERER = "navette.web.forms.Renderer"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "navette.web.account.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"reset_password": "navette.web.account.password_links.ForgottenForm"}
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/15m/ip,5/15m/key",
    "reset_password": "30/h/ip,3/h/key",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "navette.control.password_tokens.PasswordLinkTokens"  # noqa: S105  # a name
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_ADAPTER = "navette.web.account.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Navette"
SOCIALACCOUNT_ADAPTER = "navette.web.account.adapters.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": NAVETTE.oidc_name,
                "client_id": NAVETTE.oidc_client_id,
                "secret": NAVETTE.oidc_client_secret.get_secret_value(),
                "settings": {"server_url": NAVETTE.oidc_issuer},
            }
        ]
        if NAVETTE.oidc_issuer
        else [],
    }
}

# An idle session ends after this time, a busy one after SESSION_LONGEST (both in seconds; web/middleware.py).
SESSION_COOKIE_AGE = SESSION_LONGEST = 12 * 3600
SESSION_IDLE = 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"]
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = ["^health/"]  # asked by machines, beside the proxy
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NAVETTE.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"

LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LANGUAGE_CODE = "en"
USE_I18N = USE_TZ = True
LOCALE_PATHS = [CODE / "wording" / "locale"]
TIME_ZONE = "UTC"

# A filter offers up to 5,000 choices, and an export has several filters: all of them may be chosen.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50_000
# Their bytes: a filter's name and an id for each.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

# No page takes files: what is sent all the same never reaches the disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

EMAIL_BACKEND = ""  # none: every mail is a delivery, which survives a restart (work/deliver.py)
LOGGING_CONFIG = None
