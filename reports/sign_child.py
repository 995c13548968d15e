"""Child process: a file, key and reason as JSON on standard input; signs the file, and says only what went wrong.

The key is in this process alone, and for as long as it signs.
"""

import json
import sys

from reports.press.guards import confine
from reports.press.signature import sign

_MEMORY, _SECONDS = 1024**3, 60


def main() -> None:
    facts = json.loads(sys.stdin.buffer.read())
    confine(_MEMORY, _SECONDS)
    sign(facts["path"], facts["secret"], facts["reason"])


if __name__ == "__main__":
    main()
