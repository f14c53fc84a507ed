"""The HTML report in a real Chromium."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import axe_core_python
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from scanner.core.finding import FindingState, Severity
from scanner.report.whole_file import write_file
from scanner.report.writer import find_format, render
from tests.report import hostile, samples
from tests.report.browser import complaints, open_browser, requests

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
CSS = Path(__file__).parents[2] / "scanner/report/assets/report.css"
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def browser(tmp_path_factory, module_server):
    module_server.need("chromium", "chromium")
    module_server.need("chromium-driver", "chromedriver")
    running = open_browser(tmp_path_factory.mktemp("profile"))
    yield running
    running.quit()


@pytest.fixture
def page(browser, tmp_path):
    def show(report):
        path = tmp_path / "report.html"
        write_file(path, lambda out: render(find_format("html"), report, out))
        browser.get(path.as_uri())
        return path.as_uri()

    requests(browser)
    complaints(browser)
    return show


def test_rows_of_one_rule_on_one_host_are_one_and_owners_filter(browser, page):
    page(samples.report(*(samples.finding(port=port) for port in (6379, 6380)), samples.docker_finding()))
    assert places(browser) == ["127.0.0.2:2375", "127.0.0.1:6379"]
    assert browser.find_element(By.ID, "said").text == "2 of 2 rows shown: 3 matching findings, 3 in all"
    Select(browser.find_element(By.NAME, "owner")).select_by_visible_text("platform")
    assert places(browser) == ["127.0.0.2:2375"]
    browser.find_element(By.LINK_TEXT, "127.0.0.2:2375").click()
    assert browser.execute_script("return document.querySelector(':target').tagName") == "ARTICLE"


def places(browser):
    cells = "[...document.querySelectorAll('#findings tbody .place')]"
    return browser.execute_script(f"return {cells}.map((cell) => cell.textContent)")


def three():
    return samples.report(
        samples.finding("127.0.0.10", severity=Severity.LOW, priority=Severity.LOW),
        samples.finding("127.0.0.9", state=FindingState.ACCEPTED, accepted_reason="r", owner="o"),
        samples.docker_finding("127.0.0.2"),
    )


def test_nothing_is_fetched_and_the_console_stays_empty(browser, page):
    address = page(samples.full_report())
    assert requests(browser) == [address]
    assert complaints(browser) == []


@pytest.mark.parametrize("kind", ["html", "attribute", "close", "comment", "image", "anchor", "expression", "json"])
def test_hostile_text_runs_nothing_and_fetches_nothing(browser, page, kind):
    address = page(hostile.report(hostile.STRINGS[kind]))
    assert len(places(browser)) == 2
    assert requests(browser) == [address]
    assert complaints(browser) == []


def test_the_policy_would_stop_a_script_that_got_in(browser, page):
    page(three())
    browser.execute_script("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned=1\">')")
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.owned=1';document.body.append(s)"
    )
    assert browser.execute_script("return window.owned") is None
    assert any("Content Security Policy" in line for line in complaints(browser))


def test_words_filter_the_table(browser, page):
    page(three())
    assert places(browser) == ["127.0.0.2:2375", "127.0.0.9:6379", "127.0.0.10:6379"]
    search = browser.find_element(By.ID, "search")
    search.send_keys("REDIS low")
    assert places(browser) == ["127.0.0.10:6379"]
    assert browser.find_element(By.ID, "said").text == "1 of 1 row shown: 1 matching finding, 3 in all"
    search.send_keys(Keys.ESCAPE)
    assert len(places(browser)) == 3


def test_choices_filter_the_table(browser, page):
    page(three())
    severity, state, owasp = (Select(browser.find_element(By.NAME, name)) for name in ("severity", "state", "owasp"))
    severity.select_by_visible_text("critical")
    assert places(browser) == ["127.0.0.2:2375"]
    severity.select_by_visible_text("all")
    state.select_by_visible_text("accepted")
    assert places(browser) == ["127.0.0.9:6379"]
    state.select_by_visible_text("all")
    owasp.select_by_index(1)
    assert len(places(browser)) == 3


def test_columns_sort_and_say_so(browser, page):
    page(three())
    severity, place, _, _, _ = browser.find_elements(By.CSS_SELECTOR, "#findings th button")
    place.click()
    assert places(browser) == ["127.0.0.2:2375", "127.0.0.9:6379", "127.0.0.10:6379"]
    place.click()
    assert places(browser) == ["127.0.0.10:6379", "127.0.0.9:6379", "127.0.0.2:2375"]
    head = browser.find_element(By.CSS_SELECTOR, "th[data-key=place]")
    assert head.get_attribute("aria-sort") == "descending"
    severity.click()
    assert places(browser)[0] == "127.0.0.2:2375"
    assert head.get_attribute("aria-sort") is None


def test_the_keyboard_is_enough(browser, page):
    page(three())
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    assert browser.switch_to.active_element.get_attribute("id") == "search"
    assert browser.switch_to.active_element.get_attribute("value") == ""
    for _ in range(6):
        browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Endpoint"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert places(browser)[0] == "127.0.0.10:6379"
    for _ in range(4):
        browser.switch_to.active_element.send_keys(Keys.TAB)
    link = browser.switch_to.active_element
    assert link.text == "127.0.0.10:6379"
    link.send_keys(Keys.ENTER)
    target = browser.execute_script("return document.querySelector(':target').textContent")
    assert "redis://127.0.0.10:6379" in target


def test_a_screen_reader_hears_names_headings_and_charts(browser, page):
    page(three())
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    heard = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]]
    roles = {role for role, _ in heard}
    assert {"main", "table", "columnheader", "heading", "image", "search", "status"} <= roles
    named = {"image", "searchbox", "combobox", "button", "link", "table"}
    assert [(role, name) for role, name in heard if role in named and not name] == []
    assert ("image", "Findings by severity. critical: 1; high: 1; medium: 0; low: 1; info: 0") in heard
    levels = browser.execute_script("return [...document.querySelectorAll('h1,h2,h3,h4')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_long_report_shows_a_part_and_prints_all(browser, page):
    page(samples.many(250))
    assert len(places(browser)) == 100
    more = browser.find_element(By.ID, "more")
    more.click()
    assert len(places(browser)) == 200
    more.click()
    assert len(places(browser)) == 250
    assert not more.is_displayed()
    page(samples.many(150))
    browser.execute_cdp_cmd("Page.printToPDF", {})
    assert len(places(browser)) == 150


def test_the_page_is_whole_without_its_script(browser, page):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page(samples.many(300))
        assert browser.page_source.count('class="place" href=') == 300
        assert browser.find_elements(By.ID, "search")[0].is_displayed() is False
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_for_everybody(browser, page, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        page(replace(three(), problems=samples.full_report().problems))
        ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(246, 247, 249)", "dark": "rgb(17, 22, 28)"}[scheme]
        # The page's own policy forbids other scripts, so the test's goes around it, through the browser.
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        run = {"expression": "axe.run().then(JSON.stringify)", "awaitPromise": True, "returnByValue": True}
        found = json.loads(browser.execute_cdp_cmd("Runtime.evaluate", run)["result"]["value"])
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert len(found["passes"]) > 20
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_no_word_is_broken_in_a_table_and_paper_is_white(browser, page):
    page(samples.full_report())
    heights = "return [...document.querySelectorAll('td.word, .level')].map((one) => one.getClientRects().length)"
    assert set(browser.execute_script(heights)) == {1}
    assert "anywhere" not in browser.execute_script(
        "return [...document.querySelectorAll('td')].map((cell) => getComputedStyle(cell).overflowWrap)"
    )
    dark = {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    try:
        style = "const style = getComputedStyle(document.querySelector('.level.critical'));"
        assert browser.execute_script(f"{style} return style.color") == "rgb(165, 14, 45)"
        shown = "return getComputedStyle(document.querySelector('#findings thead')).display"
        assert browser.execute_script(shown) == "table-header-group"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_on_a_narrow_screen(browser, page, width):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        page(samples.report(samples.docker_finding("2001:db8:1111:2222:3333:4444:5555:6666", version="v" * 90)))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_remedy_is_copied(browser, page):
    page(three())
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    button = browser.find_element(By.CSS_SELECTOR, ".copy")
    button.click()
    WebDriverWait(browser, 10).until(lambda _: button.text == "Copied")
    copied = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")
    assert copied == "\n".join(samples.docker_finding().remedy)


@pytest.mark.parametrize("make", [samples.clean_report, samples.empty_report, samples.blind_report])
def test_a_report_without_findings_works(browser, page, make):
    page(make())
    assert complaints(browser) == []
    assert browser.find_element(By.CSS_SELECTOR, ".verdict").text


def colours(theme):
    rule = re.search(theme, CSS.read_text(), re.DOTALL)[1]
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", rule))


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [r"^:root \{(.*?)\}", r"dark\) \{\s*:root \{(.*?)\}"])
def test_all_text_has_the_contrast_of_wcag_aa(theme):
    known = colours(theme)
    assert len(known) >= 14
    for name in known.keys() - {"page", "card", "code", "line"}:
        for ground in ("page", "card", "code"):
            bright, dim = sorted((luminance(known[name]), luminance(known[ground])), reverse=True)
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, (name, ground)
