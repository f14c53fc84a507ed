"""The machine-readable line that every ticket carries: which findings it stands for, and what was last said of them.

Nothing else in a ticket is ever read back: titles and words belong to people. The line holds no banner and no text from
the network, only hexadecimal digits, rule ids and places, so that it needs no escaping in any markup.
"""

import hashlib
import re
from collections import deque
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import quote, unquote

from scanner.core.finding import Finding, Severity
from scanner.tickets.proof import place_of

LABEL = "exposure-scanner"
"""The label that every ticket of ours has where the tracker has labels."""
NO_NOTE = "0" * 16
"""The note of a ticket that has no comment of ours yet."""

KEY = re.compile(r"exposure-[0-9a-f]{32}")
"""What a key looks like: people have labels of their own that begin like it."""

_VERSION = "exposure-v1"
_DIGITS = 32
_ALIASES = r"(?:,[0-9a-f]{64}(?:~[0-9a-f]{64}){0,3})?"
_MEMBER = rf"[0-9a-f]{{64}},[^,;\s<>]{{1,300}},[a-z]{{1,10}},[0-9a-f]{{8}},[su],[^,;\s<>]{{1,200}}{_ALIASES}"
_LINE = re.compile(rf"{_VERSION};(exposure-[0-9a-f]{{{_DIGITS}}});([0-9a-f]{{16}})((?:;{_MEMBER})*)\.")
_SAFE = "/:[]~_"
_MOST_ALIASES = 4

Key: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Member:
    """One finding that a ticket stands for, as it was when the ticket was last written."""

    fingerprint: str
    rule: str
    severity: Severity
    digest: str
    """Eight hexadecimal digits over what matters; see `digest_of`."""
    place: str
    """Where it is, as proof.place_of names it."""
    seen: bool = True
    """False when the last report had not looked at it."""
    aliases: tuple[str, ...] = ()
    """The ids that it has by the names of its machine; they find the ticket again when the address changes."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a ticket says of itself to the next run."""

    key: Key
    members: tuple[Member, ...]
    note: str = NO_NOTE
    """Mark of the last comment of ours, sixteen hexadecimal digits."""

    @property
    def text(self) -> str:
        """The line, one word without white space."""
        return ";".join((_VERSION, self.key, self.note, *map(_member_text, self.members))) + "."

    def with_note(self, note: str) -> "Marker":
        """Return the same marker after a comment with that mark."""
        return replace(self, note=note)


def find_marker(text: str) -> Marker | None:
    """Return the last marker in a text, None when there is none: ours is always written last."""
    found = _last(text)
    if found is None:
        return None
    members = tuple(_parse_member(part) for part in found.group(3).split(";")[1:])
    return Marker(found.group(1), members, found.group(2))


def swap_marker(text: str, marker: Marker) -> str:
    """Return a text with its last marker exchanged; the marker alone is added at the end when there was none."""
    found = _last(text)
    if found is None:
        return f"{text}\n\n{marker.text}"
    return text[: found.start()] + marker.text + text[found.end() :]


def key_of_finding(fingerprint: str) -> Key:
    """Return the key of the ticket for one finding: 128 bits of its fingerprint, short enough for any label."""
    return f"exposure-{fingerprint[:_DIGITS]}"


def key_of_host(finding: Finding) -> Key:
    """Return the key of the ticket for everything on one host, by its address: naming it opens no second one."""
    return _host_key(str(finding.endpoint.address))


def other_keys(finding: Finding, *, by_host: bool) -> tuple[Key, ...]:
    """Return the keys that a ticket for the finding may have by the name of its machine."""
    if by_host:
        return tuple(_host_key(name) for name in (finding.endpoint.name, finding.endpoint.host) if name)
    return tuple(map(key_of_finding, finding.aliases))


def _host_key(host: str) -> Key:
    return f"exposure-{hashlib.sha256(f'v1|host|{host}'.encode()).hexdigest()[:_DIGITS]}"


def member_of(finding: Finding) -> Member:
    """Return what a ticket remembers of a finding."""
    return Member(
        finding.fingerprint,
        finding.rule,
        finding.severity,
        digest_of(finding),
        place_of(finding.endpoint),
        aliases=finding.aliases[:_MOST_ALIASES],
    )


def digest_of(finding: Finding) -> str:
    """Return eight hexadecimal digits that change only when something does that whoever fixes it wants to know.

    Counts, versions, banners, dates and the wording of our own rules are left out: they change by themselves.
    """
    matters = (
        finding.rule,
        finding.severity.word,
        finding.priority.word,
        finding.confidence,
        finding.access.word,
        place_of(finding.endpoint),
        finding.endpoint.name or "",
        finding.owner or "",
        ",".join(sorted({sign.id for sign in finding.compromise})),
    )
    return hashlib.sha256("\n".join(matters).encode()).hexdigest()[:8]


def _last(text: str) -> re.Match[str] | None:
    last = deque(_LINE.finditer(text), maxlen=1)
    return last[0] if last else None


def _member_text(member: Member) -> str:
    return ",".join(
        (
            member.fingerprint,
            _quoted(member.rule),
            member.severity.word,
            member.digest,
            "s" if member.seen else "u",
            _quoted(member.place),
            *(("~".join(member.aliases),) if member.aliases else ()),
        )
    )


def _parse_member(text: str) -> Member:
    fingerprint, rule, severity, digest, seen, place, *aliases = text.split(",")
    level = Severity[severity.upper()] if severity.upper() in Severity.__members__ else Severity.INFO
    return Member(
        fingerprint,
        unquote(rule),
        level,
        digest,
        unquote(place),
        seen == "s",
        tuple("".join(aliases).split("~")) if aliases else (),
    )


def _quoted(text: str) -> str:
    # Two dashes would end an HTML comment.
    return quote(text, safe=_SAFE).replace("--", "-%2D")
