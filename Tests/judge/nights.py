"""Nights that run beside each other, each with another judge. See run.sh."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True, type=pathlib.Path)
parser.add_argument("--short", action="store_true")
parser.add_argument("--only", metavar="NAME", help="one of the judges")
options = parser.parse_args()

FINE = [
    "We walked along the river for an hour and came to a bridge.",
    "The museum is closed today, but the park is open until sunset.",
    "Please leave your name and a short message after the tone.",
    "The captain gave the signal and the engines fell silent.",
    "The weather report promised sunshine for the rest of the week.",
    "The teacher explained the problem twice, first with words and then with a drawing.",
]
# What is asked for, and what is spoken the first time: as long, so that no check but the judge finds it.
WRONG = {
    "The old man laughed, closed his book and looked at the sea.":
        "Nobody had told the driver where the road would end.",
    "Behind the curtain stood a boy with a wooden sword.":
        "Listen carefully, because I will say this only once.",
    "Bread, butter and a little salt were all that was left.":
        "If you want to catch the train, you should leave now.",
}
TEXTS = [*FINE, *WRONG]
# The stand-in runs it as espeak-ng. flite is what PocketSphinx knows best.
SPEAKER = """\
#!/bin/sh
for text; do :; done
wrong=
case $text in
""" + "".join(f"'{text[:16]}'*) wrong='{spoken}' ;;\n" for text, spoken in WRONG.items()) + """\
esac
if [ -n "$wrong" ] && mkdir "$0.$(printf %s "$wrong" | cksum | cut -c1-8)" 2>/dev/null; then
  text=$wrong
fi
file=$(mktemp)
trap 'rm -f "$file"' EXIT
flite -voice slt -t "$text" -o "$file" && cat "$file"
"""
JUDGES = {
    "good": f"'{sys.executable}' '{HERE}/judge.py'",
    "crashing": "cat >/dev/null; kill -SEGV $$",
    "rubbish": "sed 's/.*/I think that it is fine./'",
    "missing": "/nowhere/judge",
    "slow": "sleep 15",
    "endless": 'echo $$ >>"$HOME/groups"; sleep 100000',
}


class Night:
    def __init__(self, folder, judge):
        self.folder = folder / judge
        (self.folder / "bin").mkdir(parents=True)
        speaker = self.folder / "bin" / "espeak-ng"
        speaker.write_text(SPEAKER)
        speaker.chmod(0o755)
        self.judge = judge
        self.environment = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8",
            "CSM_STATE_DIR": f"{self.folder}/state", "CSM_JUDGE_CMD": JUDGES[judge], "CSM_REROLLS": "2",
        }

    def enqueue(self, *arguments):
        done = subprocess.run([options.bin / "csm-enqueue", *arguments], env=self.environment,
                              capture_output=True, text=True)
        assert done.returncode in (0, 1), f"{self.judge}: {arguments}: {done}"
        return done.stdout

    def list(self, *arguments):
        return [json.loads(row) for row in self.enqueue("list", "--all", "--json", *arguments).splitlines()]

    def run(self):
        """Speaks the lines, and keeps what became of them, of former takes, and of the log."""
        texts = [FINE[0]] if self.judge == "endless" else TEXTS
        batch = self.folder / "night.jsonl"
        batch.write_text("".join(json.dumps({"id": f"L{n}", "text": text}) + "\n"
                                 for n, text in enumerate(texts)))
        fal = subprocess.Popen(
            [options.bin / "csm-localfal", "serve", "--port", "0", "--latency", "5ms-20ms", "--speak"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            for line in fal.stdout:
                name, _, value = line.removeprefix("export ").strip().partition("=")
                self.environment[name] = value.strip("'")
                if name == "FAL_KEY":
                    break
            self.enqueue("add", str(batch), "--batch", "night")
            done = subprocess.run([options.bin / "csmd", "run", "--until-idle"], env=self.environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=900 if self.judge == "endless" else 400)  # against hanging
        finally:
            fal.kill()
            fal.wait()
        self.log = done.stdout
        assert done.returncode == 0, f"{self.judge}: csmd ended with {done.returncode}:\n{self.log}"
        self.lines = self.list()
        self.former = self.list("--former")
        self.status = self.enqueue("status", "night")
        return self


def check_good(night):
    now = {line["line"]: line for line in night.lines}
    assert len(now) == len(TEXTS), night.lines
    for n, _ in enumerate(TEXTS):
        line = now[f"L{n}"]
        verdict = line["verdict"]
        assert verdict and verdict["verdict"] == "good", line
        assert (line["take"] > 1) == (n >= len(FINE)), line
        assert line["reroll"] == (n >= len(FINE)), line
        assert verdict["score"] > 0.6 and verdict["transcript"] and verdict["reason"], line
    assert len(night.former) == len(WRONG), night.former
    for line in night.former:
        assert line["verdict"]["verdict"] == "bad" and line["check_names"] == ["judged-bad"], line
    assert f"{len(WRONG)} lines spoken again for bad audio" in night.status, night.status
    assert f"{len(WRONG)} good now" in night.status, night.status
    assert "CSM_JUDGE_CMD" not in night.log, night.log


def check_failing(night):
    for line in night.lines:
        assert line["state"] == "STORED" and line["take"] == 1, line
        assert line["verdict"] is None and not line["reroll"], line
        assert not {"judged-bad", "judged-odd"} & set(line["check_names"]), line
    if night.judge != "slow":
        assert "CSM_JUDGE_CMD failed" in night.log, night.log


def check_ended(night):
    """Nothing that a judge started is left."""
    groups = [int(group) for group in (night.folder / "groups").read_text().split()]
    left = []
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
            left.append(group)
        except ProcessLookupError:
            pass
    assert groups and not left, f"{night.judge}: still there: process groups {left} of {groups}"


def main():
    options.bin = options.bin.resolve()
    names = [options.only] if options.only else list(JUDGES)
    if options.short:
        names = [name for name in names if name != "endless"]
    with tempfile.TemporaryDirectory(prefix="csm-judge-") as folder:
        nights = [Night(pathlib.Path(folder), name) for name in names]
        with concurrent.futures.ThreadPoolExecutor(len(nights)) as pool:
            for night in pool.map(Night.run, nights):
                if os.environ.get("CSM_JUDGE_SHOW"):
                    print(night.judge, night.log, night.status, *night.lines, sep="\n")
                (check_good if night.judge == "good" else check_failing)(night)
                if night.judge == "endless":
                    check_ended(night)
                print(f"{night.judge}: {len(night.lines)} lines, as they should be")


main()
