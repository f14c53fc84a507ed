import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scanner.report.markup import block, code, prose

READER = MarkdownIt("gfm-like")
# Neither GitHub nor GitLab links a bare example.org.
READER.linkify.set({"fuzzy_link": False, "fuzzy_ip": False, "fuzzy_email": True})
LINE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


def kinds(text):
    return {child.type for token in READER.parse(text) for child in (token, *(token.children or ()))}


@pytest.mark.parametrize("text", ["Redis answers.", "It listed 3 containers, 2 of them old."])
def test_a_plain_sentence_stays_as_it_is(text):
    assert prose(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "@team",
        "see #12",
        "GH-12",
        "www.evil.example",
        "http://evil.example",
        "![x](y)",
        "<b>",
        "a*b*",
        "0123abcd",
        "- item",
        "1. item",
    ],
)
def test_what_a_reader_would_make_something_of_is_shown_as_code(text):
    assert prose(text) == f"`{text}`"


@given(LINE)
@example("A.AC")
def test_no_sentence_becomes_more_than_text_and_code(text):
    assert kinds(prose(text)) <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}


@given(LINE.filter(lambda text: text.strip() and "|" not in text))
def test_code_shows_the_text_as_it_is(text):
    [inline] = [token for token in READER.parse(f"x {code(text)}") if token.type == "inline"]
    assert [child.content for child in inline.children if child.type == "code_inline"] == [text]


def test_nothing_is_no_code():
    assert code(" ") == code("") == ""


@given(st.lists(LINE, min_size=1, max_size=4))
def test_no_line_closes_a_block(lines):
    [fence] = READER.parse(block(lines))
    assert fence.type == "fence"
    assert fence.content == "\n".join(lines) + "\n"
