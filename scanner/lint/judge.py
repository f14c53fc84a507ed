"""What a stranger meets at a container: the signs of its definition against what is known of its image; pure."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeAlias

from scanner.core.guard import Guard
from scanner.core.image import Image, ImageSign, image_sign
from scanner.lint.container import Container, Mount, Value

ReadMount: TypeAlias = Callable[[Mount], "Judged | None"]
"""Reads a mounted configuration that can be read; None where it can't."""


class Judged(NamedTuple):
    """A verdict and one sentence on what it follows from."""

    guard: Guard
    why: str


def judge(image: Image, container: Container, read_mount: ReadMount) -> Judged:
    """Return the verdict on one of a container's images: signs first, then files, then the image's default."""
    for text in image.signs:
        judged = _by_sign(image_sign(text), container)
        if judged is not None:
            return judged
    for mount in container.mounts:
        if any(fnmatchcase(mount.target, glob) for glob in image.files):
            read = read_mount(mount)
            return read or Judged(Guard.UNKNOWN, f"the file mounted at {mount.target} decides")
    tag = container.image.tag if container.image else ""
    guard = image.default(tag)
    named = f"{container.image.repository}:{tag}" if container.image and tag else "the image"
    if guard is Guard.UNKNOWN:
        return Judged(guard, f"the version decides, and {named} does not tell it")
    if container.elsewhere and image.signs:
        return Judged(Guard.UNKNOWN, f"{container.elsewhere[0]} may decide otherwise")
    return Judged(guard, f"{image.why}, and nothing here says otherwise")


def _by_sign(sign: ImageSign, container: Container) -> Judged | None:
    values = _arguments(sign, container.words) if sign.is_argument else _variable(sign, container)
    for value in values:
        fits = value.text is not None and sign.fits(value.text)
        if value.text is None or (value.unsure and (sign.is_argument or not fits)):
            return Judged(Guard.UNKNOWN, f"{sign.name} has a value that only the deployment knows")
        if fits:
            shown = f"{sign.name} is {value.text}" if sign.values and value.text else f"{sign.name} is set"
            return Judged(sign.guard, shown if len(shown) < 100 else f"{sign.name} is set")
    return None


def _variable(sign: ImageSign, container: Container) -> Sequence[Value]:
    names = [name for name in container.environment if fnmatchcase(name, sign.name)]
    return [container.environment[name] for name in names]


def _arguments(sign: ImageSign, words: Sequence[Value]) -> list[Value]:
    """Return the values of an option; a bare sign fits an option whose value is not empty, or that takes none."""
    found: list[Value] = []
    for index, word in enumerate(words):
        if word.text is None:
            continue
        name, equals, value = word.text.partition("=")
        if name.lstrip("-") != sign.name.lstrip("-") or not word.text.startswith("-"):
            continue
        if equals:
            found.append(Value(value.strip("\"'"), word.anchor, word.unsure))
            continue
        following = words[index + 1] if index + 1 < len(words) else None
        if following is None or (following.text or "").startswith("-"):
            found.append(Value("true", word.anchor, word.unsure))
        else:
            found.append(following)
    return found
