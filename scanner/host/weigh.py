"""Weighs signs per subject, then per machine: what is an alarm, what supports one, what is a note; pure.

An alarm is one strong sign, or two weak ones of different checks on one subject, or a start-up entry and a process
that share a file. Single weak signs are notes; beside an alarm those of the machine are context.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scanner.host.check import Check, Kind, Sign, Subject, Weight
from scanner.host.snapshot import Snapshot


class Alarm(NamedTuple):
    """One subject on which the signs together say: somebody has been in."""

    subject: Subject
    signs: tuple[Sign, ...]
    """Strong ones first."""

    @property
    def strong(self) -> tuple[Sign, ...]:
        """The signs that are an alarm by themselves."""
        return tuple(sign for sign in self.signs if sign.weight is Weight.STRONG)


class Judgement(NamedTuple):
    """What the checks together say of a machine."""

    alarms: tuple[Alarm, ...] = ()
    notes: tuple[Sign, ...] = ()


def judge(snapshot: Snapshot, checks: Sequence[Check]) -> Judgement:
    """Return what the checks say of a snapshot."""
    return weigh(sign for check in checks for sign in check.ask(snapshot))


def weigh(signs: Iterable[Sign]) -> Judgement:
    """Return the alarms, worst first, and all other signs as notes."""
    by_subject: dict[Subject, list[Sign]] = defaultdict(list)
    for sign in dict.fromkeys(signs):
        by_subject[sign.subject].append(sign)
    alarmed = {subject for subject, found in by_subject.items() if _enough(found)}
    alarmed |= _joined(by_subject)
    alarms = [
        Alarm(subject, tuple(sorted(found, key=lambda sign: (-sign.weight, sign.check))))
        for subject, found in by_subject.items()
        if subject in alarmed
    ]
    notes = [sign for subject, found in by_subject.items() if subject not in alarmed for sign in found]
    alarms.sort(key=lambda alarm: (-len(alarm.strong), -len(alarm.signs), alarm.subject))
    return Judgement(tuple(alarms), tuple(notes))


def _enough(signs: Sequence[Sign]) -> bool:
    weak = {sign.check for sign in signs if sign.weight is Weight.WEAK}
    return len(weak) > 1 or any(sign.weight is Weight.STRONG for sign in signs)


def _joined(by_subject: dict[Subject, list[Sign]]) -> set[Subject]:
    """Return the start-up entries and the processes that name a file together, each with a weak sign of its own."""
    processes: dict[str, set[Subject]] = defaultdict(set)
    entries: dict[str, set[Subject]] = defaultdict(set)
    for subject, signs in by_subject.items():
        side = {Kind.PROCESS: processes, Kind.START_UP: entries}.get(subject.kind)
        for sign in signs if side is not None else ():
            for path in sign.paths if sign.weight is Weight.WEAK else ():
                side[path].add(subject)  # type: ignore[index]  # None never gets here
    return {one for path in processes.keys() & entries.keys() for one in processes[path] | entries[path]}
