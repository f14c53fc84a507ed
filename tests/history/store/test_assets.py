from dataclasses import replace

import pytest

from scanner.history.store.add import add_run
from scanner.history.store.assets import AssetPlace, assets
from tests.history.store.told import NOW, found, told

HOSTS = ("10.0.0.9", "10.0.0.10", "10.0.1.1", "fd00::1")


@pytest.fixture
def filled(store):
    seen = [found(host) for host in HOSTS]
    seen[2] = replace(seen[2], service="mongodb", endpoint=replace(seen[2].endpoint, name="redis"))
    add_run(store, told(1, *seen, hosts=HOSTS), NOW)
    return store


def read(store, text, size):
    with store.reading() as connection:
        at, rows = None, []
        while True:
            part, at = assets(connection, text=text, size=size, after=at)
            rows += [row.address for row in part]
            if at is None:
                return rows
            assert AssetPlace.read(at.words) == at


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", HOSTS),
        ("10.0.0.10", HOSTS[1:2]),
        ("10.0.0.0/24", HOSTS[:2]),
        ("10.0.0.77/24", HOSTS[:2]),
        ("fd00::/8", HOSTS[3:]),
        # One has that name, the others that service.
        ("redis", HOSTS),
        ("mongodb", HOSTS[2:3]),
        ("nothing", ()),
        ("10.0.0.0/99", ()),
    ],
)
def test_endpoints_come_by_number_page_by_page(filled, text, right, size):
    assert read(filled, text, size) == list(right)


@pytest.mark.parametrize("words", ["", "x~1~2", "0a~70000~1", "0a~1", "0a~1~99999999999", "0a~~", "~~~"])
def test_what_names_no_place_is_none(words):
    assert AssetPlace.read(words) is None
