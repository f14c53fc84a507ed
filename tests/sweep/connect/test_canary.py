import pytest

from scanner.core.event import PortState
from scanner.core.outage import QUIETS_S
from scanner.sweep.connect import canary as module
from scanner.sweep.connect.canary import Belief, Canary, Held
from scanner.sweep.connect.order import Slot
from scanner.sweep.outages import CANARY_EVERY_S, CANARY_PATIENCE_S, MISSES

KNOWN = Slot(0, 100, 80)
SILENT = Held(over_s=5.0, sent_s=1.5, attempt=1, slot=Slot(1, 200, 80), outcome=None)


def decided(canary: Canary) -> list[tuple[int, bool]]:
    return [(held.slot.position, belief is Belief.CONFIRMED) for held, belief in canary.settle()]


def miss(canary: Canary, now_s: float) -> float:
    while canary.slot_to_ask(now_s, idle=False) is None:
        now_s += 0.1
    canary.finished(now_s, now_s, answered=False)
    return now_s + CANARY_PATIENCE_S


def test_before_the_first_answer_silence_waits_and_is_asked_again_with_it():
    canary = Canary(0.0)
    assert canary.hold(SILENT)
    assert decided(canary) == []
    canary.answered(6.0)
    assert canary.before_first_answer(SILENT)
    assert decided(canary) == [(1, False)]
    later = SILENT._replace(sent_s=7.0, over_s=9.0)
    assert not canary.hold(later)
    assert not canary.late


def test_where_nothing_ever_answers_silence_is_believed_when_all_was_asked():
    canary = Canary(0.0)
    assert canary.hold(SILENT)
    canary.concede()
    assert decided(canary) == [(1, True)]
    assert not canary.hold(SILENT)
    canary.answered(20.0)
    assert canary.late


def test_no_more_than_so_many_wait_for_the_first_answer(monkeypatch):
    monkeypatch.setattr(module, "MOST_EARLY", 2)
    canary = Canary(0.0)
    for _ in range(3):
        canary.hold(SILENT)
    assert not canary.unproven
    assert [confirmed for _, confirmed in decided(canary)] == [True] * 3


def test_silence_is_believed_once_something_asked_later_has_answered():
    canary = Canary(0.0)
    canary.remember(KNOWN)
    canary.answered(1.0)
    assert canary.hold(SILENT)
    assert decided(canary) == []
    canary.answered(4.9)
    assert decided(canary) == []
    canary.answered(5.0)
    assert decided(canary) == [(1, True)]
    assert canary.holding == 0


def test_a_canary_is_sent_only_when_no_answers_come_by_themselves():
    canary = Canary(0.0)
    assert canary.slot_to_ask(10.0, idle=True) is None
    canary.remember(KNOWN)
    canary.answered(9.9)
    assert canary.slot_to_ask(10.0, idle=False) is None
    assert canary.slot_to_ask(9.9 + CANARY_EVERY_S, idle=False) == KNOWN
    assert canary.slot_to_ask(20.0, idle=False) is None


def test_at_the_end_a_canary_is_sent_at_once():
    canary = Canary(0.0)
    canary.remember(KNOWN)
    canary.answered(4.9)
    canary.hold(SILENT._replace(sent_s=4.9))
    assert canary.slot_to_ask(5.1, idle=True) == KNOWN
    assert not canary.finished(5.1, 5.2, answered=True)
    assert decided(canary) == [(1, True)]


def test_a_dead_network_is_noticed_within_ten_seconds_and_what_was_silent_is_asked_again():
    canary = Canary(0.0)
    canary.remember(KNOWN)
    canary.answered(1.0)
    now_s = 1.0
    for _ in range(MISSES):
        assert not canary.paused
        now_s = miss(canary, now_s)
    assert canary.paused
    assert now_s < 1.0 + 10.0
    canary.hold(SILENT)
    assert decided(canary) == []
    while canary.slot_to_ask(now_s, idle=False) is None:
        now_s += 0.1
    assert canary.finished(now_s, now_s, answered=True)
    assert not canary.paused
    assert decided(canary) == [(1, False)]
    fine = Held(over_s=now_s + 9, sent_s=now_s + 5, attempt=1, slot=Slot(2, 201, 80), outcome=PortState.UNREACHABLE)
    canary.hold(fine)
    canary.answered(now_s + 10)
    assert decided(canary) == [(2, True)]


@pytest.mark.parametrize("late", [True, False])
def test_a_short_outage_is_noticed_by_one_canary_that_is_late_or_missed(late):
    """A link that was down for four seconds took all three SYNs of 38 of 256 ports, and the run was called complete."""
    canary = Canary(0.0)
    canary.remember(KNOWN)
    canary.answered(0.3)
    canary.hold(SILENT._replace(sent_s=0.35, over_s=3.85))
    assert canary.slot_to_ask(2.4, idle=False) == KNOWN
    # Asked while the link was down, and answered in repetition.
    canary.answered(3.9)
    assert decided(canary) == []
    canary.finished(2.4, 3.8, answered=late, late=late)
    if not late:
        assert decided(canary) == []
        assert canary.slot_to_ask(4.8, idle=False) == KNOWN
        assert not canary.finished(4.8, 4.9, answered=True)
    assert decided(canary) == [(1, False)]


def test_one_lost_canary_proves_nothing():
    canary = Canary(0.0)
    canary.remember(KNOWN)
    now_s = miss(canary, 0.0)
    assert not canary.paused
    while canary.slot_to_ask(now_s, idle=False) is None:
        now_s += 0.1
    canary.finished(now_s, now_s, answered=True)
    assert not canary.paused


def test_a_port_whose_question_itself_silences_the_network_is_not_asked_forever():
    canary = Canary(0.0)
    canary.stalled(2.0, 4.0)
    verdicts = []
    for _ in range(5):
        assert canary.hold(SILENT)
        verdicts += decided(canary)
    assert verdicts == [(1, False), (1, False), (1, False), (1, True), (1, True)]


def test_a_port_that_is_silent_in_one_outage_after_the_other_is_not_called_closed():
    canary = Canary(0.0)
    canary.remember(KNOWN)
    verdicts = []
    for number in range(5):
        now_s = 100.0 * number
        canary.answered(now_s)
        while not canary.paused:
            now_s = miss(canary, now_s)
        canary.hold(SILENT._replace(sent_s=now_s - 1.0, over_s=now_s))
        canary.finished(now_s + 1.0, now_s + 1.0, answered=True)
        verdicts += [belief for _, belief in canary.settle()]
    assert verdicts == [Belief.DOUBTED] * 3 + [Belief.UNKNOWN] * 2


@pytest.mark.parametrize("ban_s", [8, 20, 60, 70])
def test_a_ban_that_every_question_renews_is_outlived_by_saying_nothing(ban_s):
    """iptables' recent match with --update bans anew with every packet."""
    canary = Canary(0.0)
    for number in range(3):
        canary.remember(Slot(number, number, 80))
    now_s, banned_until_s = 0.0, float(ban_s)
    asked = 0
    while not canary.gone:
        if canary.slot_to_ask(now_s, idle=False) is not None:
            asked += 1
            if canary.finished(now_s, now_s, answered=now_s >= banned_until_s):
                break
            banned_until_s = now_s + ban_s
        now_s += 0.5
    assert not canary.gone
    assert not canary.paused
    assert asked <= MISSES + len(QUIETS_S)


def test_what_was_in_the_air_while_this_process_stood_still_is_asked_again():
    canary = Canary(0.0)
    canary.answered(1.0)
    canary.stalled(2.0, 7.0)
    assert canary.hold(SILENT)
    assert decided(canary) == [(1, False)]
    later = Held(over_s=12.0, sent_s=8.0, attempt=1, slot=Slot(3, 200, 81), outcome=None)
    assert not canary.hold(later)


def despair(hosts: int) -> Canary:
    canary = Canary(0.0)
    canary.answered(0.0)
    for number in range(hosts):
        canary.remember(Slot(number, number, 80))
    now_s = 0.0
    while now_s < sum(QUIETS_S) + 30:
        if canary.slot_to_ask(now_s, idle=False) is not None:
            canary.finished(now_s, now_s, answered=False)
        now_s += 0.5
    return canary


def test_several_hosts_silent_for_good_mean_that_the_network_is_gone():
    canary = despair(3)
    assert canary.gone
    assert canary.silenced


def test_a_single_host_that_dies_does_not_end_the_run():
    canary = despair(1)
    assert not canary.gone
    assert canary.silenced
    assert not canary.paused
    assert not canary.hold(SILENT)


def test_what_was_silent_when_the_network_went_is_never_settled():
    canary = Canary(0.0)
    for number in range(3):
        canary.remember(Slot(number, number, 80))
    assert canary.hold(SILENT)
    now_s = 0.0
    while not canary.gone:
        if canary.slot_to_ask(now_s, idle=True) is not None:
            canary.finished(now_s, now_s, answered=False)
        now_s += 0.5
    assert decided(canary) == []
    assert canary.left() == [SILENT]
    assert not canary.holding
