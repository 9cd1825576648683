"""Measures csm-web on a table of a million lines: the first view, filters, events, memory.

    Tests/web/million.py [BINARIES] [--lines 1000000] [--keep FOLDER]

The lines are added by csm-enqueue, and most of them are then made STORED by SQL, with a few recordings
among them. --keep uses the table in FOLDER, or makes it there.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("programs", nargs="?", default=".build/debug", type=pathlib.Path)
parser.add_argument("--lines", type=int, default=1_000_000)
parser.add_argument("--keep", type=pathlib.Path)
options = parser.parse_args()


def fill(folder, environment):
    """Makes the table, as it is some way into the night."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    words = "harbour lantern winter morning water boats bells quiet hill children nobody small".split()
    file = folder / "million.txt"
    with file.open("w") as out:
        for number in range(options.lines):
            out.write(f"Line {number} of {' '.join(chance.choices(words, k=8))}.\n")
    subprocess.run(
        [options.programs / "csm-enqueue", "add", file, "--batch", "million", "--yes", "--cast", "auto"],
        env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    database = sqlite3.connect(folder / "state/csm.db")
    now = int(time.time() * 1000)
    digests = [os.urandom(32) for _ in range(500)]
    database.executemany(
        "INSERT INTO object (digest, bytes, media_type, duration_ms, created_at) VALUES (?, 96044, 'audio/wav', 2000, ?)",
        [(digest, now) for digest in digests])
    database.create_function("digest_of", 1, lambda number: digests[number % len(digests)])
    share = options.lines * 95 // 100
    database.execute(
        """
        UPDATE job
        SET state = 'STORED', wake_at = NULL, request_id = 'r' || id, accepted_at = :now, digest = digest_of(id),
          submits = 1, attempts = 1, finished_at = :now - (:share - id) * 20
        WHERE id <= :share
        """, {"now": now, "share": share})
    database.execute(
        "UPDATE job SET state = 'FAILED', digest = NULL, error_class = 'rejected', error = 'no' WHERE id <= ? AND id % 9999 = 0",
        (share,))
    database.execute(
        "INSERT INTO submission (job_id, generation, intent_at, request_id, cost, is_settled) "
        "SELECT id, 0, finished_at, request_id, 1800, 1 FROM job WHERE finished_at IS NOT NULL")
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


class Visitor:
    def __init__(self, address):
        self.base = address.split("/enter")[0]
        with urllib.request.urlopen(address, timeout=60) as answer:
            self.headers = {
                "Cookie": answer.headers["Set-Cookie"].split(";")[0],
                "X-CSM-Key": re.search(r'csm-key content="(\w+)"', answer.read().decode()).group(1),
            }

    def get(self, path):
        begin = time.monotonic()
        with urllib.request.urlopen(urllib.request.Request(self.base + path, headers=self.headers), timeout=120) as answer:
            body = answer.read()
        return (time.monotonic() - begin) * 1000, body

    def watch(self, seconds):
        """Counts the events of so many seconds."""
        count, end = 0, time.monotonic() + seconds
        request = urllib.request.Request(self.base + "/api/events", headers=self.headers)
        with contextlib.suppress(TimeoutError), urllib.request.urlopen(request, timeout=seconds) as answer:
            for line in answer:
                count += line.startswith(b"data:")
                if time.monotonic() > end:
                    break
        return count


def memory(program):
    status = pathlib.Path(f"/proc/{program.pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1)) // 1024 for name in ("VmHWM", "RssAnon", "RssFile")}


def measure(visitor, address, program):
    views = {
        "the first view": "/api/lines?offset=0&limit=100",
        "the first view of a batch": "/api/lines?batch=million&offset=0&limit=100",
        "its middle": f"/api/lines?batch=million&offset={options.lines // 2}&limit=100",
        "its end": f"/api/lines?batch=million&offset={options.lines - 100}&limit=100",
        "FAILED": "/api/lines?batch=million&state=FAILED&limit=100",
        "STORED": "/api/lines?batch=million&state=STORED&limit=100",
        "QUEUED": "/api/lines?state=QUEUED&limit=100",
        "a search, first answer": "/api/lines?text=lantern+winter&limit=100",
        "a search that finds nothing, first answer": "/api/lines?text=nowhere&limit=100",
        "marks, first answer": "/api/lines?mark=any&limit=100",
        "a line": f"/api/line?batch=million&line=L{options.lines // 2:0{len(str(options.lines))}}",
    }
    for name, path in views.items():
        times = [visitor.get(path)[0] for _ in range(5)]
        print(f"{name}: {times[0]:.0f} ms at first, {statistics.median(times):.0f} ms after", flush=True)
    print(f"the report of the night: {visitor.get('/api/tonight')[0]:.0f} ms", flush=True)
    print(f"memory: {memory(program)}", flush=True)
    return views


def main():
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="csm-million."))
    environment = {"PATH": "/usr/bin:/bin", **({"MALLOC_ARENA_MAX": os.environ["AM"]} if "AM" in os.environ else {}), "HOME": str(folder), "CSM_STATE_DIR": str(folder / "state")}
    if not (folder / "state/csm.db").exists():
        fill(folder, environment)
    program = subprocess.Popen(
        [options.programs / "csm-web", "--port", "0", "--no-open"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        address = program.stdout.readline().split()[1]
        visitors = [Visitor(address)]
        views = measure(visitors[0], address, program)
        for _ in range(19):
            fresh = subprocess.run(
                [options.programs / "csm-web", "address", "--port", "1"], env=environment, capture_output=True, text=True).stdout
            visitors.append(Visitor(fresh.strip()))
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            events = [pool.submit(visitor.watch, 15) for visitor in visitors]
            for visitor in visitors:
                for path in list(views.values())[:4]:
                    pool.submit(visitor.get, path)
            counts = [event.result() for event in events]
        print(f"20 visitors for 15 s: {min(counts)} to {max(counts)} events each; memory: {memory(program)}")
    finally:
        program.terminate()
        program.wait()


main()
