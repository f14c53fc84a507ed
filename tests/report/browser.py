"""A real headless Chromium that shows one page and tells what it did."""

import json
import shutil
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever the browser itself would like to fetch ends at a port that refuses.
    "--proxy-server=127.0.0.1:9",
)


def open_browser(profile: Path, *, bypass: str = "") -> webdriver.Chrome:
    """Start Chromium with a profile of its own; the caller quits it. `bypass` is a server of ours that it may ask."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*_FLAGS, f"--user-data-dir={profile}", "--window-size=1200,900"):
        options.add_argument(flag)
    if bypass:
        # Everything else still ends at the port that refuses.
        options.add_argument(f"--proxy-bypass-list={bypass}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    # Away from the browser's own start page, which asks for its own parts.
    browser.get("about:blank")
    return browser


def requests(browser: webdriver.Chrome) -> list[str]:
    """Return the addresses that pages asked for since the last call."""
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    sent = (event["params"] for event in events if event["method"] == "Network.requestWillBeSent")
    return [params["request"]["url"] for params in sent]


def complaints(browser: webdriver.Chrome) -> list[str]:
    """Return what stands on the console since the last call."""
    return [entry["message"] for entry in browser.get_log("browser")]
