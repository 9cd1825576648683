#!/usr/bin/env python3
"""How well judge.py tells wrong words from right ones: a table of classes, and what it costs.

    VENV/bin/python Tests/judge/measure.py [--short] [--list]

VENV has pocketsphinx and numpy. The clips are made as those of Tests/ear are, and by its makers. Found is a
clip that is bad or odd; of clean ones, each such is false. Limits were chosen by the first three voices; of
the others, only whether 80 or 85 % of the words make a line good. Ends with 1 where a class is found in
fewer than 9 of 10, or more than 1 in 50 clean clips is bad.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "ear"))
import numpy as np

import faults
import sounds
import texts

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--short", action="store_true", help="one clip of a class and voice")
parser.add_argument("--list", action="store_true", help="name clips that were missed, or marked")
options = parser.parse_args()

VOICES = {"espeak:en-us": "espeak", "flite:slt": "flite", "recorded": "recorded", "flite:rms": "others",
          "flite:awb": "others"}
EACH = 1 if options.short else 10
CLEAN = 3 if options.short else 24


def pause():
    return np.zeros(sounds.RATE // 5)


def left_out(voice, text, random):
    """A quarter of the words is missing, from within."""
    words = text.split()
    count = max(2, len(words) // 4)
    at = random.integers(1, len(words) - count)
    return sounds.speak(voice, " ".join(words[:at] + words[at + count:]))


def clips_of(voice, random):
    """Pairs of words and sound, every third with noise at 45 dB below the speech, every third at 30."""
    if voice == "recorded":
        pairs = [(text, sounds.recorded(name)) for name, text in texts.RECORDED.items()]
    else:
        spoken = texts.HELD_OUT if VOICES[voice] == "others" else texts.PLAIN + texts.SPOKEN[::3]
        pairs = [(text, sounds.speak(voice, text)) for text in spoken]
    pairs = [pair for pair in pairs if pair[1] is not None]
    return [(pairs[i][0], faults.with_noise(pairs[i][1], [None, 45, 30][n % 3], random))
            for n, i in enumerate(random.permutation(len(pairs)))]


def other(text, sound, clips):
    """The clip that has fewest words in common with the text, and nearly its length."""
    words = set(text.lower().split())
    return min(clips, key=lambda c: (len(words & set(c[0].lower().split())), abs(len(c[1]) - len(sound))))[1]


def planted(voice):
    """Triples of a class, words and sound."""
    random = sounds.rng(voice)
    clips = clips_of(voice, random)
    for text, sound in clips[:CLEAN]:
        yield "clean", text, sound
    long = [(t, s) for t, s in clips if len(t.split()) >= 6 and not faults.has_numbers(t)]
    for text, sound in long[:EACH]:
        another = other(text, sound, long)
        yield "other words", text, another
        yield "first half only", text, faults.share(sound, 0.5)
        yield "last third missing", text, faults.share(sound, 0.67)
        yield "twice", text, np.concatenate([sound, pause(), sound])
        yield "extra words", text, np.concatenate([sound, pause(), another])
        if voice != "recorded":
            yield "a quarter left out", text, left_out(voice, text, random)
        yield "noise", text, faults.noise(len(sound), random) * 0.05
        yield "silence", text, faults.noise(len(sound), random) * 1e-4


def main():
    with tempfile.TemporaryDirectory(prefix="csm-judge-") as folder:
        asks = []
        for voice in VOICES:
            for name, text, sound in planted(voice):
                path = pathlib.Path(folder, f"{len(asks)}.wav")
                path.write_bytes(sounds.wav(sound))
                asks.append({"id": len(asks), "path": str(path), "text": text, "class": name, "voice": voice,
                             "duration_s": len(sound) / sounds.RATE})
        begin = os.times()
        output = subprocess.run([sys.executable, HERE / "judge.py"], check=True, text=True,
                                input="".join(json.dumps(ask) + "\n" for ask in asks),
                                stdout=subprocess.PIPE).stdout
        end = os.times()
    answers = {answer["id"]: answer for answer in map(json.loads, output.splitlines())}
    is_good = table(asks, answers)
    seconds = sum(ask["duration_s"] for ask in asks)
    spent = end.children_user + end.children_system - begin.children_user - begin.children_system
    print(f"\n{len(asks)} clips, {seconds:.0f} s; {1000 * spent / seconds:.0f} ms of CPU a second of sound;"
          f" {len(asks) - len(answers)} without a verdict")
    sys.exit(0 if is_good else 1)


def table(asks, answers):
    """A row for each class, bad + odd of all in each group of voices; returns whether all is well."""
    is_good = True
    groups = list(dict.fromkeys(VOICES.values()))
    rows = collections.defaultdict(list)
    for ask in asks:
        rows[ask["class"], VOICES[ask["voice"]]].append(answers.get(ask["id"], {"verdict": "none"}))
        verdict = answers.get(ask["id"], {"verdict": "none", "reason": ""})
        if options.list and (verdict["verdict"] in ("bad", "odd")) == (ask["class"] == "clean"):
            print(f"{ask['class']}: {ask['voice']}: {ask['text']} {verdict}")
    print("| class | " + " | ".join(groups) + " |\n|---|" + "---|" * len(groups))
    for name in dict.fromkeys(ask["class"] for ask in asks):
        cells = []
        for group in groups:
            counts = collections.Counter(verdict["verdict"] for verdict in rows[name, group])
            cells.append(f"{counts['bad']} + {counts['odd']} of {counts.total()}" if counts else "")
        print(f"| {name} | " + " | ".join(cells) + " |")
        total = collections.Counter(verdict["verdict"] for group in groups for verdict in rows[name, group])
        if name == "clean":
            is_good = is_good and total["bad"] <= 0.02 * total.total()
        else:
            is_good = is_good and total["bad"] + total["odd"] >= 0.9 * total.total()
    return is_good


main()
