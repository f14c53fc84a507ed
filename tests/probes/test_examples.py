import pytest

from scanner.cli.checks import _TEMPLATE
from scanner.core.facts import Access, Facts
from scanner.core.talk import HttpAnswer
from scanner.probes.check_file import read_check
from scanner.probes.examples import WrittenAnswers, failing_examples, verdict

GOOD = _TEMPLATE.format(id="my-panel", title="My Panel")


def read(tmp_path, text):
    file = tmp_path / "check.toml"
    file.write_text(text)
    return read_check(file)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (None, "none"),
        (Facts(access=Access.UNKNOWN), "identified"),
        (Facts(access=Access.REFUSED), "protected"),
        (Facts(access=Access.METADATA), "exposed"),
        (Facts(access=Access.DATA), "exposed"),
        (Facts(access=Access.CONTROL), "exposed"),
    ],
)
def test_what_a_check_found_has_one_word(facts, word):
    assert verdict(facts) == word


async def test_an_example_that_comes_out_otherwise_is_named_with_both_words(tmp_path):
    # The answer that proves exposure is a refusal now, and its author still says "exposed".
    exposed = GOOD.index('verdict = "exposed"')
    text = GOOD[:exposed] + GOOD[exposed:].replace("/api/items", "/api/other", 1)
    check = read(tmp_path, text)
    [line] = await failing_examples(check)
    assert line.startswith(f"{check.file}: example ")
    assert "should be 'exposed' and is " in line


async def test_what_is_not_written_is_not_found():
    talk = WrittenAnswers({"/": HttpAnswer(status=200, body=b"here")})
    for answer in (await talk.get("/else"), await talk.head("/else"), await talk.post_read("/else", b"{}")):
        assert answer.status == 404
    for answer in (await talk.get("/", host="a.example"), await talk.head("/"), await talk.post_read("/", b"{}")):
        assert answer.body == b"here"
