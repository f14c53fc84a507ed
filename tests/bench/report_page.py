"""Filters and sorts a page of 10,000 findings in Chromium: milliseconds from the key to the painted frame.

Run with: python -m tests.bench.report_page [COUNT]
"""

import sys
import tempfile
from pathlib import Path

from scanner.report.whole_file import write_file
from scanner.report.writer import find_format, render
from tests.report import samples
from tests.report.browser import open_browser

_TIMED = """
const done = arguments[1];
const start = performance.now();
eval(arguments[0]);
document.body.offsetHeight;
requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
"""
_STEPS = {
    "filter, few match": "search.value = '127.0.39'; search.dispatchEvent(new Event('input'))",
    "filter, many match": "search.value = 'redis'; search.dispatchEvent(new Event('input'))",
    "filter, two words": "search.value = 'docker high'; search.dispatchEvent(new Event('input'))",
    "filter, none": "search.value = ''; search.dispatchEvent(new Event('input'))",
    "choose a severity": "document.querySelector('[name=severity]').value = '4';"
    "document.querySelector('[name=severity]').dispatchEvent(new Event('change'))",
    "sort by endpoint": "document.querySelector('[data-key=place] button').click()",
    "sort by what is so": "document.querySelector('[data-key=title] button').click()",
}


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        path = Path(directory) / "report.html"
        write_file(path, lambda out: render(find_format("html"), samples.many(count), out))
        browser = open_browser(Path(directory) / "profile")
        browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        browser.get(path.as_uri())
        loaded = browser.execute_script(
            "const entry = performance.getEntriesByType('navigation')[0]; return entry.loadEventEnd - entry.startTime"
        )
        heap = browser.execute_script("return performance.memory.usedJSHeapSize / 1048576")
        sys.stdout.write(f"{count} findings, {path.stat().st_size / 1e6:.1f} MB, script heap {heap:.0f} MiB\n")
        sys.stdout.write(f"{'load':20} {loaded:7.0f} ms\n")
        for name, script in _STEPS.items():
            times = sorted(browser.execute_async_script(_TIMED, script) for _ in range(5))
            sys.stdout.write(f"{name:20} {times[2]:7.0f} ms (worst of 5: {times[-1]:.0f})\n")
        browser.quit()


if __name__ == "__main__":
    main(int((*sys.argv[1:], "10000")[0]))
