import csv
import io
import json
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from scanner.report.markup import block, code, prose
from scanner.report.writer import WriteOptions, find_format, render
from tests.report import hostile, samples

PLAIN = "plain"
CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
JSON_FORMATS = ("defectdojo", "gitlab", "json", "sarif")


@cache
def written(name: str, text: str) -> str:
    out = io.StringIO()
    render(find_format(name), hostile.report(text), out, WriteOptions(width=100))
    return out.getvalue()


# Here the keys too come from outside; everywhere else their names are part of the structure.
FREE = {"evidence", "options", "by_owasp"}
# What has not the form of a host name is no label.
LABELS = "labels"


def json_shape(value):
    if isinstance(value, dict):
        inside = {key: json_shape(item) for key, item in value.items() if key not in FREE and key != LABELS}
        return inside | {key: len(value[key]) for key in FREE & value.keys()}
    return [json_shape(item) for item in value] if isinstance(value, list) else type(value)


def xml_shape(text):
    return [(element.tag, sorted(element.attrib)) for element in etree.fromstring(text.encode()).iter()]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs]))

    def handle_endtag(self, tag):
        self.seen.append(tag)

    def handle_comment(self, data):
        self.seen.append(("comment", data))


def html_shape(text):
    tags = Tags()
    tags.feed(text)
    return tags.seen


def flat(tokens):
    for token in tokens:
        yield token
        yield from flat(token.children or ())


def markdown_shape(text):
    kinds = (token.type for token in flat(MARKDOWN.parse(text)))
    return [kind for kind in kinds if kind not in {"text", "code_inline", "softbreak", "inline"}]


def github_shape(text):
    return [re.match(r"::\w+ |exposure|\w+:", line).group() for line in text.splitlines()]


SHAPES = {
    **dict.fromkeys(JSON_FORMATS, lambda text: json_shape(json.loads(text))),
    "ndjson": lambda text: [json_shape(json.loads(line)) for line in text.splitlines()],
    "csv": lambda text: [len(row) for row in csv.reader(io.StringIO(text), strict=True)],
    "junit": xml_shape,
    "html": html_shape,
    "markdown": markdown_shape,
    "github": github_shape,
}


@pytest.mark.parametrize("name", samples.EVERY_FORMAT)
def test_no_report_holds_what_moves_a_cursor_or_hides_text(name):
    allowed = {"\n", "\r"} if name == "csv" else {"\n"}
    for kind, text in hostile.STRINGS.items():
        left = {char for char in set(written(name, text)) if unicodedata.category(char) in CONTROLS}
        assert left <= allowed, kind


@pytest.mark.parametrize("name", SHAPES)
def test_hostile_text_leaves_the_structure_as_plain_text_does(name):
    # A label of blanks alone is no label, so its element is missing rightly.
    shapes = {plain: SHAPES[name](written(name, plain)) for plain in (PLAIN, "   ")}
    for kind, text in hostile.STRINGS.items():
        assert SHAPES[name](written(name, text)) == shapes[PLAIN if text.strip() else "   "], kind


@pytest.mark.parametrize("kind", hostile.STRINGS)
def test_no_cell_is_a_formula(kind):
    for row in csv.reader(io.StringIO(written("csv", hostile.STRINGS[kind]))):
        for cell in row:
            assert not cell.lstrip()[:1] or cell.lstrip()[0] not in "=+-@\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("kind", hostile.STRINGS)
def test_the_page_parses_strictly_and_follows_no_link_but_https(kind):
    text = written("html", hostile.STRINGS[kind])
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    links = [element.get("href") for element in document.iter("a")]
    assert links
    assert all(link.startswith(("#", "https://")) for link in links)
    assert not [element.tag for element in document.iter() if element.get("src") or element.get("style")]


@pytest.mark.parametrize("kind", hostile.STRINGS)
def test_markdown_leaves_nothing_for_a_reader_to_link_or_mention(kind):
    tokens = list(flat(MARKDOWN.parse(written("markdown", hostile.STRINGS[kind]))))
    assert not {token.type for token in tokens} & {"html_block", "html_inline", "link_open", "image", "hr", "s_open"}
    for token in tokens:
        if token.type == "text":
            assert not re.search(r"@\w|#\d|://|www\.|GH-\d", token.content), token.content


@given(st.text("`~ a|*_[<#\\") | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))))
def test_code_and_blocks_show_exactly_what_they_hold(text):
    shown = [token for token in flat(MARKDOWN.parse(code(text).replace("\\|", "|"))) if token.type == "code_inline"]
    assert [token.content for token in shown] == ([text] if text.strip() else [])
    fenced = MARKDOWN.parse(block([text, "second"]))
    assert [(token.type, token.content) for token in fenced] == [("fence", f"{text}\nsecond\n")]


@given(st.text("`~ a|*_[<#\\1.-+=&;") | st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))))
def test_prose_never_becomes_anything_but_text(text):
    kinds = {token.type for token in flat(MARKDOWN.parse(f"x {prose(text)} x"))}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}
