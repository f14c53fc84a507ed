"""Dockerfiles: what the last stage sets in the environment and starts, when that alone opens the service."""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from scanner.core.errors import Malformed, UsageError
from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.image import image_sign
from scanner.core.jsontext import as_list, parse_json
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.lint.container import Container, Value, image_name, split_words
from scanner.lint.judge import judge
from scanner.lint.knowledge import images_named
from scanner.lint.prediction import LintReach, Prediction, Read
from scanner.lint.reader import Reader, Source
from scanner.targets.compose.variables import fill

_FROM = re.compile(r"^[^\S\n]*FROM\s", re.MULTILINE | re.IGNORECASE)
_ESCAPE = re.compile(r"\s*#\s*escape\s*=\s*`", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?([\"']?)(\w+)\1")
_MOST_FILLED = 1_024
_MOST_PASSED_ON = 100_000
"""Variables that stages have from those that they are built upon, all of them together."""
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_NAMES = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile", "Containerfile.*")


class Instruction(NamedTuple):
    """One instruction, its continued lines joined."""

    name: str
    rest: str
    line: int


def _fits(path: str, text: str) -> bool:
    name = Path(path).name.lower()
    return ("dockerfile" in name or "containerfile" in name) and bool(_FROM.search(text))


@dataclass(slots=True)
class _Stage:
    """One stage as far as it is read; one that is built upon another begins with what that has."""

    base: str = ""
    unset: tuple[str, ...] = ()
    """Variables in the base's name that have no value here."""
    line: int = 1
    environment: dict[str, Value] = field(default_factory=dict)
    words: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)

    def known(self, name: str) -> str | None:
        """Return what a variable stands for; one of ENV counts before one of ARG."""
        value = self.environment.get(name)
        return (value.text if value is not None else self.arguments.get(name)) or None


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


def _read(source: Source) -> Read:
    stage = _last_stage(source)
    image = image_name(stage.base)
    if stage.unset and stage.base.endswith(":"):
        # A tag that only the build knows is not the newest one.
        image = image._replace(tag="?")
    elif stage.unset and not image.tag:
        why = f"its base is named by the variable {clean(stage.unset[0], 60)}, which has no value here"
        return Read(problems=[Problem(ProblemKind.LINT_UNTOLD, f"{source.shown}:{stage.line}", why)])
    if not stage.base:
        return Read()
    container = Container(
        name=source.path.name,
        image=image,
        environment=stage.environment,
        words=(*stage.words.get("ENTRYPOINT", ()), *stage.words.get("CMD", ())),
    )
    return Read(predictions=list(_predictions(container, source, stage.line)))


def _last_stage(source: Source) -> _Stage:
    """Return the stage that the image is made of."""
    stage, stages = _Stage(), dict[str, _Stage]()
    # What ARG gives by default before the first stage: the names of bases may use it.
    outside, passed_on = stage.arguments, 0
    for one in instructions(source.text):
        anchor = Anchor(file=source.shown, line=one.line)
        if one.name == "FROM":
            stage = _begun(one, stages, outside)
            passed_on += len(stage.environment)
            if passed_on > _MOST_PASSED_ON:
                why = f"its stages pass on more than {_MOST_PASSED_ON:,} variables"
                raise UsageError(why, file=source.shown, line=one.line)
        elif one.name == "ARG":
            for name, equals, value in (word.partition("=") for word in _words(one.rest)):
                stage.arguments[name] = value if equals else outside.get(name, "")
        elif one.name == "ENV":
            given = {key: _filled(value, stage.known) for key, value in _pairs(one.rest)}
            stage.environment |= {key: Value(text, anchor, bool(unset)) for key, (text, unset) in given.items()}
        elif one.name in {"CMD", "ENTRYPOINT"}:
            stage.words[one.name] = split_words(Value(word, anchor) for word in _command(one.rest))
    return stage


def _begun(one: Instruction, stages: dict[str, _Stage], outside: dict[str, str]) -> _Stage:
    """Return the stage that a FROM begins, and remember it by the name that it is given."""
    named, *rest = [word for word in one.rest.split() if not word.startswith("--")] or [""]
    base, unset = _filled(named, lambda name: outside.get(name) or None)
    earlier = stages.get(base.lower())
    if earlier is None:
        stage = _Stage(base, unset, one.line)
    else:
        stage = _Stage(earlier.base, earlier.unset, one.line, {**earlier.environment}, {**earlier.words})
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


def _predictions(container: Container, source: Source, line: int) -> Iterator[Prediction]:
    for known in images_named(container.image) if container.image else ():
        image = known.image
        judged = judge(image, container, lambda _: None)
        opening = [sign for sign in map(image_sign, image.signs) if sign.guard is Guard.OPEN]
        said = [
            name for sign in opening for name in (*container.environment, *_options(container)) if name == sign.name
        ]
        # A base image's own default is the publisher's affair; what this file adds is this file's.
        if judged.guard is not Guard.OPEN or not said:
            continue
        lines = [value.anchor.line for name, value in container.environment.items() if name in said]
        lines += [word.anchor.line for word in container.words if (word.text or "").partition("=")[0] in said]
        yield Prediction(
            name=container.name,
            service=known.probe.id,
            rule=image.rule,
            address="0.0.0.0",
            port=image.ports[0],
            transport=Transport.TCP,
            reach=LintReach.IMAGE,
            guard=judged.guard,
            why=judged.why,
            anchor=Anchor(file=source.shown, line=lines[0] if lines else line),
            access=image.access,
            sources=(image.source,),
        )


def _options(container: Container) -> list[str]:
    return [(word.text or "").partition("=")[0] for word in container.words]


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


READER = Reader(id="dockerfile", title="Dockerfiles", rank=5, fits=_fits, names=_NAMES, read=_read)
