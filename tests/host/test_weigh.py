import pytest

from scanner.host.check import Kind, Sign, Subject, Weight
from scanner.host.weigh import weigh

ONE = Subject(Kind.PROCESS, "/tmp/x", "process 7 (x)", 7)
ENTRY = Subject(Kind.START_UP, "/etc/cron.d/x", "cron /etc/cron.d/x")


def sign(check, weight, subject=ONE, *paths):
    return Sign(check, subject, weight, f"{check} seen", paths)


@pytest.mark.parametrize(
    ("signs", "alarms", "notes"),
    [
        ([], 0, 0),
        ([sign("a", Weight.STRONG)], 1, 0),
        ([sign("a", Weight.WEAK)], 0, 1),
        ([sign("a", Weight.WEAK), sign("b", Weight.WEAK)], 1, 0),
        ([sign("a", Weight.WEAK), sign("a", Weight.WEAK)], 0, 1),
        ([sign("a", Weight.WEAK), sign("b", Weight.NOTE)], 0, 2),
        ([sign("a", Weight.WEAK), sign("b", Weight.WEAK, ENTRY)], 0, 2),
        ([sign("a", Weight.WEAK, ONE, "/tmp/x"), sign("b", Weight.WEAK, ENTRY, "/tmp/x")], 2, 0),
        ([sign("a", Weight.NOTE, ONE, "/tmp/x"), sign("b", Weight.WEAK, ENTRY, "/tmp/x")], 0, 2),
        ([sign("a", Weight.WEAK, ONE, "/tmp/x"), sign("b", Weight.WEAK, ENTRY, "/tmp/y")], 0, 2),
    ],
)
def test_one_strong_or_two_weak_of_different_checks_or_a_shared_file(signs, alarms, notes):
    judgement = weigh(signs)
    assert len(judgement.alarms) == alarms
    assert len(judgement.notes) == notes


def test_the_same_weak_sign_twice_is_one():
    judgement = weigh([sign("a", Weight.WEAK), Sign("a", ONE, Weight.WEAK, "seen again")])
    assert not judgement.alarms


def test_two_processes_of_one_name_are_two_subjects():
    other = Subject(Kind.PROCESS, "/tmp/x", "process 8 (x)", 8)
    assert not weigh([sign("a", Weight.WEAK), sign("b", Weight.WEAK, other)]).alarms


def test_strong_signs_come_first():
    (alarm,) = weigh([sign("a", Weight.WEAK), sign("z", Weight.STRONG)]).alarms
    assert [one.check for one in alarm.signs] == ["z", "a"]
