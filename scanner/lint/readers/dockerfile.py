"""Dockerfiles: what the last stage sets in the environment and starts, when that alone opens the service."""

import re
from collections.abc import Iterator
from pathlib import Path

from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.image import image_sign
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.lint.container import Container
from scanner.lint.judge import judge
from scanner.lint.knowledge import images_named
from scanner.lint.prediction import LintReach, Prediction, Read
from scanner.lint.reader import Reader, Source
from scanner.lint.stages import last_stage

_FROM = re.compile(r"^[^\S\n]*FROM\s", re.MULTILINE | re.IGNORECASE)
_NAMES = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", "Containerfile", "Containerfile.*")


def _fits(path: str, text: str) -> bool:
    name = Path(path).name.lower()
    return ("dockerfile" in name or "containerfile" in name) and bool(_FROM.search(text))


def _read(source: Source) -> Read:
    stage = last_stage(source.text, source.shown)
    image = stage.image
    if image is None and stage.unset:
        why = f"its base is named by the variable {clean(stage.unset[0], 60)}, which has no value here"
        return Read(problems=[Problem(ProblemKind.LINT_UNTOLD, f"{source.shown}:{stage.line}", why)])
    if image is None:
        return Read()
    container = Container(
        name=source.path.name,
        image=image,
        environment=stage.environment,
        words=(*stage.words.get("ENTRYPOINT", ()), *stage.words.get("CMD", ())),
    )
    return Read(predictions=list(_predictions(container, source, stage.line)))


def _predictions(container: Container, source: Source, line: int) -> Iterator[Prediction]:
    for known in images_named(container.image) if container.image else ():
        image = known.image
        judged = judge(image, container, lambda _: None, image.ports[0])
        opening = [sign for sign in map(image_sign, image.signs) if sign.guard is Guard.OPEN]
        said = [
            name
            for sign in opening
            for term in sign.terms
            for name in (*container.environment, *_options(container))
            if name == term.name and not term.negated
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


READER = Reader(id="dockerfile", title="Dockerfiles", rank=5, fits=_fits, names=_NAMES, read=_read)
