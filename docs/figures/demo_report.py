"""The figure of docs/start.md: the answer at the top of the demo's report, in Chromium.

Run after `make demo`: python docs/figures/demo_report.py [results/studies/demo/report.html]
"""

import sys
from pathlib import Path
from shutil import which

from selenium import webdriver

WIDTH, MARGIN = 1200, 16  # pixels
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def main(report: Path) -> None:
    """Write the figure beside this file."""
    options = webdriver.ChromeOptions()
    options.binary_location = which("chromium") or ""
    for option in OPTIONS:
        options.add_argument(option)
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(which("chromedriver"))) as driver:
        driver.get(report.resolve().as_uri())
        _set_height(driver, 1000)
        bottom = "return document.getElementById('verdict').getBoundingClientRect().bottom"
        _set_height(driver, int(driver.execute_script(bottom)) + MARGIN)
        driver.save_screenshot(str(Path(__file__).with_suffix(".png")))


def _set_height(driver: webdriver.Chrome, height: int) -> None:
    metrics = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/studies/demo/report.html"))
