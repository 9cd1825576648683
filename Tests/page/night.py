"""A short night, spoken by csm-localfal: lines that are fine, odd, failed and queued, and one with several takes."""

import contextlib
import functools
import http.server
import json
import pathlib
import subprocess
import threading
import wave

HOSTILE = "<script>alert(1)</script> & \"quoted\" '</script>' <img src=x onerror=alert(2)> \u202eback"
WORDS = [
    "The harbour lights went out one by one, and nobody on the quay said a word about it.",
    "She had kept the letter for eleven years without opening it.",
    "Please return to your seats.",
    HOSTILE,
    "Good night, everybody.",
    "Once more, with feeling.",
    "He laughed, then stopped, then laughed again.",
    "There is a storm on its way.",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Night:
    def __init__(self, folder, programs):
        self.folder = pathlib.Path(folder)
        self.programs = pathlib.Path(programs).resolve()
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder),
            "CSM_STATE_DIR": f"{folder}/state", "CSM_REROLLS": "0", "FAL_KEY": "localfal:secret",
            "CSM_QUEUE_URL": "http://127.0.0.1:1", "CSM_REST_URL": "http://127.0.0.1:1",
            "CSM_PLATFORM_URL": "http://127.0.0.1:1",
        }

    def run(self, program, *arguments, status=0):
        done = subprocess.run(
            [self.programs / program, *arguments], env=self.environment, capture_output=True, text=True)
        assert done.returncode == status, f"{program} {arguments}: {done}"
        return done

    def enqueue(self, *arguments, status=0):
        return self.run("csm-enqueue", *arguments, status=status)

    def lines(self):
        rows = self.enqueue("list", "--all", "--sort", "added", "--json").stdout.splitlines()
        return {row["line"]: row for row in map(json.loads, rows)}

    @contextlib.contextmanager
    def fal(self, *options):
        """A stand-in that csmd uses meanwhile."""
        server = subprocess.Popen(
            [self.programs / "csm-localfal", "serve", "--port", "0", "--latency", "5ms-20ms", *options],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        before = dict(self.environment)
        try:
            for line in server.stdout:
                name, _, value = line.removeprefix("export ").strip().partition("=")
                self.environment[name] = value.strip("'")
                if name == "FAL_KEY":
                    break
            yield
        finally:
            self.environment = before
            server.kill()
            server.wait()

    @contextlib.contextmanager
    def silence(self):
        """The address of a recording of nothing, which is not over before a key is pressed on a slow machine."""
        with wave.open(str(self.folder / "silence.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(24_000)
            file.writeframes(bytes(2 * 24_000 * 20))
        handler = functools.partial(Quiet, directory=self.folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/silence.wav"
            server.shutdown()

    def write(self, name, rows):
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(path)

    def speak(self):
        rows = [{"id": f"L{number}", "text": text} for number, text in enumerate(WORDS, 1)]
        with self.fal("--speak", "--faults", "run:content_policy_violation#3"):
            self.enqueue("add", self.write("night.jsonl", rows[:3]), "--batch", "night")
            self.run("csmd", "run", "--until-idle", status=1)
            self.enqueue("add", self.write("night.jsonl", rows), "--batch", "night")
            self.run("csmd", "run", "--until-idle", status=1)
            spoken = [line for line, row in self.lines().items() if row["state"] == "STORED"]
            self.enqueue("reroll", f"night:{spoken[0]}", "--takes", "2")
            self.run("csmd", "run", "--until-idle", status=1)
        # Nothing is to be heard in these, and so they are marked.
        with self.silence() as url, self.fal("--faults", f"run:audio-at:{url}"):
            self.environment["CSM_CDN_HOSTS"] = url.split("/")[2]
            more = [{"id": f"H{number}", "text": f"Hushed line number {number}."} for number in range(1, 5)]
            self.enqueue("add", self.write("night.jsonl", rows + more), "--batch", "night")
            self.run("csmd", "run", "--until-idle", status=1)
        last = [{"id": "Q1", "text": "Not spoken yet."}]
        self.enqueue("add", self.write("night.jsonl", rows + more + last), "--batch", "night")

    def review(self):
        page = self.folder / "night.html"
        self.enqueue("review", "night", "--html", str(page))
        return page


def grown(page, count):
    """A page like another one, with so many lines."""
    text = page.read_text()
    begin = text.index("id=data>\n") + len("id=data>\n")
    end = text.index("</script>", begin)
    head, *lines = text[begin:end].strip().split("\n")
    rows = []
    for number in range(count):
        row = json.loads(lines[number % len(lines)])
        row["line"] = f"N{number:05}"
        rows.append(json.dumps(row).replace("<", "\\u003c"))
    more = page.with_name(f"grown-{count}.html")
    more.write_text(text[:begin] + "\n".join([head, *rows]) + "\n" + text[end:])
    return more
