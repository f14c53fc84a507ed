"""What is fuzzed: every probe, and every function that takes bytes of a peer apart. Found, not listed."""

import asyncio
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

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


@dataclass(frozen=True)
class Target:
    """One parser and where to begin."""

    name: str
    run: Callable[[tuple[bytes, ...]], object]
    seeds: tuple[tuple[bytes, ...], ...] = field(repr=False)
    declared: tuple[type[Exception], ...] = (TalkError, UsageError)
    longest: int = LONGEST // 4
    """Most bytes of one piece: the byte budget that its caller has."""
    """What it may raise."""


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
    heard = _what_parsers_were_given(functions, recorded) | others.own_seeds()
    general = tuple({piece: None for one in recorded for piece in conversations.pieces_of(one)})[:200]
    found = [_of_function(name, function, heard.get(name, ()), general) for name, function in functions.items()]
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


def _of_function(
    name: str, function: FunctionType, heard: tuple[tuple[bytes, ...], ...], general: tuple[bytes, ...]
) -> Target:
    first, *others = inspect.signature(function).parameters.values()
    pages = "HttpAnswer" in _annotation(first)
    demanded = [one for one in others if one.default is inspect.Parameter.empty]
    rest = [_example(one) for one in demanded if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    named = {one.name: _example(one) for one in demanded if one.kind is inspect.Parameter.KEYWORD_ONLY}

    def run(pieces: tuple[bytes, ...]) -> object:
        data = b"".join(pieces)
        given = conversations.read_page(data) if pages else data
        found = function(given, *rest, **named)
        return list(found) if inspect.isgenerator(found) else found

    plain = [conversations.write_page(200, [], piece) if pages else piece for piece in general[::9]]
    declared: dict[str, type[Exception]] = {
        "Undecodable": Undecodable,
        "ValueError": ValueError,
        "OSError": OSError,
        "NetlinkError": OSError,
        "UnicodeDecodeError": ValueError,
    }
    raised = tuple(declared[word] for word in _DECLARES.findall(function.__doc__ or ""))
    return Target(
        name,
        run,
        heard or tuple((piece,) for piece in plain),
        (TalkError, UsageError, *raised),
        LONGEST if pages else LONGEST // 4,
    )


_EXAMPLES: dict[str, Any] = {
    "int": 0, "float": 1.0, "str": "up", "bytes": b"\0\1version\4bind\0\0\x10\0\3", "Path": Path("file"),
    "HttpAnswer | None": None,
}  # fmt: skip


def _example(parameter: inspect.Parameter) -> Any:
    said = _annotation(parameter)
    if said.startswith(("list[", "Sequence", "collections.abc.Sequence", "tuple[")):
        return []
    if said.rpartition(".")[2] not in _EXAMPLES and said not in _EXAMPLES:
        said = "HttpAnswer" if "HttpAnswer" in said else said
        return HttpAnswer(status=200) if said == "HttpAnswer" else None
    return _EXAMPLES.get(said, _EXAMPLES.get(said.rpartition(".")[2]))


def _of_probe(probe: Probe, recorded: list[Transcript]) -> Target:
    own = [conversations.pieces_of(one) for one in recorded if one.head["service"] == probe.id]

    def run(pieces: tuple[bytes, ...]) -> object:
        return conversations.run_probe(probe, pieces)

    return Target(
        f"probe.{probe.id}", run, tuple(own) or ((b"200\n\n{}",),), (), LONGEST if probe.ask_http else LONGEST // 4
    )


def _what_parsers_were_given(
    functions: dict[str, FunctionType], recorded: list[Transcript]
) -> dict[str, tuple[tuple[bytes, ...], ...]]:
    """Replay all conversations and return the first argument of every call of a parser: its own seeds."""
    codes = {function.__code__: name for name, function in functions.items()}
    heard: dict[str, dict[tuple[bytes, ...], None]] = {}

    def note(frame: Any, event: str, argument: object) -> None:
        name = codes.get(frame.f_code) if event == "call" else None
        if name is not None and len(heard.setdefault(name, {})) < 60:
            given = frame.f_locals[frame.f_code.co_varnames[0]]
            if isinstance(given, HttpAnswer):
                given = conversations.write_page(given.status, list(given.headers), given.body)
            if isinstance(given, bytes | bytearray):
                heard[name][(bytes(given),)] = None

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
    return {name: tuple(seeds) for name, seeds in heard.items()}
