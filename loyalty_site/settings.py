"""Every setting of the installation, read from the environment, each with a working default.

`WALAA_ENV` chooses among three dispositions: `demo` (one machine, nothing to configure), `test` and
`production` (HTTPS only, secrets required). What is set wrongly is reported by `loyalty_site.checks`.
"""

from pathlib import Path

import django_stubs_ext
import environ
from django.utils.translation import gettext_lazy as _

from loyalty_site import database, hosts, logs, schedule, secret_key
from loyalty_site.api.description import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from loyalty_site.backoffice.unfold import UNFOLD as UNFOLD
from loyalty_site.policies import ADMIN_POLICY, STRICT_POLICY

django_stubs_ext.monkeypatch()  # ModelForm[Member] and the like may be written
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

ENVIRONMENT = env.str("WALAA_ENV", default="demo")
PRODUCTION, TESTING = ENVIRONMENT == "production", ENVIRONMENT == "test"
VAR_DIR = Path(env.str("WALAA_VAR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
DEBUG = env.bool("DEBUG", default=False)
LOAD_DEMO = env.bool("LOAD_DEMO", default=ENVIRONMENT == "demo")  # 0: an empty house to move into
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key.load_or_create(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else hosts.own_names())
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    *(f"unfold.contrib.{part}" for part in ("filters", "forms", "inlines", "import_export")),
    "loyalty_site.backoffice.apps.BackOfficeConfig",
    *(f"django.contrib.{part}" for part in ("auth", "contenttypes", "sessions", "messages", "staticfiles")),
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "import_export",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "anymail",
    "csp",
    "django_htmx",
    "health_check",
    "django_prometheus",
    *("accounts", "programs", "ledger", "analytics", "campaigns", "loyalty_site"),
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "loyalty_site.logs.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "loyalty_site.policies.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "loyalty_site.doors.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "loyalty_site.doors.Addresses",
    "django.middleware.csrf.CsrfViewMiddleware",
    "loyalty_site.doors.Accounts",
    "loyalty_site.doors.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "loyalty_site.doors.Htmx",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF, WSGI_APPLICATION = "loyalty_site.urls", "loyalty_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                *(f"django.template.context_processors.{name}" for name in ("request", "i18n")),
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Database: SQLite with one short writer at a time, or PostgreSQL through DATABASE_URL.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LEDGER_BY_ROWS = env.bool("LEDGER_BY_ROWS", default=False)  # PostgreSQL posts as SQLite does: to compare them
DATABASES = {"default": database.configured(env, folder=VAR_DIR, testing=TESTING)}
# The embedded cache is a folder: throttles must hold across processes (local memory would count per process),
# and counters in the database would queue behind the ledger's single SQLite writer.
environ.Env.CACHE_SCHEMES["filecache"] = "loyalty_site.folder_cache.FolderCache"
CACHES = {"default": env.cache_url("CACHE_URL", default=f"filecache://{VAR_DIR / 'cache'}")}

# Tasks. Time limits guard prefork workers; the embedded threads pool relies on tasks that take small bites.
EMBEDDED_BROKER = "memory://" if TESTING else f"sqla+sqlite:///{VAR_DIR / 'broker.sqlite3'}"
CELERY_BROKER_URL = env.str("BROKER_URL", default=EMBEDDED_BROKER)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT, CELERY_RESULT_EXPIRES = True, None
CELERY_ACCEPT_CONTENT, CELERY_TASK_SERIALIZER = ["json"], "json"
CELERY_TASK_ACKS_LATE, CELERY_TASK_REJECT_ON_WORKER_LOST = True, True
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 900, 960
CELERY_WORKER_PREFETCH_MULTIPLIER, CELERY_WORKER_HIJACK_ROOT_LOGGER = 1, False
CELERY_TIMEZONE, CELERY_BEAT_SCHEDULE = "UTC", schedule.SCHEDULE
CELERY_BEAT_SCHEDULER = "loyalty_site.beat:LeasedScheduler"

# Languages and time. Instants are kept in UTC; every merchant has a zone of its own.
LANGUAGE_CODE = "ar"
LANGUAGES = [("ar", _("Arabic")), ("en", _("English"))]
LOCALE_PATHS = [path for path in sorted((BASE_DIR / "locale").glob("*")) if path.is_dir()]
FORMAT_MODULE_PATH = "loyalty_site.formats"
TIME_ZONE, USE_TZ = "UTC", True

# Staff sign in by e-mail through allauth; nobody signs up by themselves. Members: `accounts.LoginCode`.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        *("UserAttributeSimilarityValidator", "MinimumLengthValidator"),
        *("CommonPasswordValidator", "NumericPasswordValidator"),
    )
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "/admin/", "account_login"
ACCOUNT_ADAPTER, X_FRAME_OPTIONS = "loyalty_site.sign_in.StaffAdapter", "DENY"
ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"email"}, ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD, ACCOUNT_EMAIL_VERIFICATION = None, "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE, ACCOUNT_SESSION_REMEMBER = True, None
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 5, 0.25  # a quarter of an hour
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_PARAMETERS, AXES_ENABLE_ADMIN = [["username", "ip_address"]], False
AXES_LOCKOUT_CALLABLE, AXES_VERBOSE = "loyalty_site.sign_in.locked_out", False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip"}  # one address trying many accounts; axes counts the rest
AXES_USERNAME_FORM_FIELD, AXES_USERNAME_CALLABLE = "login", "loyalty_site.sign_in.attempted_email"

# Static files and e-mail.
STATIC_URL, STATIC_ROOT = "static/", VAR_DIR / "static"
STATICFILES_FINDERS = [
    "loyalty_site.backoffice.staticfiles.LogicalStylesheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
MEDIA_ROOT = VAR_DIR / "media"  # import files and logos; nothing in it is served by name
BACKUP_FOLDER, BACKUPS_KEPT = env.str("BACKUP_FOLDER", default=""), env.int("BACKUPS_KEPT", default=14)
BACKUP_ENCRYPT_TO = env.str("BACKUP_ENCRYPT_TO", default="")  # age1…: whose secret key opens the backups
STATIC_STORAGE = (
    "loyalty_site.storage.CompressedStorage" if PRODUCTION else "loyalty_site.storage.HashedStorage"
)
if TESTING or DEBUG:
    STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
EMAIL_BACKEND, EMAIL_FILE_PATH = "loyalty_site.mail.ShowingBackend", str(VAR_DIR / "mail")
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default=EMAIL_BACKEND)  # a gateway: anymail.backends.….EmailBackend
ANYMAIL = {name[8:]: value for name, value in env.ENVIRON.items() if name.startswith("ANYMAIL_")}
# Members' codes to phones: dotted path to an `accounts.carriers.Carrier`; empty = they sign in by e-mail.
OUTSIDE_TRUSTED = env.list("OUTSIDE_TRUSTED", default=[])  # host:port that may be called though it is private
MOYASAR_URL = env.str("MOYASAR_URL", default="https://api.moyasar.com/v1").rstrip("/")
PHONE_CODE_CARRIER = env.str("PHONE_CODE_CARRIER", default="" if PRODUCTION else "accounts.carriers.console")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Walaa <walaa@localhost>")

# Safety.
CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_ADMIN = STRICT_POLICY, ADMIN_POLICY
SESSION_COOKIE_AGE, SESSION_COOKIE_HTTPONLY, SESSION_COOKIE_SAMESITE = 14 * 86_400, True, "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE, FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20, 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS, DATA_UPLOAD_MAX_NUMBER_FILES = 2_000, 10
if PRODUCTION:
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = 31_536_000, True, True
    SECURE_REDIRECT_EXEMPT = [r"^ops/"]  # probes come from inside, over plain HTTP
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
AXES_CLIENT_IP_CALLABLE = "loyalty_site.addresses.client_address"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=1_200)  # per key
REST_FRAMEWORK: dict[str, object] = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
IMPORT_EXPORT_USE_TRANSACTIONS, IMPORT_EXPORT_SKIP_ADMIN_LOG = True, True
LOGGING_CONFIG = None  # structlog is set up here, once, for our own and the libraries' logs
logs.configure(json=env.bool("LOG_JSON", default=PRODUCTION), level=env.str("LOG_LEVEL", default="INFO"))
logs.start_sentry(dsn=env.str("SENTRY_DSN", default=""), environment=ENVIRONMENT)
