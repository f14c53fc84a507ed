"""The stages of a Dockerfile: what the image that it builds is made of, has in its environment and starts; pure."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from scanner.core.errors import Malformed, UsageError
from scanner.core.finding import Anchor
from scanner.core.image import UNTOLD_TAG
from scanner.core.jsontext import as_list, parse_json
from scanner.lint.container import ImageName, Value, image_name, split_words
from scanner.targets.compose.variables import fill

_ESCAPE = re.compile(r"\s*#\s*escape\s*=\s*`", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?([\"']?)(\w+)\1")
_MOST_FILLED = 1_024
_MOST_PASSED_ON = 100_000
"""Variables that stages have from those that they are built upon, all of them together."""
_MOST_COPIES = 64
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
# A command of the build that may change what the service reads when it starts.
_SETS_UP = re.compile(r"conf|passw|auth|secur|/etc/|\bsed\b|users?\b", re.IGNORECASE)


class Instruction(NamedTuple):
    """One instruction, its continued lines joined."""

    name: str
    rest: str
    line: int


class Copy(NamedTuple):
    """A file of the build's folder that is put into the image."""

    source: str
    target: str
    anchor: Anchor


@dataclass(slots=True)
class Stage:
    """One stage as far as it is read; one that is built upon another begins with what that has."""

    base: str = ""
    unset: tuple[str, ...] = ()
    """Variables in the base's name that have no value here."""
    line: int = 1
    environment: dict[str, Value] = field(default_factory=dict)
    words: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    sets_up: bool = False
    """Whether a command of the build may have changed its configuration."""

    def known(self, name: str) -> str | None:
        """Return what a variable stands for; one of ENV counts before one of ARG."""
        value = self.environment.get(name)
        return (value.text if value is not None else self.arguments.get(name)) or None

    def begun_again(self, line: int) -> "Stage":
        """Return a stage that is built upon this one: all but the arguments, which end with their stage."""
        return replace(
            self,
            line=line,
            environment={**self.environment},
            words={**self.words},
            copies=[*self.copies],
            arguments={},
        )

    @property
    def image(self) -> ImageName | None:
        """The image that it is made of; None where only the build knows its name."""
        name = image_name(self.base)
        if self.unset and self.base.endswith(":"):
            # A tag that only the build knows is not the newest one.
            return name._replace(tag=UNTOLD_TAG)
        return None if not self.base or (self.unset and not name.tag) else name


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile (docs.docker.com, Dockerfile reference); what heredocs hold is none."""
    lines = iter(enumerate(text.replace("\r\n", "\n").split("\n"), 1))
    mark = "`" if _ESCAPE.match(text) else "\\"
    parts: list[str] = []
    first = 0
    for number, raw in lines:
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        first = first or number
        parts.append(line.removesuffix(mark))
        if line.endswith(mark):
            continue
        one = _instruction(parts, first)
        if one.name:
            yield one
        for heredoc in _HEREDOC.finditer(one.rest) if one.name in _WITH_HEREDOC else ():
            # The test takes each line of the text away from the loop, up to the word that ends it.
            any(inside.strip() == heredoc[2] for _, inside in lines)
        parts, first = [], 0
    last = _instruction(parts, first)
    if last.name:
        yield last


def _instruction(parts: list[str], line: int) -> Instruction:
    name, rest = (*" ".join(parts).split(None, 1), "", "")[:2]
    return Instruction(name.upper(), rest.strip(), line)


def last_stage(text: str, shown: str, given: Mapping[str, str] | None = None, target: str = "") -> Stage:
    """Return the stage that the image is made of; `given`: the build's arguments, `target`: the stage it ends at.

    Raises UsageError for stages that pass on more variables than anybody writes.
    """
    stage, stages = Stage(), dict[str, Stage]()
    # What ARG gives by default before the first stage: the names of bases may use it.
    outside, passed_on = stage.arguments, 0
    for one in instructions(text):
        if one.name != "FROM":
            _follow(one, stage, Anchor(file=shown, line=one.line), {**outside, **(given or {})}, given or {})
            continue
        if target and target.lower() in stages:
            break
        stage = _begun(one, stages, outside)
        passed_on += len(stage.environment)
        if passed_on > _MOST_PASSED_ON:
            why = f"its stages pass on more than {_MOST_PASSED_ON:,} variables"
            raise UsageError(why, file=shown, line=one.line)
    return stage


def _follow(
    one: Instruction, stage: Stage, anchor: Anchor, outside: Mapping[str, str], given: Mapping[str, str]
) -> None:
    """Carry out one instruction of a stage."""
    if one.name == "ARG":
        for name, equals, value in (word.partition("=") for word in _words(one.rest)):
            stage.arguments[name] = given.get(name, value if equals else outside.get(name, ""))
    elif one.name == "ENV":
        filled = {key: _filled(value, stage.known) for key, value in _pairs(one.rest)}
        stage.environment |= {key: Value(text, anchor, bool(unset)) for key, (text, unset) in filled.items()}
    elif one.name in {"CMD", "ENTRYPOINT"}:
        stage.words[one.name] = split_words(Value(word, anchor) for word in _command(one.rest))
    elif one.name in {"COPY", "ADD"} and len(stage.copies) < _MOST_COPIES:
        stage.copies += _copies(one.rest, anchor)
    elif one.name == "RUN":
        stage.sets_up = stage.sets_up or bool(_SETS_UP.search(one.rest))


def _copies(rest: str, anchor: Anchor) -> Iterator[Copy]:
    words = _command(rest) if rest.startswith("[") else _words(rest)
    if any(word.startswith("--from=") for word in words):
        return
    *sources, target = [word for word in words if not word.startswith("--")] or [""]
    for source in sources:
        into = target.endswith("/") or len(sources) > 1
        yield Copy(source, f"{target.rstrip('/')}/{source.rpartition('/')[2]}" if into else target, anchor)


def _begun(one: Instruction, stages: dict[str, Stage], outside: dict[str, str]) -> Stage:
    """Return the stage that a FROM begins, and remember it by the name that it is given."""
    named, *rest = [word for word in one.rest.split() if not word.startswith("--")] or [""]
    base, unset = _filled(named, lambda name: outside.get(name) or None)
    earlier = stages.get(base.lower())
    stage = Stage(base, unset, one.line) if earlier is None else earlier.begun_again(one.line)
    if len(rest) > 1 and rest[0].upper() == "AS":
        stages[rest[1].lower()] = stage
    return stage


def _filled(text: str, known: Callable[[str], str | None]) -> tuple[str, tuple[str, ...]]:
    """Return a text with its variables put in and those without a value; one that grows too long stays as it is."""
    try:
        filled = fill(text, known)
    except ValueError:
        return text, (text,)
    return (text, (text,)) if len(filled.text) > max(_MOST_FILLED, len(text)) else filled


def _pairs(rest: str) -> Iterator[tuple[str, str]]:
    parts = _words(rest)
    if parts and "=" not in parts[0]:
        yield parts[0], " ".join(parts[1:])
        return
    for part in parts:
        name, equals, value = part.partition("=")
        if equals:
            yield name, value


def _command(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            return [str(word) for word in as_list(parse_json(rest))]
        except Malformed:
            return []
    return _words(rest)


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()
