"""What a stranger meets at a container: the signs of its definition against what is known of its image; pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import NamedTuple, TypeAlias

from scanner.core.guard import Guard
from scanner.core.image import UNTOLD_TAG, Image, ImageSign, SignTerm, image_sign
from scanner.lint.container import Container, Mount, Value

ReadMount: TypeAlias = Callable[[Mount], "Judged | None"]
"""Reads a mounted configuration that can be read; None where it can't."""
_MOST_PATHS = 64
"""Paths of a command line that are looked for among what is mounted."""
_ADDRESS_LIKE = re.compile(r"localhost|-?[0-9a-fA-F]*[.:*][0-9a-fA-F:.*]*")


class Judged(NamedTuple):
    """A verdict and one sentence on what it follows from."""

    guard: Guard
    why: str


def judge(image: Image, container: Container, read_mount: ReadMount, port: int) -> Judged:
    """Return the verdict on a port of one of a container's images: signs first, then files, then the default."""
    for text in image.signs:
        sign = image_sign(text, port)
        judged = _by_sign(sign, container)
        if judged is not None and judged.guard is Guard.UNKNOWN:
            return _by_named_file(sign, container, read_mount) or judged
        if judged is not None:
            return judged
    for mount in _deciding(image, container):
        return read_mount(mount) or Judged(Guard.UNKNOWN, f"the file at {mount.target} decides")
    tag = container.image.tag if container.image else ""
    guard = image.default(tag)
    if guard is Guard.UNKNOWN:
        return Judged(guard, image.why if image.tells_version(tag) else _untold(container))
    if container.elsewhere and image.signs:
        return Judged(Guard.UNKNOWN, f"{container.elsewhere[0]} may decide otherwise")
    return Judged(guard, f"{image.why}, and nothing here says otherwise")


def _deciding(image: Image, container: Container) -> Iterator[Mount]:
    """Yield the files that decide: those mounted at a known path, and those that the command names."""
    for mount in container.mounts:
        if any(fnmatchcase(mount.target, glob) for glob in image.files):
            yield mount
    globs = (*image.files, *image.named_files)
    paths = {
        (text.partition("=")[2] or text): word.anchor for word in container.words if "/" in (text := word.text or "")
    }
    named = [path for path in paths if path.startswith("/") and any(fnmatchcase(path, glob) for glob in globs)]
    for path in named[:_MOST_PATHS]:
        yield from _mounted_at(path, container)
    if named and any(fnmatchcase(named[0], glob) for glob in image.named_files):
        yield Mount(named[0], None, paths[named[0]])


def _by_named_file(sign: ImageSign, container: Container, read_mount: ReadMount) -> Judged | None:
    """Return what the file says that an option of the sign names; None where it can't be read."""
    values = (value for term in sign.terms if term.is_argument for value in _arguments(term, container.words))
    paths = (value.text or "" for value in islice(values, _MOST_PATHS))
    mounts = (mount for path in paths for mount in _mounted_at(path, container))
    return next(filter(None, map(read_mount, mounts)), None)


def _mounted_at(path: str, container: Container) -> Iterator[Mount]:
    """Yield what is mounted at a path of the container, or above it."""
    for mount in container.mounts:
        target = mount.target.rstrip("/")
        if path == target:
            yield mount
        elif target and path.startswith(f"{target}/"):
            inner = path[len(target) + 1 :]
            yield mount._replace(target=path, source=mount.source / inner if mount.source else None)


def _untold(container: Container) -> str:
    tag = container.image.tag if container.image else ""
    shown = "a variable without a value" if tag == UNTOLD_TAG else f"the tag {tag}"
    return f"the version decides, and {shown} does not tell it"


def _by_sign(sign: ImageSign, container: Container) -> Judged | None:
    """Return what a sign says; None where one of its terms does not hold."""
    untold: SignTerm | None = None
    for term in sign.terms:
        holds = _holds(term, container)
        if holds is False:
            return None
        if holds is None:
            untold = untold or term
    if untold is not None:
        unknown = f"{untold.name} has a value that only the deployment knows"
        return Judged(Guard.UNKNOWN, _untold(container) if untold.is_version else unknown)
    return Judged(sign.guard, " and ".join(_shown(term, container) for term in sign.terms if not term.is_version))


def _shown(term: SignTerm, container: Container) -> str:
    if term.is_mount:
        return f"a file mounted at {term.name} decides"
    if term.negated:
        return f"{term.name} is not {'so' if term.values else 'given'}"
    value = next((value.text for value in _values(term, container) if value.text and term.fits(value.text)), "")
    if term.values == ("",):
        return f"{term.name} is empty"
    shown = f"{term.name} is {value}" if term.values and value else f"{term.name} is set"
    return shown if len(shown) < 100 else f"{term.name} is set"


def _holds(term: SignTerm, container: Container) -> bool | None:
    """Tell whether a term holds; None where only the deployment knows."""
    if term.is_version:
        return term.fits_version(container.image.tag if container.image else UNTOLD_TAG)
    if term.is_mount:
        held: bool | None = any(fnmatchcase(mount.target, term.name) for mount in container.mounts)
    elif term.is_loopback:
        each = [_fits(term, value) for value in _values(term, container)]
        held = False if False in each or not each else None if None in each else True
    else:
        each = [_fits(term, value) for value in _values(term, container)]
        held = next((one for one in each if one is not False), False)
    return held if held is None or not term.negated else not held


def _fits(term: SignTerm, value: Value) -> bool | None:
    fits = value.text is not None and term.fits(value.text)
    if value.text is None or (value.unsure and (term.is_argument or not fits)):
        return None
    return fits


def _values(term: SignTerm, container: Container) -> Sequence[Value]:
    if term.is_argument:
        return _arguments(term, container.words)
    return [value for name, value in container.environment.items() if fnmatchcase(name, term.name)]


def _arguments(term: SignTerm, words: Sequence[Value]) -> list[Value]:
    """Return the values of an option; a bare one fits an option whose value is not empty, or that takes none."""
    found: list[Value] = []
    for index, word in enumerate(words):
        if word.text is None:
            continue
        name, equals, value = word.text.partition("=")
        if name.lstrip("-") != term.name.lstrip("-") or not word.text.startswith("-"):
            continue
        following = words[index + 1] if index + 1 < len(words) else None
        if equals:
            found.append(Value(value.strip("\"'"), word.anchor, word.unsure))
        elif term.is_loopback and following is not None:
            found.append(_addresses(words[index + 1 :]))
        elif following is None or (following.text or "").startswith("-"):
            found.append(Value("true", word.anchor, word.unsure))
        else:
            found.append(following)
    return found


def _addresses(words: Sequence[Value]) -> Value:
    """Return the addresses that follow an option as one value (`--bind 127.0.0.1 -::1`)."""
    first, *rest = words
    texts = [first.text or ""]
    for word in rest:
        if not _ADDRESS_LIKE.fullmatch(word.text or ""):
            break
        texts.append(word.text or "")
    return first if first.text is None else first._replace(text=" ".join(texts))
