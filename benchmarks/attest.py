"""The employee's page under load: opening it and a durable answer, against a bare Django view on the same server.

The web server that bin/serve starts, 16 kept connections, medians of interleaved rounds. Every answer is that of
another invited person, with a real form; links are opened and forms read beforehand, which is not timed. "bare" is a
view of a few bytes behind the product's own middleware, "no middleware" the same without. The chain's cost: the same
answers to a server whose evidence log writes nothing. SQLite always, synchronous FULL; PostgreSQL where DATABASE_URL
names one: bin/services run -- .venv/bin/python -m benchmarks.attest
"""

import os
import statistics
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.form import Bench, quick_or_full
from benchmarks.load import load
from benchmarks.people import (
    databases,
    free_port,
    links,
    play_or_main,
    played,
    prepare_all,
    quantile,
    raw,
    running,
    wrapped_command,
)
from benchmarks.send import House

CONNECTIONS = 16
POLICIES = ["linkedin-genai-training"]
WAYS = {
    "nothing": "bare view, no middleware",
    "bare": "bare view",
    "get": "GET of the page",
    "post": "POST of an answer",
    "unchained": "the same without the log",
}


def play(posts: int, gets: int, rounds: int) -> dict[str, Any]:
    """One database: {way: {rps, p50, p99}}, with what the answers left behind."""
    House(posts * rounds * 2 + 2 * CONNECTIONS, policies=POLICIES)
    folder, port, other = Path(os.environ["VAR_DIR"]), free_port(), free_port()
    people = links()
    env = dict(os.environ)
    with (
        running(wrapped_command(port, "benchmarks.wrapped"), port, env, folder / "web.log"),
        running(
            wrapped_command(other, "benchmarks.wrapped"), other, env | {"BENCH_UNCHAINED": "1"}, folder / "web.log"
        ),
    ):
        half = len(people) // 2
        ready = {port: prepare_all(port, people[:half]), other: prepare_all(other, people[half:])}
        found = measure(port, other, ready, (posts, gets, rounds))
    return found | left_behind()


def measure(
    port: int, other: int, ready: dict[int, list[tuple[bytes, bytes]]], sizes: tuple[int, int, int]
) -> dict[str, Any]:
    posts, gets, rounds = sizes
    opened = [get for get, _ in ready[port]]
    views = {name: [raw(port, "GET", f"/bench/{name}", None, {})] * (2 * gets) for name in ("bare", "nothing")}
    for server in (port, other):  # the first of everything is slower
        load(server, CONNECTIONS, [request for pair in ready[server][-CONNECTIONS:] for request in pair])
    taken: dict[str, list[dict[str, float]]] = defaultdict(list)
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for number in range(rounds):
        turn = slice(number * posts, (number + 1) * posts)
        for name, server, requests in (
            ("nothing", port, views["nothing"]),
            ("bare", port, views["bare"]),
            ("get", port, (opened * (gets // len(opened) + 1))[:gets]),
            ("post", port, [post for _, post in ready[port][turn]]),
            ("unchained", other, [post for _, post in ready[other][turn]]),
        ):
            result = load(server, CONNECTIONS, requests)
            done = len(result["times"])
            taken[name].append({
                "rps": done / result["seconds"],
                "p50": quantile(result["times"], 0.5),
                "p99": quantile(result["times"], 0.99),
                "client": result["processor"] / result["seconds"],
            })  # fmt: skip
            statuses[name].update(result["statuses"])
    return {"statuses": statuses} | {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]} for name, runs in taken.items()
    }


def left_behind() -> dict[str, Any]:
    """What the answers are in the database, and how safely it keeps them."""
    from django.db import connection  # noqa: PLC0415

    from compliance.attestations.models import Attestation  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous" if connection.vendor == "sqlite" else "SHOW synchronous_commit")
        durable = str(cursor.fetchone()[0])
    return {"answers": Attestation.objects.count(), "durable": durable}


def report(bench: Bench, label: str, found: dict[str, Any], posts: int) -> None:
    bare = found["bare"]["rps"]
    print(f"{label} (synchronous: {found['durable']})")
    rows = [
        [text, f"{way['rps']:,.0f}", f"{way['rps'] / bare:.3f}", f"{way['p50']:.1f}", f"{way['p99']:.1f}",
         f"{way['p99'] / way['p50']:.1f}", f"{way['client'] * 100:.0f} %", str(dict(found["statuses"][name]))]
        for name, text in WAYS.items() for way in [found[name]]
    ]  # fmt: skip
    bench.table(["way", "a second", "× bare", "p50 ms", "p99 ms", "p99/p50", "client's CPU", "statuses"], rows)
    key = label.lower()
    for name in WAYS:
        bench.figure(f"{key}_{name}_rps", found[name]["rps"])
        bench.figure(f"{key}_{name}_p99_ms", found[name]["p99"])
    missing = 2 * posts + 2 * CONNECTIONS - found["answers"]
    wrong = sum(sum(counts.values()) for counts in found["statuses"].values()) - sum(
        found["statuses"][name].get("303" if name in {"post", "unchained"} else "200", 0) for name in WAYS
    )
    bench.bar(f"{label}: answers that are not in the database", missing, "<=", 0)
    bench.bar(f"{label}: other statuses than 200 for GET and 303 for POST", wrong, "<=", 0)
    bench.bar(f"{label}: GET, × bare", found["get"]["rps"] / bare, ">=", 0.3)
    bench.bar(f"{label}: POST, × bare", found["post"]["rps"] / bare, ">=", 0.12)
    for name in ("get", "post"):
        bench.bar(f"{label}: {name.upper()}, p99 / p50", found[name]["p99"] / found[name]["p50"], "<=", 5)
    bench.bar(f"{label}: chained POST, × unchained", found["post"]["rps"] / found["unchained"]["rps"], ">=", 0.75)


def main() -> None:
    quick = quick_or_full(__doc__ or "")
    posts, gets, rounds = (60, 150, 1) if quick else (800, 2_500, 3)
    bench = Bench(
        "attest: the employee's page under load",
        f"{CONNECTIONS} connections; {posts} POSTs, {gets:,} GETs, {2 * gets:,} of the bare view; median of {rounds}",
    )
    for label, database in databases().items():
        report(bench, label, played("attest", database, posts, gets, rounds), posts * rounds)
    bench.end()


if __name__ == "__main__":
    play_or_main(play, main)
