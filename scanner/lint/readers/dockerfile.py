"""Dockerfiles: what the last stage sets in the environment and starts, when that alone opens the service."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scanner.core.errors import Malformed
from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.image import image_sign
from scanner.core.jsontext import as_list, parse_json
from scanner.core.ports import Transport
from scanner.lint.container import Container, Value, image_name, split_words
from scanner.lint.judge import judge
from scanner.lint.knowledge import images_named
from scanner.lint.prediction import LintReach, Prediction, Read
from scanner.lint.reader import Reader, Source

_FROM = re.compile(r"^FROM\s", re.MULTILINE | re.IGNORECASE)
_NAMES = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile", "Containerfile.*")


class Instruction(NamedTuple):
    """One instruction, its continued lines joined."""

    name: str
    rest: str
    line: int


def _fits(path: str, text: str) -> bool:
    name = Path(path).name.lower()
    return ("dockerfile" in name or "containerfile" in name) and bool(_FROM.search(text))


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile (docs.docker.com, Dockerfile reference)."""
    parts: list[str] = []
    first = 0
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        first = first or number
        parts.append(line.removesuffix("\\"))
        if line.endswith("\\"):
            continue
        name, _, rest = " ".join(parts).strip().partition(" ")
        yield Instruction(name.upper(), rest.strip(), first)
        parts, first = [], 0


def _read(source: Source) -> Read:
    base, line = "", 1
    environment: dict[str, Value] = {}
    words: dict[str, tuple[Value, ...]] = {}
    for one in instructions(source.text):
        anchor = Anchor(file=source.shown, line=one.line)
        if one.name == "FROM":
            base = next((word for word in one.rest.split() if not word.startswith("--")), "")
            line, environment, words = one.line, {}, {}
        elif one.name == "ENV":
            environment |= {key: Value(value, anchor, "$" in value) for key, value in _pairs(one.rest)}
        elif one.name in {"CMD", "ENTRYPOINT"}:
            words[one.name] = split_words(Value(word, anchor) for word in _command(one.rest))
    if not base or "$" in base:
        return Read()
    container = Container(
        name=source.path.name,
        image=image_name(base),
        environment=environment,
        words=(*words.get("ENTRYPOINT", ()), *words.get("CMD", ())),
    )
    return Read(predictions=list(_predictions(container, source, line)))


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
    try:
        parts = shlex.split(rest)
    except ValueError:
        parts = rest.split()
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
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


READER = Reader(id="dockerfile", title="Dockerfiles", rank=5, fits=_fits, names=_NAMES, read=_read)
