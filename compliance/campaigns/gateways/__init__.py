"""Ways out for mail, and what comes back: a mail server, a sending service, the local outbox, bounce mailboxes."""

from compliance.campaigns.gateways.esp import Esp
from compliance.campaigns.gateways.mail import OutgoingMail, Transport
from compliance.campaigns.gateways.outbox import Outbox, ReadMail, read_outbox
from compliance.campaigns.gateways.smtp import Connection, LockedOut, Server, Unreached, configured_server

__all__ = [
    "Connection",
    "Esp",
    "LockedOut",
    "Outbox",
    "OutgoingMail",
    "ReadMail",
    "Server",
    "Transport",
    "Unreached",
    "configured_server",
    "read_outbox",
]
