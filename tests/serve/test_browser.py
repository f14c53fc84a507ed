"""Every page in a real browser: three widths, light and dark, keyboard alone, no script, nobody else is asked."""

import asyncio
import os
import threading
from pathlib import Path

import axe_core_python
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from scanner.serve.app import make_app
from scanner.serve.entrance import Entrance
from scanner.serve.listen import listening
from tests.history.store.told import HOSTS, found
from tests.report.browser import BROWSER, DRIVER, complaints, open_browser, requests
from tests.serve.conftest import TOKEN

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BROWSER and DRIVER) and not os.environ.get("CI"), reason="chromium is missing; install chromium-driver"
    ),
]
AXE = Path(axe_core_python.__file__).with_name("axe.min.js").read_text("utf-8")
PAGES = ("/", "/times", "/findings?state=all", f"/findings/{found(HOSTS[0]).fingerprint}", "/assets", "/runs",
         "/accepted", "/runs/compare?earlier=1&later=5")  # fmt: skip
GRAVE = {"serious", "critical"}


@pytest.fixture
def url(filled):
    """The server in a thread of its own: the browser is asked from this one."""
    ready, over, there = threading.Event(), [], []

    async def serve():
        stop = asyncio.Event()
        over.append((asyncio.get_running_loop(), stop))
        entrance = Entrance(users={}, token=TOKEN, tls=False, hosts=frozenset({"127.0.0.1"}))
        async with listening(make_app(filled, entrance), "127.0.0.1", 0, None) as (address, port):
            there.append(f"http://{address}:{port}")
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    yield there[0]
    loop, stop = over[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()


@pytest.fixture
def browser(tmp_path, url):
    driver = open_browser(tmp_path / "profile", bypass="127.0.0.1")
    yield driver
    driver.quit()


def sign_in(browser, url):
    """Sign in with the keyboard alone, as the page says."""
    browser.get(url + "/login")
    field = browser.find_element("name", "secret")
    field.send_keys(TOKEN, "\n")
    arrived(browser, lambda there: not there.endswith("/login"))


def arrived(browser, fits):
    """Wait until a key has led to another page: the browser goes there in its own time."""
    WebDriverWait(browser, 60).until(lambda _: fits(browser.current_url))


def grave(browser):
    browser.execute_script(AXE)
    found = browser.execute_async_script("const done = arguments[arguments.length - 1]; axe.run().then(done)")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"] if one["impact"] in GRAVE]


def test_every_page_is_for_everybody_and_asks_nobody_else(browser, url):
    browser.get(url + "/login")
    # The page's own policy forbids scripts; axe's is the test's and is let in by the browser alone.
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    assert grave(browser) == []
    sign_in(browser, url)
    assert browser.title == "Overview - exposure-scanner"
    for path in PAGES:
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            for width in (360, 800, 1_400):
                size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                browser.get(url + path)
                wide = browser.execute_script("return document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide at {width}"
                assert grave(browser) == [], f"{path} {scheme} {width}"
                if folder := os.environ.get("EXPOSURE_SCREENSHOTS"):
                    name = path.strip("/").replace("/", "-").replace("?", "-")[:20] or "overview"
                    browser.save_screenshot(f"{folder}/{name}-{scheme}-{width}.png")
    assert not browser.find_elements("tag name", "script")
    # What the browser asks of itself is none of ours.
    asked = {address for address in requests(browser) if not address.startswith(("data:", "about:", "chrome"))}
    assert {address for address in asked if not address.startswith(url)} == set()
    assert [line for line in complaints(browser) if not line.startswith("chrome:")] == []


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_gone_through_with_the_tab_key(browser, url, path):
    sign_in(browser, url)
    browser.get(url + path)
    stops = "a[href], button, select, input:not([type=hidden]):not([hidden]), [tabindex='0']"
    every = {one.id for one in browser.find_elements("css selector", stops)}
    # Of buttons of one choice the key stops at one, and arrows lead to the others.
    choices = {one.id for one in browser.find_elements("css selector", "input[type=radio]")}
    first, reached = None, set()
    for _ in range(len(every) + 2):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        one = browser.switch_to.active_element
        first = first or one.text
        # Who can't see where the focus is can't use the keyboard.
        assert one.tag_name == "body" or one.value_of_css_property("outline-style") != "none"
        reached.add(one.id)
    assert every - choices <= reached
    assert first == "Skip to the content"


def test_pages_and_filters_work_without_a_script_and_with_the_keyboard(browser, url):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    sign_in(browser, url)
    for path in PAGES:
        browser.get(url + path)
        assert browser.title == f"{browser.find_element('tag name', 'h1').text} - exposure-scanner"
        assert browser.find_element("tag name", "main").text
    browser.get(url + "/findings")
    browser.find_element("name", "text").send_keys(HOSTS[1], "\n")
    arrived(browser, lambda there: f"text={HOSTS[1]}" in there)
    assert [one.text for one in browser.find_elements("css selector", "td a.place")] == [f"{HOSTS[1]}:6379"]
    browser.find_element("css selector", "td a.place").send_keys("\n")
    arrived(browser, lambda there: "/findings/" in there)
    browser.find_element("css selector", "form[action='/logout'] button").send_keys("\n")
    arrived(browser, lambda there: there == url + "/login")
