"""Hostile texts × CSV, XLSX, ODS, opened by LibreOffice: how many became formulas. Needs `soffice`.

A CSV without escaping goes the same way first: if that had no formulas, the check could not see any.
"""

import csv
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tablib import Dataset  # noqa: E402 - Django first

from employees.gateways.formats import FORMATS  # noqa: E402
from tests.employees.payloads import PAYLOADS  # noqa: E402


def formulas(path: Path, folder: Path) -> int:
    """Cells that LibreOffice takes for formulas when it opens the file."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "fods", "--outdir", str(folder / "out")]
    if path.suffix == ".csv":
        command.insert(-2, "--infilter=CSV:44,34,UTF8,1,,0,false,true,false,false,false,-1")
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=180)
    (made,) = (folder / "out").glob("*.fods")
    text = made.read_text(encoding="utf-8")
    made.unlink()
    cells = len(re.findall(r"<table:table-cell[^>]*office:value-type", text))
    if cells < len(PAYLOADS):
        raise SystemExit(f"{path.name}: LibreOffice shows {cells} cells only.")
    return len(re.findall(r"table:formula=", text))


def bare(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def main() -> None:
    payloads = [text.replace("\0", "") for text in PAYLOADS]
    data = Dataset(*[[text] for text in payloads], headers=["Name"])
    files = {"unescaped.csv": bare([["Name"], *([text] for text in payloads)])}
    files |= {f"people.{name}": FORMATS[name]().export_data(data) for name in ("csv", "xlsx", "ods")}
    found = {}
    for name, content in files.items():
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / name
            path.write_bytes(content)
            found[name] = formulas(path, Path(place))
        sys.stdout.write(f"{name:16s} {len(payloads)} payloads: {found[name]} formulas\n")
    if not found.pop("unescaped.csv") or any(found.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
