"""The first mail and the reminder in every language, to look at and to score: needs bin/demo's campaign and, for the
scores, Debian's spamassassin.

    bin/demo --once && .venv/bin/python -m tests.by_hand.mails FOLDER

Writes LANGUAGE-STEP.eml, .html and .txt into FOLDER and prints SpamAssassin's score of each mail (no network tests).
"""

import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("BASE_URL", "https://offswitch.acme.example")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "people@acme.example")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from compliance.campaigns.letters.composing import Words, own_headers, skeleton_of  # noqa: E402
from compliance.campaigns.models import Campaign  # noqa: E402
from compliance.campaigns.rules.skeleton import LINK, NAME, STOP  # noqa: E402
from compliance.campaigns.services.previewing import preview_words, shown_to_hr  # noqa: E402

WORST = 1.0


def as_mail(campaign: Campaign, words: Words, *, reminds: bool) -> bytes:
    reference, base = uuid.uuid4(), settings.BASE_URL
    stop = f"{base}/u/{reference}/{'a' * 43}"
    headers = own_headers(
        to="kim@company.example", at=timezone.now(), public_id=reference, stop=stop, date_cache={},
        answers_to=uuid.uuid4() if reminds else None,
    )  # fmt: skip
    values = {NAME: "Kim Müller", LINK: f"{base}/l/{'Ab3_' * 10}xyz", STOP: stop}
    return skeleton_of(words, campaign).fill(headers, f"=_{reference.hex}", values)


def score(mail: bytes) -> float:
    done = subprocess.run(["spamassassin", "-t", "-L"], input=mail, capture_output=True, check=True)
    found = re.search(rb"score=(-?[\d.]+)", done.stdout)
    assert found
    return float(found[1])


def main() -> None:
    folder, campaign = Path(sys.argv[1]), Campaign.objects.order_by("id")[0]
    folder.mkdir(parents=True, exist_ok=True)
    scores: dict[str, float] = {}
    for language, _name in settings.LANGUAGES:
        for step, kind in ((0, "instruction"), (1, "reminder")):
            words = preview_words(
                campaign=campaign, country="HK" if language == "zh-hant" else "DE", subdivision="", language=language,
                kind=kind, step=step, now=timezone.now(),
            )  # fmt: skip
            assert words
            shown, mail = shown_to_hr(words, "Kim Müller"), as_mail(campaign, words, reminds=bool(step))
            (folder / f"{language}-{step}.eml").write_bytes(mail)
            (folder / f"{language}-{step}.html").write_text(shown.html)
            (folder / f"{language}-{step}.txt").write_text(f"{shown.subject}\n\n{shown.text}")
            if shutil.which("spamassassin"):
                scores[f"{language}-{step}"] = score(mail)
    for name, value in scores.items():
        sys.stdout.write(f"{name}: {value}\n")
    if any(value > WORST for value in scores.values()):
        sys.exit(f"A mail scores above {WORST}.")


if __name__ == "__main__":
    main()
