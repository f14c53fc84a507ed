from scanner.core.event import PortState
from scanner.sweep.connect.canary import CANARY_EVERY_S, CANARY_PATIENCE_S, GONE_AFTER_S, MISSES, Doubt, Held
from scanner.sweep.connect.order import Spot

KNOWN = Spot(0, 100, 80)
SILENT = Held(over_s=5.0, sent_s=1.5, look=1, spot=Spot(1, 200, 80), outcome=None)


def decided(doubt: Doubt) -> list[tuple[int, bool]]:
    return [(held.spot.position, believed) for held, believed in doubt.settle()]


def miss(doubt: Doubt, now_s: float) -> float:
    while doubt.canary(now_s, idle=False) is None:
        now_s += 0.1
    doubt.canary_landed(now_s, now_s + CANARY_PATIENCE_S, answered=False)
    return now_s + CANARY_PATIENCE_S


def test_where_nothing_ever_answered_silence_is_believed_at_once():
    assert not Doubt(0.0).hold(SILENT)


def test_silence_is_believed_once_something_asked_later_has_answered():
    doubt = Doubt(0.0)
    doubt.remember(KNOWN)
    doubt.answered(1.0)
    assert doubt.hold(SILENT)
    assert decided(doubt) == []
    doubt.answered(4.9)
    assert decided(doubt) == []
    doubt.answered(5.0)
    assert decided(doubt) == [(1, True)]
    assert doubt.holding == 0


def test_a_canary_is_sent_only_when_no_answers_come_by_themselves():
    doubt = Doubt(0.0)
    assert doubt.canary(10.0, idle=True) is None
    doubt.remember(KNOWN)
    doubt.answered(9.9)
    assert doubt.canary(10.0, idle=False) is None
    assert doubt.canary(9.9 + CANARY_EVERY_S, idle=False) == KNOWN
    assert doubt.canary(20.0, idle=False) is None


def test_at_the_end_a_canary_is_sent_at_once():
    doubt = Doubt(0.0)
    doubt.remember(KNOWN)
    doubt.answered(4.9)
    doubt.hold(SILENT)
    assert doubt.canary(5.1, idle=True) == KNOWN
    assert not doubt.canary_landed(5.1, 5.2, answered=True)
    assert decided(doubt) == [(1, True)]


def test_a_dead_network_is_noticed_within_ten_seconds_and_what_was_silent_is_asked_again():
    doubt = Doubt(0.0)
    doubt.remember(KNOWN)
    doubt.answered(1.0)
    now_s = 1.0
    for _ in range(MISSES):
        assert not doubt.in_doubt
        now_s = miss(doubt, now_s)
    assert doubt.in_doubt
    assert now_s < 1.0 + 10.0
    doubt.hold(SILENT)
    assert decided(doubt) == []
    while doubt.canary(now_s, idle=False) is None:
        now_s += 0.1
    assert doubt.canary_landed(now_s, now_s + 0.1, answered=True)
    assert not doubt.in_doubt
    assert decided(doubt) == [(1, False)]
    fine = Held(over_s=now_s + 9, sent_s=now_s + 5, look=1, spot=Spot(2, 201, 80), outcome=PortState.UNREACHABLE)
    doubt.hold(fine)
    doubt.answered(now_s + 10)
    assert decided(doubt) == [(2, True)]


def test_one_lost_canary_proves_nothing():
    doubt = Doubt(0.0)
    doubt.remember(KNOWN)
    now_s = miss(doubt, 0.0)
    assert not doubt.in_doubt
    while doubt.canary(now_s, idle=False) is None:
        now_s += 0.1
    doubt.canary_landed(now_s, now_s, answered=True)
    assert not doubt.in_doubt


def test_a_port_whose_question_itself_silences_the_network_is_not_asked_forever():
    doubt = Doubt(0.0)
    doubt.stalled(2.0, 4.0)
    verdicts = []
    for _ in range(5):
        assert doubt.hold(SILENT)
        verdicts += decided(doubt)
    assert verdicts == [(1, False), (1, False), (1, False), (1, True), (1, True)]


def test_what_was_in_the_air_while_this_process_stood_still_is_asked_again():
    doubt = Doubt(0.0)
    doubt.stalled(2.0, 7.0)
    assert doubt.hold(SILENT)
    assert decided(doubt) == [(1, False)]
    later = Held(over_s=12.0, sent_s=8.0, look=1, spot=Spot(3, 200, 81), outcome=None)
    assert not doubt.hold(later)


def despair(hosts: int) -> Doubt:
    doubt = Doubt(0.0)
    for number in range(hosts):
        doubt.remember(Spot(number, number, 80))
    now_s = 0.0
    while now_s < GONE_AFTER_S + 20:
        if doubt.canary(now_s, idle=False) is not None:
            doubt.canary_landed(now_s, now_s, answered=False)
        now_s += 0.5
    return doubt


def test_several_hosts_silent_for_good_mean_that_the_network_is_gone():
    assert despair(3).gone


def test_a_single_host_that_dies_does_not_end_the_run():
    doubt = despair(1)
    assert not doubt.gone
    assert not doubt.in_doubt
    assert not doubt.hold(SILENT)
