"""The interface of a check, and how checks are found: every module in host/checks is one."""

import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from importlib import import_module
from typing import NamedTuple, TypeAlias

from scanner.core.text import clean
from scanner.host import checks
from scanner.host.masking import without_secrets
from scanner.host.snapshot import Container, Process, Snapshot

DETAIL_CHARS = 300


class Weight(IntEnum):
    """How much a sign says by itself."""

    NOTE = 0
    """Worth a line, never an alarm."""
    WEAK = 1
    """An honest machine may show it; two of different checks on one subject are an alarm."""
    STRONG = 2
    """Nothing honest looks like it: an alarm by itself."""


class Kind(StrEnum):
    """What a sign is about."""

    PROCESS = "process"
    CONTAINER = "container"
    START_UP = "start-up entry"
    FILE = "file"
    ACCOUNT = "account"
    LISTENER = "listener"


class Subject(NamedTuple):
    """The one thing that signs are weighed on."""

    kind: Kind
    key: str
    """What makes it the same one tomorrow: a path, a name; never a process id."""
    name: str
    """How a reader finds it now, clean: process 4242 (xmrig)."""
    number: int = 0
    """The process id, 0 for everything else."""
    file: str = ""
    """The file that it stands in, clean; empty for what stands in none."""


class Sign(NamedTuple):
    """One thing seen on one subject."""

    check: str
    subject: Subject
    weight: Weight
    detail: str
    """One sentence on what was seen, clean."""
    paths: tuple[str, ...] = ()
    """Files that it is about: a start-up entry and a process that share one are an alarm together."""


Ask: TypeAlias = Callable[[Snapshot], Iterable[Sign]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One kind of sign."""

    id: str
    title: str
    """What is so where it holds."""
    reads: str
    """The files that it is judged from."""
    proves: str
    wrong: str
    """When it is wrong, and what guards against that."""
    decide: str
    """How to decide: commands for a person, with {pid}, {path}, {name} and {file} filled in."""
    root: bool = False
    """Whether an ordinary user sees nothing of it, or only his own part."""
    attack: tuple[str, ...] = ()
    """MITRE ATT&CK technique ids."""
    cwe: tuple[int, ...] = (506,)
    """506: embedded malicious code."""
    ask: Ask


@cache
def load_checks() -> tuple[Check, ...]:
    """Return every check, sorted by id."""
    modules = (import_module(f"{checks.__name__}.{found.name}") for found in pkgutil.iter_modules(checks.__path__))
    return tuple(sorted((module.CHECK for module in modules), key=lambda check: check.id))


def about_process(process: Process) -> Subject:
    """Return a process as a subject: its executable and script tell it apart, its name where they can't be read."""
    name = clean(process.name, 40)
    key = f"{process.executable or f'name {process.name}'} {process.script}".rstrip()
    return Subject(Kind.PROCESS, clean(key, DETAIL_CHARS), f"process {process.pid} ({name})", process.pid)


def about_container(container: Container) -> Subject:
    """Return a container as a subject: its name and its image tell it apart."""
    name, image = clean(container.name, 80), clean(container.image, 120)
    return Subject(Kind.CONTAINER, f"{image} {name}", f"{container.engine} container {name} ({image})")


def about_file(kind: Kind, file: str, name: str = "") -> Subject:
    """Return a file as a subject."""
    shown = clean(file, DETAIL_CHARS)
    return Subject(kind, shown, clean(name, 120) or f"{kind.value} {shown}", file=shown)


def sentence(text: str) -> str:
    """Return a detail fit for a report: one line, bounded, secrets of command lines masked."""
    return clean(without_secrets(text[: 4 * DETAIL_CHARS]), DETAIL_CHARS)
