"""Boot checks. Each has an id and a hint that names the fix; docs/configuration.md repeats them."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004
from django.db import connection

from compliance.campaigns.rules.pace import rates
from config.env import sqlite_journal_mode


@register()
def secrets_are_set(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.SECRET_KEY_IS_SET:
        found.append(
            Error(
                "SECRET_KEY is not set.",
                hint="With DATABASE_URL set, give SECRET_KEY or SECRET_KEY_FILE: `openssl rand -hex 32`.",
                id="offswitch.E001",
            )
        )
    if not settings.LINK_KEYS:
        found.append(
            Error(
                "LINK_KEYS is not set: no personal link can be made or recognised.",
                hint="Give LINK_KEYS or LINK_KEYS_FILE as `1:$(openssl rand -hex 32)` and keep it: links live by it.",
                id="offswitch.E002",
            )
        )
    if not settings.EVIDENCE_KEYS:
        found.append(
            Error(
                "EVIDENCE_KEYS is not set: no checkpoint of the evidence log can be signed.",
                hint="Give EVIDENCE_KEYS or EVIDENCE_KEYS_FILE as `1:$(openssl rand -hex 32)` and keep it.",
                id="offswitch.E010",
            )
        )
    if not settings.SIGN_IN_KEYS:
        found.append(
            Error(
                "SIGN_IN_KEYS is not set: no second factor can be kept.",
                hint="Give SIGN_IN_KEYS or SIGN_IN_KEYS_FILE as `1:$(openssl rand -hex 32)` and keep it.",
                id="offswitch.E011",
            )
        )
    return found


@register()
def single_sign_on_is_whole(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    known, providers = settings.SINGLE_SIGN_ON, settings.SOCIALACCOUNT_PROVIDERS
    if not known.protocols:
        return []
    missing = [] if known.domains else ["SSO_DOMAINS"]
    for app in providers.get("openid_connect", {}).get("APPS", []):
        missing += [
            name for name, key in (("OIDC_CLIENT_ID", "client_id"), ("OIDC_CLIENT_SECRET", "secret")) if not app[key]
        ]
    for app in providers.get("saml", {}).get("APPS", []):
        idp = app["settings"]["idp"]
        missing += [
            name for name, key in (("SAML_SSO_URL", "sso_url"), ("SAML_CERTIFICATE", "x509cert")) if not idp[key]
        ]
    if not missing:
        return []
    return [
        Error(
            f"Single sign-on lets nobody in: {', '.join(missing)} is not set.",
            hint="docs/sign-in.md lists what it needs.",
            id="offswitch.E012",
        )
    ]


@register()
def addresses_are_usable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    base = urlsplit(settings.BASE_URL)
    if base.scheme not in {"http", "https"} or not base.hostname:
        found.append(
            Error(
                f"BASE_URL is not a web address: {settings.BASE_URL!r}.",
                hint="Set BASE_URL to the address staff will open, for example https://offswitch.example.com.",
                id="offswitch.E003",
            )
        )
    elif settings.EMAIL_URL and not settings.HTTPS and base.hostname not in {"127.0.0.1", "localhost"}:
        found.append(
            Error(
                "Mail goes out, but the personal links in it would travel without encryption.",
                hint="Set BASE_URL to an https:// address.",
                id="offswitch.E004",
            )
        )
    if settings.EMAIL_URL and settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        found.append(
            Error(
                "Mail goes out, but no sender's address is set.",
                hint="Set DEFAULT_FROM_EMAIL to an address that your mail server may send as.",
                id="offswitch.E007",
            )
        )
    if settings.REDIS_URL and settings.EMBEDDED:
        found.append(
            Warning(
                "REDIS_URL is set, DATABASE_URL is not: workers on other machines cannot see this SQLite file.",
                hint="Set DATABASE_URL=postgres://… as well, or unset REDIS_URL.",
                id="offswitch.W005",
            )
        )
    return found


@register("database")
def sqlite_is_safe(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if connection.vendor != "sqlite" or not databases:
        return []
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0].upper()
    if mode == "WAL" and sqlite_journal_mode() != "WAL":
        return [
            Error(
                "The database is in WAL mode and this SQLite has the WAL-reset bug: data can be lost.",
                hint="Stop every process, run `sqlite3 FILE 'PRAGMA journal_mode=DELETE'`, start again.",
                id="offswitch.E006",
            )
        ]
    return []


@register("database")
def postgresql_keeps_organisations_apart(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if connection.vendor != "postgresql" or not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return []
    return [
        Warning(
            "The role of DATABASE_URL is a superuser or has BYPASSRLS: it passes the walls between organisations.",
            hint="Give Offswitch an ordinary role that owns its database; docs/configuration.md says how.",
            id="offswitch.W020",
        )
    ]


@register()
def mail_settings_are_usable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    try:
        rates(settings.MAIL_RATE, tuple(settings.MAIL_DOMAIN_RATES))
    except ValueError as error:
        found.append(
            Error(
                f"MAIL_RATE or MAIL_DOMAIN_RATES cannot be read: {error}",
                hint="MAIL_RATE=30/m, MAIL_DOMAIN_RATES=outlook.com=20/m,gmail.com=500/h; s, m, h and d are known.",
                id="offswitch.E008",
            )
        )
    if settings.BOUNCE_ADDRESS and not _ADDRESS.fullmatch(settings.BOUNCE_ADDRESS):
        found.append(
            Error(
                f"BOUNCE_ADDRESS is not a plain address: {settings.BOUNCE_ADDRESS!r}.",
                hint="Give one like bounces@mail.example.com, of ten characters at most before the @."
                " Its mailbox must take addresses with a plus part.",
                id="offswitch.E009",
            )
        )
    return found


_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,10}@[A-Za-z0-9.-]+")  # 64 octets with what we add (RFC 5321, 4.5.3.1.1)
