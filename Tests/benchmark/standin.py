"""csm-localfal over TLS, and what it saw of a night."""

import heapq
import json
import re
import subprocess
import tempfile
import urllib.request
from datetime import datetime


class StandIn:
    """A running csm-localfal; `settings` points clients at it."""

    def __init__(self, programs, *, runners, service, audio_bytes, late=0, seed=1):
        self.command = [
            f"{programs}/csm-localfal", "serve", "--port", "0", "--tls-port", "0",
            "--runners", str(runners), "--latency", f"{service[0]}s-{service[1]}s",
            "--audio-bytes", f"{audio_bytes}-{audio_bytes}", "--seed", str(seed)]
        if late:
            calls = "submit", "status", "stream", "result", "download"
            self.command += ["--faults", ",".join(f"{call}:late:{late}" for call in calls)]

    def __enter__(self):
        self.errors = tempfile.TemporaryFile("w+")
        self.server = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.settings = {}
        while "FAL_QUEUE_RUN_HOST" not in self.settings:
            line = self.server.stdout.readline()
            if not line:
                self.errors.seek(0)
                raise SystemExit(f"csm-localfal did not start: {self.errors.read()}")
            name, value = re.fullmatch(r"export (\w+)='(.*)'\n", line).groups()
            self.settings[name] = value
        self.plain = self.settings["CSM_QUEUE_URL"]
        self.settings["CSM_QUEUE_URL"] = "https://" + self.settings["FAL_QUEUE_RUN_HOST"]
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.communicate()
        self.errors.close()

    def night(self, runners):
        """When the last request ended, how long greedy scheduling takes, and the calls per line."""
        items = sorted(self._listing(), key=lambda item: item["sent_at"])
        stats = self._get("/_localfal/stats")
        return {
            "accepted": stats["accepted"],
            "ended_at": max(datetime.fromisoformat(item["ended_at"]).timestamp() for item in items),
            "greedy": greedy([item["duration"] for item in items], runners),
            "polls": stats["polls_median"],
            "posts": stats["calls"]["submit"] / stats["accepted"],
        }

    def _listing(self):
        place = "/v1/models/requests/by-endpoint?endpoint_id=fal-ai/csm-1b&limit=100"
        cursor = ""
        while True:
            page = self._get(place + cursor)
            yield from page["items"]
            if not page["has_more"]:
                return
            cursor = f"&cursor={page['next_cursor']}"

    def _get(self, place):
        headers = {"Authorization": "Key " + self.settings["FAL_KEY"]}
        with urllib.request.urlopen(urllib.request.Request(self.plain + place, headers=headers)) as answer:
            return json.load(answer)


def greedy(durations, runners):
    """Seconds until the last request ends when each free runner starts the next one at once."""
    free = [0.0] * runners
    for duration in durations:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)
