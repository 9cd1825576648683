"""Measures csm-web on a table of a million lines: the first view, filters, orders; then, while csmd goes on
with the night and 20 visitors watch, events, memory and SQLite's log (WAL).

    Tests/web/million.py [BINARIES] [--lines 1000000] [--keep FOLDER] [--browser]

The lines are added by csm-enqueue, and most of them are then made STORED by SQL, with a few recordings
among them. --keep uses the table in FOLDER, or makes it there. --browser works the page in Chromium, too; it
needs what run.sh needs.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import shlex
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("programs", nargs="?", default=".build/debug", type=pathlib.Path)
parser.add_argument("--lines", type=int, default=1_000_000)
parser.add_argument("--keep", type=pathlib.Path)
parser.add_argument("--browser", action="store_true")
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
        try:
            with urllib.request.urlopen(urllib.request.Request(self.base + path, headers=self.headers), timeout=120) as answer:
                body = answer.read()
        except urllib.error.HTTPError as refusal:
            body = refusal.read()
        return (time.monotonic() - begin) * 1000, body

    def watch(self, seconds):
        """The times of the events of so many seconds."""
        times, end = [], time.monotonic() + seconds
        request = urllib.request.Request(self.base + "/api/events", headers=self.headers)
        with contextlib.suppress(TimeoutError), urllib.request.urlopen(request, timeout=seconds) as answer:
            for line in answer:
                if line.startswith(b"data:"):
                    times.append(time.monotonic())
                if time.monotonic() > end:
                    break
        return times


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
        "no voice, first answer": "/api/lines?voice=-&limit=100",
        "newest first": "/api/lines?order=-added&limit=100",
        "last finished first": "/api/lines?order=-ended&limit=100",
        "by state": "/api/lines?order=state&limit=100",
        "longest first, refused": "/api/lines?order=-length&limit=100",
        "a line": f"/api/line?batch=million&line=L{options.lines // 2:0{len(str(options.lines))}}",
    }
    for name, path in views.items():
        times = [visitor.get(path)[0] for _ in range(5)]
        print(f"{name}: {times[0]:.0f} ms at first, {statistics.median(times):.0f} ms after", flush=True)
    print(f"the report of the night: {visitor.get('/api/tonight')[0]:.0f} ms", flush=True)
    print(f"memory: {memory(program)}", flush=True)
    return views


def size_of(log):
    return log.stat().st_size if log.exists() else 0


def spread(times):
    """The shortest time between two events."""
    return min((after - before for before, after in zip(times, times[1:])), default=float("inf"))


@contextlib.contextmanager
def going_on(folder, environment):
    """The night goes on: csmd speaks what is queued, with a stand-in for fal."""
    # An earlier stand-in took its requests with it: csmd would wait for them.
    database = sqlite3.connect(folder / "state/csm.db")
    database.execute(
        "UPDATE job SET state = 'FAILED', wake_at = NULL, result = NULL, error_class = 'rejected', error = 'no', finished_at = ? "
        "WHERE state IN ('SUBMITTING', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')", (int(time.time() * 1000),))
    database.commit()
    database.close()
    with contextlib.ExitStack() as stack:
        def start(name, *arguments, **settings):
            program = subprocess.Popen(
                [options.programs / name, *arguments], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
                env=environment | settings)
            stack.callback(program.wait)
            stack.callback(program.terminate)
            return program
        fal = start("csm-localfal", "serve", "--port", "0", "--runners", "50", "--latency", "500ms", "--audio-bytes", "60000-90000")
        settings = {}
        while "FAL_KEY" not in settings:
            name, value = shlex.split(fal.stdout.readline())[1].split("=", 1)
            settings[name] = value
        start("csmd", "run", **settings)
        time.sleep(5)
        yield


def work_page(address):
    """Works the page in a browser."""
    from selenium.webdriver.common.keys import Keys

    import stage
    with stage.Stage(options.programs) as scene:
        browser = scene.browser()
        script = lambda code, *arguments: browser.execute_script(f"return ({code})", *arguments)
        press = lambda *keys: stage.press(browser, *keys)
        rows = "[...document.querySelectorAll('#lines .row')].filter(one => one.checkVisibility())"
        # Rows are used again, so that their order in the document is not that on the screen.
        first = lambda: script(
            f"{rows}.sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))[0]?.querySelector('.row-name').innerText ?? ''")
        count = lambda: script("document.querySelector('#lines .bench-count').innerText")
        is_empty = lambda: script("document.querySelector('#lines .list-empty').checkVisibility()")

        def see(what, act, condition):
            begin = time.monotonic()
            act()
            stage.wait(what, condition, 60)
            print(f"in a browser: {what}: {(time.monotonic() - begin) * 1000:.0f} ms", flush=True)

        is_filled = lambda: first() not in ("", "…")
        address_of = lambda name: script(f"void (location.hash = {json.dumps(name)})")
        see("the night", lambda: browser.get(address), lambda: script("document.querySelector('.stage-bar') !== null"))
        see("lines", lambda: address_of("lines"), is_filled)
        print(f"in a browser: {script('performance.getEntriesByType(`resource`).filter(one => one.name.includes(`/api/lines`)).map(one => Math.round(one.duration))')} ms for the calls of this view")
        see("the end", lambda: press(Keys.END), lambda: script(
            "document.querySelector('#lines .pane-head h2')?.innerText ?? ''").endswith(f"L{options.lines}"))
        list_of = "document.querySelector('#lines .list')"
        see("the middle, by the scroll bar", lambda: script(f"void ({list_of}.scrollTop = {list_of}.scrollHeight / 2)"),
            lambda: is_filled() and abs(int(first().split(":L")[1]) / options.lines - 0.5) < 0.01)
        print(f"in a browser: the middle is {first()}")
        for name in ("state=FAILED", "batch=million&state=QUEUED", "mark=any", "voice=-", "text=lantern+winter", "order=-ended", "order=-added", "order=state"):
            see(name, lambda: address_of(f"lines?{name}"), lambda: count() and (is_filled() or is_empty()))
            print(f"in a browser: {count()}; the first is {first()}")
        complaints = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        print(f"in a browser: complaints {complaints}")


def main():
    folder = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="csm-million."))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "CSM_STATE_DIR": str(folder / "state"), "CSM_REROLLS": "0"}
    if not (folder / "state/csm.db").exists():
        fill(folder, environment)
    log = folder / "state/csm.db-wal"
    program = subprocess.Popen(
        [options.programs / "csm-web", "--port", "0", "--no-open"], env=environment, stdout=subprocess.PIPE, text=True)

    def fresh():
        return subprocess.run(
            [options.programs / "csm-web", "address"], env=environment, capture_output=True, text=True).stdout.strip()

    try:
        address = program.stdout.readline().split()[1]
        visitors = [Visitor(address)]
        views = measure(visitors[0], address, program)
        if options.browser:
            work_page(fresh())
        visitors += [Visitor(fresh()) for _ in range(19)]
        with going_on(folder, environment), concurrent.futures.ThreadPoolExecutor(40) as pool:
            alone = [size_of(log) for _ in range(100) if time.sleep(0.1) is None]
            print(f"WAL without visitors: up to {max(alone) / 2**20:.1f} MiB, {statistics.median(alone) / 2**20:.1f} at the median", flush=True)
            events = [pool.submit(visitor.watch, 20) for visitor in visitors]
            for visitor in visitors:
                for path in list(views.values())[:4]:
                    pool.submit(visitor.get, path)
            sizes = []
            while not all(event.done() for event in events):
                sizes.append(size_of(log))
                time.sleep(0.1)
            times = [event.result() for event in events]
            counts = [len(some) for some in times]
            print(f"20 visitors for 20 s: {min(counts)} to {max(counts)} events each, {min(map(spread, times)):.2f} s or more apart; "
                  f"WAL up to {max(sizes) / 2**20:.1f} MiB, {statistics.median(sizes) / 2**20:.1f} at the median, {sizes[-1] / 2**20:.1f} at the end; memory: {memory(program)}")
    finally:
        program.terminate()
        program.wait()


main()
