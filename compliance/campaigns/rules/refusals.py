"""What the words of a mail server mean: is it the address, is it us, or is it the moment?"""

import re

from compliance.campaigns.rules.delivery import Verdict


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463
DEAD_CODES = {"1.1", "1.2", "1.3", "1.6", "1.9", "1.10", "2.1", "4.4", "4.310", "7.17"}
BLOCKED_CODES = {"1.7", "1.8", "2.3", "3.4"}  # our address, or the size: not theirs
SOFT_CODES = {"2.2", "2.122", "3.0", "3.1", "3.2", "3.5", "4.1", "4.2", "4.3", "4.5", "4.6", "4.7", "4.316", "4.0"}
UNCLEAR_CODES = {"0.0", "1.0", "2.0", "5.0"}

DEAD_WORDS = _any(
    r"no such (user|mailbox|recipient|address|domain|person|account|local user)",
    r"(user|recipient|mailbox|address|account|addressee|host|domain|person) ?(name )?(is |was |are |here )?"
    r"(unknown|not found|un?available|disabled|inactive|closed|invalid|deactivated|suspended|removed|discontinued)",
    r"(user|recipient|mailbox|address|account|person|domain) .{0,40}(does ?n.?t|does not|do not|no longer) (exist|work)",
    r"(has been|is|was) (disabled|deactivated|closed|deleted|terminated|discontinued)",
    r"unknown (user|recipient|mailbox|address|local|host|domain)",
    r"unrouteable|unroutable|no mailbox (here )?by that name|no mailbox here",
    r"(recipient|address) (address )?rejected: (user|undeliverable|unknown|access denied.*unknown)",
    r"does not exist|doesn.?t exist|doesn.?t have an? .{0,30}account|does not have an? .{0,30}account",
    r"not a (valid|known) (user|mailbox|recipient|address)|invalid (recipient|mailbox|user|address)",
    r"is ?n.?t (found|listed)|not listed in|host (or domain name )?not found|domain (name )?not found",
    r"does not accept (mail|e-?mail)|null ?mx|no smtp service|no longer (employed|with|valid|available|in use|accepts|active|works)",
    r"wasn.?t found|couldn.?t be found|could not be found|not our customer|name service error|name or service not known",
    r"recipient address rejected: access denied|non-?existent (host|domain)s?|undeliverable address|no (valid )?(recipient|mx)s?\b|bad (destination|address)|mailbox not (found|local)",
    r"couldn.?t find (any )?(host|a mail exchanger)|no account|recipient not (known|recogni[sz]ed)|adresse .{0,20}unbekannt",
)  # fmt: skip
BLOCKED_WORDS = _any(
    r"spam|blacklist|block ?list|\bblocked|blocking|dnsbl|\brbl\b|reputation|policy|dmarc|\bspf\b|dkim|unauthori[sz]ed",
    r"not authori[sz]ed|relay(ing)? (access )?(is )?(denied|not permitted|not allowed)|access denied|virus|malware|phish",
    r"content (was )?(rejected|filter|denied)|too (large|big)|size (limit|exceeds)|exceeds? .{0,40}(size|limit for mess)",
    r"maximum .{0,30}size|banned|sender (address )?(was )?(rejected|denied|blocked|not)|restricted|not permitted",
    r"administrative(ly)? prohibit|message (was )?(rejected|refused)|attachment|suspicious|unsolicited|bulk mail",
    r"security|permission to send|unauthenticated|poor reputation|listed (at|by|in|on) ",
)
SOFT_WORDS = _any(
    r"quota|mailbox (is )?(too )?full|(inbox|mailbox|storage) .{0,25}full|insufficient (system )?(storage|disk|space)",
    r"out of (storage|space|disk)|over ?quota|exceeded .{0,20}(storage|quota)|storage (limit|space)|no space",
    r"timed? ?out|retry time|retry time ?out|too long|temporar|try again|\bloop|too many hops|hop count|expired",
    r"connection (refused|lost|reset|was dropped)|unreachable|deferred|gr[ea]ylist|been in the queue|giving up|not responding",
)


def refusal(code: int, text: str) -> Verdict:
    """What an SMTP reply of 4xx or 5xx means for one mail (RFC 5321, 4.2.1; RFC 3463).

    Only a refusal that is about the address itself is DEAD, and suppresses it: a server that takes us for spam says
    nothing about the person."""
    if not 500 <= code < 600:
        return Verdict.LATER
    found = ENHANCED.search(text)
    if found and (detail := f"{found[2]}.{found[3]}") not in UNCLEAR_CODES:
        return Verdict.DEAD if detail in DEAD_CODES else Verdict.REFUSED
    if BLOCKED_WORDS.search(text) or SOFT_WORDS.search(text):
        return Verdict.REFUSED
    return Verdict.DEAD if DEAD_WORDS.search(text) else Verdict.REFUSED
