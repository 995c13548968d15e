"""A sending service behind django-anymail: one API call a mail, opens and clicks never tracked."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection

from compliance.campaigns.gateways.mail import OutgoingMail
from compliance.campaigns.gateways.smtp import without_addresses
from compliance.campaigns.rules import Delivery, Verdict

_OWN_WAY = {"from", "to", "subject", "reply-to", "mime-version", "content-type", "content-transfer-encoding"}


class Esp:
    """The service that ANYMAIL names. `provider_id` is the service's number of the last mail."""

    def __init__(self) -> None:
        self.backend = get_connection()
        self.provider_id = ""

    def send(self, mail: OutgoingMail) -> Delivery:
        self.provider_id = ""
        letter = _as_django(mail, self.backend)
        try:
            self.backend.send_messages([letter])
        except AnymailRecipientsRefused as error:
            return Delivery(Verdict.REFUSED, without_addresses(str(error)))
        except AnymailAPIError as error:
            return Delivery(_verdict(error), without_addresses(str(error)))
        except (AnymailError, ValueError) as error:
            return Delivery(Verdict.REFUSED, without_addresses(f"The sending service cannot take this mail: {error}"))
        status = letter.anymail_status
        self.provider_id = str(status.message_id or "")[:250]
        return Delivery(
            Verdict.ACCEPTED, without_addresses(f"Accepted by the sending service ({', '.join(status.status or ())}).")
        )


def _verdict(error: AnymailAPIError) -> Verdict:
    code = getattr(error, "status_code", None)
    if code in {401, 403}:
        return Verdict.LOCKED_OUT
    if isinstance(error.__cause__, requests.ConnectTimeout | requests.ConnectionError):
        return Verdict.UNREACHED
    if isinstance(error.__cause__, requests.Timeout):
        return Verdict.UNKNOWN
    if code is None or code == 429 or code >= 500:
        return Verdict.LATER
    return Verdict.REFUSED


def _as_django(mail: OutgoingMail, connection: Any) -> Any:
    read = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    text, html = read.get_body(("plain",)), read.get_body(("html",))
    letter: Any = EmailMultiAlternatives(
        subject=str(read["Subject"]),
        body=text.get_content() if text else "",
        from_email=str(read["From"]),
        to=[mail.to],
        reply_to=[str(read["Reply-To"])],
        headers={name: str(value) for name, value in read.items() if name.lower() not in _OWN_WAY},
        connection=connection,
    )
    if html:
        letter.attach_alternative(html.get_content(), "text/html")
    letter.track_opens = letter.track_clicks = False
    letter.metadata = {"message": mail.reference}
    return letter
