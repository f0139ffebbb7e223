"""The figure of docs/start.md: the answer at the top of the demo's report, in Chromium.

Run after `make demo`: python docs/figures/demo_report.py [results/studies/demo/report.html]
"""

import sys
import time
from base64 import b64decode
from pathlib import Path
from shutil import which

from selenium import webdriver

WIDTH, HEIGHT, MARGIN = 1200, 1400, 16  # pixels
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")


def main(report: Path) -> None:
    """Write the figure beside this file."""
    options = webdriver.ChromeOptions()
    options.binary_location = which("chromium") or ""
    for option in (*OPTIONS, f"--window-size={WIDTH},{HEIGHT}"):
        options.add_argument(option)
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(which("chromedriver"))) as driver:
        driver.get(report.resolve().as_uri())
        time.sleep(3)  # Plotly draws the figures
        height = driver.execute_script("return document.getElementById('verdict').getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": int(height) + MARGIN, "scale": 1}
        image = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
    Path(__file__).with_suffix(".png").write_bytes(b64decode(image["data"]))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/studies/demo/report.html"))
