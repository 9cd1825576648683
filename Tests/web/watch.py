"""Watches a night on the page of csm-web, listens, decides and adds, as a person would; see run.sh."""

import argparse
import json
import pathlib
import re
import signal
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request

import selenium_axe_python
from selenium.common.exceptions import InvalidSessionIdException, NoSuchWindowException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from stage import HOSTILE, PATIENCE, Stage, look, press, sentences, wait

parser = argparse.ArgumentParser()
parser.add_argument("programs", nargs="?", default=".build/debug")
parser.add_argument("--short", action="store_true", help="what CI runs")
parser.add_argument("--shots", type=pathlib.Path, help="where to put screenshots")
options = parser.parse_args()

SPOKEN = "The evening was calm, and along the quiet harbour the lanterns were lit one after another."

AXE = (pathlib.Path(selenium_axe_python.__file__).parent / "axe-core/axe.min.js").read_text()

# A notice is in sight for a few seconds only, so the page keeps what it has told.
TELLING = """
    window.told = [];
    new MutationObserver(changes => {
      const notice = changes.map(change => change.target).find(target => target.matches?.('.notice'));
      if (notice?.checkVisibility() && notice.innerText) told.push(notice.innerText);
    }).observe(document, { childList: true, subtree: true });
"""

failures = []


def check(what):
    """Runs a check at once, and tells how it went."""
    def run(body):
        begin = time.monotonic()
        try:
            body()
            print(f"ok - {what} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Exception as error:
            failures.append(what)
            print(f"not ok - {what}", flush=True)
            for line in "".join(traceback.format_exception(error)).splitlines()[-12:]:
                print(f"  # {line}", flush=True)
    return run


class Page:
    """What a person does with the page."""

    def __init__(self, browser):
        self.browser = browser
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TELLING})

    def enter(self, address):
        """Opens the page, to which the address leads by way of another one."""
        self.browser.get(address)
        self.until("the page", lambda page: page.seen("[data-view][aria-current]"))

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def seen(self, selector):
        return self.script("[...document.querySelectorAll(arguments[0])].filter(one => one.checkVisibility())", selector)

    def text(self, selector):
        return self.script(
            "[...document.querySelectorAll(arguments[0])].filter(one => one.checkVisibility()).map(one => one.innerText).join(' ')",
            selector)

    def script(self, code, *arguments):
        return self.browser.execute_script(f"return ({code})", *arguments)

    def press(self, *keys):
        self.script("void told.splice(0)")
        press(self.browser, *keys)

    def press_in_report(self, what, find):
        """Presses what a report draws, while none comes, which would draw it anew under the mouse."""
        self.until(what, find)
        see(self, False)
        try:
            find(self).click()
        finally:
            see(self, True)

    def go(self, view):
        # The page looks at its address a moment later; until then it shows the rows of the former one.
        self.browser.execute_async_script(
            "const [hash, done] = arguments;"
            "if (location.hash === hash) return done();"
            "addEventListener('hashchange', () => done(), { once: true });"
            "location.hash = hash", f"#{view}")
        name = view.split("?")[0]
        wait(view, lambda: self.seen(f"#{name}"))

    def until(self, what, condition, seconds=PATIENCE):
        trouble = None

        def holds():
            nonlocal trouble
            try:
                return condition(self)
            except (InvalidSessionIdException, NoSuchWindowException):
                raise
            except WebDriverException as error:
                trouble = error  # the page has drawn itself anew, or another one is loading
                return None
        try:
            return wait(what, holds, seconds)
        except AssertionError as error:
            raise error from trouble

    def told(self, words):
        """Waits until these words have been told since the last key."""
        self.until(f"the words {words}", lambda page: page.script("told.some(one => one.includes(arguments[0]))", words))
        self.script("void told.splice(0)")

    def count(self, view):
        """How many lines the list says it has."""
        return int((self.text(f"{view} .bench-count").split() or [-1])[0])

    def plays(self, least=0.2):
        """Waits until so much of a sound was played."""
        self.until("sound", lambda page: page.script("document.querySelector('audio').currentTime") > least)

    def rows(self):
        """The texts of the rows that are in sight and have come."""
        return self.script(
            "[...document.querySelectorAll('.row')].filter(one => one.checkVisibility() && one.querySelector('.row-name').textContent !== '…')"
            ".map(one => one.innerText)")

    def names(self, view):
        """The names of the lines in sight."""
        return self.script(
            "[...document.querySelectorAll(`${arguments[0]} .row`)].filter(one => one.checkVisibility())"
            ".map(one => one.querySelector('.row-name').innerText)", view)

    def button(self, words, within=""):
        return self.until(f"the button {words}", lambda page: page.script(
            "[...document.querySelectorAll(arguments[0])].find(one => one.checkVisibility() && !one.disabled && one.innerText.startsWith(arguments[1]))",
            f"{within} button", words))

    def complaints(self):
        """What the browser's console says."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def shot(self, name):
        if options.shots:
            options.shots.mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(options.shots / f"{name}.png"))


def axe(page):
    """What axe finds wrong with the page as it is."""
    page.browser.execute_script(AXE)
    found = page.browser.execute_async_script(
        "axe.run({ resultTypes: ['violations'] }).then(arguments[0])")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}: {one['nodes'][0]['failureSummary']}" for one in found]


def see(page, is_seen):
    """Shows the page to a person, or hides it behind another tab."""
    page.script(
        "Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true }),"
        "document.dispatchEvent(new Event('visibilitychange'))", not is_seen)


def call(address, path, headers=None, method="GET", body=None):
    base = address.split("/enter")[0]
    request = urllib.request.Request(base + path, headers=headers or {}, method=method, data=body)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def main():
    with Stage(options.programs) as stage:
        night(stage)
    if failures:
        print(f"{len(failures)} failed: {', '.join(failures)}")
    sys.exit(bool(failures))


def night(stage):
    count = 60 if options.short else 200
    fal = stage.stand_in("--speak", "--runners", 4, "--latency", "500ms", "--faults", "run:422%15")
    address = stage.serve()
    speech = stage.folder / "speech.wav"
    subprocess.run(["espeak-ng", "-w", speech, SPOKEN], check=True)
    page = Page(stage.browser(microphone=speech))

    @check("a stranger gets nothing")
    def _():
        for path in ("/", "/api/tonight", "/api/lines", "/csm.db", "/audio/" + "0" * 64):
            status, body = call(address, path)
            assert status in (401, 404), (path, status)
        status, _ = call(address, "/", {"Host": "evil.example"})
        assert status == 403, status
        status, _ = call(address, "/api/pause", method="POST", body=b"")
        assert status == 403, status

    @check("the address lets one browser in, before there is a line")
    def _():
        page.enter(address)
        page.until("the way to add", lambda page: page.text("#tonight").startswith("Nothing is queued yet"))
        assert "ticket" not in page.browser.current_url
        status, _ = call(address, "/" + address.split("/", 3)[3])
        assert status == 403, status
        assert axe(page) == [], axe(page)

    @check("a file that is dropped is read, priced and added")
    def _():
        page.go("add")
        path = stage.write("harbour.csv", ["id,text", *(f"vm-{n},{text}" for n, text in enumerate(sentences(count, 1))), "bad,…"])
        page.find("#add-file").send_keys(str(path))
        page.until("the price", lambda page: f"{count} lines, about $" in page.text(".outcome .price"))
        assert "harbour.csv:" in page.text(".outcome .notes"), page.text(".outcome .notes")
        assert page.text(".outcome").count("dry run") == 1
        assert axe(page) == [], axe(page)
        page.script("document.querySelector('#add-voice').value = '*'")
        page.script("document.querySelector('#add-voice').dispatchEvent(new Event('change'))")
        page.button(f"Add {count} lines").click()
        page.until("the lines", lambda page: page.text(".outcome .price").startswith("Added"))
        page.shot("adding")

    @check("a file that is read slowly does not put its price on the next one")
    def _():
        page.go("add")
        page.script(
            "void (window.honest = window.fetch, window.fetch = (path, ...more) => path.includes('name=slow')"
            " ? new Promise(done => setTimeout(done, 1500)).then(() => honest(path, ...more)).finally(() => { window.slowCame = true; })"
            " : honest(path, ...more))")
        for name, size in (("slow.txt", 5), ("quick.txt", 2)):
            page.find("#add-file").send_keys(str(stage.write(name, sentences(size, 4))))
        page.until("the price", lambda page: page.text(".outcome .price").startswith("2 lines"))
        page.until("the slow answer", lambda page: page.script("window.slowCame"))
        time.sleep(1)
        assert page.text(".outcome .price").startswith("2 lines"), page.text(".outcome .price")
        assert page.button("Add 2 lines")
        page.script("void (window.fetch = window.honest)")

    stage.run("csm-enqueue", "pause")
    daemon = stage.start("csmd", "run", stdout=subprocess_log(stage))

    @check("the night is seen as it goes on, to its end")
    def _():
        page.go("tonight")
        shares, paces = set(), set()

        def title(page):
            text = page.text(".tonight-head")
            if " of " in text:
                shares.add(text.split(" of ")[0].splitlines()[-1])
            if "a minute" in text:
                paces.add(text.split("a minute")[0].splitlines()[-1])
            return page.text(".tonight-head h1")
        # Reports come seldom on a busy machine, so the night has three parts; each waits until it was seen.
        long = "A" + " very long word" * (2000 if options.short else 60_000)
        for part in (None, ("hostile.txt", [*HOSTILE, long]), ("last.txt", sentences(2, 5))):
            if part:
                stage.run("csm-enqueue", "pause")
                stage.add(*part)
            page.until("a part that waits", lambda page: title(page) == "Paused")
            stage.run("csm-enqueue", "resume")
            if not part:
                page.until("it goes on", lambda page: title(page) not in ("", "Paused"))
                page.shot("tonight-under-way")
            page.until("the end", lambda page: title(page).startswith(("Done, except", "All lines are")), 4 * PATIENCE)
        assert len(shares) >= 4 and paces, (shares, paces)
        assert "harbour" in page.text(".tonight-batches") and "failed" in page.text(".tonight-head")
        assert page.script("document.title") == "csm: tonight"
        assert axe(page) == [], axe(page)

    @check("a tab that nobody sees asks for nothing")
    def _():
        page.script("window.before = performance.getEntriesByType('resource').length")
        see(page, False)
        stage.run("csm-enqueue", "pause")
        time.sleep(2.5)
        assert page.script("performance.getEntriesByType('resource').length - window.before") <= 1
        assert "Paused" not in page.text(".tonight-head") and not page.seen(".holdup")
        see(page, True)
        page.until("the news", lambda page: "PAUSED" in page.text(".holdup"))
        page.press_in_report("the button", lambda page: page.button("Resume", "#tonight"))
        page.until("no gate", lambda page: not page.seen(".holdup"))

    @check("lines: a way from a bar, its history, real audio, speed")
    def _():
        page.press_in_report("the bar", lambda page: next(iter(page.seen("#tonight .tonight-batches a[href*='harbour'][href*='STORED']")), None))
        page.until("rows", lambda page: len(page.rows()) > 5)
        # The sound is short, and may be over before it is looked at.
        page.script(
            "void (window.heard = new Set(),"
            "document.querySelector('audio').addEventListener('timeupdate', event => heard.add(event.target.currentTime)))")
        page.press("j")
        page.plays(0.3)
        page.until("more sound", lambda page: page.script("heard.size") > 2)
        page.until("history", lambda page: "COMPLETED → STORED" in page.text("#lines .history"))
        page.press(" ")
        page.until("silence", lambda page: page.script("document.querySelector('audio').paused"))
        for keys, rate in (("s", 1.25), ("sss", 1)):
            page.press(keys)
            page.until("the speed", lambda page: page.script("document.querySelector('audio').playbackRate") == rate)
        page.shot("lines")
        assert axe(page) == [], axe(page)

    @check("lines: filters, search and keys")
    def _():
        page.go("lines?batch=harbour")
        page.until("all", lambda page: f"{count} lines" == page.text("#lines .bench-count"))
        page.press(Keys.END)
        page.until("the last", lambda page: page.text("#lines .pane-head h2") == f"vm-{count - 1}")
        page.press(Keys.HOME)
        page.until("the first", lambda page: page.text("#lines .pane-head h2") == "vm-0")
        page.press("/")
        page.press("lantern")
        page.until("a search", lambda page: "text=lantern" in page.browser.current_url and page.rows()
                   and all("lantern" in row.lower() for row in page.rows()))
        page.press(Keys.ENTER)
        page.press("]", "[", "?")
        page.until("the keys", lambda page: "go on by itself" in page.text("dialog"))
        page.press(Keys.ESCAPE)
        page.until("no dialog", lambda page: not page.seen("dialog"))

    @check("hostile texts are texts")
    def _():
        page.go("lines?batch=hostile")
        page.until("rows", lambda page: len(page.rows()) >= 4)
        for _ in range(len(page.rows())):
            page.press(Keys.ARROW_DOWN)
            time.sleep(0.1)
        assert "<script>" in page.text("#lines .list")
        assert not page.all("#lines img, #lines .list script")
        assert page.script("document.title") == "csm: lines"
        assert page.script("document.documentElement.scrollWidth <= innerWidth")

    @check("a failed line says why, and retry tells the price")
    def _():
        page.go("lines?batch=harbour&state=FAILED")
        page.until("rows", lambda page: page.rows())
        page.press("j")
        page.until("why", lambda page: page.text("#lines .pane-why") and page.text("#lines .pane-advice"))
        assert axe(page) == [], axe(page)
        page.press("r")
        page.until("the price", lambda page: "costs up to $" in page.text("dialog h2"))
        page.button("Close", "dialog").click()
        page.until("no dialog", lambda page: not page.seen("dialog"))
        page.press("r")
        page.button("Pay up to", "dialog").click()
        page.told("back in the queue")

    @check("words are changed in place, and spoken")
    def _():
        page.go("lines?batch=harbour")
        page.until("rows", lambda page: page.rows())
        page.press(Keys.HOME)
        page.until("the first", lambda page: page.text("#lines .pane-head h2") == "vm-0")
        page.press("e")
        field = page.until("the field", lambda page: page.seen("#lines .pane-edit textarea"))[0]
        field.clear()
        field.send_keys("Entirely other words." + Keys.ENTER)
        page.button("Pay up to", "dialog").click()
        page.until("the words", lambda page: page.text("#lines .pane-text") == "Entirely other words.")
        page.until("its audio", lambda page: page.seen("#lines .take canvas") and "STORED" not in page.text("#lines .pane-head"))

    stage.end(daemon)
    stage.end(fal)
    stage.environment["CSM_REROLLS"] = "0"
    # Sounds of 10 to 12 s are too long for the few words of three lines of four, whatever chance makes of them; nor does
    # one end, and the next begin, before a key is pressed.
    stage.stand_in("--runners", 8, "--latency", "200ms", "--audio-bytes", "480000-576000")
    odd = [" ".join(sentence.split()[:6]) for sentence in sentences(24, 2)]
    odd[3::4] = (" ".join(sentences(3, number)) for number in range(6))
    stage.add("odd.txt", odd)
    stage.start("csmd", "run", stdout=subprocess_log(stage))

    def listed(batch):
        """The lines of a batch by name, as the table has them."""
        lines = stage.run("csm-enqueue", "list", "--batch", batch, "--all", "--json").splitlines()
        return {line["line"]: line for line in map(json.loads, lines)}

    @check("listening: each line that is accepted was heard")
    def _():
        page.go("tonight")
        page.until("the end", lambda page: "24 of 24" in page.text(".tonight-batches"), 2 * PATIENCE)
        page.go("listen?batch=odd")
        page.until("rows", lambda page: len(page.rows()) > 5)
        page.until("all of them", lambda page: page.text("#listen .bench-count").endswith(" lines"))
        names = page.script(
            "[...document.querySelectorAll('#listen .row')].filter(row => row.checkVisibility())"
            ".sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))"
            ".map(row => row.querySelector('.row-name').innerText)")
        digests = {name: line["digest"] for name, line in listed("odd").items()}
        before = page.count("#listen")

        def hears(page, name):
            here = (page.text("#listen .row.here .row-name"), page.text("#listen .pane-head h2"))
            return here == (name, name) and page.script("document.querySelector('audio').src").endswith(digests[name])
        page.script("document.querySelector('#listen .list').focus()")
        page.press(Keys.HOME)
        page.until("the first", lambda page: page.text("#listen .pane-head h2") == names[0])
        page.press(" ")
        page.until("its sound", lambda page: hears(page, names[0]))
        for count in (1, 2):
            page.press("a")
            page.until("one less", lambda page: page.count("#listen") == before - count)
            page.until("the next one in the list, the pane and the ear", lambda page: hears(page, names[count]))
        page.press(" ")
        assert [name for name, line in listed("odd").items() if line["accepted"]] == names[:2], listed("odd")

    @check("listening: a take that comes meanwhile is not accepted unheard")
    def _():
        page.go("lines?batch=odd")
        page.until("rows", lambda page: len(page.rows()) > 3)
        name = list(listed("odd"))[-1]
        page.press(Keys.END)
        page.until("the last", lambda page: page.text("#lines .pane-head h2") == name)
        page.press(" ")
        page.plays()
        see(page, False)
        stage.run("csm-enqueue", "reroll", f"odd:{name}", "--yes")
        pick = ("csm-enqueue", "pick", f"odd:{name}", "--take", "2")
        wait("another take", lambda: (stage.run(*pick, fails=True), listed("odd")[name]["take"] == 2)[1])
        page.press("a")
        page.told(f"odd:{name} has another take now")
        assert not listed("odd")[name]["accepted"]
        see(page, True)
        page.button("Accept take 1", "#lines")
        page.press("a")
        page.told("take 1 picked")
        assert listed("odd")[name]["take"] == 1 and listed("odd")[name]["accepted"]

    @check("listening: plays on by itself through what needs an ear; accept, reroll, pick")
    def _():
        def at_first(page):
            here = page.text("#listen .row.here[aria-rowindex='1'] .row-name")
            return here == page.text("#listen .pane-head h2") != ""
        page.go("tonight")
        page.until("the end", lambda page: "24 of 24" in page.text(".tonight-batches"), 2 * PATIENCE)
        page.go("listen?batch=odd")
        page.until("rows", lambda page: len(page.rows()) > 3)
        page.script("document.querySelector('#listen .list').focus()")
        page.press(Keys.HOME)
        page.until("the first", at_first)
        first = page.text("#listen .pane-head h2")
        page.press(" ")
        page.plays()
        page.shot("listening")
        page.script("document.querySelector('audio').currentTime = document.querySelector('audio').duration - 0.2")
        page.until("the next", lambda page: page.text("#listen .pane-head h2") not in ("", first))
        page.until("its sound", lambda page: not page.script("document.querySelector('audio').paused"))
        page.press("g")
        accepted = page.text("#listen .pane-head h2")
        page.press("a")
        page.told("accepted")
        # The list may show what it had when it was last in sight, so its count says nothing yet.
        page.until("it leaves the list", lambda page: accepted not in page.names("#listen"))
        assert listed("odd")[accepted]["accepted"]
        page.press(Keys.HOME)
        page.until("the first", at_first)
        chosen = page.text("#listen .pane-head h2")
        page.press("r")
        page.button("Pay up to", "dialog").click()
        page.told("new take")
        page.go("lines?batch=odd")
        page.until("rows", lambda page: len(page.rows()) > 3)
        index = int(chosen.strip("L")) - 1
        page.press(Keys.HOME, *[Keys.ARROW_DOWN] * index)
        page.until("two takes", lambda page: page.text("#lines .pane-head h2") == chosen and len(page.seen("#lines .take canvas")) == 2, 2 * PATIENCE)
        other = page.until("the other take", lambda page: page.script(
            "document.querySelector('#lines .take:not(:has(.take-facts > .own))')?.dataset.take"))
        page.press(other)
        page.button("Pick", "#lines")
        page.press("p")
        page.told(f"take {other} picked")
        page.script("clearTimeout(csm.notice.timer)")  # so that the button is still there when axe has looked
        assert axe(page) == [], axe(page)
        page.button("Undo", ".notice").click()
        page.told(f"take {3 - int(other)} picked")

    @check("lines: an order by an index, or by sorting a few")
    def _():
        from selenium.webdriver.support.select import Select
        page.go("lines?batch=odd")
        page.until("rows", lambda page: len(page.rows()) > 3)
        # Rows are used again, so that their order in the document is not that on the screen.
        seconds = lambda page: page.script(
            "[...document.querySelectorAll('#lines .row')].filter(row => row.checkVisibility())"
            ".sort((a, b) => a.getAttribute('aria-rowindex') - b.getAttribute('aria-rowindex'))"
            ".map(row => parseFloat(row.querySelector('.row-length').innerText)).filter(length => length > 0)")
        for order, is_right in (("-length", lambda all: all == sorted(all, reverse=True)), ("length", lambda all: all == sorted(all))):
            Select(page.find("#lines-order")).select_by_value(order)
            page.until(order, lambda page: len(seconds(page)) > 3 and is_right(seconds(page)))
        Select(page.find("#lines-order")).select_by_value("-added")
        page.until("the last first", lambda page: page.text("#lines .row[aria-rowindex='1'] .row-name") == "L24")
        page.script("document.querySelector('#lines .list').focus()")

    @check("many at once: marked, and cancelled after a question")
    def _():
        stage.run("csm-enqueue", "pause")
        stage.add("later.txt", sentences(12, 3))
        page.go("lines?batch=later")
        page.until("rows", lambda page: len(page.rows()) == 12)
        page.press(Keys.HOME, "x", Keys.ARROW_DOWN, "x")
        page.until("two", lambda page: "2 marked" in page.text("#lines .marking"))
        assert axe(page) == [], axe(page)
        page.button("Cancel", "#lines .marking").click()
        page.button("Cancel them", "dialog").click()
        page.told("2 lines cancelled")
        listed = [json.loads(line) for line in stage.run("csm-enqueue", "list", "--batch", "later", "--json").splitlines()]
        assert [line["state"] for line in listed].count("CANCELLED") == 2
        stage.run("csm-enqueue", "resume")

    @check("a clip is judged before it is kept as a voice")
    def _():
        lines = [json.loads(line) for line in stage.run(
            "csm-enqueue", "list", "--batch", "harbour", "--state", "STORED", "--all", "--json").splitlines()]
        longest = max(lines, key=lambda line: line["duration_s"])
        page.go("add")
        page.find("#voice-name").send_keys("anna")
        page.find("#voice-words").send_keys("No.")
        page.find("#voice-file").send_keys(str(copy(pathlib.Path(longest["path"]), stage.folder / "clip.wav")))
        page.until("a judgement", lambda page: "This will not do" in page.text("[aria-label='Voices'] .outcome"))
        page.find("#voice-words").clear()
        page.find("#voice-words").send_keys(longest["text"] + Keys.TAB)
        page.until("a better judgement", lambda page: "This will do" in page.text("[aria-label='Voices'] .outcome"))
        page.button("Keep this voice").click()
        page.until("the voice", lambda page: "anna" in page.text(".voice-list"))
        assert longest["text"] in page.text(".voice-list")
        assert axe(page) == [], axe(page)

    @check("a voice is recorded by microphone, heard, judged and kept")
    def _():
        outcome = "[aria-label='Voices'] .outcome"
        page.go("add")
        for field, words in (("name", "berta"), ("words", SPOKEN)):
            page.find(f"#voice-{field}").clear()
            page.find(f"#voice-{field}").send_keys(words + Keys.TAB)
        page.button("Record", "#add").click()
        page.until("the time", lambda page: int((re.findall(r"Stop, (\d+) s", page.text("#add button")) or [0])[0]) >= 6)
        page.shot("recording")
        # What is there judges the clip before this one.
        page.script("document.querySelector(arguments[0]).replaceChildren()", outcome)
        page.button("Stop", "#add").click()
        page.until("a judgement", lambda page: "characters a second" in page.text(outcome))
        assert "This will do" in page.text(outcome), page.text(outcome)
        page.button("Hear it", "#add").click()
        page.plays()
        page.button("Keep this voice").click()
        page.until("the voice", lambda page: "berta" in page.text(".voice-list"))
        assert SPOKEN in stage.run("csm-enqueue", "voice", "list", "--json")
        # The recording is of speech, not of what a browser makes of no sound.
        assert float(page.text(outcome).split("second, \u2212")[1].split(" dBFS")[0]) < 40, page.text(outcome)
        assert axe(page) == [], axe(page)

    @check("without a microphone, or without permission, the page says so")
    def _():
        for microphone, words in (("denied", "has no permission to use the microphone"), (None, "No microphone was found")):
            other = Page(stage.browser(microphone=microphone))
            other.enter(stage.address())
            other.go("add")
            other.button("Record", "#add").click()
            other.until(words, lambda page: words in page.text("[aria-label='Voices'] .outcome"))
            assert other.button("Record", "#add")
            assert other.complaints() == [], other.complaints()
            other.browser.quit()

    @check("a budget is set on the page")
    def _():
        page.go("tonight")
        page.press_in_report("the button", lambda page: page.button("Budget", "#tonight"))
        page.until("the field", lambda page: page.seen("#budget-field"))[0].send_keys("3.50" + Keys.ENTER)
        page.until("the budget", lambda page: "of $3.50" in page.text("#tonight"))

    @check("no error in the console but those that were asked for")
    def _():
        complaints = [text for text in page.complaints() if "422" not in text]
        assert complaints == [], complaints

    @check("a browser whose key is no longer known is sent away once")
    def _():
        page.script("localStorage.setItem('csm-key', '0'.repeat(64)), location.reload()")
        page.until("the reason", lambda page: "csm-web address" in page.text("#word"))
        time.sleep(1)
        assert "csm-web address" in page.text("#word")

    @check("every view at 390 and 1280 pixels, light and dark, holds what axe wants, and nothing sticks out")
    def _():
        page.enter(stage.address())
        for width, height in ((1280, 860), (390, 844)):
            for dark in (False, True):
                look(page.browser, width, height, dark)
                for view in ("tonight", "lines?batch=odd", "listen", "add"):
                    page.go(view)
                    time.sleep(0.4)
                    if view.startswith("l"):
                        page.until("rows", lambda page: page.rows())
                        page.press(Keys.HOME)
                        page.until("a line", lambda page: page.seen(".take canvas"))
                    assert page.script("document.documentElement.scrollWidth <= innerWidth"), (view, width)
                    assert axe(page) == [], (view, width, dark, axe(page))
                    page.shot(f"{view.split('?')[0]}-{width}-{'dark' if dark else 'light'}")
        look(page.browser, 1280, 860)

    @check("by the keyboard alone: each view, and each of its buttons, is reached by Tab")
    def _():
        for view in ("tonight", "lines?batch=odd", "add"):
            page.go(view)
            time.sleep(0.3)
            page.script("document.activeElement.blur()")
            see(page, False)  # A report would draw anew what has the focus.
            reached = set()
            for _ in range(120):
                page.press(Keys.TAB)
                reached.add(page.script("document.activeElement.outerHTML.slice(0, 300)"))
            name = view.split("?")[0]
            missed = [one for one in page.script(
                f"[...document.querySelectorAll('#{name} button, #{name} a, #{name} input, #{name} select')]"
                ".filter(one => one.offsetParent && !one.disabled && one.tabIndex >= 0).map(one => one.outerHTML.slice(0, 300))")
                if one not in reached]
            see(page, True)
            assert missed == [], missed[:3]

    if not options.short:
        @check("a page that hears nothing says so, and since when")
        def _():
            page.go("tonight")
            page.until("news", lambda page: page.text(".tonight-head") and not page.text("#live"))
            stage.web.send_signal(signal.SIGSTOP)
            page.until("the silence", lambda page: "no news since" in page.text("#live"), 2 * PATIENCE)
            stage.web.send_signal(signal.SIGCONT)
            page.until("news", lambda page: not page.text("#live"))

    @check("it ends when it is told to, and leaves no address")
    def _():
        stage.end(stage.web)
        assert stage.web.returncode == 0, stage.web.returncode
        assert not (stage.folder / "state/web.address").exists()


def copy(path, to):
    to.write_bytes(path.read_bytes())
    return to


def subprocess_log(stage):
    return open(stage.folder / "csmd.log", "a")


main()
