import pytest

from scanner.serve.frame import login, page, select, table

HOSTILE = "<b>\"'&"
SAFE = "&lt;b&gt;&quot;&#x27;&amp;"


def test_texts_of_a_page_are_escaped():
    text = page(HOSTILE, ["<p>body</p>"], here="/runs", user=HOSTILE)
    assert HOSTILE not in text
    assert f"<h1>{SAFE}</h1>" in text
    assert '<a href="/runs" aria-current=page>Runs</a>' in text


def test_whoever_is_not_signed_in_has_no_menu():
    assert "<nav" not in page("x", [])


@pytest.mark.parametrize(("token", "name"), [(True, False), (False, True)])
def test_the_sign_in_asks_for_what_the_server_has(token, name):
    text = login(HOSTILE, token=token)
    assert ("<label>Name<input" in text) is name
    assert SAFE in text


def test_a_choice_and_a_table_escape_what_they_are_given():
    assert f'<option value="{SAFE}" selected>{SAFE}</option>' in select("x", "x", {HOSTILE: HOSTILE}, HOSTILE)
    assert table(("x",), [], "x") == "<p>None.</p>"
    assert f'aria-label="{SAFE}"' in table(("x",), [["1"]], HOSTILE)
