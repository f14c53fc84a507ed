import asyncio
import json
from urllib.parse import urlsplit

import pytest

from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.services.development.chrome_devtools import PROBE
from scanner.wire.devtools import LIST, VERSION
from tests.support.talks import ScriptedHttp, page

CHROME = page('{"Browser": "HeadlessChrome/120.0.1", "Protocol-Version": "1.3"}', json=True)
TARGETS = page(json.dumps([{"type": "page", "title": "secret"}, {"type": "iframe"}]), json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_list_of_pages_is_control_and_titles_are_not_kept():
    facts = ask({VERSION: CHROME, LIST: TARGETS})
    assert (facts.access, facts.version, facts.pages) == (Access.CONTROL, "120.0.1", 1)
    assert rules(facts) == ["chrome-devtools-open"]
    assert "secret" not in str(facts)


@pytest.mark.parametrize(
    ("answer", "access"),
    [(page("{}", json=True), Access.UNKNOWN), (page("", 403), Access.REFUSED), (TimedOut("x"), Access.UNKNOWN)],
)
def test_without_a_list_nothing_is_proven(answer, access):
    facts = ask({VERSION: CHROME, LIST: answer})
    assert (facts.access, rules(facts)) == (access, [])


def test_node_is_another_product():
    assert ask({VERSION: page('{"Browser": "node.js/v20.1.0", "Protocol-Version": "1.1"}', json=True)}) is None


CHROMIUM = [
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--user-data-dir={dir}/profile", "--remote-debugging-address={address}", "--remote-debugging-port=9222",
    "about:blank",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser(module_server):
    # Newer browsers listen on 127.0.0.1 whatever the address says, or on ::1 where somebody has taken the port there.
    running = module_server(CHROMIUM, package="chromium", ready=b"/devtools/browser/")
    running.address = urlsplit("ws://" + running.log.split("ws://")[1].split()[0]).hostname
    return running


@pytest.mark.fleet("chrome-devtools", "open", lint="chromedp/headless-shell")
def test_an_open_browser_is_exposed(browser, see):
    verdict = see(browser, "chrome-devtools", port=9222)
    assert (verdict.status, verdict.rules) == ("exposed", ["chrome-devtools-open"])


@pytest.mark.fleet(
    "chrome-devtools", "protected", unlike={"elsewhere": "a password hides the front page that names it"}
)
def test_a_password_before_its_list_protects(browser, server, see):
    upstream = f"http://[{browser.address}]:9222" if ":" in browser.address else f"http://{browser.address}:9222"
    front = server.front(upstream, 9222, public=("= /json/version",), user="u", password="p")
    assert see(front, "chrome-devtools").status == "protected"
