"""A headless Chromium that shows one page, and what is asked of it."""

import contextlib
import json
import pathlib
import time

import selenium_axe_python
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

# What does not come within so many seconds will not come; a busy machine is slow, but not as slow as this.
PATIENCE = 60
# A notice is there for a few seconds only, so the page keeps what it has told.
TELLING = """
    window.told = [];
    new MutationObserver(changes => {
      const notice = changes.map(change => change.target).find(target => target.matches?.('.notice'));
      if (notice?.textContent) told.push(notice.textContent);
    }).observe(document, { childList: true, subtree: true });
"""
AXE = (pathlib.Path(selenium_axe_python.__file__).parent / "axe-core" / "axe.min.js").read_text()


class Browser:
    def __init__(self, width=1280, height=800, dark=False, downloads=None, before=None):
        options = webdriver.ChromeOptions()
        for argument in [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={width},{height}",
            "--autoplay-policy=no-user-gesture-required",
        ]:
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        self.driver.set_script_timeout(2 * PATIENCE)
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=TELLING)
        is_phone = width < 500
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if is_phone else 1,
                 mobile=is_phone)
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        if downloads:
            self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
        if before:
            self.cdp("Page.addScriptToEvaluateOnNewDocument", source=before)

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def open(self, page):
        self.driver.get(page.as_uri())

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, what, script, timeout=PATIENCE):
        """Waits until a script's value is true, and gives it."""
        deadline = time.monotonic() + timeout
        value = None
        while time.monotonic() < deadline:
            # What is not there yet has no text either.
            value = self.js(f"try {{ return {script} }} catch {{ return null }}")
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"{what}: {script} is {value!r}; {self.state()}")

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def select_all(self):
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()

    def click(self, selector):
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def state(self):
        return self.js("""
            const audio = document.querySelector('audio');
            return {
              line: document.querySelector('.pane h2')?.textContent, here: document.querySelector('.row.here')?.id,
              time: audio.currentTime, paused: audio.paused, rate: audio.playbackRate,
              source: audio.getAttribute('src'), saved: document.querySelector('#save-count').textContent,
              filter: document.querySelector('#filters [aria-pressed=true]').firstChild.textContent,
              notice: document.querySelector('.notice')?.textContent,
              take: document.querySelector('.take.heard')?.dataset.take, focus: document.activeElement.tagName,
            }""")

    def errors(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def findings(self):
        """What axe finds."""
        self.js(AXE)
        result = self.driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
        return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in result["violations"]]

    def frames(self, count=120, step=400):
        """The times of frames while the list scrolls, in milliseconds, the shortest first."""
        return self.driver.execute_async_script("""
            const [count, step, done] = arguments, list = document.querySelector('.list'), times = [];
            let last = performance.now();
            const next = () => {
              const now = performance.now();
              times.push(now - last);
              last = now;
              list.scrollTop += step;
              if (times.length < count) requestAnimationFrame(next);
              else done(times.slice(2).sort((one, other) => one - other));
            };
            requestAnimationFrame(next);""", count, step)

    def picture(self, path):
        self.driver.save_screenshot(str(path))

    def quit(self):
        self.driver.quit()


@contextlib.contextmanager
def browser(**options):
    one = Browser(**options)
    try:
        yield one
    finally:
        one.quit()
