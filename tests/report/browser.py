"""A page of the report in Chromium, driven by Selenium, as its reader sees it."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--hide-scrollbars")  # fmt: skip
_PATIENCE = 30.0  # s


class Page:
    """A page that is open in a browser; single elements are found by CSS selectors."""

    def __init__(self, driver: Any, downloads: Path) -> None:
        self.driver, self.downloads = driver, downloads

    def open(self, page: Path) -> None:
        self.driver.get(page.as_uri())
        self.wait(lambda: self.run("return document.readyState === 'complete'"), "the page")

    def open_interactive(self, page: Path) -> None:
        self.open(page)
        self.wait(lambda: self.run("return document.documentElement.classList.contains('js')"), "its scripts")
        self.wait(lambda: self.run("return document.querySelectorAll('.plot .main-svg').length > 2"), "its figures")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        return str(self.one(selector).text)

    def press(self, selector: str, *keys: str) -> None:
        self.one(selector).send_keys(*keys)

    def choose(self, selector: str, option: int) -> None:
        from selenium.webdriver.support.select import Select

        Select(self.one(selector)).select_by_index(option)

    def fill(self, selector: str, value: object) -> None:
        """Replace the number in a field, as one types it, and leave the field."""
        from selenium.webdriver.common.keys import Keys

        self.press(selector, Keys.CONTROL, "a")
        self.press(selector, str(value), Keys.TAB)

    def lines(self, plot: str) -> dict[str, dict[str, Any]]:
        """Return the named lines of a plot: x, y and the texts that hovering shows, by tagger."""
        script = (
            "return document.getElementById(arguments[0]).data.filter(each => each.meta)"
            ".map(({meta, x, y, customdata}) => ({meta, x, y, customdata}))"
        )
        return {line["meta"]: line for line in self.run(script, plot)}

    def download(self, link: Any) -> Path:
        """Click a link; return the file that arrives."""
        path = self.downloads / str(link.get_attribute("download"))
        path.unlink(missing_ok=True)
        self.run("arguments[0].scrollIntoView({block: 'center'})", link)
        link.click()
        self.wait(lambda: path.exists() and path.stat().st_size > 0, str(path))
        return path

    def set_size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        time.sleep(0.5)  # Plotly resizes its figures after a delay

    def wait(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < end, f"waited {_PATIENCE:g} s for {what}"
            time.sleep(0.05)

    def console(self) -> list[str]:
        """Return the messages of the console since the last call."""
        return [f"{each['level']}: {each['message']}" for each in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the URLs that were requested since the last call."""
        events = [json.loads(each["message"])["message"] for each in self.driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]


@contextmanager
def browser(downloads: Path, scripts: bool = True) -> Iterator[Page]:
    """Start Chromium, with or without scripts in pages; the test is skipped where it is not installed."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (*_OPTIONS, "--window-size=1400,900"):
        options.add_argument(option)
    preferences: dict[str, Any] = {"download.default_directory": str(downloads), "download.prompt_for_download": False}
    preferences["profile.default_content_setting_values.automatic_downloads"] = 1
    if not scripts:
        preferences["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield Page(started, downloads)
    finally:
        started.quit()
