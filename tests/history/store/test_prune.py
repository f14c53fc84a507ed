from dataclasses import replace

from scanner.history.store.add import add_run
from scanner.history.store.ask import story
from scanner.history.store.life import Shows
from scanner.history.store.prune import prune
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import FLAPS, NOW, happened, run_of, time_of


def test_what_is_long_over_is_forgotten_and_lives_stay(filled):
    with filled.reading() as connection:
        before = {
            held.fingerprint: story(connection, held.fingerprint).events for held in findings(connection, Wanted())
        }
        gone = next(iter(findings(connection, Wanted(shows=(Shows.GONE,))))).fingerprint
    pruned = prune(filled, time_of(25))
    assert (pruned.findings, pruned.sightings > 100, pruned.runs > 10) == (1, True, True)
    with filled.reading() as connection:
        after = {
            held.fingerprint: story(connection, held.fingerprint).events for held in findings(connection, Wanted())
        }
    del before[gone]
    assert after == before
    # A run that comes late is still judged rightly: what changed a life was kept.
    late = replace(run_of(26), run=replace(run_of(26).run, id="late", started="2026-11-25T18:00:00Z"))
    add_run(filled, late, NOW)
    with filled.reading() as connection:
        assert happened(connection, FLAPS)[-2:] == ["gone:25", "back:30"]
