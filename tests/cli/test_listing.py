import io
import json

import pytest

from scanner.cli.listing import Listing

SHOWN = [["\x1b[31mx", ""], ["y", "p q"]]
ONE = Listing("what", ("a", "b"), [["=x", None], ["y", ["p", "q"]]], SHOWN, ("A", "B"), "none")


def written(listing, **form):
    out = io.StringIO()
    listing.write(out, **{"as_json": False, "as_csv": False, **form})
    return out.getvalue()


def test_json_has_the_values():
    rows = [{"a": "=x", "b": None}, {"a": "y", "b": ["p", "q"]}]
    assert json.loads(written(ONE, as_json=True)) == {
        "schema": "exposure-scanner/history/v1", "question": "what", "rows": rows,
    }  # fmt: skip


def test_csv_has_no_formula():
    assert written(ONE, as_csv=True) == "a,b\r\n'=x,\r\ny,p q\r\n"


def test_a_table_has_no_control_character():
    text = written(ONE)
    assert "\\x1b[31mx" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("form", [{}, {"as_json": True}, {"as_csv": True}])
def test_nothing_is_said_in_every_form(form):
    text = written(Listing("what", ("a",), [], [], ("A",), "none yet"), **form)
    assert ("none yet" in text) == (not form)
