"""The rsync daemon: modules without `auth users` are read, and often written, by anybody.

Protocol: https://download.samba.org/pub/rsync/rsyncd.conf.5 and the daemon's own words; nothing else is published.
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Malformed, NotAllowed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import PLACEHOLDER
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import Send, line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard

HELLO = b"@RSYNCD: 31.0\n"
LIST = b"#list\n"
_LONGEST_NAME = 64
_MOST_MODULES = 200
_MOST_ASKED = 20
BROKEN = "neither opened nor refused"
# clientserver.c; every other error, such as `max connections (4) reached -- try again later` or `chroot failed`, comes
# after those, or says nothing of them.
_DENIALS = (b"access denied", b"auth failed", b"unknown module")


@dataclass(frozen=True, slots=True, kw_only=True)
class RsyncFacts(Facts):
    """What a daemon showed."""

    modules: int = 0
    """Modules that it lists."""
    readable: tuple[str, ...] = ()
    """Modules, of those asked, that it opens without a password."""


def parse_greeting(greeting: bytes) -> str:
    """Return the protocol version of `@RSYNCD: 31.0 sha512 ...`; raises Malformed for any other line."""
    words = greeting.split()
    if len(words) < 2 or words[0] != b"@RSYNCD:" or not words[1].replace(b".", b"").isdigit():
        raise Malformed("not a greeting of rsync")
    return clean(words[1], 16)


def parse_modules(text: bytes) -> list[tuple[str, str]]:
    """Return (module, comment) of each line of a listing; what precedes the first is the message of the day."""
    found = []
    for raw in text.split(b"\n"):
        name, tab, comment = raw.rstrip(b"\r").partition(b"\t")
        name = name.rstrip(b" ")
        if tab and name and len(name) <= 255:
            found.append((clean(name, 255), clean(comment, 120)))
    return found[:_MOST_MODULES]


def parse_choice(reply: bytes) -> str:
    """Return what the answer to a module's name says: open, password, denied or broken; raises Malformed for others."""
    if reply.startswith(b"@RSYNCD: OK"):
        return "open"
    if reply.startswith(b"@RSYNCD: AUTHREQD "):
        return "password"
    if reply.startswith(b"@ERROR"):
        return "denied" if any(words in reply.lower() for words in _DENIALS) else BROKEN
    raise Malformed("no answer to the name of a module")


async def ask(talk: Talk) -> RsyncFacts | None:
    """List the modules, then name each of the first few and hang up before anything could be transferred."""
    version = parse_greeting(await talk.read_until(b"\n", 512))
    await talk.send(HELLO)
    await talk.send(LIST)
    try:
        listing = await talk.read_until(b"@RSYNCD: EXIT", 131_072)
    except ClosedEarly as error:
        return _without_list(version, error.got)
    modules = parse_modules(listing)
    facts = RsyncFacts(
        product="rsync daemon",
        evidence={"protocol": version, "modules": len(modules)},
        proof=(Exchange("#list", counted(len(modules), "module")),),
        modules=len(modules),
    )
    if not modules:
        return replace(facts, note="it lists no modules; hidden ones are found by nobody who does not know their names")
    return _judge(facts, modules, await _choose_each(talk, [name for name, _ in modules]))


def _without_list(version: str, got: bytes) -> RsyncFacts | None:
    """Judge a daemon that says an error in place of its list."""
    if b"@ERROR" not in got:
        raise ClosedEarly("closed before the list was complete", got)
    error = got[got.index(b"@ERROR") :].split(b"\n")[0]
    facts = RsyncFacts(
        product="rsync daemon",
        evidence={"protocol": version},
        proof=(Exchange("#list", clean(error, 120)),),
    )
    if any(words in error.lower() for words in _DENIALS):
        return replace(facts, access=Access.REFUSED)
    return replace(facts, note="it lists nothing at the moment", unheard=Unheard.REFUSED_LATER)


async def _choose_each(talk: Talk, names: list[str]) -> dict[str, str]:
    """Ask which modules want a password: one connection each, closed at the answer."""
    choices: dict[str, str] = {}
    for name in [name for name in names if name.isascii() and len(name) <= _LONGEST_NAME][:_MOST_ASKED]:
        await talk.reopen()
        try:
            parse_greeting(await talk.read_until(b"\n", 512))
            await talk.send(HELLO)
            await talk.send(name.encode() + b"\n")
            choices[name] = await _hear_choice(talk)
        except (ClosedEarly, Malformed, NotAllowed):
            # NotAllowed: a module may be named like a word that the deny-list holds; it is left out then.
            continue
        except TalkError:
            break
    return choices


async def _hear_choice(talk: Talk) -> str:
    """Read over the message of the day to the daemon's own line."""
    for _ in range(200):
        reply = await talk.read_until(b"\n", 1_024)
        if reply.startswith(b"@"):
            return parse_choice(reply)
    raise Malformed("a message of the day without an end")


def _judge(facts: RsyncFacts, modules: list[tuple[str, str]], choices: dict[str, str]) -> RsyncFacts:
    readable = tuple(name for name, choice in choices.items() if choice == "open")
    shown: list[Json] = [f"{name}: {choices.get(name, 'not asked')}" for name, _ in modules[:20]]
    proof = [*facts.proof, *(Exchange(f"module {name}", choice) for name, choice in choices.items())]
    proof.sort(key=lambda exchange: exchange.received == "open")
    told = [choice for choice in choices.values() if choice != BROKEN]
    all_told = len(told) == len(modules)
    access = Access.DATA if readable else Access.REFUSED if told and all_told else Access.UNKNOWN
    return replace(
        facts,
        access=access,
        evidence={**facts.evidence, "module_names": shown},
        proof=tuple(proof),
        traces={"name": tuple(name for name, _ in modules)},
        readable=readable,
        note=None if access is not Access.UNKNOWN else _note(len(told), len(modules)),
        unheard=Unheard.REFUSED_LATER if access is Access.UNKNOWN else None,
    )


def _note(told: int, modules: int) -> str:
    if not told:
        return "it did not say whether its modules want a password: it is full, broken, or hangs up"
    return f"{told} of {counted(modules, 'module')} said whether they want a password, and none of those opens"


def _open(facts: RsyncFacts) -> str | None:
    if not facts.readable:
        return None
    return (
        f"{len(facts.readable)} of "
        f"{counted(facts.modules, 'module')} open without a password, {facts.readable[0]} among them."
    )


def _named(length: int) -> Send:
    return line(
        b"m" * length + b"\n",
        vary=((0, length),),
        why="the name of a listed module; without the arguments that never follow nothing is transferred",
    )


_PAGES = ("https://download.samba.org/pub/rsync/rsyncd.conf.5",)

_GREETING = b"@RSYNCD: 31.0 sha512 sha256 sha1 md5 md4\n"


def _module_says(name: str, words: bytes, access: Access = Access.UNKNOWN) -> Mood:
    says = {b"": _GREETING, HELLO: b"", LIST: b"web            \tpages\n@RSYNCD: EXIT\n", b"web": words + b"\n"}
    unheard = Unheard.REFUSED_LATER if access is Access.UNKNOWN else None
    return Mood(name=name, says=says, access=access, unheard=unheard)


MOODS = (
    Mood(
        name="full-before-its-list",
        says={b"": HELLO, HELLO: b"@ERROR: max connections (4) reached -- try again later\n"},
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="address-not-allowed-before-its-list",
        says={b"": HELLO, HELLO: b"@ERROR: access denied to x from UNKNOWN (192.0.2.9)\n"},
        access=Access.REFUSED,
    ),
    _module_says("full", b"@ERROR: max connections (4) reached -- try again later"),
    _module_says("broken", b"@ERROR: chroot failed"),
    _module_says("password", b"@RSYNCD: AUTHREQD 8h3k", Access.REFUSED),
    _module_says("address-not-allowed", b"@ERROR: access denied to web from UNKNOWN (192.0.2.9)", Access.REFUSED),
)

PROBE = Probe(
    id="rsync",
    title="rsync daemon",
    ports=tcp(873),
    sends=(line(HELLO), line(LIST), *map(_named, range(1, _LONGEST_NAME + 1))),
    ask=ask,
    moods=MOODS,
    listens_first=True,
    greetings=(Greeting(start=b"@RSYNCD: "),),
    references=_PAGES,
    rules=(
        Rule(
            id="rsync-module-no-password",
            title="An rsync module opens without a password",
            why="Anybody copies the files of the module, and writes to it where `read only = no` is set.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# rsyncd.conf, in each module",
                "auth users = backup",
                "secrets file = /etc/rsyncd.secrets",
                f"hosts allow = {PLACEHOLDER}",
                "read only = yes",
                "list = no",
                "# better: no daemon, rsync over ssh",
                "systemctl disable --now rsync",
            ),
            cwe=(306, 552, 668),
            attack=("T1190", "T1039"),
            references=_PAGES,
        ),
    ),
)
