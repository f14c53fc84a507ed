"""What is to be done so that the tracker says what the report says; pure, nothing is sent."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scanner.core.count import counted
from scanner.core.errors import ScannerError
from scanner.core.exit_code import ExitCode
from scanner.core.finding import Confidence, Finding, FindingState
from scanner.tickets.action import Action, Change, Held, TicketState, Verb
from scanner.tickets.fields import Fields
from scanner.tickets.marker import Key, Marker, Member, member_of
from scanner.tickets.proof import Look, Looks, Sight
from scanner.tickets.ticket import Comment, Ticket, place_words, write_ticket


class Flood(ScannerError):
    """The plan would open more tickets than permitted; nothing was sent."""

    exit_code = ExitCode.FINDINGS


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides for one key at a time what is to be done, so that a doubtful action can be decided again."""

    groups: Mapping[Key, tuple[Finding, ...]]
    """Findings of the report by the key of their ticket."""
    looks: Looks
    fields_of: Callable[[Sequence[Finding]], Fields]
    by_host: bool = False

    _key_of: dict[str, Key] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        keys = {finding.fingerprint: key for key, findings in self.groups.items() for finding in findings}
        object.__setattr__(self, "_key_of", keys)

    @property
    def keys(self) -> frozenset[Key]:
        """The keys of all tickets that the report is about."""
        return frozenset(self.groups)

    def decide(self, key: Key, held: Held | None) -> Action:
        """Return what is to be done for one key, given the tracker's ticket."""
        findings = self.groups.get(key, ())
        live = tuple(finding for finding in findings if finding.state is not FindingState.ACCEPTED)
        if held is None:
            return self._create(key, findings, live)
        if held.state is TicketState.OPEN:
            return self._open(key, held, findings, live)
        if not live:
            return _leave(key, held, findings, "closed, and nothing is exposed there that counts")
        if held.state is TicketState.DECLINED:
            return _leave(key, held, live, "still exposed, but a person decided against a fix in the tracker")
        return self._reopen(key, held, live)

    def _create(self, key: Key, findings: Sequence[Finding], live: Sequence[Finding]) -> Action:
        if not live:
            return _leave(key, None, findings, _accepted_words(findings))
        if all(finding.confidence is not Confidence.CONFIRMED for finding in live):
            return _leave(key, None, live, "suspected only: the endpoint may be a decoy")
        ticket = self._write(Marker(key, tuple(map(member_of, live))), live)
        return _action(Verb.CREATE, key, None, live, "not in the tracker yet", ticket=ticket, title=ticket.title)

    def _reopen(self, key: Key, held: Held, live: Sequence[Finding]) -> Action:
        marker = Marker(key, tuple(map(member_of, live)))
        places = ", ".join(str(finding.endpoint) for finding in live)
        why = f"exposed again in run {self.looks.run.id}: {places}"
        return self._change(Verb.REOPEN, held, marker, live, lines=(f"Reopened: {why}.",), why=why)

    def _open(self, key: Key, held: Held, findings: Sequence[Finding], live: Sequence[Finding]) -> Action:
        if findings and not live:
            return _leave(key, held, findings, _accepted_words(findings))
        if held.marker is None and not live:
            return _leave(key, held, (), "its key line is gone, so nothing says what would prove a fix")
        before = held.marker.members if held.marker else ()
        reported = {finding.fingerprint for finding in findings}
        if any(self._key_of.get(member.fingerprint, key) != key for member in before):
            return _leave(key, held, live, "its finding has a ticket of another grouping: close one of the two by hand")
        gone = [(member, self.looks.at(member.place)) for member in before if member.fingerprint not in reported]
        if not live and all(look.sight.settles for _, look in gone):
            return self._close(held, before, [look for _, look in gone])
        unproven = [(_unseen(member, look), look) for member, look in gone if not look.sight.settles]
        marker = Marker(key, (*map(member_of, live), *(member for member, _ in unproven)))
        news = _news(before, marker.members, gone, accepted=reported - {finding.fingerprint for finding in live})
        return self._keep(held, marker, live, unproven=unproven, news=news)

    def _keep(
        self,
        held: Held,
        marker: Marker,
        live: Sequence[Finding],
        *,
        unproven: Sequence[tuple[Member, Look]],
        news: Sequence[str],
    ) -> Action:
        before = held.marker.members if held.marker else ()
        lacking = tuple(member.fingerprint for member, look in unproven if look.sight is not Sight.OUTSIDE)
        if not news:
            why = "; ".join(look.words for _, look in unproven) or "nothing that matters changed"
            action = _leave(held.key, held, live, why, before)
            return replace(action, unproven=lacking)
        changed = {(m.fingerprint, m.digest) for m in before} != {(m.fingerprint, m.digest) for m in marker.members}
        verb = Verb.UPDATE if (changed or held.marker is None) and live else Verb.COMMENT
        content = live if verb is Verb.UPDATE else ()
        action = self._change(verb, held, marker, content, lines=news, why="; ".join(news))
        return replace(action, unproven=lacking)

    def _close(self, held: Held, before: Sequence[Member], looks: Sequence[Look]) -> Action:
        words = tuple(dict.fromkeys(look.words for look in looks))
        marker = Marker(held.key, tuple(before))
        lines = ("Closed on proof:", *words)
        return self._change(Verb.CLOSE, held, marker, (), lines=lines, why="; ".join(words))

    def _change(
        self, verb: Verb, held: Held, marker: Marker, live: Sequence[Finding], *, lines: Sequence[str], why: str
    ) -> Action:
        mark = hashlib.sha256(f"{held.key}|{verb}|{self.looks.run.id}".encode()).hexdigest()[:16]
        marked = marker.with_note(mark)
        ticket = self._write(marked, live) if live else None
        states = {Verb.CLOSE: TicketState.CLOSED, Verb.REOPEN: TicketState.OPEN}
        change = Change(
            held=held,
            marker=marked,
            ticket=ticket,
            comment=Comment(mark=mark, lines=tuple(lines)),
            state=states.get(verb),
        )
        return _action(
            verb,
            held.key,
            held,
            live,
            why,
            members=marker.members,
            change=change,
            title=ticket.title if ticket else None,
        )

    def _write(self, marker: Marker, live: Sequence[Finding]) -> Ticket:
        return write_ticket(live, marker, self.fields_of(live), self.looks.run, host=self.by_host)


class Inventory:
    """The tracker's tickets that matter to a plan, one for each key."""

    def __init__(self) -> None:
        self.held: dict[Key, Held] = {}
        self.doubles: list[Held] = []
        """Further tickets with a key that is taken: copies that people made."""

    def take(self, ticket: Held) -> None:
        """Keep a ticket; of two with one key the open one counts, then the older one."""
        other = self.held.setdefault(ticket.key, ticket)
        if other.id == ticket.id and other.project == ticket.project:
            self.held[ticket.key] = ticket
            return
        first, second = sorted((other, ticket), key=lambda one: (one.state is not TicketState.OPEN, one.born))
        self.held[ticket.key] = first
        self.doubles.append(second)


def plan(planner: Planner, inventory: Inventory) -> list[Action]:
    """Return all actions: gravest first, those that leave a ticket alone last."""
    keys: Iterable[Key] = planner.keys | inventory.held.keys()
    actions = [planner.decide(key, inventory.held.get(key)) for key in keys]
    actions += [
        _leave(double.key, double, (), f"a copy of {inventory.held[double.key].name}, which has the same key")
        for double in inventory.doubles
        if double.state is TicketState.OPEN
    ]
    order = list(Verb)
    return sorted(actions, key=lambda one: (one.verb is Verb.LEAVE, -one.severity, order.index(one.verb), one.key))


def demand_no_flood(actions: Sequence[Action], most_new: int) -> None:
    """Raise Flood when the plan would open more tickets than that."""
    new = sum(action.verb is Verb.CREATE for action in actions)
    if new > most_new:
        raise Flood(
            f"the plan opens {counted(new, 'ticket')} and --max-new permits {most_new}; nothing was sent: "
            f"check the scope of the scan, or say --max-new {new}"
        )


def _unseen(member: Member, look: Look) -> Member:
    """Return what a ticket remembers of a member that was not reported; one of another network stays as it was."""
    return member if look.sight is Sight.OUTSIDE else replace(member, seen=False)


def _news(
    before: Sequence[Member], after: Sequence[Member], gone: Sequence[tuple[Member, Look]], accepted: set[str]
) -> list[str]:
    """Return the sentences that say what is different, none when nothing is."""
    old = {member.fingerprint: member for member in before}
    news = [look.words for _, look in gone if look.sight.settles]
    news += [f"{m.rule} at {place_words(m.place)} is accepted now" for m in before if m.fingerprint in accepted]
    looks = {member.fingerprint: look for member, look in gone}
    for member in after:
        was = old.get(member.fingerprint)
        where = f"{member.rule} at {place_words(member.place)}"
        if was is None:
            news.append(f"{where} is exposed: {member.severity.word}")
        elif member.fingerprint in looks:
            if was.seen and not member.seen:
                news.append(looks[member.fingerprint].words)
        elif was.severity is not member.severity:
            news.append(f"{where}: severity {was.severity.word} is now {member.severity.word}")
        elif was.digest != member.digest:
            news.append(f"{where}: details changed, the description says how it is now")
        elif not was.seen:
            news.append(f"{where} was looked at again and is still exposed")
    return news


def _accepted_words(findings: Sequence[Finding]) -> str:
    reasons = sorted({finding.accepted_reason for finding in findings if finding.accepted_reason})
    return f"accepted: {'; '.join(reasons)}" if reasons else "accepted"


def _leave(
    key: Key, held: Held | None, findings: Sequence[Finding], why: str, members: Sequence[Member] = ()
) -> Action:
    known = members or (held.marker.members if held and held.marker else ())
    return _action(Verb.LEAVE, key, held, findings, why, members=known)


def _action(
    verb: Verb,
    key: Key,
    held: Held | None,
    findings: Sequence[Finding],
    why: str,
    *,
    members: Sequence[Member] = (),
    ticket: Ticket | None = None,
    change: Change | None = None,
    title: str | None = None,
) -> Action:
    places = tuple(str(f.endpoint) for f in findings) or tuple(place_words(m.place) for m in members)
    rules = [finding.title for finding in findings] or [member.rule for member in members]
    grades = [finding.severity for finding in findings] or [member.severity for member in members]
    prints = tuple(f.fingerprint for f in findings) or tuple(m.fingerprint for m in members)
    return Action(
        verb=verb,
        key=key,
        why=why,
        title=title or (f"{rules[0]}: {places[0]}" if rules else key),
        severity=max(grades, default=0),
        places=places,
        fingerprints=prints,
        held=held,
        ticket=ticket,
        change=change,
    )
