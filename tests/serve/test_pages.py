from scanner.core.finding import Severity
from scanner.history.store.ask import latest_run
from scanner.history.store.walk import Page, Place
from scanner.serve.filters import Filter
from scanner.serve.pages import Standing, overview
from scanner.serve.pages import findings as listed
from tests.history.store.told import NOW


def standing(**more):
    plain = {"counts": dict.fromkeys(Severity, 0), "days": [], "covered": [], "fixes": [], "oldest": [], "last": None}
    return Standing(**{**plain, **more})


def test_an_empty_history_is_never_called_clean():
    text = "".join(overview(standing(), NOW))
    assert "nobody has looked" in text


def test_the_verdict_tells_when_and_how_much_was_looked_at(filled):
    with filled.reading() as connection:
        text = "".join(overview(standing(last=latest_run(connection)), NOW))
    assert "No finding is open. The last run was 56 d ago and looked at 100.0% of what was planned." in text


def test_pages_are_linked_in_both_directions():
    held = Page(rows=(), earlier=Place("03b", 1), later=Place("03c", 2), total=None)
    text = "".join(listed(held, Filter.of({"after": "03a~1", "text": "a"}), [], NOW))
    assert 'rel="first" href="?text=a"' in text
    assert 'rel="prev" href="?text=a&amp;before=03b~1"' in text
    assert 'rel="next" href="?text=a&amp;after=03c~2"' in text
    assert "the list goes on" in text
