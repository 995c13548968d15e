"""A roster of 100,000 rows: ours against a bare load of the same rows, and against django-import-export.

Floor: the csv module and one executemany (SQLite) or COPY (PostgreSQL) into the same table, no product logic. Ours:
the file received and sealed, read in its child process, mapped, checked, compared with the roster, kept as a plan,
committed with its evidence. django-import-export: as its documentation shows it, which is what ours does too: first a
dry run that says what would happen, then the import, row by row; and one pass alone in bulk mode with unchanged rows
skipped, the fastest that it has. SQLite always; PostgreSQL too where DATABASE_URL names one:
bin/services run -- .venv/bin/python -m benchmarks.import
"""

import csv
import gc
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from benchmarks.form import Bench, environment, fresh_database, quick_or_full
from employees.reader.limits import Limits

HEADER = ["Employee ID", "Full Name", "Work Email", "Country", "Department", "Manager Email", "Language", "Start Date"]
COUNTRIES = ["Germany", "Deutschland", "UK", "United Kingdom", "France", "NL", "Schweiz", "HK", "Canada", "Österreich"]
FIRST = ["Ada", "Zoë", "Jürgen", "Łukasz", "Nguyễn", "María", "Søren", "Aoife", "Chloé", "Kim"]
LAST = ["Müller", "O’Brien", "García", "Nowak", "Thị Ánh", "Wong", "Dubois", "van den Berg", "Rossi", "Smith"]


def roster(rows: int, changed: float = 0.0) -> bytes:
    """The same people for the same number of rows; `changed` of them with another department, half as many gone."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    chance = random.Random(7)
    for i in range(rows):
        person = [
            f"{i:06d}",
            f"{chance.choice(FIRST)} {chance.choice(LAST)}",
            f"person.{i}@company-{i % 7}.example",
            chance.choice(COUNTRIES),
            f"Department {i % 120}",
            f"person.{i % 900}@company-{i % 900 % 7}.example",
            chance.choice(["de", "en-GB", "French", ""]),
            f"{i % 28 + 1:02d}.{i % 12 + 1:02d}.20{i % 20 + 5:02d}",
        ]
        if changed and i % int(1 / changed) == 0:
            person[4] = "Somewhere else"
        if changed and i % int(2 / changed) == 1:
            continue
        writer.writerow(person)
    return text.getvalue().encode()


# --- What runs against one database, in a process of its own ---------------------------------------------------------


class Ways:
    """The competitors. Each takes the CSV and leaves its people in the database."""

    def __init__(self) -> None:
        import django  # noqa: PLC0415 - after the environment is set

        django.setup()
        from django.db import connection  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from employees import services  # noqa: PLC0415
        from employees.gateways import roster_file  # noqa: PLC0415
        from employees.models import Employee, RosterImport  # noqa: PLC0415
        from employees.places import find_region  # noqa: PLC0415
        from organisations.models import Organisation  # noqa: PLC0415
        from organisations.services import create_organisation  # noqa: PLC0415

        self.now, self.connection, self.services, self.roster_file = timezone.now(), connection, services, roster_file
        self.Employee, self.RosterImport, self.find_region = Employee, RosterImport, find_region
        self.organisation = Organisation.objects.filter(slug="bench").first() or create_organisation(
            slug="bench", name="Bench", contact_email="a@bench.example", now=self.now
        )
        find_region("Germany")  # the index is read once per process, whoever comes first

    def clear(self) -> None:
        self.Employee.objects.all()._raw_delete(using="default")
        self.RosterImport.objects.all().delete()

    def floor(self, content: bytes) -> None:
        """Every row as it stands, cut to the columns' lengths."""
        columns = ("external_id, name, email, country, department, manager_email, language, subdivision, status, "
                   "organisation_id, created_at, attributes")  # fmt: skip
        pg = self.connection.vendor == "postgresql"
        at = self.now if pg else str(self.now)
        rest = ("", "active", self.organisation.pk, at, "{}")
        rows = ((*row[:3], row[3][:2], *row[4:7], *rest) for row in _rows(content))
        with self._atomic(), self.connection.cursor() as cursor:
            if pg:  # PostgreSQL copies into no table behind a wall: the floor has none
                cursor.execute("ALTER TABLE employees_employee NO FORCE ROW LEVEL SECURITY")
                with cursor.copy(f"COPY employees_employee ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit would check
                cursor.execute("ALTER TABLE employees_employee FORCE ROW LEVEL SECURITY")
            else:
                marks = ", ".join(["%s"] * 12)
                sql = f"INSERT INTO employees_employee ({columns}) VALUES ({marks})"
                cursor.executemany(sql, rows)  # type: ignore[arg-type]  # any iterable will do

    def ours(self, content: bytes, name: str = "roster.csv") -> None:
        file = self.roster_file(name, content)
        made = self.services.receive_file(organisation=self.organisation, file=file, user=None, now=self.now)
        del content, file  # as in a worker, which finds the file in the database
        self.services.plan_import(import_id=made.pk, now=self.now)
        made.refresh_from_db()
        assert made.state == "planned", made.detail
        self.services.commit_import(roster_import=made, leavers_confirmed=True, now=self.now)

    def peer(self, content: bytes, *, bulk: bool, dry_run: bool = False) -> None:
        """One pass of django-import-export on clean data: countries as codes, no dates to read."""
        import tablib  # noqa: PLC0415
        from import_export import resources  # noqa: PLC0415
        from import_export.instance_loaders import CachedInstanceLoader  # noqa: PLC0415

        codes = {name: getattr(self.find_region(name), "country", "") for name in COUNTRIES}
        data = tablib.Dataset(
            headers=["external_id", "name", "email", "country", "department", "manager_email", "language"]
        )
        for row in _rows(content):
            data.append([*row[:3], codes[row[3]], *row[4:6], row[6][:2]])
        organisation = self.organisation

        class Resource(resources.ModelResource):  # type: ignore[misc]
            class Meta:
                model = self.Employee
                import_id_fields = ("external_id",)
                fields = ("external_id", "name", "email", "country", "department", "manager_email", "language")
                skip_unchanged = bulk
                use_bulk, batch_size = bulk, 1000
                if bulk:
                    instance_loader_class = CachedInstanceLoader

            def init_instance(self, row: Any = None) -> Any:
                return self._meta.model(organisation=organisation)

        result = Resource().import_data(data, use_transactions=True, dry_run=dry_run)
        assert not result.has_errors()

    def _atomic(self) -> Any:
        from django.db import transaction  # noqa: PLC0415

        return transaction.atomic()


def _rows(content: bytes) -> Iterator[list[str]]:
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    next(rows)
    return rows


def timed(way: Callable[[], None]) -> float:
    gc.collect()
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def compare(ways: Ways, rows: int, rounds: int) -> dict[str, Any]:
    """Floor and ours in turn: first imports, then re-imports with 2 % changes and 1 % leavers, then XLSX."""
    first, again, sheet = roster(rows), roster(rows, changed=0.02), workbook(roster(rows))
    taken: dict[str, list[float]] = {"floor": [], "first": [], "again": [], "nothing": [], "xlsx": []}
    for _ in range(rounds):
        ways.clear()
        taken["floor"].append(timed(lambda: ways.floor(first)))
        ways.clear()
        taken["first"].append(timed(lambda: ways.ours(first)))
        taken["again"].append(timed(lambda: ways.ours(again)))
        taken["nothing"].append(timed(lambda: ways.ours(again)))
        ways.clear()
        taken["xlsx"].append(timed(lambda: ways.ours(sheet, "roster.xlsx")))
    ways.clear()
    return {name: median(times) for name, times in taken.items()}


def peers(ways: Ways, rows: int) -> dict[str, Any]:
    """One run each: they take minutes. They look people up by number alone, so they get an index for that."""
    first, taken = roster(rows), {}
    with ways.connection.cursor() as cursor:
        cursor.execute("CREATE INDEX peers_look_up ON employees_employee (external_id)")
    ways.clear()
    taken["dry_run"] = timed(lambda: ways.peer(first, bulk=False, dry_run=True))
    taken["one_pass"] = timed(lambda: ways.peer(first, bulk=False))
    taken["default"] = taken["dry_run"] + taken["one_pass"]
    ways.clear()
    taken["bulk"] = timed(lambda: ways.peer(first, bulk=True))
    with ways.connection.cursor() as cursor:
        cursor.execute("DROP INDEX peers_look_up")
    ways.clear()
    return taken


def memory(ways: Ways, rows: int) -> dict[str, Any]:
    """Peak resident MiB of a first import and a re-import: of this process, and of the reading child."""
    ways.clear()
    for changed in ("0", "0.02"):  # made elsewhere: what makes the file is no part of the import
        make = (
            "import importlib, sys; "
            f"sys.stdout.buffer.write(importlib.import_module('benchmarks.import').roster({rows}, {changed}))"
        )
        ways.ours(subprocess.run([sys.executable, "-c", make], capture_output=True, check=True).stdout)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ways.clear()
    return {"own": own, "child": child_memory(roster(rows))}


def child_memory(content: bytes) -> float:
    """Peak MiB of the process that reads the file; started by a small one, since it inherits its parent's figure."""
    start = (
        "import resource, subprocess, sys; "
        "subprocess.run([sys.executable, '-m', 'employees.reader.child'], stdout=subprocess.DEVNULL, check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    request = json.dumps({"options": {}, "limits": Limits(rows=2_000_000).as_dict()}).encode() + b"\n"
    done = subprocess.run([sys.executable, "-c", start], input=request + content, capture_output=True, check=True)
    return float(done.stdout)


def growth(ways: Ways, rows: int) -> dict[str, Any]:
    content, taken = roster(rows), []
    for _ in range(2):
        ways.clear()
        taken.append(timed(lambda: ways.ours(content)))
    ways.clear()
    return {"seconds": min(taken)}


def workbook(content: bytes) -> bytes:
    import xlsxwriter  # noqa: PLC0415

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "in_memory": True}) as book:
        page = book.add_worksheet("Staff")
        for number, row in enumerate([HEADER, *_rows(content)]):
            for index, cell in enumerate(row):
                page.write_string(number, index, cell)
    return buffer.getvalue()


STAGES: dict[str, Callable[..., dict[str, Any]]] = {
    "compare": compare, "peers": peers, "memory": memory, "growth": growth,
}  # fmt: skip


def stage(database: str, name: str, *sizes: int) -> dict[str, Any]:
    """Runs one stage against one database in a fresh process with a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(database, folder) | {"ROSTER_MAX_ROWS": "2000000", "ROSTER_MAX_MIB": "400"}
        fresh_database(env)
        command = [sys.executable, "-m", "benchmarks.import", "--stage", name, *map(str, sizes)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


# --- The report --------------------------------------------------------------------------------------------------


def main() -> None:
    if "--stage" in sys.argv:
        name, *sizes = sys.argv[sys.argv.index("--stage") + 1 :]
        print(json.dumps(STAGES[name](Ways(), *map(int, sizes))))
        return
    quick = quick_or_full(__doc__ or "")
    rows, rounds = (1_500, 1) if quick else (100_000, 5)
    databases = {"SQLite": "sqlite"}
    if url := os.environ.get("DATABASE_URL", ""):
        databases["PostgreSQL"] = url
    bench = Bench("import: a roster", f"{rows:,} rows of CSV, {len(roster(rows)) / 1e6:.1f} MB; median of {rounds}")
    for label, database in databases.items():
        one_database(bench, label, database, rows, rounds, quick)
    bench.end()


def one_database(bench: Bench, label: str, database: str, rows: int, rounds: int, quick: bool) -> None:
    found = stage(database, "compare", rows, rounds) | stage(database, "peers", rows) | stage(database, "memory", rows)
    floor, key = found["floor"], label.lower()
    names = {
        "floor": "csv + executemany/COPY (floor)",
        "first": "ours, first import",
        "again": "ours, 2 % changed, 1 % left",
        "nothing": "ours, the same file again",
        "xlsx": "ours, first import from XLSX",
        "bulk": "django-import-export, bulk, one pass",
        "one_pass": "django-import-export, row by row, one pass",
        "default": "django-import-export, as documented",
    }
    print(f"{label}")
    bench.table(
        ["way", "s", "× floor"],
        [[text, f"{found[name]:.2f}", f"{found[name] / floor:.2f}"] for name, text in names.items()],
    )
    for name in names:
        bench.figure(f"{key}_{name}_s", found[name])
    bench.bar(f"{label}: first import over floor", found["first"] / floor, "<=", 3)
    bench.bar(f"{label}: re-import over floor", found["again"] / floor, "<=", 2)
    bench.bar(f"{label}: XLSX over floor", found["xlsx"] / floor, "<=", 4)
    bench.bar(f"{label}: faster than default", found["default"] / found["first"], ">=", 40)
    bench.bar(f"{label}: faster than bulk", found["bulk"] / found["first"], ">=", 8)
    bench.bar(f"{label}: peak MiB, importing process", found["own"], "<=", 250)
    bench.bar(f"{label}: peak MiB, reading child", found["child"], "<=", 250)
    if quick:
        return
    times = {size: stage(database, "growth", size)["seconds"] for size in (10_000, 100_000, 1_000_000)}
    bench.table(["rows", "s", "µs a row"], [[f"{n:,}", f"{t:.2f}", f"{t / n * 1e6:.1f}"] for n, t in times.items()])
    per_row = {size: taken / size for size, taken in times.items()}
    bench.bar(f"{label}: a row at 100k over one at 10k", per_row[100_000] / per_row[10_000], "<=", 1.15)
    bench.bar(f"{label}: a row at 1M over one at 100k", per_row[1_000_000] / per_row[100_000], "<=", 1.15)


if __name__ == "__main__":
    main()
