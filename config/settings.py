"""One settings file: a self-hoster changes the environment, never Python. docs/configuration.md lists the variables."""

import secrets
import zoneinfo
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab

from config.env import LOOPBACK, database, email_server, env, esp_settings, kept_secret, link_keys, signing_keys
from config.single_sign_on import connections, origins, social_providers

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
BUILD_DIR = BASE_DIR / "build"
VAR_DIR.mkdir(parents=True, exist_ok=True)

EMBEDDED = not env.str("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=False)
_given = kept_secret("SECRET_KEY", VAR_DIR, may_generate=EMBEDDED)
SECRET_KEY_IS_SET = bool(_given)
# Never a known key: where none is set, a boot check stops the start, and this one dies with the process.
SECRET_KEY = _given or secrets.token_hex(32)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
LINK_KEYS = link_keys(kept_secret("LINK_KEYS", VAR_DIR, may_generate=EMBEDDED))
EVIDENCE_KEYS = signing_keys(kept_secret("EVIDENCE_KEYS", VAR_DIR, may_generate=EMBEDDED))
# What second factors are sealed with in the database (docs/sign-in.md).
SIGN_IN_KEYS = signing_keys(kept_secret("SIGN_IN_KEYS", VAR_DIR, may_generate=EMBEDDED))
TIMESTAMP_URL = env.str("TIMESTAMP_URL", default="")  # an RFC 3161 authority; none unless set

PORT = env.int("PORT", default=8000)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
_base = urlsplit(BASE_URL)
HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_base.hostname or "", "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "organisations.apps.OrganisationsConfig",
    "employees.apps.EmployeesConfig",
    "compliance.catalogue.apps.CatalogueConfig",
    "compliance.campaigns.apps.CampaignsConfig",
    "compliance.attestations.apps.AttestationsConfig",
    "reports.apps.ReportsConfig",
    "anymail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "csp",
    "django_htmx",
    "import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "organisations.languages.WorkplaceLanguage",
    "organisations.middleware.SessionLimits",
    "allauth.account.middleware.AccountMiddleware",
    "organisations.middleware.Walls",
]

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
                "organisations.context.organisation",
            ],
        },
    },
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

DATABASES = {"default": database(VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "organisations.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an invitation that was mailed, or on the server
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody has us write to strangers
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or second factor is told to its owner
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _base.scheme
ACCOUNT_REAUTHENTICATION_TIMEOUT = RECENT_SIGN_IN_SECONDS = 15 * 60
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

MFA_ADAPTER = "organisations.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "organisations.key_forms.AuthenticateCodeForm",
    "reauthenticate": "organisations.key_forms.ReauthenticateCodeForm",
    "add_webauthn": "organisations.key_forms.AddKeyForm",
    "authenticate_webauthn": "organisations.key_forms.AuthenticateKeyForm",
    "login_webauthn": "organisations.key_forms.LoginKeyForm",
    "reauthenticate_webauthn": "organisations.key_forms.ReauthenticateKeyForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up, so nobody claims a stranger's address
MFA_TOTP_ISSUER = "Offswitch"
MFA_TOTP_TOLERANCE = 1
# Passkeys need https; a browser makes an exception for this machine itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _base.hostname in LOOPBACK
# On this machine alone, an organisation on trial asks for no second factor (docs/decisions/0030).
ON_LOOPBACK = EMBEDDED and _base.hostname in LOOPBACK

SOCIALACCOUNT_ADAPTER = "organisations.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SINGLE_SIGN_ON = connections()
SOCIALACCOUNT_PROVIDERS = social_providers(SINGLE_SIGN_ON)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60  # the longest, however busy
SESSION_IDLE_SECONDS = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600 if HTTPS else 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
# Addresses or networks whose X-Forwarded-For counts; what is none stops the start.
TRUSTED_PROXIES = [ip_network(each.strip(), strict=False) for each in env.list("TRUSTED_PROXIES", default=[])]
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'", *origins()],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
ROSTER_MAX_BYTES = env.int("ROSTER_MAX_MIB", default=50) * 1024 * 1024
ROSTER_MAX_ROWS = env.int("ROSTER_MAX_ROWS", default=200_000)

# --- Languages, time, static files -------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("cs", "čeština"),
    ("da", "dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("es", "español"),
    ("fi", "suomi"),
    ("fr", "français"),
    ("hu", "magyar"),
    ("it", "italiano"),
    ("ja", "日本語"),
    ("nl", "Nederlands"),
    ("pl", "polski"),
    ("pt", "português"),
    ("ro", "română"),
    ("sv", "svenska"),
    ("zh-hant", "繁體中文"),
]
# What the workplace and sign-in speak; their sentences are in config/locale (docs/decisions/0048).
WORKPLACE_LANGUAGES = ["en", "de"]
# Employees' pages, which find their language by themselves.
STAFF_PATHS = ("/l/", "/p/", "/u/", "/new-link/", "/receipt/")
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "config" / "locale"]
zoneinfo.reset_tzpath(to=[])  # the pinned tzdata, not whatever the machine has
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
STATIC_ROOT = BUILD_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "files"

# --- Mail --------------------------------------------------------------------------------------------------------
# Nothing set: mails are files in var/outbox/, browsable in the app. Django's own mails (password reset) go there too.
EMAIL_URL = env.str("EMAIL_URL", default="")
OUTBOX_DIR = VAR_DIR / "outbox"
ACCOUNT_OUTBOX_DIR = VAR_DIR / "outbox-accounts"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="offswitch@localhost")
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default=DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> "))
EMAIL_TIMEOUT = 30
SMTP_CONNECTIONS = env.int("SMTP_CONNECTIONS", default=4)  # at once, of each worker
MAIL_RATE = env.str("MAIL_RATE", default="")  # of all mails together, like 30/m
MAIL_DOMAIN_RATES = env.list("MAIL_DOMAIN_RATES", default=[])  # like outlook.com=20/m
DKIM_SELECTOR = env.str("DKIM_SELECTOR", default="")  # only for `manage.py doctor`
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
BOUNCE_MAILBOX_URL = env.str("BOUNCE_MAILBOX_URL", default="")
# A sending service instead of a mail server: the name that django-anymail has for it, and its keys as ANYMAIL_….
ESP = env.str("ESP", default="")
ANYMAIL_WEBHOOK_SECRET = env.str("ANYMAIL_WEBHOOK_SECRET", default="")
if ESP:
    EMAIL_URL = EMAIL_URL or f"esp://{ESP}"
    EMAIL_BACKEND = f"anymail.backends.{ESP}.EmailBackend"
    ANYMAIL = esp_settings()
elif EMAIL_URL:
    vars().update(email_server(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = ACCOUNT_OUTBOX_DIR

# What is kept here may be lost at any time: counts of failed tries, codes just used. Files, so that web processes share
# it: a code that one of them took is refused by the other.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": env.str("REDIS_URL")}
    if env.str("REDIS_URL", default="")
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    }
}

# --- Celery: the broker is a doorbell, the database is the record (docs/decisions/0002) ---------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if REDIS_URL:
    # The visibility time-out stands above the longest task's hard limit, or Redis would hand it out twice.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "unacked_restore_interval": 2}
else:
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": _broker / "control",
        "polling_interval": 0.1,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_DEFAULT_QUEUE = "system"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep-messages": {"task": "compliance.campaigns.tasks.sweep_messages", "schedule": 15.0},
    "sweep-imports": {"task": "employees.tasks.sweep_imports", "schedule": 15.0},
    "sweep-reports": {"task": "reports.tasks.sweep_reports", "schedule": 15.0},
    "sweep-schedules": {"task": "reports.tasks.sweep_schedules", "schedule": 60.0},
    "sweep-figures": {"task": "reports.tasks.sweep_figures", "schedule": 60.0},
    "read-bounces": {"task": "compliance.campaigns.tasks.read_bounces", "schedule": 120.0},
    "publish-counts": {"task": "compliance.attestations.tasks.publish_counts", "schedule": 900.0},
    "sweep-evidence": {"task": "organisations.tasks.sweep_evidence", "schedule": 15.0},
    # Daily for each log: whatever had none today. So often, that one missed is made up for soon.
    "take-checkpoints": {"task": "organisations.tasks.take_checkpoints", "schedule": 600.0},
    "reconcile-campaigns": {"task": "compliance.campaigns.tasks.reconcile_campaigns", "schedule": 3600.0},
    "reconcile-answers": {
        "task": "compliance.attestations.tasks.reconcile_answers",
        "schedule": crontab(hour=2, minute=40),
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "config.logs.RedactLinks"}},
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},
        # Its time limits and stack traces of a doorbell that found nothing are noise below WARNING.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "flufl.bounce": {"level": "ERROR"},
    },
}
