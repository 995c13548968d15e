"""Child process: a job as JSON on standard input; lines of JSON on standard output, the last one with the result."""

import json
import sys
from typing import Any

from reports.press.document import make
from reports.press.guards import confine
from reports.press.job import Annex, Attachment, Column, Job
from reports.press.text import Missing, keep_words


def say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def read_job(text: str) -> Job:
    facts = json.loads(text)
    attachments = [Attachment(**item) for item in facts.pop("attachments", [])]
    annexes = [_annex(item) for item in facts.pop("annexes", [])]
    return Job(**facts, attachments=attachments, annexes=annexes)


def _annex(facts: dict[str, Any]) -> Annex:
    columns = [Column(**item) for item in facts.pop("columns")]
    left, middle, number = facts.pop("footer")
    return Annex(columns=columns, footer=(left, middle, number), **facts)


def main() -> None:
    job = read_job(sys.stdin.buffer.read().decode())
    confine(job.memory, job.seconds)
    keep_words()
    missing = Missing()
    pages = make(job, lambda done, total: say(done=done, total=total), missing.found)
    say(pages=pages, missing=sorted(missing.found))


if __name__ == "__main__":
    main()
