"""A night for the page: a state directory, the stand-in for fal, csmd, csm-web, and a browser."""

import contextlib
import os
import pathlib
import random
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.service import Service

WORDS = """the harbour was quiet when lanterns came down from a hill and nobody spoke of winter until
morning bells rang over water where children had left small boats""".split()

HOSTILE = [
    "<script>document.title = 'owned'</script> <img src=x onerror=\"document.title = 'owned'\">",
    "\u202egnp.exe\u202c turned around, \u2067and\u2069 back again.",
    "&lt;b&gt; &amp; \"quotes\" 'too' ${1+1} {{7*7}} \\u003cscript\\u003e",
    "A last and quiet line.",
]


def sentences(count, seed):
    chance = random.Random(seed)
    for _ in range(count):
        words = [chance.choice(WORDS) for _ in range(chance.randint(4, 14))]
        yield " ".join(words).capitalize() + "."


# What does not come within so many seconds will not come; a busy machine is slow, but not as slow as this.
PATIENCE = 60


def wait(what, condition, seconds=PATIENCE):
    """Waits until the condition holds, and gives what it gives."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Stage:
    def __init__(self, programs):
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="csm-web-test."))
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TZ": "UTC", "LANG": "C.UTF-8",
            "SWIFT_BACKTRACE": "enable=no", "XDG_RUNTIME_DIR": str(self.folder),
            "CSM_STATE_DIR": str(self.folder / "state"), "CSM_GATE_PROBE": "200ms",
        }
        self.running = []
        self.browsers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for browser in self.browsers:
            with contextlib.suppress(Exception):
                browser.quit()
        for program in reversed(self.running):
            program.send_signal(signal.SIGTERM)
        for program in self.running:
            try:
                program.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                program.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Programs

    def start(self, name, *arguments, **options):
        program = subprocess.Popen(
            [self.programs / name, *map(str, arguments)], env=self.environment, text=True,
            stderr=open(self.folder / f"{name}.log", "a"), **options)
        self.running.append(program)
        return program

    def end(self, program):
        program.send_signal(signal.SIGTERM)
        program.wait(2 * PATIENCE)
        self.running.remove(program)

    def run(self, name, *arguments, fails=False):
        done = subprocess.run(
            [self.programs / name, *map(str, arguments)], env=self.environment, text=True, capture_output=True)
        assert fails or done.returncode in (0, 1, 2, 3), f"{name} {arguments}: {done.stderr}"
        return done.stdout

    def stand_in(self, *arguments):
        """Starts a stand-in for fal, which csmd will use from its next start on."""
        fal = self.start("csm-localfal", "serve", "--port", 0, *arguments, stdout=subprocess.PIPE)
        for line in fal.stdout:
            name, value = shlex.split(line)[1].split("=", 1)
            self.environment[name] = value
            if name == "FAL_KEY":
                return fal
        raise AssertionError("csm-localfal did not start")

    def write(self, name, lines):
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def add(self, name, lines, *arguments):
        return self.run("csm-enqueue", "add", self.write(name, lines), "--yes", "--cast", "auto", *arguments)

    def serve(self, *arguments):
        """Starts csm-web; gives the address for one browser."""
        self.web = self.start("csm-web", "--port", 0, "--no-open", *arguments, stdout=subprocess.PIPE)
        first = self.web.stdout.readline()
        assert first.startswith("open http://127.0.0.1:"), first
        return first.split()[1]

    def address(self):
        return self.run("csm-web", "address").strip()

    # The browser

    def browser(self, width=1280, height=860, dark=False, microphone=None):
        """- microphone: a recording that it hears, "denied" for one that the page may not use, or None for none"""
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--autoplay-policy=no-user-gesture-required", f"--window-size={width},{height}",
            f"--use-fake-ui-for-media-stream{'=deny' if microphone == 'denied' else ''}",
            *(["--use-fake-device-for-media-stream"] if microphone else []),
            *([f"--use-file-for-fake-audio-capture={microphone}%noloop"] if isinstance(microphone, pathlib.Path) else []),
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        browser.set_script_timeout(2 * PATIENCE)  # axe looks for long at a long page
        self.browsers.append(browser)
        look(browser, width, height, dark)
        return browser


def press(browser, *keys):
    ActionChains(browser).send_keys(*keys).perform()


def look(browser, width, height, dark=False):
    """Gives the page a size, and light or dark."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
