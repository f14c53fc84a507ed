from hypothesis import given
from hypothesis import strategies as st

from scanner.report.grid import GAP, broken, fit, wrapped


@given(st.lists(st.text("ab ", max_size=60), min_size=1, max_size=4).flatmap(lambda row: st.tuples(st.just(row))))
def test_a_table_keeps_to_its_width_and_loses_no_letter(rows):
    shares = [1.0] * len(rows[0])
    fitted = fit(rows, shares, 60)
    widths = [max(map(len, cell.split("\n"))) for cell in fitted[0]]
    assert sum(widths) + GAP * (len(widths) - 1) <= 60
    for cell, before in zip(fitted[0], rows[0], strict=True):
        assert "".join(cell.split()) == "".join(before.split())


def test_a_column_without_a_share_is_never_broken():
    assert fit([["long-word-kept", "a b c d e f"]], [0, 1], 20)[0][0] == "long-word-kept"


def test_a_narrow_column_gives_the_rest_to_the_others():
    [[short, long]] = fit([["a", "b" * 17]], [1, 1], 20)
    assert (short, long) == ("a", "b" * 17)


def test_no_rows_are_no_rows():
    assert fit([], [], 80) == []


def test_a_text_that_fits_is_left_as_it_is():
    assert broken("a  b\nc", 4) == "a  b\nc"
    assert broken("a-b-c d", 5) == "a-b-c\nd"


def test_a_paragraph_hangs_and_an_empty_one_keeps_its_head():
    assert list(wrapped("one two", 8, head="- ", hang=2)) == ["- one", "  two"]
    assert list(wrapped("", 8, head="- ")) == ["-"]
    assert list(wrapped("", 8)) == []
    assert list(wrapped("one two", 6, hang=1, mark="#")) == ["one", " #two"]
