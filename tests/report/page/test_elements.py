from scanner.report.page.elements import anchor, code, facts, level, link, listed, table
from tests.report import samples
from tests.report.page.reading import parsed, text_of

EVIL = "<b x='\">&"


def test_every_text_is_escaped():
    found = samples.finding(fingerprint=EVIL)
    for piece in (code(EVIL), link(found, EVIL, "place"), listed([EVIL]), *table(EVIL, (), ())):
        assert "<b" not in piece
    assert "<" not in anchor(found)
    assert text_of(parsed([code(EVIL)])) == EVIL


def test_what_is_not_known_is_left_out():
    assert facts((("A", "1"), ("B", ""))) == "<dl class='fact'><dt>A</dt><dd>1</dd></dl>"


def test_a_long_list_says_how_long_it_is():
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert listed([]) == ""


def test_a_severity_is_a_word_and_a_colour():
    assert level(samples.finding()) == '<span class="level high">high</span>'
