"""Whether mail can go out and come back: the server, the bounce mailbox, what DNS says about the sender. Each check is
one function that yields findings; none changes anything."""

from collections.abc import Iterator
from typing import NamedTuple

import dns.exception
import dns.resolver
from django.conf import settings

from compliance.campaigns.gateways.mailbox import MailboxAway, look_at, parse_mailbox
from compliance.campaigns.gateways.smtp import Connection, LockedOut, Unreached, configured_server

DNS_SECONDS = 5.0


class Finding(NamedTuple):
    """`grade` is ok, look (works, but look at it) or broken; `todo` is empty where nothing is to be done."""

    grade: str
    about: str
    said: str
    todo: str = ""


def mail_server() -> Iterator[Finding]:
    if not settings.EMAIL_URL:
        yield Finding("look", "Mail", "No mail server is set: mails are files in the local outbox.",
                      "Set EMAIL_URL (or ESP) to reach people.")  # fmt: skip
        return
    if settings.ESP:
        grade, todo = ("ok", "") if settings.ANYMAIL_WEBHOOK_SECRET else (
            "look", "Set ANYMAIL_WEBHOOK_SECRET and the service’s webhook, or bounces stay unknown.")  # fmt: skip
        yield Finding(grade, "Mail", f"By {settings.ESP}.", todo)
        return
    server = configured_server()
    link = Connection(server)
    try:
        link.open()
    except LockedOut as error:
        yield Finding("broken", "Mail", f"{server.host} does not take the user and password: {error}",
                      "Correct them in EMAIL_URL; special characters must be percent-encoded.")  # fmt: skip
    except Unreached as error:
        todo = "Check host and port in EMAIL_URL, and the firewall. EMAIL_TLS=off allows a relay without TLS."
        yield Finding("broken", "Mail", f"{server.host}:{server.port} cannot be used: {error}", todo)
    else:
        yield Finding(
            "ok",
            "Mail",
            f"{server.host}:{server.port} lets us in{' over TLS' if server.starttls or server.ssl else ''}.",
        )
        if not (server.starttls or server.ssl):
            yield Finding(
                "look", "Mail", "Mails travel to the server without encryption.", "Use smtp+tls:// or smtp+ssl://."
            )
    finally:
        link.close()


def bounces() -> Iterator[Finding]:
    if settings.ESP or not settings.EMAIL_URL:
        return
    if not settings.BOUNCE_ADDRESS:
        yield Finding("look", "Bounces", "BOUNCE_ADDRESS is not set: mails that come back are not noticed.",
                      "Set it, and BOUNCE_MAILBOX_URL for the mailbox they go to.")  # fmt: skip
    if settings.BOUNCE_MAILBOX_URL:
        try:
            waiting = look_at(parse_mailbox(settings.BOUNCE_MAILBOX_URL))
            yield Finding("ok", "Bounces", f"The mailbox can be read; {waiting} mails wait in it.")
        except (MailboxAway, ValueError) as error:
            yield Finding("broken", "Bounces", str(error), "Correct BOUNCE_MAILBOX_URL.")


def sender_domain() -> Iterator[Finding]:
    """SPF, DKIM and DMARC, as far as DNS tells. A DKIM key can only be found where its selector is known."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    if not settings.EMAIL_URL or "." not in domain:
        return
    try:
        spf = [text for text in _texts(domain) if text.lower().startswith("v=spf1")]
        dmarc = [text for text in _texts(f"_dmarc.{domain}") if text.upper().startswith("V=DMARC1")]
    except dns.exception.DNSException as error:
        yield Finding("look", "DNS", f"No answer about {domain}: {error}", "Run doctor where DNS can be asked.")
        return
    if len(spf) == 1:
        yield Finding("ok", "SPF", f"{domain}: {spf[0]}")
    else:
        yield Finding(
            "look", "SPF", f"{domain} has {len(spf)} SPF records.", "Publish exactly one that names your mail server."
        )
    if dmarc:
        yield Finding("ok", "DMARC", dmarc[0])
    else:
        yield Finding(
            "look", "DMARC", f"{domain} has no DMARC record.", f"Publish one at _dmarc.{domain}, p=none to begin with."
        )
    if not settings.DKIM_SELECTOR:
        yield Finding("look", "DKIM", "Without DKIM_SELECTOR the key cannot be looked up.",
                      "Set it to the selector with which your mail server signs.")  # fmt: skip
        return
    try:
        found = _texts(f"{settings.DKIM_SELECTOR}._domainkey.{domain}")
    except dns.exception.DNSException:
        found = []
    yield (
        Finding("ok", "DKIM", f"{settings.DKIM_SELECTOR} is published.")
        if found
        else Finding(
            "look",
            "DKIM",
            f"{settings.DKIM_SELECTOR}._domainkey.{domain} has no key.",
            "Publish the server’s public key.",
        )
    )


def _texts(name: str) -> list[str]:
    """The TXT records of a name. Raises DNSException where nobody answers; a name without any has none."""
    resolver = dns.resolver.Resolver()
    resolver.lifetime = DNS_SECONDS
    try:
        answer = resolver.resolve(name, "TXT")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode(errors="replace") for record in answer]
