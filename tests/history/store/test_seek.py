import pytest

from scanner.history.store.add import add_run
from scanner.history.store.seek import Seek, is_few, terms_of
from scanner.history.store.tables import finding
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, NOW, found, told


@pytest.mark.parametrize(
    ("place", "name", "terms"),
    [
        ("10.0.0.5:6379", "", {"10.0.0.5:6379", "6379"}),
        ("[2001:DB8::1]:80", "", {"[2001:db8::1]:80", "2001:db8::1]:80", "80"}),
        ("10.0.0.5:80", "DB1.prod-a.internal", {"10.0.0.5:80", "80", "db1.prod-a.internal", "prod-a.internal",
                                                "a.internal", "internal"}),
        ("10.0.0.5:80", "x" * 500, {"10.0.0.5:80", "80", "x" * 80}),
    ],
)  # fmt: skip
def test_a_finding_is_found_by_the_beginnings_of_its_words(place, name, terms):
    assert terms_of(place, name) == terms


def test_a_name_of_many_words_has_an_end():
    assert len(terms_of("10.0.0.5:80", ".".join("abcdefghijklmnopqrstuvwxyz"))) <= 16


@pytest.mark.parametrize(
    ("text", "number"),
    [("10.0.0.1", 1), ("10.0.0.", 2), ("0.0.1", 0), ("6379", 2), ("REDIS ans", 2), ("without", 2), ("%", 0), ("_", 0),
     ("10.0.0._", 0), ("\x00", 0), ("\udc80", 0), ("x" * 1_000, 0), ("\U0010ffff", 0)],
)  # fmt: skip
def test_a_text_is_looked_for_as_it_stands(filled_pair, text, number):
    with filled_pair.reading() as connection:
        assert len(list(findings(connection, Wanted(text=text)))) == number
        seek = Seek.of(connection, text)
        assert len(set(connection.scalars(seek.ids(10)))) == number
        assert len(connection.execute(finding.select().where(seek.fits())).all()) == number
        assert is_few(connection, seek.ids(10), 2) is (number < 2)


def test_a_finding_that_moved_is_found_where_it_is(store):
    moved = {"aliases": ("e" * 64,)}
    add_run(store, told(1, found(HOSTS[0], fingerprint="a" * 64, **moved)), NOW)
    add_run(store, told(2, found(HOSTS[1], fingerprint="b" * 64, **moved)), NOW)
    with store.reading() as connection:
        assert list(findings(connection, Wanted(text=HOSTS[0]))) == []
        assert [held.place for held in findings(connection, Wanted(text=HOSTS[1]))] == [f"{HOSTS[1]}:6379"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def filled_pair(request):
    from scanner.history.store.open import Store
    from scanner.history.store.place import read_place

    url = str(request.getfixturevalue("file")) if request.param == "sqlite" else request.getfixturevalue("postgresql")()
    with Store(read_place(url)) as store:
        add_run(store, told(1, found(HOSTS[0]), found(HOSTS[1])), NOW)
        yield store
