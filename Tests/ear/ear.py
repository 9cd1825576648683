#!/usr/bin/env python3
"""How well odd audio is told from sound audio: the table of classes, found and false.

    Tests/ear/ear.py [--bin .build/debug] [--short] [--keep DIR] [--list]

Makes clips with Debian's espeak-ng and flite, takes recordings from asterisk-core-sounds-en-wav, adds noise,
plants faults, puts all of it into a store as finished lines, has `csm-enqueue verify --measure` measure it,
and reads the marks from `csm-enqueue list --json`. Held out are three voices and their texts, which were first
heard when all thresholds had been chosen; flite's other voices were looked at now and then while they were.

    apt-get install espeak-ng flite asterisk-core-sounds-en-wav python3-numpy ffmpeg

Ends with 1 where a class is found in fewer than 9 of 10, or clean clips are marked. --short takes fewer clips
and voices; --list names each clip that was missed or marked; --keep keeps the
store (its table has the figures).
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time


sys.path.insert(0, str(pathlib.Path(__file__).parent))
import faults
import sounds
import texts

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--bin", default=".build/debug")
parser.add_argument("--short", action="store_true")
parser.add_argument("--keep", metavar="DIR")
parser.add_argument("--list", action="store_true")
options = parser.parse_args()

# By whom thresholds were chosen, who was looked at meanwhile, and who was not.
VOICES = {
    "tuned": ["espeak:en-us", "espeak:en-gb+f3", "recorded"],
    "seen": ["flite:slt", "flite:rms", "flite:kal16"],
    "held out": ["flite:awb", "espeak:en-gb-scotland+m3", "espeak:en-029+f2"],
}
if options.short:
    del VOICES["seen"]


def clean_clips(voice, group):
    """Pairs of words and sound; every third with noise 45 dB below the speech, every third at 30."""
    if voice == "recorded":
        pairs = [(text, sounds.recorded(name)) for name, text in texts.RECORDED.items()]
    else:
        spoken = texts.PLAIN + texts.SPOKEN
        spoken = texts.HELD_OUT if group == "held out" else spoken[::2] if options.short else spoken
        pairs = [(text, sounds.speak(voice, text)) for text in spoken]
    pairs = [(text, sound) for text, sound in pairs if sound is not None]
    return [(text, faults.with_noise(sound, [None, 45, 30][n % 3], sounds.rng(voice, n)))
            for n, (text, sound) in enumerate(pairs)]


class Store:
    """A state directory whose lines are finished, as csmd would have left them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "objects").mkdir(parents=True, exist_ok=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "FAL_KEY": "none",
                            "LD_LIBRARY_PATH": "", "CSM_STATE_DIR": str(folder)}
        first = self.folder / "first.txt"
        first.write_text("A line that all others are made after.\n")
        self.run("add", str(first), "--batch", "template")
        self.table = sqlite3.connect(self.folder / "csm.db", isolation_level=None)
        self.table.execute("BEGIN IMMEDIATE")
        self.row = dict(zip([c[1] for c in self.table.execute("PRAGMA table_info(job)")],
                            self.table.execute("SELECT * FROM job").fetchone()))
        self.batches = {}
        self.count = 0

    def run(self, *arguments):
        return subprocess.run([f"{options.bin}/csm-enqueue", *arguments], env=self.environment, check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def add(self, batch, line, text, data, media="wav", milliseconds=None):
        digest = hashlib.sha256(data).hexdigest()
        place = self.folder / "objects" / digest[:2] / digest[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
        self.table.execute(
            "INSERT OR IGNORE INTO object (digest, bytes, media_type, duration_ms, created_at)"
            " VALUES (?, ?, ?, ?, 0)", (bytes.fromhex(digest), len(data), f"audio/{media}", milliseconds))
        self.count += 1
        request = json.loads(self.row["input"])
        request["scene"][0]["text"] = text
        job = {**self.row, "id": self.count + 1, "key": hashlib.sha256(str(self.count).encode()).digest(),
               "input": json.dumps(request), "chars": len(text), "state": "STORED", "wake_at": None,
               "request_id": f"r{self.count}", "accepted_at": 1, "digest": bytes.fromhex(digest),
               "finished_at": 1}
        self.insert("job", job)
        if batch not in self.batches:
            self.batches[batch] = len(self.batches) + 2
            row = dict(zip([c[1] for c in self.table.execute("PRAGMA table_info(batch)")],
                           self.table.execute("SELECT * FROM batch").fetchone()))
            self.insert("batch", {**row, "id": self.batches[batch], "name": batch})
        self.insert("batch_item", {
            "batch_id": self.batches[batch], "line": line, "is_numbered": 0, "job_id": job["id"],
            "key": job["key"], "source_file": "-", "source_line": self.count, "created_at": 0})

    def insert(self, table, row):
        self.table.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES"
                           f" ({', '.join('?' * len(row))})", list(row.values()))


def fill(store):
    """Puts all clips into the store; returns the seconds of sound, and who is where."""
    seconds = 0
    for group, voices in VOICES.items():
        for voice in voices:
            clips = clean_clips(voice, group)
            batch = voice.replace(":", "-").replace("+", "-")
            for n, (text, sound) in enumerate(clips):
                store.add(batch, f"clean/{n}", text, sounds.wav(sound), milliseconds=sounds.ms(sound))
                seconds += len(sound) / sounds.RATE
            for name, fault in faults.CLASSES.items():
                each = 3 if options.short and name != "capped at 10 s" else 8
                random = sounds.rng(voice, name)
                picked = faults.pick(name, clips, each, random)
                for n, (text, sound) in enumerate(picked):
                    made = fault.plant(sound, random, clips)
                    data, media = fault.write(made)
                    store.add(batch, f"{name}/{n}", text, data, media,
                              None if media != "wav" else sounds.ms(made))
                    seconds += len(made) / sounds.RATE
    return seconds


def tell(store):
    """Prints the table; returns whether it is as it should be."""
    lines = [json.loads(line) for line in store.run("list", "--all", "--json").splitlines()]
    is_good = True
    for group, voices in VOICES.items():
        batches = {voice.replace(":", "-").replace("+", "-") for voice in voices}
        print(f"\n{group}: {', '.join(voices)}\n{'class':24} {'clips':>5} {'found':>5}  marks")
        for name in ["clean", *faults.CLASSES]:
            rows = [line for line in lines if line["batch"] in batches
                    and line["line"].rsplit("/", 1)[0] == name]
            wanted = faults.CLASSES[name].names if name != "clean" else set()
            found = [r for r in rows if wanted & set(r["check_names"])] if wanted else \
                [r for r in rows if r["check_names"]]
            counts = {}
            for row in rows:
                for mark in row["check_names"]:
                    counts[mark] = counts.get(mark, 0) + 1
            marks = ", ".join(f"{k} {v}" for k, v in sorted(counts.items(), key=lambda i: -i[1]))
            # One clip of a handful is no rate.
            missed = len(rows) - len(found)
            is_bad = found != [] if not wanted else missed > max(options.short, 0.1 * len(rows))
            if name in faults.OPTIONAL:
                is_bad = False
            is_good = is_good and not is_bad
            print(f"{name:24} {len(rows):5} {len(found):5}  {marks}{'   <<<' if is_bad else ''}")
            if options.list:
                wrong = found if not wanted else [r for r in rows if r not in found]
                for row in wrong:
                    print(f"      {row['batch']}:{row['line']} {row['duration_s']} {row['checks']} {row['text']}")
    return is_good


folder = options.keep or tempfile.mkdtemp(prefix="csm-ear-")
try:
    store = Store(folder)
    seconds = fill(store)
    store.table.execute("COMMIT")
    store.table.close()
    begin = os.times()
    store.run("verify", "--measure")
    end = os.times()
    cpu = end.children_user - begin.children_user
    is_good = tell(store)
    print(f"\n{store.count} clips, {seconds:.0f} s; measured in {1000 * cpu / seconds:.3f} ms of CPU a second of"
          f" sound, with reading and writing, by {options.bin}")
    sys.exit(0 if is_good else 1)
finally:
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
