"""Signs that an endpoint is no service but something that wants to be taken for one: echo, parrot, tarpit, catch-all.

Each function looks at what one port said and returns the reason in words, or None.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scanner.core.count import counted
from scanner.core.facts import Facts
from scanner.core.jsontext import as_object
from scanner.core.talk import HttpAnswer
from scanner.probes.contact import Contact
from scanner.probes.likeness import alike

_RECOGNISABLE_BYTES = 8
_ENOUGH_QUESTIONS = 3
_KEYS_OF_A_DOCUMENT = 4
_ASSENT = (b"+OK", b"OK", b"200", b"220", b"+PONG", b"* OK", b"HTTP/1.")

UNACKNOWLEDGED = "it completes connections and never acknowledges a byte: a SYN proxy or a filter with nobody behind it"


class Turn(NamedTuple):
    """One question over a stream and what came back."""

    sent: bytes
    got: bytes


def of_contact(contact: Contact) -> str | None:
    """Judge the first contact: an echo, an answer to no question, or one that is drawn out."""
    if echoes(contact.request, contact.reply):
        return "it sends back what it is sent: an echo, not a service"
    if contact.greeting and contact.greeting[:5] == b"HTTP/"[: len(contact.greeting)]:
        return "it sends an HTTP answer before it is asked"
    if contact.slow:
        return f"tarpit: {counted(len(contact.reply), 'byte')} of an answer in several seconds"
    return None


def of_turns(turns: Sequence[Turn], greeting: bytes = b"") -> str | None:
    """Judge all questions to one port: an echo, or the same yes to every question.

    Who greets with the words in which it is greeted, as rsync does, echoes nothing.
    """
    if any(echoes(turn.sent, turn.got) and not (greeting and turn.got.startswith(greeting)) for turn in turns):
        return "it sends back what it is sent: an echo, not a service"
    answered = {turn.sent: turn.got for turn in turns if turn.got}
    answers = set(answered.values())
    if len(answered) >= _ENOUGH_QUESTIONS and len(answers) == 1 and answers.pop().startswith(_ASSENT):
        return "it gives the same answer to every question"
    return None


def echoes(sent: bytes, got: bytes) -> bool:
    """Tell whether an answer begins with the question itself."""
    return len(got) >= 4 and len(sent) >= 4 and sent[:_RECOGNISABLE_BYTES] == got[:_RECOGNISABLE_BYTES]


def catches_all(control: HttpAnswer) -> str | None:
    """Judge the answer to a path that can't exist."""
    if control.status != 200:
        return None
    return "it answers 200 to a path that can't exist: a catch-all page"


def proves_nothing(answers: Iterable[HttpAnswer], control: HttpAnswer) -> str | None:
    """Judge a proof over HTTP: worthless if a path that can't exist gets the same answers.

    One that differs is enough to stand: HAProxy's page below `stats uri /` is at every path, its table is not.
    """
    shown = [answer for answer in answers if answer.status == 200]
    if control.status != 200 or not shown or not all(alike(answer, control) for answer in shown):
        return None
    return "a path that can't exist gets the same answer as its interface"


def introduces_itself_anywhere(front: HttpAnswer | None, control: HttpAnswer) -> str | None:
    """Judge an interface by its front page: one that introduces itself at a path that can't exist is a catch-all.

    Start pages for any path are common in HTML; a JSON interface has an error for that, and an error has few keys.
    """
    if front is None or control.status != 200 or len(as_object(control.json_or_none())) < _KEYS_OF_A_DOCUMENT:
        return None
    return "a path that can't exist gets the same answer as its front page" if alike(front, control) else None


# Values that honeypots ship with and hardly anybody changes: (where in the evidence or the facts, value).
_HONEYPOT_VALUES = (
    ("b88f43fc40b0bcd7f173a1f9ee2e97816de80b19", "the build hash that ElasticHoney ships with"),
    ("Green Goblin", "the node name that ElasticHoney ships with"),
    ("Mouser Factory", "the plant name that Conpot ships with"),
    ("Technodrome", "the system name that Conpot ships with"),
    ("SSH-2.0-OpenSSH_6.0p1 Debian-4+deb7u2", "the banner that Cowrie ships with"),
    ("Nepenthes Development Team", "the certificate that Dionaea ships with"),
    # Its typing error, a space before the first "=", is what no device sends.
    ("ro.product.name =starltexx", "the device that ADBHoney ships with"),
    ("BearTrap-ftpd Service ready", "the banner that BearTrap ships with"),
    # When the sample that it answers INFO with was written, in 2015.
    ("last_save_time:1427948762", "the reply that RedisHoneyPot ships with"),
)


def honeypot(facts: Facts) -> str | None:
    """Judge what a service said of itself: a default of a well-known honeypot."""
    said = " ".join([facts.product or "", facts.version or "", *map(str, facts.evidence.values())])
    return honeypot_words(said)


def honeypot_words(said: str) -> str | None:
    """Return which honeypot's default stands in a text, if any."""
    return next((f"honeypot: {meaning}" for value, meaning in _HONEYPOT_VALUES if value in said), None)
