from scanner.core.finding import FindingState
from scanner.history.store.add import add_run
from scanner.history.store.life import Shows
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, NOW, found, told


def test_what_the_world_shows_and_what_people_decided_are_apart(store):
    decided = found(HOSTS[0], state=FindingState.ACCEPTED, accepted_reason="mirror")
    add_run(store, told(1, decided, found(HOSTS[1]), found(HOSTS[2]), vantage="dmz"), NOW)
    add_run(store, told(2, decided, silent=HOSTS[1:2], vantage="dmz"), NOW)
    with store.reading() as connection:
        held = {one.place.partition(":")[0]: one for one in findings(connection, Wanted())}
    shown = {host: (one.shows, one.accepted, bool(one.why), one.vantages) for host, one in held.items()}
    assert shown == {
        HOSTS[0]: (Shows.OPEN, True, False, ("dmz",)),
        HOSTS[1]: (Shows.INCONCLUSIVE, False, True, ("dmz",)),
        HOSTS[2]: (Shows.GONE, False, True, ("dmz",)),
    }
    assert held[HOSTS[0]].accepted_reason == "mirror"
