from sqlalchemy import select

from scanner.history.store import refill as refilling
from scanner.history.store.refill import refill
from scanner.history.store.tables import endpoint, finding, sought, standing

DERIVED = (finding.c.id, finding.c.number, finding.c.shows, finding.c.listed)


def derived(store):
    with store.reading() as connection:
        parts = (DERIVED, (sought,), (standing,), (endpoint.c.id, endpoint.c.number))
        return [sorted(map(repr, connection.execute(select(*columns)))) for columns in parts]


def test_what_was_wiped_is_derived_again(filled, monkeypatch):
    monkeypatch.setattr(refilling, "_AT_ONCE", 4)
    before = derived(filled)
    with filled.writing() as connection:
        connection.execute(finding.update().values(number="", shows=0, listed=""))
        connection.execute(endpoint.update().values(number=""))
        connection.execute(sought.delete())
        connection.execute(standing.delete())
    assert derived(filled) != before
    with filled.writing() as connection:
        refill(connection)
    assert derived(filled) == before
