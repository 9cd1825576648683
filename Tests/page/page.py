#!/usr/bin/env python3
"""Works the page of `csm-enqueue review`; see run.sh, which installs what this needs."""

import argparse
import json
import pathlib
import shutil
import tempfile
import time

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import night
from browser import PATIENCE, browser

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--bin", default=".build/debug")
parser.add_argument("--keep", metavar="DIR")
options = parser.parse_args()


def check(claim, what):
    if not claim:
        raise AssertionError(what)


def demand_quiet(page, where):
    """Nothing in the console, and nothing that axe finds."""
    findings = page.findings()
    check(not findings, f"{where}: axe finds {findings}")
    errors = page.errors()
    check(not errors, f"{where}: the console has {errors}")


def looks(place, keep):
    """At both widths, light and dark: quiet, within the width, and the same lines."""
    for width, height in [(1280, 800), (390, 844)]:
        for dark in [False, True]:
            with browser(width=width, height=height, dark=dark) as page:
                page.open(place)
                page.keys("jjj")
                page.wait("a line is shown", "document.querySelector('.pane h2')")
                name = f"{width}-{'dark' if dark else 'light'}"
                demand_quiet(page, name)
                check(page.js("return document.documentElement.scrollWidth <= innerWidth"), f"{name}: wider than the screen")
                check(page.js("return document.title") == "night", f"{name}: no title")
                if keep:
                    page.picture(keep / f"review-{name}.png")
                for key, end in [("e", Keys.ESCAPE), ("?", Keys.ESCAPE)]:
                    page.keys(key)
                    demand_quiet(page, f"{name}, {key}")
                    page.keys(end)


def texts(page):
    """What is hostile in a text is text."""
    line = next(row for row in all_lines(page) if row.startswith("L4"))
    page.keys("/")
    page.keys("alert")
    page.keys(Keys.ENTER)
    check(page.text(".pane-text") == night.HOSTILE, f"the text is {page.text('.pane-text')!r}: {line}")
    check(page.js("return document.images.length") == 0, "a text became an image")
    page.keys("/")
    page.keys(Keys.ESCAPE)


def all_lines(page):
    """The lines in sight, as text."""
    return page.js("return [...document.querySelectorAll('.row:not([hidden])')].map(row => row.textContent.trim().replace(/^\\W+/, ''))")


def go_to(page, words):
    # What is there is selected, so that other words take its place.
    page.keys("/", words, Keys.ENTER)
    page.wait("it is found", "document.querySelector('.pane h2')")


def show_all(page):
    page.keys("/")
    page.keys(Keys.ESCAPE)
    page.wait("all filters are off", "document.querySelector('.list').getAttribute('aria-rowcount') == 13")


def keys(page, lines):
    """Each key does what the list of keys says."""
    def key(key, what, script):
        page.keys(key)
        return page.wait(f"{key}: {what}", script)

    here = "document.querySelector('.row.here')?.id"
    key(Keys.HOME, "the first line", f"{here} === 'lines-0'")
    key(Keys.ARROW_DOWN, "the next line", f"{here} === 'lines-1'")
    key(Keys.ARROW_UP, "the line before", f"{here} === 'lines-0'")
    key("j", "the next line", f"{here} === 'lines-1'")
    key("k", "the line before", f"{here} === 'lines-0'")
    key(Keys.END, "the last line", f"{here} === 'lines-12'")
    key(Keys.PAGE_UP, "a page up", f"{here} !== 'lines-12'")
    key(Keys.HOME, "the first line", f"{here} === 'lines-0'")
    key(Keys.PAGE_DOWN, "a page down", f"{here} !== 'lines-0'")

    # Listening
    page.keys("n")
    key("n", "plays what needs an ear", "document.querySelector('audio').currentTime > 0.05")
    check(page.js("return csm.seconds(5)") == "5.0 s", "the parts are there")
    key(" ", "pauses", "document.querySelector('audio').paused")
    time_before = page.state()["time"]
    key(" ", "goes on", f"document.querySelector('audio').currentTime > {time_before}")
    key(" ", "pauses", "document.querySelector('audio').paused")
    time_before = page.state()["time"]
    key(Keys.ARROW_RIGHT, "a second on", f"document.querySelector('audio').currentTime >= Math.min(document.querySelector('audio').duration, {time_before} + 0.9)")
    key(Keys.ARROW_LEFT, "a second back", f"document.querySelector('audio').currentTime < {page.state()['time']}")
    for rate in [1.25, 1.5, 2, 1]:
        key("s", "another speed", f"document.querySelector('audio').playbackRate === {rate}")

    # Deciding: each way once
    first = page.state()["line"]
    key("a", "accepts", "document.querySelector('#save-count').textContent === '1'")
    check(page.state()["line"] != first, "a does not go on")
    key("u", "takes it back", "document.querySelector('#save-count').textContent === '0'")
    check(page.state()["line"] == first, f"u does not go back: {page.state()}")
    key("g", "stays", "/Stays/.test(told.at(-1))")
    key("a", "accepts", "document.querySelector('#save-count').textContent === '1'")
    check(page.state()["line"] == first, "a goes on")
    key("g", "goes on", "/Goes on/.test(told.at(-1))")
    key("r", "rerolls", "[...document.querySelectorAll('.row-decision')].some(one => one.textContent === 'reroll')")

    several = next(line for line, row in lines.items() if row["takes"] > 1)
    go_to(page, several)
    own = page.state()["take"]
    other = "1" if own != "1" else "2"
    key(other, "hears a take", f"document.querySelector('.take.heard').dataset.take === '{other}'")
    page.wait("it plays", "document.querySelector('audio').currentTime > 0.02")
    key("a", "picks it", "document.querySelector('#save-count').textContent === '2'")
    key("u", "takes it back", "document.querySelector('#save-count').textContent === '1'")
    key(other, "hears a take", f"document.querySelector('.take.heard').dataset.take === '{other}'")
    key("p", "picks it", "document.querySelector('#save-count').textContent === '2'")

    go_to(page, "L5")
    key("e", "edits", "document.activeElement.tagName === 'TEXTAREA'")
    page.select_all()
    page.keys("Sleep well, all of you.", Keys.ENTER)
    page.wait("other words", "document.querySelector('#save-count').textContent === '3'")
    go_to(page, "L6")
    key("e", "edits", "document.activeElement.tagName === 'TEXTAREA'")
    page.keys("nothing", Keys.ESCAPE)
    page.wait("the words stay", "document.querySelector('.pane-text').textContent === 'Once more, with feeling.'")

    failed = next(line for line, row in lines.items() if row["state"] == "FAILED")
    go_to(page, failed)
    key("r", "tries again", "document.querySelector('#save-count').textContent === '4'")
    go_to(page, "Q1")
    key("c", "cancels", "document.querySelector('#save-count').textContent === '5'")

    # Many at once
    go_to(page, "Hushed")
    key("x", "marks", "!document.querySelector('#marked').hidden")
    key(Keys.ARROW_DOWN, "the next line", f"{here} === 'lines-1'")
    key("m", "marks", "document.querySelector('#marked-count').textContent === '2 marked:'")
    key("x", "marks no more", "document.querySelector('#marked-count').textContent === '1 marked:'")
    show_all(page)

    # Filters
    names = page.js("return [...document.querySelectorAll('#filters button')].map(one => one.firstChild.textContent)")
    check(names[0] == "All" and "To hear" in names and "No audio" in names and "Marked" in names, names)
    for name in names[1:] + names[:1]:
        key("f", "the next filter", f"document.querySelector('#filters [aria-pressed=true]').firstChild.textContent === '{name}'")
    key("F", "the one before", f"document.querySelector('#filters [aria-pressed=true]').firstChild.textContent === '{names[-1]}'")
    key("f", "the next filter", "document.querySelector('#filters [aria-pressed=true]').firstChild.textContent === 'All'")

    key("?", "the keys", "document.querySelector('dialog[open] .keys')")
    key(Keys.ESCAPE, "no keys", "!document.querySelector('dialog')")


def buttons(page):
    """Each button does what its key does."""
    def press(selector, what, script):
        page.click(selector)
        page.wait(f"{selector}: {what}", script)

    show_all(page)
    deck = "document.querySelectorAll('.deck button')"
    saved = "Number(document.querySelector('#save-count').textContent)"
    before = page.js(f"return {saved}")
    go_to(page, "L7")
    press(".row.here .row-play button", "plays", "!document.querySelector('audio').paused")
    press(".take .round", "pauses", "document.querySelector('audio').paused")
    # At the middle of the wave
    page.click(".take-wave")
    page.wait("goes to the middle", "document.querySelector('audio').currentTime > 0.3")
    press(".deck button:nth-of-type(1)", "accepts", f"{saved} === {before + 1}")
    check(page.state()["focus"] == "BODY", "the space bar would press the button again")
    show_all(page)
    names = page.js(f"return [...{deck}].filter(one => !one.hidden).map(one => one.firstChild.textContent)")
    check(names == ["Accept", "Pick", "Reroll", "Edit", "Previous", "Next", "To hear", "1×", "Undo"], names)
    for name, what, script in [
        ("Undo", "takes it back", f"{saved} === {before}"),
        ("Next", "the next line", "true"), ("Previous", "the line before", "true"),
        ("To hear", "plays", "document.querySelector('audio').currentTime > 0"),
        ("1×", "faster", "document.querySelector('audio').playbackRate === 1.25"),
        ("Edit", "edits", "document.querySelector('.pane-edit textarea')"),
    ]:
        page.js(f"[...{deck}].find(one => one.firstChild.textContent === arguments[0]).click()", name)
        page.wait(f"{name}: {what}", script)
    press(".pane-edit button:last-of-type", "leaves it", "!document.querySelector('.pane-edit')")
    press("#marked-none", "no marks", "document.querySelector('#marked').hidden")
    go_to(page, "Hushed")
    count = page.js("return document.querySelectorAll('.row:not([hidden])').length")
    boxes = page.driver.find_elements(By.CSS_SELECTOR, ".row:not([hidden]) .row-mark input")
    for box in boxes:
        box.click()
    page.wait("all are marked", f"document.querySelector('#marked-count').textContent === '{count} marked:'")
    press("#marked-again", "rerolls them", f"{saved} >= {before}")
    press("#keys", "the keys", "document.querySelector('dialog[open]')")
    press("dialog .actions button", "no keys", "!document.querySelector('dialog')")
    show_all(page)


def saving(page, place, stage, downloads):
    """Decisions outlive the page, and end in a file that decide carries out, once."""
    count = page.state()["saved"]
    page.open(place)
    page.wait("decisions are kept", f"document.querySelector('#save-count').textContent === '{count}'")
    page.keys("d")
    page.wait("a dialog", "document.querySelector('dialog[open] .primary')")
    demand_quiet(page, "saving")
    page.click("dialog .actions button:nth-of-type(2)")
    page.wait("it is copied", "told.at(-1) === 'Copied.'")
    page.click("dialog .primary")
    file = downloads / "night-decisions.jsonl"
    deadline = time.monotonic() + PATIENCE
    while not (file.exists() and file.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.05)
    rows = [json.loads(row) for row in file.read_text().splitlines()]
    check(rows[0]["batch"] == "night" and rows[0]["decisions"] == len(rows) - 1 == int(count), rows[0])
    ways = {row["decision"] for row in rows[1:]}
    check(ways == {"accept", "pick", "reroll", "retry", "edit", "cancel"} - ({"accept"} - ways), ways)
    told = stage.enqueue("decide", str(file), status=1)
    check(f"{count} decisions" in told.stdout and "nothing was done" in told.stderr, told)
    done = stage.enqueue("decide", str(file), "--yes")
    check("done: " in done.stdout, done)
    again = stage.enqueue("decide", str(file), "--yes")
    check("nothing to do" in again.stdout, again)
    lines = stage.lines()
    picked = next(row for row in rows if row.get("decision") == "pick")
    check(lines[picked["id"].removeprefix("night:")]["take"] == picked["take"], "the take is another")
    check(lines["L5"]["text"] == "Sleep well, all of you.", lines["L5"])
    check(lines["Q1"]["state"] == "CANCELLED", lines["Q1"])
    return len(rows) - 1


def forgetful(place):
    """A browser that keeps nothing says so."""
    with browser(before="Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })") as page:
        page.open(place)
        page.wait("it says so", "/cannot store/.test(told.at(-1))")


def lost(stage):
    """Audio that was moved away is told, not a puzzle."""
    place = stage.folder / "elsewhere" / "night.html"
    place.parent.mkdir()
    shutil.copy(stage.folder / "night.html", place)
    with browser() as page:
        page.open(place)
        page.keys("n")
        page.wait("it says so", "/cannot be played/.test(told.at(-1))")


def longest(place):
    """The list that all pages have goes to the ends of a million rows, and steps through them."""
    with browser() as page:
        page.open(place)
        page.js("""
            document.querySelector('main').innerHTML = '<div id=million></div>';
            document.getElementById('million').style.height = '600px';
            window.list = new csm.LineList(document.getElementById('million'), {
              label: 'A million', make: () => csm.lineRow.make({}),
              draw: (row, index) => csm.lineRow.draw(row, { line: String(index), text: '', state: 'STORED' }) });
            list.count = 1_000_000;""")
        shown = "[...document.querySelectorAll('.row:not([hidden])')].filter(row => { const from = list.host.getBoundingClientRect().top; const { top, bottom } = row.getBoundingClientRect(); return top - from >= -1 && bottom - from <= 601; }).map(row => row.index).sort((a, b) => a - b)"
        for index in [999_999, 500_000, 500_001, 0]:
            page.js("list.go(arguments[0])", index)
            page.wait(f"row {index}", f"{shown}.includes({index})")
        page.js("list.host.scrollTop = list.host.scrollHeight")
        page.wait("the last row", f"{shown}.includes(999_999)")
        page.js("list.host.scrollTop -= 42")
        page.wait("a row less", f"!{shown}.includes(999_999) && {shown}.includes(999_998)")
        page.js("list.host.scrollTop = list.host.scrollHeight / 2")
        page.wait("the middle", f"Math.abs({shown}[0] - 500_000) < 100")
        check(page.js("return document.querySelectorAll('.row').length") < 60, "rows exist that nobody sees")


def speed(page, place):
    """Milliseconds to load the page, for a frame at the median, and for the slowest twentieth."""
    page.open(place)
    times = page.js("const [one] = performance.getEntriesByType('navigation'); return [one.domContentLoadedEventEnd, one.loadEventEnd]")
    frames = page.frames()
    return max(times), frames[len(frames) // 2], frames[len(frames) * 95 // 100]


def many(place, count):
    """Many lines are as quick as few: a slow machine is slow with both, and the work beside this comes and goes."""
    grown = night.grown(place, count)
    fewer = night.grown(place, count // 4)
    with browser() as page:
        for _ in range(3):
            load_few, median_few, _ = speed(page, fewer)
            load, median, slow = speed(page, grown)
            if load < max(4000, 8 * load_few) and median < max(40, 2 * median_few):
                break
        else:
            check(False, f"{count} lines take {load} ms to load and {median} ms a frame; a quarter of them {load_few} and {median_few}")
        check(page.js("return document.querySelectorAll('.row').length") < 80, "rows exist that nobody sees")
        page.keys(Keys.END)
        page.wait("the last line", f"document.querySelector('.row.here')?.id === 'lines-{count - 1}'")
        began = time.monotonic()
        page.keys("/", f"N{count - 2:05}", Keys.ENTER)
        page.wait("it is found", f"document.querySelector('.pane h2').textContent === 'N{count - 2:05}'")
        found = time.monotonic() - began
        demand_quiet(page, f"{count} lines")
    return (f"{count:,} lines: {grown.stat().st_size / 1e6:.1f} MB, {load:.0f} ms to load, "
            f"{median:.0f} ms a frame, {slow:.0f} ms the slowest twentieth, {found * 1000:.0f} ms to search")


def main():
    began = time.monotonic()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="csm-page."))
    keep = pathlib.Path(options.keep) if options.keep else None
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    try:
        stage = night.Night(folder, options.bin)
        stage.speak()
        place = stage.review()
        lines = stage.lines()
        looks(place, keep)
        with browser(downloads=folder) as page:
            page.open(place)
            texts(page)
            keys(page, lines)
            buttons(page)
            errors = page.errors()
            check(not errors, f"the console has {errors}")
            saved = saving(page, place, stage, folder)
        forgetful(place)
        lost(stage)
        longest(place)
        figures = many(place, 5000)
        if keep:
            shutil.copy(place, keep)
    finally:
        shutil.rmtree(folder)
    print(f"the page of review: all keys and buttons, {saved} decisions carried out; {figures}; "
          f"{time.monotonic() - began:.0f} s")


main()
