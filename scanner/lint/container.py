"""A container as a file defines it, whatever the file's kind: what it runs, and what of that can't be told."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from scanner.core.finding import Anchor

# Where Docker Hub's images come from as well: its own names, mirrors that the vendors fill, and caches, which put
# `library/` or `dependency_proxy/containers/` before an official image (GitLab's dependency proxy, Harbor's projects).
_REGISTRY = re.compile(
    r"^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io|mirror\.gcr\.io|public\.ecr\.aws/docker)/"
    r"|^(?:lscr\.io|ghcr\.io)/(?=linuxserver/)|^public\.ecr\.aws/(?=bitnami/)"
    r"|^[^/]*[.:][^/]*/(?:[^/]+/){0,8}(?=library/)|^[^/]*[.:][^/]*/(?:[^/]+/){1,8}dependency_proxy/containers/"
)


class ImageName(NamedTuple):
    """An image reference, taken apart."""

    repository: str
    """Without docker.io/ and library/."""
    tag: str
    """Empty where none is named."""


class Value(NamedTuple):
    """A value as written; None where only another place knows it."""

    text: str | None
    anchor: Anchor
    unsure: bool = False
    """Whether a variable without a value stands in it: the text is what is left around it."""


class Mount(NamedTuple):
    """A file or folder that is put into the container."""

    target: str
    source: Path | None
    """On this machine; None for a volume, a ConfigMap or a secret."""
    anchor: Anchor
    text: str | None = None
    """What it holds, where the file itself says that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container, as far as its file tells."""

    name: str
    image: ImageName | None
    """None where it is built, or named by a variable without a value."""
    environment: dict[str, Value]
    words: tuple[Value, ...]
    """Of entry point and command, words inside words taken apart."""
    mounts: tuple[Mount, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """What else decides that this file does not show: an env_file that is not here, envFrom."""


def image_name(text: str) -> ImageName:
    """Return what an image reference names: `docker.io/library/redis:7@sha256:...` is redis, 7."""
    # A registry that a variable without a value names leaves its slash.
    bare = _REGISTRY.sub("", text.strip().partition("@")[0].removeprefix("/")).removeprefix("library/")
    head, colon, tag = bare.rpartition(":")
    if not colon or "/" in tag:
        return ImageName(bare.lower(), "")
    return ImageName(head.lower(), tag)


def split_words(values: Iterable[Value]) -> tuple[Value, ...]:
    """Return the words of a command, those inside of `sh -c "..."` too; what has no value stays one word."""
    words: list[Value] = []
    for value in values:
        words.append(value)
        if value.text and (" " in value.text or "\n" in value.text):
            try:
                inner = shlex.split(value.text, comments=False)
            except ValueError:
                inner = value.text.split()
            words += [Value(word, value.anchor, value.unsure) for word in inner]
    return tuple(words)
