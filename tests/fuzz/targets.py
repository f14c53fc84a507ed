"""What is fuzzed: every probe, and every function that takes bytes of a peer apart. Found, not listed."""

import asyncio
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any, TypeAlias

from scanner.core.errors import TalkError, UsageError
from scanner.core.probe import Probe
from scanner.core.talk import HttpAnswer
from scanner.probes.registry import load_registry
from scanner.wire.http_coding import Undecodable
from tests.fuzz import conversations, others
from tests.fuzz.mutator import LONGEST
from tests.wire.transcript import Replay, Transcript, here

ROOMS = ("core", "wire", "services", "net", "probes", "sweep", "targets", "report", "tickets")
"""Where bytes from outside are read."""

OUR_OWN = {
    "scanner.core.sends": "declares what we send",
    "scanner.core.text.clean": "cleans; fuzzed through every probe, and by hypothesis in tests/core/test_text.py",
    "scanner.net.guard": "judges what we send",
    "scanner.probes.check_file": "reads a file of the user",
}
"""Modules and functions that take bytes and no peer's, with the reason."""

PURE_NAME = re.compile(
    r"parse|read_|decode|fields$|metric|_of$|key_counts|is_|items|shown|inventory|complete|count|title"
)
"""How a function that reads is called; what builds the bytes that we send is called otherwise."""
_TAKES = re.compile(
    r"^(bytes|bytes \| bytearray|bytes \| str|str \| bytes|str \| bytes \| bytearray|HttpAnswer)( \| None)?$"
)
_DECLARES = re.compile(r"\b(Undecodable|ValueError|OSError|UnicodeDecodeError|NetlinkError)\b")


Call: TypeAlias = tuple[bytes, dict[str, Any]]
"""What a parser was given: bytes, and the other arguments by name."""
_MOST_CALLS = 200
_MOST_ARGUMENTS = 8


@dataclass(frozen=True)
class Target:
    """One parser and where to begin."""

    name: str
    run: Callable[[tuple[bytes, ...]], object]
    seeds: tuple[tuple[bytes, ...], ...] = field(repr=False)
    declared: tuple[type[Exception], ...] = (TalkError, UsageError)
    """What it may raise."""
    longest: int = LONGEST // 4
    """Most bytes of one piece: the byte budget that its caller has."""


OTHERS = {
    "net.http": (others.run_http, others.HTTP_SEEDS),
    "probes.identification": (others.run_identification, others.PAGES),
    "sweep.syn.parse": (others.run_packets, others.PACKETS),
}
"""Targets that are no function of bytes alone."""


def names() -> list[str]:
    """Return the names of all targets, without the work that makes their seeds."""
    return sorted([*parsers(), *(f"probe.{probe.id}" for probe in load_registry().probes), *OTHERS])


@cache
def every_target() -> dict[str, Target]:
    """Return all targets by name."""
    recorded = conversations.transcripts()
    functions = parsers()
    calls = _calls_of_parsers(functions, recorded)
    heard = {name: tuple(dict.fromkeys((said,) for said, _ in made)) for name, made in calls.items()}
    heard |= others.own_seeds()
    general = tuple({piece: None for one in recorded for piece in conversations.pieces_of(one)})[:200]
    found = [
        _of_function(name, function, heard.get(name, ()), general, arguments(function, name, calls.get(name, ())))
        for name, function in functions.items()
    ]
    found += [_of_probe(probe, recorded) for probe in load_registry().probes]
    found += [Target(name, run, seeds, ()) for name, (run, seeds) in OTHERS.items()]
    return {target.name: target for target in found}


def parsers() -> dict[str, FunctionType]:
    """Return every function of the product that takes a peer's bytes apart, by dotted name."""
    found = {}
    for module in _modules():
        for name, value in vars(module).items():
            whole = f"{module.__name__}.{name}"
            if (
                inspect.isfunction(value)
                and value.__module__ == module.__name__
                and not name.startswith("_")
                and not inspect.iscoroutinefunction(value)
                and module.__name__ not in OUR_OWN
                and whole not in OUR_OWN
                and PURE_NAME.search(name)
                and _takes_bytes(value)
            ):
                found[whole] = value
    return found


def _modules() -> Iterator[Any]:
    for room in ROOMS:
        package = importlib.import_module(f"scanner.{room}")
        yield package
        for entry in pkgutil.walk_packages(package.__path__, f"scanner.{room}."):
            yield importlib.import_module(entry.name)


def _takes_bytes(function: FunctionType) -> bool:
    first = next(iter(inspect.signature(function).parameters.values()), None)
    return first is not None and _TAKES.match(_annotation(first)) is not None


def _annotation(parameter: inspect.Parameter) -> str:
    said = parameter.annotation
    return said if isinstance(said, str) else inspect.formatannotation(said).rpartition("scanner.core.talk.")[2]


def arguments(function: FunctionType, name: str, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Return with what else a parser is called: what it demands besides bytes, as its callers gave it."""
    _, *rest = inspect.signature(function).parameters.values()
    demanded = [one.name for one in rest if one.default is inspect.Parameter.empty]
    given = [*others.CALLED_WITH.get(name, ()), *({key: call[1][key] for key in demanded} for call in calls)]
    return list({repr(one): one for one in given}.values())[:_MOST_ARGUMENTS] if demanded else [{}]


def _of_function(
    name: str,
    function: FunctionType,
    heard: tuple[tuple[bytes, ...], ...],
    general: tuple[bytes, ...],
    given: list[dict[str, Any]],
) -> Target:
    pages = "HttpAnswer" in _annotation(next(iter(inspect.signature(function).parameters.values())))

    def run(pieces: tuple[bytes, ...]) -> None:
        data = b"".join(pieces)
        said = conversations.read_page(data) if pages else data
        raised: list[Exception] = []
        for one in given:
            try:
                found = function(said, **one)
                if inspect.isgenerator(found):
                    list(found)
            except declared as error:
                raised.append(error)
        if raised:
            raise raised[0]

    plain = [conversations.write_page(200, [], piece) if pages else piece for piece in general[::9]]
    words: dict[str, type[Exception]] = {
        "Undecodable": Undecodable,
        "ValueError": ValueError,
        "OSError": OSError,
        "NetlinkError": OSError,
        "UnicodeDecodeError": ValueError,
    }
    declared = (TalkError, UsageError, *(words[word] for word in _DECLARES.findall(function.__doc__ or "")))
    return Target(
        name,
        run,
        heard or tuple((piece,) for piece in plain),
        declared,
        LONGEST if pages else LONGEST // 4,
    )


def _of_probe(probe: Probe, recorded: list[Transcript]) -> Target:
    own = [conversations.pieces_of(one) for one in recorded if one.head["service"] == probe.id]

    def run(pieces: tuple[bytes, ...]) -> object:
        return conversations.run_probe(probe, pieces)

    return Target(
        f"probe.{probe.id}", run, tuple(own) or ((b"200\n\n{}",),), (), LONGEST if probe.ask_http else LONGEST // 4
    )


def _calls_of_parsers(functions: dict[str, FunctionType], recorded: list[Transcript]) -> dict[str, list[Call]]:
    """Replay all conversations and return the calls of each parser."""
    codes = {function.__code__: name for name, function in functions.items()}
    calls: dict[str, list[Call]] = {}

    def note(frame: Any, event: str, argument: object) -> None:
        name = codes.get(frame.f_code) if event == "call" else None
        if name is not None and len(calls.setdefault(name, [])) < _MOST_CALLS:
            given = dict(frame.f_locals)
            said = given.pop(frame.f_code.co_varnames[0])
            if isinstance(said, HttpAnswer):
                said = conversations.write_page(said.status, list(said.headers), said.body)
            if isinstance(said, bytes | bytearray):
                calls[name].append((bytes(said), given))

    registry = load_registry()
    for transcript in recorded:
        probe = registry.find(transcript.head["service"]).probe
        replay = Replay(transcript, probe.sends, here(transcript.head))
        ask: Any = probe.ask_datagram if transcript.head["transport"] == "udp" else probe.ask or probe.ask_http
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            asyncio.run(ask(replay))
        finally:
            sys.setprofile(before)
    return calls
