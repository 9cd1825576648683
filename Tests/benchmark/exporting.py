#!/usr/bin/env python3
"""How long `csm-enqueue export` takes against `cp -r`, and how much memory.

    Tests/benchmark/exporting.py [--bin .build/release] [--lines 10000] [--bytes 150000] [--form files] [--keep DIR]

Prints medians of three runs, one of each in turn. Fails where an export takes more than 1.3 times as long
as `cp -r` of the store, or a second one opens a file of it. With `--lines 1000000 --bytes 100` it shows
memory.
"""

import argparse
import hashlib
import os
import resource
import shutil
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time


def wav(number, size):
    """A file of that size that no other number has."""
    samples = size - 44
    piece = hashlib.sha256(str(number).encode()).digest()
    return struct.pack(
        "<4sI8sIHHIIHH4sI", b"RIFF", size - 8, b"WAVEfmt ", 16, 1, 1, 24000, 48000, 2, 16, b"data",
        samples) + (piece * (samples // 32 + 1))[:samples]


def speak(state, size):
    """Makes every line one that is stored, as csmd would have left it."""
    for number in range(256):
        os.makedirs(f"{state}/objects/{number:02x}", exist_ok=True)
    table = sqlite3.connect(f"{state}/csm.db")
    with table:
        jobs = [row[0] for row in table.execute("SELECT id FROM job ORDER BY id")]
        for job in jobs:
            sound = wav(job, size)
            digest = hashlib.sha256(sound)
            name = digest.hexdigest()
            with open(f"{state}/objects/{name[:2]}/{name[2:]}", "wb") as file:
                file.write(sound)
            table.execute(
                "INSERT INTO object (digest, bytes, media_type, duration_ms, created_at) "
                "VALUES (?, ?, 'audio/wav', ?, 0)", (digest.digest(), size, (size - 44) // 48))
            table.execute(
                "UPDATE job SET state = 'STORED', digest = ?, wake_at = NULL, request_id = ?, "
                "accepted_at = 1, finished_at = 1 WHERE id = ?", (digest.digest(), f"r{job}", job))
    table.close()
    os.sync()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--bytes", type=int, default=150_000)
    parser.add_argument("--form", default="files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", help="make the lines there, or take those that are there")
    options = parser.parse_args()
    program = os.path.abspath(f"{options.bin}/csm-enqueue")
    place = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="csm-speed.")
    state, out = f"{place}/state", f"{place}/out"
    environment = {**os.environ, "CSM_STATE_DIR": state}

    def measured(*command):
        """Seconds, and those of processors."""
        shutil.rmtree(f"{place}/copy", ignore_errors=True)
        os.sync()
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        with open(f"{place}/errors", "w", encoding="utf-8") as errors:
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        seconds, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    export = [program, "export", "speed", "--to", out, "--as", options.form]
    try:
        if not os.path.exists(state):
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/lines.txt", "w", encoding="utf-8") as file:
                file.writelines(f"This is line {number} of many.\n" for number in range(options.lines))
            subprocess.run(
                [program, "add", f"{place}/lines.txt", "--batch", "speed", "--yes"], check=True,
                env=environment, stdout=subprocess.DEVNULL)
            speak(state, options.bytes)
            subprocess.run(
                [program, "verify", "--measure"], check=True, env=environment, stdout=subprocess.DEVNULL)
        copies, exports, seconds = [], [], []
        for _ in range(options.runs):
            copies.append(measured("cp", "-r", f"{state}/objects", f"{place}/copy"))
            shutil.rmtree(out, ignore_errors=True)
            exports.append(measured(*export))
            seconds.append(measured(*export))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        subprocess.run(
            ["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", f"{place}/trace", *export], check=True,
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(f"{place}/trace", encoding="utf-8", errors="replace") as trace:
            opened = sum("O_DIRECTORY" not in line and ("/objects/" in line or '.wav"' in line) for line in trace)
    finally:
        if not options.keep:
            shutil.rmtree(place)
    copy, first, second = (statistics.median(times) for times in (copies, exports, seconds))
    ratio = first[0] / copy[0]
    for name, (wall, busy) in [("cp -r", copy), ("export", first), ("again", second)]:
        print(f"{name}: {wall:.2f} s, {busy:.2f} s of processors")
    print(f"{ratio:.2f} times cp -r; peak {peak} MB; {opened} audio files opened by the second")
    return 1 if opened or ratio > 1.3 and options.bytes > 10_000 else 0


if __name__ == "__main__":
    sys.exit(main())
