"""What a returned mail says: is it a bounce, of which kind, about whom. Reading MIME is a gateway's work."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from compliance.campaigns.rules.refusals import (
    BLOCKED_CODES,
    BLOCKED_WORDS,
    DEAD_CODES,
    DEAD_WORDS,
    ENHANCED,
    SOFT_CODES,
    SOFT_WORDS,
    UNCLEAR_CODES,
)

FAILED = frozenset({"hard", "blocked", "soft"})  # kinds of a report that its mail did not arrive
SUPPRESSING = {"hard": "The address does not exist.", "complaint": "The person reported the mail as unwanted."}


@dataclass(frozen=True)
class Returned:
    """`kind` is hard, blocked or soft of a failure, delayed, delivered, auto_reply, complaint, or other; `status` an enhanced status code (RFC 3463) or ""."""

    kind: str
    status: str = ""
    recipient: str = ""
    detail: str = ""

    @property
    def failed(self) -> bool:
        return self.kind in FAILED


@dataclass(frozen=True)
class Report:
    """The parts of a mail that count. Header and field names are in lower case."""

    headers: Mapping[str, str]
    kinds: tuple[str, ...]  # content types, the whole first
    texts: tuple[str, ...]
    statuses: tuple[Mapping[str, str], ...]  # the blocks of delivery statuses and feedback reports
    returned_to: str  # whom the returned mail was for, where it says so
    elsewhere: tuple[str, ...]  # failed addresses found by other means


_ROBOTS = re.compile(
    r"mailer-daemon|postmaster|mail delivery|mdaemon|delivery (sub)?system|\bbounce|mailadmin", re.IGNORECASE
)
_DAEMONS = re.compile(r"mailer-daemon|postmaster|mdaemon", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>;,:\"'()\[\]：，；]+@[^\s<>;,:\"'()\[\]：，；]+")
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
_LATE = re.compile(
    r"(warning|delayed|has not (yet )?been delivered|not yet been delivered|will (continue|keep) (to )?try|still (being )?tr|"
    r"will be retried|attempts .{0,40}will continue|do not need to (resend|do anything)|delivery incomplete|"
    r"you do not need to resend|temporarily (deferred|delayed))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(will|shall) (continue|keep) (to )?try|continue to try|attempts .{0,60}will continue|will be retried|"
    r"not yet (been )?delivered|do not need to resend|still being (tr|retr)|will keep trying",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"permanent|giving up|gave up|will not be (re)?tr|could not be delivered|undeliver|returned|failed", re.IGNORECASE
)
_AUTOMATIC = re.compile(
    r"(?i)^(auto(matic|mated)?[- :]*(reply|response|antwort)|automatische (antwort|abwesenheit)|abwesen|out of (the )?office|"
    r"r[ée]ponse automatique|absence|respuesta autom|fuera de|risposta automatica|automatisch antwoord|afwezig|"
    r"autosvar|automatiskt svar|automatyczna odpowied|odpowied. automatyczna|自動返信|自動回覆|自动回复|不在|"
    r"vacation|autoreply|automaattinen|automatick|automatikus|αυτόματη|răspuns automat|resposta autom)"
)


def classify(report: Report) -> Returned:
    """Total: never raises; what is no report about a mail is `other`."""
    feedback = next((block for block in report.statuses if "feedback-type" in block), None)
    if feedback is not None or any(kind == "message/feedback-report" for kind in report.kinds):
        return Returned("complaint")
    if "message/disposition-notification" in report.kinds:
        return _by_notification(report)
    if report.statuses and (block := _ours(report)):
        return _by_status(block, report)
    if _is_automatic(report):
        return Returned("auto_reply")
    if _is_bounce(report):
        return _by_words(report)
    return Returned("other")


# --- A delivery status (RFC 3464) -----------------------------------------------------------------------------------


def _ours(report: Report) -> Mapping[str, str] | None:
    """The block about our recipient: the one whom the returned mail was for, else the first."""
    blocks = [block for block in report.statuses if "final-recipient" in block or "original-recipient" in block]
    blocks = blocks or [block for block in report.statuses if "action" in block or "status" in block]
    for block in blocks:
        if report.returned_to and report.returned_to in " ".join(block.values()).lower():
            return block
    failed = [block for block in blocks if block.get("action", "").lower().startswith("fail")]
    return (failed or blocks or [None])[0]  # type: ignore[list-item]


def _recipient(block: Mapping[str, str]) -> str:
    """The address that we wrote to rather than the one it was forwarded to."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = block.get(name, "").partition(";")[2] or block.get(name, "")
        if "@" in value:
            return value.strip().strip("<>").strip().lower()
    return ""


def _by_status(block: Mapping[str, str], report: Report) -> Returned:
    recipient, action = _recipient(block), block.get("action", "").lower().split(" ")[0].strip("()")
    diagnostic = block.get("diagnostic-code", "").partition(";")[2].strip() or block.get("diagnostic-code", "")
    status = _exact(block.get("status", ""), diagnostic)
    if action in {"delivered", "relayed", "expanded"}:
        return Returned("delivered", status, recipient)
    if action == "delayed":
        return Returned("delayed", status, recipient, diagnostic)
    words = diagnostic if len(diagnostic) > 12 else " ".join((diagnostic, *report.texts))[:4000]
    return Returned(_failure(status, words), status, recipient, diagnostic)


def _exact(given: str, diagnostic: str) -> str:
    """The status; where it is a general one, the finer one that the server's own words hold."""
    found = ENHANCED.search(given)
    status = found[0] if found else ""
    if not status or status[2:] == "0.0":
        finer = ENHANCED.search(diagnostic)
        return finer[0] if finer else status
    return status


def _failure(status: str, words: str) -> str:
    """hard, blocked or soft: by the status where it says something, else by the words."""
    detail = status[2:]
    if status.startswith("4"):
        unknown = detail in UNCLEAR_CODES and DEAD_WORDS.search(words) and not SOFT_WORDS.search(words)
        return "hard" if unknown else "soft"
    if detail and detail not in UNCLEAR_CODES | {"3.0", "4.1"}:
        if detail in DEAD_CODES:
            return "hard"
        if detail in SOFT_CODES or detail.startswith("4."):
            return "soft"
        if detail[0] == "7" and _SURELY_DEAD.search(words) and not BLOCKED_WORDS.search(words):
            return "hard"  # some say "no such user" under a code of policy
        return "blocked" if detail in BLOCKED_CODES or detail[0] in "67" else _by_meaning(words)
    return _by_meaning(words)


def _by_meaning(words: str) -> str:
    for pattern, kind in ((DEAD_WORDS, "hard"), (BLOCKED_WORDS, "blocked"), (SOFT_WORDS, "soft")):
        if pattern.search(words):
            if kind == "hard" and (BLOCKED_WORDS.search(words) and not _SURELY_DEAD.search(words)):
                return "blocked"
            return kind
    return "soft"


_SURELY_DEAD = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address)|does ?n.?.?o?t exist|not found|address unknown|"
    r"recipient address rejected: access denied",
    re.IGNORECASE,
)


# --- Notifications, automatic replies, older formats ----------------------------------------------------------------


def _by_notification(report: Report) -> Returned:
    block = next((block for block in report.statuses if "disposition" in block), {})
    seen = "deleted" not in block.get("disposition", "").partition(";")[2].lower()
    return Returned("delivered" if seen else "other", "", _recipient(block))


def _is_automatic(report: Report) -> bool:
    headers = report.headers
    if report.statuses or report.elsewhere or _ROBOTS.search(headers.get("from", "")):
        return False
    submitted = re.split(r"[;( ]", headers.get("auto-submitted", "no").lower())[0]
    if submitted in {"auto-replied", "auto-notified"} or (submitted == "auto-generated" and "in-reply-to" in headers):
        return True
    replies = {
        "x-autoreply",
        "x-auto-response-for",
        "x-autorespond",
        "x-auto-reply",
        "x-autogenerated",
        "x-auto-response",
    }
    if replies & headers.keys() or headers.get("precedence", "").lower() == "auto_reply":
        return True
    return bool(_AUTOMATIC.search(headers.get("subject", "")))


def _from_robot(report: Report) -> bool:
    path = report.headers.get("return-path", "x").strip()
    return path == "<>" or bool(_DAEMONS.search(path) or _ROBOTS.search(report.headers.get("from", "")))


def _is_bounce(report: Report) -> bool:
    if "x-failed-recipients" in report.headers:
        return True
    # A report has nobody to be returned to (RFC 5321, 4.5.5): what has, is a person's mail or a trick.
    path = report.headers.get("return-path", "<>").strip()
    if path not in {"<>", ""} and not _DAEMONS.search(path):
        return False
    return bool(report.elsewhere) or _from_robot(report)


def _by_words(report: Report) -> Returned:
    text = "\n".join(report.texts)
    said = _before_our_mail(text)
    recipient = _named(report, said)
    said = _about(recipient, said)
    found, subject = ENHANCED.search(_without_versions(said)), report.headers.get("subject", "")
    status = found[0] if found else ""
    late = _LATE.search(f"{subject}\n{said}") and not _FINAL.search(_LATE.sub("", said))
    if late or _GOES_ON.search(" ".join(said.split())):
        return Returned("delayed", status, recipient)
    detail = " ".join(said.split())[-400:]
    basic = _BASIC.search(said)
    if not status and basic and basic[1] in {"552", "452", "422"}:
        return Returned("soft", "", recipient, detail)
    return Returned(_failure(status, said), status, recipient, detail)


def _before_our_mail(text: str) -> str:
    """What the server wrote, without the mail that it returns: our own words must not count as its."""
    cut = re.search(
        r"(?im)^-{2,}.*(copy of|original|returned|below this line|message (headers|header|text)|kopie|unsent|ursprüngliche)"
        r"|^(return-path|received|message-id|subject):",
        text,
    )
    return text[: cut.start()] if cut and cut.start() > 40 else text


def _about(recipient: str, said: str) -> str:
    """The paragraph about our recipient, where several people are named in one report."""
    parts = re.split(r"\n\s*\n", said)
    naming = [part for part in parts if _ADDRESS.search(part) and not _ROBOTS.search(part)]
    if len(naming) > 1 and recipient:
        ours = [part for part in naming if recipient in part.lower()]
        others = {address.lower() for part in naming for address in _ADDRESS.findall(part)} - {recipient}
        if ours and others:
            return ours[-1]
    return said


def _without_versions(text: str) -> str:
    """Numbers of programmes and addresses of machines look like status codes."""
    return re.sub(r"\b\d+\.\d+\.\d+\.\d+\b|(?i:version|exim|postfix|sendmail|v)[ /]?\d+\.\d+(\.\d+)?", " ", text)


def _named(report: Report, said: str) -> str:
    """Whom the mail did not reach."""
    if failed := report.headers.get("x-failed-recipients"):
        addresses = [address.lower() for address in _ADDRESS.findall(failed)]
        return report.returned_to if report.returned_to in addresses else (addresses or [""])[0]
    candidates = [address.strip(".").lower() for address in _ADDRESS.findall(said)]
    for address in (report.returned_to, *report.elsewhere):
        if address and address in candidates:
            return address
    if report.elsewhere:
        return report.elsewhere[0]
    humans = [address for address in candidates if not _ROBOTS.search(address)]
    return humans[0] if humans else report.returned_to
