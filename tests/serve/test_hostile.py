"""What strangers put into reports, on every page: it stays text, also in a report that somebody else has written."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest

from scanner.cli.main import run
from scanner.core.exit_code import ExitCode
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.walk import Wanted, findings
from scanner.report.formats import json as json_format
from scanner.report.read import parse_report
from scanner.report.writer import WriteOptions
from tests.history.store.conftest import as_root, cluster, postgresql  # noqa: F401 - fixtures by name
from tests.history.store.told import NOW
from tests.report.hostile import STRINGS, report
from tests.serve.conftest import serving

ELEMENTS = {
    "html", "head", "meta", "title", "link", "body", "a", "header", "p", "nav", "ul", "li", "form", "span", "button",
    "h1", "h2", "main", "div", "section", "table", "thead", "tbody", "tr", "th", "td", "ol", "svg", "polygon", "rect",
    "text", "line", "dl", "dt", "dd", "pre", "code", "footer", "label", "input", "select", "option", "br", "b",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "rel", "href", "class", "aria-label", "aria-current", "id", "tabindex",
    "method", "action", "type", "scope", "role", "viewbox", "viewBox", "points", "x", "y", "x1", "x2", "y1", "y2",
    "width", "height", "rx", "value", "selected", "required", "placeholder", "size",
}  # fmt: skip
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def document_of(text):
    """Return a hostile report as an enemy writes it: nothing in it is cleaned."""
    plain = report(text)
    # JSON has no numbers without end.
    held, rows = (tuple(replace(one, evidence={}) for one in many) for many in (plain.findings, plain.endpoints))
    out = io.StringIO()
    json_format.write(replace(plain, findings=held, endpoints=rows), out, WriteOptions())
    return json.loads(out.getvalue())


def imported(number, text):
    """Return the report as the file of another machine brings it."""
    document = document_of(text)
    document["run"]["id"] = f"{number}{text}"
    for place, one in enumerate(document["findings"]):
        one["fingerprint"] = f"{number * 2 + place:064x}"
        one["address"] = f"127.1.{number}.{place + 1}"
    return parse_report(json.dumps(document).encode(), Path("hostile.json"))


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    with Store(read_place(str(path))) as store:
        for number, text in enumerate(STRINGS.values()):
            add_run(store, imported(number, text), NOW)
    return path


def looked_through(html):
    """Demand that a page holds nothing but what its writer put there."""
    assert UNSAFE.search(html) is None
    tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag.rpartition("}")[2] in ELEMENTS, element.tag
        assert set(element.keys()) <= ATTRIBUTES, element.keys()
        for name in ("href", "action"):
            assert element.get(name, "/")[:1] in "/?#"
            assert not element.get(name, "/").startswith("//")


async def test_every_page_holds_text_alone(hostile_file):
    with Store(read_place(str(hostile_file)), make=False) as store:
        with store.reading() as connection:
            held = list(findings(connection, Wanted()))
        assert len(held) == 2 * len(STRINGS)
        async with serving(store) as page:
            # In a page's own filter too, where it comes from the URL.
            asked = [
                f"/findings?text={word}&owner={word}&since={word}" for word in ("%22%3E%3Cb%3E", "%00", "%E2%80%AE")
            ]
            for path in ("/", "/times", "/times?by=rule", "/findings?state=all", "/assets", "/runs", "/accepted",
                         "/runs/compare?earlier=1&later=2", *asked,
                         *(f"/findings/{one.fingerprint}" for one in held)):  # fmt: skip
                answer, html = await page.get(path)
                assert answer.status == 200, path
                looked_through(html)
            for path in (
                "findings?state=all",
                "runs",
                "assets",
                "fix-time?by=owner",
                f"findings/{held[0].fingerprint}",
            ):
                answer, text = await page.get(f"/api/v1/{path}")
                assert (answer.status, text.isascii()) == (200, True)
                json.loads(text)


def test_a_page_that_holds_more_is_seen():
    for html in ("<p onclick=x>", "<script>", "<a href='//evil.example'>", "<p>\u202e"):
        with pytest.raises(AssertionError):
            looked_through(html)


def test_terminals_and_spreadsheets_get_text_alone(hostile_file, capsys):
    for words in (
        ["findings"],
        ["runs"],
        ["fix-time", "--by", "owner"],
        ["show", "0" * 63 + "1"],
        ["metrics"],
        ["export"],
    ):
        assert run(["history", *words, "--history", str(hostile_file)]) == ExitCode.CLEAN
        out = capsys.readouterr().out
        assert UNSAFE.search(out) is None, words
    for words in (["findings"], ["runs"]):
        assert run(["history", *words, "--history", str(hostile_file), "--csv"]) == ExitCode.CLEAN
        for cell in re.findall(r'(?:^|,)"?([^,"]*)', capsys.readouterr().out, re.MULTILINE):
            assert not cell.startswith(("=", "+", "@"))


@pytest.mark.real
def test_a_real_postgresql_takes_every_text_too(postgresql, hostile_file):  # noqa: F811
    with Store(read_place(postgresql())) as store, Store(read_place(str(hostile_file)), make=False) as file:
        for number, text in enumerate(STRINGS.values()):
            add_run(store, imported(number, text), NOW)
        with store.reading() as here, file.reading() as there:
            assert list(findings(here, Wanted())) == list(findings(there, Wanted()))


@pytest.mark.parametrize("much", ["owner", "rule", "service", "title", "product", "name"])
def test_a_text_of_any_length_is_cut(store, much):
    document = document_of("x")
    document["findings"][0][much] = "x" * 100_000
    add_run(store, parse_report(json.dumps(document).encode(), Path("long.json")), NOW)
    with store.reading() as connection:
        every = list(findings(connection, Wanted()))
    texts = [getattr(one, name) for one in every for name in ("owner", "rule", "service", "title", "name")]
    assert max(map(len, texts)) <= 512
