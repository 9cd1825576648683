"""One night: lines through csmd, a proxy and the stand-in, and what came of them."""

import collections
import dataclasses
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from proxies import Proxy, free_port, until

# Of the lines whose POST is on its way when a server is killed nobody can know; so many are at most.
UNKNOWN_A_KILL = 8
# For so many seconds a gate may be closed; for longer, where a server was away for longer than AWAY.
GATE = 5.0
# So long a backend is away.
AWAY = 3.0


@dataclasses.dataclass
class Scenario:
    name: str
    proxy: type[Proxy]
    http2: bool
    requests: int | None = None
    idle: int | None = None
    # "reload": each second. "restart" and "backend": killed in the burst of submits that a night begins
    # with, and once half of the lines are accepted.
    trouble: str | None = None
    # Lines are added by so many at a time, about a second apart; all at once where it is None.
    wave: int | None = None

    @property
    def kills(self):
        """After which shares of the lines something is killed."""
        return [0.02, 0.5] if self.trouble in ("restart", "backend") else []


@dataclasses.dataclass
class Outcome:
    lines: int = 0
    stored: int = 0
    unknown: int = 0
    held: int = 0
    gate: float = 0
    seconds: float = 0
    complaints: list[str] = dataclasses.field(default_factory=list)


class StandIn:
    """csm-localfal on its plain port, with a ledger."""

    def __init__(self, programs, folder):
        self.program = programs / "csm-localfal"
        self.folder = folder
        self.ledger = folder / "ledger.jsonl"
        self.port = free_port()
        self.process = None

    def start(self):
        output = self.folder / "fal.out"
        with open(output, "w") as out, open(self.folder / "fal.log", "a") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--port", str(self.port), "--ledger", self.ledger,
                 "--runners", "40", "--latency", "200ms-500ms", "--audio-bytes", "2000-8000"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=log)
        until(lambda: "FAL_KEY" in output.read_text() or self.process.poll() is not None,
              "csm-localfal listens")
        if self.process.poll() is not None:
            raise RuntimeError(f"csm-localfal has ended, see {self.folder}/fal.log")

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def count(self):
        """How many POSTs were accepted so far."""
        return self.ledger.read_bytes().count(b"\n")

    def accepted(self):
        """The ids under which each text was accepted."""
        ids = collections.defaultdict(list)
        for line in self.ledger.read_text().splitlines():
            entry = json.loads(line)
            for turn in json.loads(entry["body"])["scene"]:
                ids[turn["text"]].append(entry["request_id"])
        return ids


class Night:
    def __init__(self, programs, folder, scenario, lines, limit):
        self.programs = programs
        self.folder = folder / scenario.name.replace(" ", "-")
        self.folder.mkdir()
        self.folder.chmod(0o711)
        self.scenario = scenario
        self.limit = limit
        self.texts = [f"Line {number} of the night is spoken once." for number in range(lines)]
        self.fal = StandIn(programs, self.folder)
        self.proxy = None
        self.daemon = None
        # For so long a server was really away, at most.
        self.away = 0.0
        # The daemon keeps its marks on a tmpfs.
        self.fast = tempfile.mkdtemp(
            prefix="csm-edge-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)

    def run(self):
        outcome = Outcome(lines=len(self.texts))
        try:
            self.fal.start()
            self.proxy = self.scenario.proxy(
                self.folder / "proxy", self.fal.port, self.scenario.http2,
                self.scenario.requests, self.scenario.idle)
            self.proxy.start()
            self.work(outcome)
            self.judge(outcome)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            outcome.complaints.append(str(error))
        finally:
            self.end()
        return outcome

    def end(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()
        if self.proxy:
            self.proxy.kill()
        self.fal.kill()
        shutil.rmtree(self.fast, ignore_errors=True)

    # What happens

    @property
    def environment(self):
        given = {name: value for name, value in os.environ.items() if name.startswith("CSM_")}
        url = f"https://127.0.0.1:{self.proxy.port}"
        return given | {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "TZ": "UTC", "LANG": "C.UTF-8",
            "SWIFT_BACKTRACE": "enable=no", "XDG_RUNTIME_DIR": self.fast,
            "CSM_STATE_DIR": str(self.folder / "state"), "CSM_REROLLS": "0", "FAL_KEY": "localfal:secret",
            "CSM_QUEUE_URL": url, "CSM_REST_URL": url, "CSM_PLATFORM_URL": url,
            "CSM_CDN_HOSTS": f"127.0.0.1:{self.proxy.port}",
            "CSM_CA_FILE": str(self.folder.parent / "cert.pem"),
        }

    def enqueue(self, *arguments):
        done = subprocess.run(
            [self.programs / "csm-enqueue", *arguments], env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
        # 1 to 3 tell how the lines stand.
        if done.returncode > 3:
            raise RuntimeError(f"csm-enqueue {arguments[0]}: {done.returncode} {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def add(self, texts, name):
        path = self.folder / f"{name}.txt"
        path.write_text("".join(text + "\n" for text in texts))
        self.enqueue("add", str(path), "--cast", "auto", "--yes")

    def work(self, outcome):
        """The night itself: until all has ended, or nothing but UNKNOWN is left, or time is up."""
        wave = self.scenario.wave
        waves = [self.texts[i:i + wave] for i in range(0, len(self.texts), wave)] if wave else []
        if not wave:
            self.add(self.texts, "lines")
        with open(self.folder / "csmd.log", "w") as log:
            self.daemon = subprocess.Popen(
                [self.programs / "csmd", "run", *([] if wave else ["--until-idle"])],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        begin = time.monotonic()
        strikes = [share * len(self.texts) for share in self.scenario.kills]
        quiet_since = back_at = away_since = None
        next_wave = next_reload = next_look = begin
        while self.daemon.poll() is None:
            time.sleep(0.05)
            now = time.monotonic()
            if now - begin > self.limit:
                outcome.complaints.append(f"not over within {self.limit} s")
                break
            if waves and now >= next_wave:
                # From just before the server's end of an idle connection to just behind it.
                next_wave = now + 0.85 + 0.015 * (len(waves) % 20)
                self.add(waves.pop(0), f"wave{len(waves)}")
            if self.scenario.trouble == "reload" and now >= next_reload:
                next_reload = now + 1
                self.proxy.reload()
            if strikes and not back_at and self.fal.count() >= strikes[0]:
                strikes.pop(0)
                away_since = time.monotonic()
                if self.scenario.trouble == "restart":
                    self.proxy.kill()
                    self.proxy.start()
                    self.away = max(self.away, time.monotonic() - away_since)
                else:
                    self.fal.kill()
                    back_at = away_since + AWAY
            if back_at and now >= back_at:
                back_at = None
                self.fal.start()
                self.away = max(self.away, time.monotonic() - away_since)
            # A look takes long on a slow machine, and what is to be killed must not wait for it.
            if now >= next_look and not strikes and not back_at:
                next_look = now + 1
                status = self.enqueue("status", "--json")[0]
                counts = status["lines"]
                rest = status["open"] - counts["UNKNOWN"]
                if rest > 0 or waves:
                    quiet_since = None
                elif counts["UNKNOWN"] == 0:
                    if wave:
                        break
                else:
                    quiet_since = quiet_since or now
                    # The listing is read after 1, 2, 4 s …: what was accepted is found by then.
                    if now - quiet_since > 10 and not self.is_searching():
                        break
        outcome.seconds = time.monotonic() - begin
        if strikes:
            outcome.complaints.append("it was over before all was killed that was to be")
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(120)
            except subprocess.TimeoutExpired:
                outcome.complaints.append("csmd did not stop within 120 s")

    def is_searching(self):
        """Whether a line is UNKNOWN that was accepted, and so will be found."""
        accepted = self.fal.accepted()
        rows = self.enqueue("list", "--state", "UNKNOWN", "--all", "--json")
        return any((row["sent"] or row["text"]) in accepted for row in rows)

    # What must be true

    def judge(self, outcome):
        accepted = self.fal.accepted()
        rows = self.enqueue("list", "--all", "--json")
        log = (self.folder / "csmd.log").read_text()
        outcome.unknown = len(set(re.findall(r"^\S+ +\w+ +UNKNOWN job=(\d+)", log, re.MULTILINE)))
        outcome.stored = sum(row["state"] == "STORED" for row in rows)
        outcome.held = sum(row["state"] == "HELD" for row in rows)
        outcome.gate = self.longest_gate(log)
        complain = outcome.complaints.append
        if len(rows) != len(self.texts):
            complain(f"{len(rows)} lines in the table")
        bound = UNKNOWN_A_KILL * len(self.scenario.kills)
        if self.scenario.trouble == "reload" and self.scenario.proxy.__name__ == "Caddy":
            # Its reload cuts off a request now and then that fal has accepted; all are found again.
            bound = UNKNOWN_A_KILL
        if outcome.unknown > bound:
            complain(f"{outcome.unknown} were UNKNOWN, at most {bound} may be")
        wrong = collections.defaultdict(list)
        for row in rows:
            ids = accepted.pop(row["sent"] or row["text"], [])
            # Of a POST that a kill met nobody can tell; within the grace it is looked for.
            excused = self.scenario.kills and row["state"] == "UNKNOWN" and not ids
            if len(ids) > 1 or row["state"] != "STORED" and not excused:
                wrong[f"{row['state']}, accepted {len(ids)} times"].append(row["line"])
            elif row["state"] == "STORED" and ids != [row["request_id"]]:
                wrong["STORED under another id than was accepted"].append(row["line"])
        for what, lines in sorted(wrong.items()):
            complain(f"{len(lines)} {what}: {', '.join(lines[:3])} …")
        if accepted:
            complain(f"{len(accepted)} accepted that no line asked for")
        if outcome.gate > GATE * max(1, self.away / AWAY):
            complain(f"a gate was closed for {outcome.gate:.1f} s")

    @staticmethod
    def longest_gate(log):
        """Seconds for which a gate was closed, at most; one that did not open was until the end."""
        closed, longest = {}, 0.0
        stamp = None
        for line in log.splitlines():
            words = line.split()
            try:
                stamp = datetime.datetime.fromisoformat(words[0])
            except (IndexError, ValueError):
                continue
            if match := re.search(r" gate (closed|open) gate=(\w+)", line):
                what, name = match.groups()
                if what == "closed":
                    closed.setdefault(name, stamp)
                elif name in closed:
                    longest = max(longest, (stamp - closed.pop(name)).total_seconds())
        rest = [(stamp - since).total_seconds() for since in closed.values()]
        return max([longest, *rest])
