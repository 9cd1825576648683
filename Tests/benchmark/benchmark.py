#!/usr/bin/env -S python3 -B
"""Compares csm with fal's own Python client, and its queue with other queues, on this machine.

    Tests/benchmark/benchmark.py [--bin .build/release] [--runs 1] [--only common,wide,queue] [--json FILE]
    Tests/benchmark/benchmark.py --short [--bin .build/debug] [--json FILE]

The first form takes a quarter of an hour and wants the machine to itself. It installs requirements.txt into
a virtual environment, .build/benchmark/venv or CSM_BENCHMARK_VENV, and runs each night of cases.py twice
against csm-localfal: with fal's client, then with csmd. --only picks nights, or the queue. With --runs,
figures are medians.

The short form counts instead of timing. It needs only strace and a C compiler, and fails if a count is above
its bound (bounds.py).
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import adding
import bounds
import counts
import million
import nights
import table
from cases import CASES

PLACE = pathlib.Path(__file__).parents[2] / ".build/benchmark"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bin", help="the folder of the built programs")
    parser.add_argument("--runs", type=int, default=1, help="how often to run everything")
    parser.add_argument("--only", default=",".join([*(case.name for case in CASES), "queue"]), help="what to run")
    parser.add_argument("--short", action="store_true", help="count instead")
    parser.add_argument("--json", help="write all figures to this file as well")
    options = parser.parse_args()
    programs = options.bin or (".build/debug" if options.short else ".build/release")
    for name in "csmd", "csm-enqueue", "csm-localfal":
        if not os.access(f"{programs}/{name}", os.X_OK):
            sys.exit(f"{programs}/{name} is missing: build it, or pass the folder of the programs with --bin")

    if options.short:
        figures = counts.counts(programs)
        text, code = bounds.table(figures)
    else:
        figures = compare(programs, options.runs, options.only.split(","))
        text, code = table.text(figures), 0
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=2) + "\n")
    print(text)
    return code


def compare(programs, runs, only):
    python = environment()
    figures = {"cores": os.cpu_count(), "system": platform.release(), "runs": runs, "nights": {}}
    for case in CASES:
        if case.name not in only:
            continue
        clients = {"fal_client": (nights.fal_client, python), "csmd": (nights.csmd, programs)}
        figures["nights"][case.name] = {"title": case.title} | {
            name: medians([tell(case.title, name, nights.night(case, client, programs, seed + 1))
                           for seed in range(runs)])
            for name, client in clients.items()}
    if "queue" in only:
        figures["queue"] = medians([queue(programs, python) for _ in range(runs)])
    return figures


def environment():
    """The Python that has fal_client, huey and litequeue."""
    place = os.environ.get("CSM_BENCHMARK_VENV") or str(PLACE / "venv")
    python = f"{place}/bin/python"
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r",
         str(nights.HERE / "requirements.txt")], check=True)
    return python


def queue(programs, python):
    """Times adding, reports and claims, with few lines in the table and with many."""
    few, many = 100_000, 1_000_000
    # huey syncs every task, and litequeue's claim takes longer the more tasks it has claimed.
    peers = {"huey": 3_000, "litequeue": 10_000}
    with tempfile.TemporaryDirectory(prefix="csm-benchmark-") as folder:
        figures = {"add": {}}
        for name, count in ("few", few), ("many", many):
            lines, took = adding.ours(programs, folder, count)
            figures["add"][name] = {
                "lines": count, "csm": took["seconds"] / count, "peak_mb": took["peak"],
                "sqlite3": adding.shell(programs, folder, count)["seconds"] / count}
            if name == "few":
                figures["add edited"] = adding.edited(lines, folder, count)["seconds"] / count
                figures["add bad"] = adding.bad_rows(programs, folder, count)["seconds"] / count
        for name, count in peers.items():
            figures[name] = adding.peer(python, name, folder, count)
        tell("queue", "added", figures)

        small, _ = adding.ours(programs, folder, 1000)
        figures["reports"] = {
            name: {"few": million.report(small, name), "many": million.report(lines, name)}
            for name in million.REPORTS}
        for one in small, lines:
            one.run("cancel", "--batch", "speed")
        figures["night"] = {"few": million.night(small, programs), "many": million.night(lines, programs)}
        return tell("queue", "all", figures)


def tell(*words):
    print(*words, file=sys.stderr)
    return words[-1]


def medians(runs):
    """The median of each figure of several runs."""
    if isinstance(runs[0], dict):
        return {name: medians([run[name] for run in runs]) for name in runs[0]}
    return statistics.median(runs)


if __name__ == "__main__":
    sys.exit(main())
