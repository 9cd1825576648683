"""The short form: counts what each line costs in system calls, SQL, allocations and requests.

Unlike seconds, counts mean the same on a busy machine and in a debug build. Those of csmd depend a little
on timing, which decides how many lines share a round, so their bounds leave more room.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import adding
import million
from cases import AUDIO_BYTES, Case
from nights import HERE, csmd
from standin import StandIn

REPORTS = "list", "status", "status BATCH"
NIGHT = Case("counted", 400, 40, (0.5, 1.5))
FEW, MANY = 1_000, 20_000
# How often a thread waits is up to the scheduler.
WAITING = {"futex", "epoll_wait", "epoll_pwait", "poll", "ppoll", "sched_yield", "restart_syscall"}


class Counting:
    """A folder with the programs, wrapped in strace and preloaded with counts.c."""

    def __init__(self, programs, folder):
        self.folder = f"{folder}/counting"
        os.makedirs(self.folder)
        library = f"{self.folder}/counts.so"
        compiler = shutil.which("clang") or shutil.which("cc")
        if not compiler or not shutil.which("strace"):
            raise SystemExit("the counts need strace, and clang or cc")
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, HERE / "counts.c", "-ldl"], check=True)
        os.symlink(os.path.abspath(f"{programs}/csm-localfal"), f"{self.folder}/csm-localfal")
        for name in "csmd", "csm-enqueue":
            program = pathlib.Path(f"{self.folder}/{name}")
            program.write_text(
                f"#!/bin/sh\nexec strace -f -c -o {program}.calls -E LD_PRELOAD={library}"
                f' -E COUNTS_TO={program}.told {os.path.abspath(programs)}/{name} "$@"\n')
            program.chmod(0o755)

    def last(self, name):
        """Counts of a program's last run: statements, steps, syncs, allocations and system calls."""
        figures = json.loads(pathlib.Path(f"{self.folder}/{name}.told").read_text())
        # strace may write remarks above and below its table, and a second table for calls of another mode.
        lines = pathlib.Path(f"{self.folder}/{name}.calls").read_text().splitlines()
        rows = [line.split() for line in lines if line.lstrip()[:1].isdigit()]
        figures["calls"] = sum(int(row[3]) for row in rows if row[-1] not in WAITING | {"total"})
        return figures


def adding_counts(counting, folder):
    """Adds, reports on few lines and on many, adds again with edits, adds bad rows."""
    figures, steps = {}, {}
    for count in FEW, MANY:
        table, took = adding.ours(counting.folder, folder, count)
        if count == MANY:
            figures |= adding_count("add", counting, took, count)
        steps[count] = {}
        for name in REPORTS:
            million.report(table, name)
            steps[count][name] = counting.last("csm-enqueue")["steps"]
    for name in REPORTS:
        figures[f"{name}: steps at {MANY:,} lines to those at {FEW:,}"] = steps[MANY][name] / steps[FEW][name]
    figures |= adding_count("add edited", counting, adding.edited(table, folder, MANY), MANY)
    figures |= adding_count("add bad", counting, adding.bad_rows(counting.folder, folder, MANY), MANY)
    return figures


def adding_count(what, counting, took, lines):
    return per_line(what, counting.last("csm-enqueue"), lines) | {f"{what}: peak, MB": took["peak"]}


def night_counts(counting, folder):
    lines = f"{folder}/lines.txt"
    with open(lines, "w") as file:
        file.writelines(f"Line {number} of the night.\n" for number in range(NIGHT.lines))
    with StandIn(counting.folder, runners=NIGHT.runners, service=NIGHT.service, audio_bytes=AUDIO_BYTES) as fal:
        csmd(NIGHT, counting.folder, fal, folder, lines)
        told = fal.night(NIGHT.runners)
    return per_line("csmd", counting.last("csmd"), NIGHT.lines) | {
        "csmd: POSTs a line": told["posts"], "csmd: polls a line, median": told["polls"]}


def per_line(what, figures, lines):
    return {f"{what}: {name} a line": number / lines for name, number in figures.items()}


def counts(programs):
    with tempfile.TemporaryDirectory(prefix="csm-benchmark-") as folder:
        counting = Counting(programs, folder)
        return adding_counts(counting, folder) | night_counts(counting, folder)
