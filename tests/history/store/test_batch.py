from sqlalchemy import event as events

from scanner.history.store.add import add_run
from scanner.history.store.batch import Batch
from scanner.history.store.tables import finding, sought, wording
from tests.history.store.told import HOSTS, NOW, found, told


def test_what_stays_as_it_was_is_not_written(store):
    add_run(store, told(1, found(HOSTS[0])), NOW)
    with store.reading() as connection:
        row = connection.execute(finding.select()).one()
    batch = Batch()
    batch.row(row.id, row, {"owner": row.owner, "place": row.place, "rule": row.rule})
    assert (batch.changed, batch.terms, batch.renamed) == ([], [], [])
    batch.row(row.id, row, {"owner": "ops", "place": "10.0.0.77:6379"})
    assert batch.changed == [{"id": row.id, "owner": "ops", "place": "10.0.0.77:6379"}]
    assert ([term["term"] for term in batch.terms if term["term"] != "6379"], batch.renamed) == (
        ["10.0.0.77:6379"], [row.id],
    )  # fmt: skip


def test_the_second_sight_sets_few_columns(store):
    add_run(store, told(1, *map(found, HOSTS)), NOW)
    sent = []
    events.listen(store._engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    add_run(store, told(2, *map(found, HOSTS)), NOW)
    (update,) = [text for text in sent if text.startswith("UPDATE finding")]
    assert "listed" not in update
    assert "last_seen" in update


def test_a_body_is_that_of_the_latest_report(store):
    for day, impact in ((3, "third"), (1, "first"), (2, "second")):
        add_run(store, told(day, found(HOSTS[0], impact=impact)), NOW)
    with store.reading() as connection:
        (row,) = connection.execute(wording.select())
        assert len(connection.execute(sought.select()).all()) == 2
    assert '"impact":"third"' in row.body
