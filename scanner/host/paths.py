"""Which folders honest programs are not started from; pure."""

import re

_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/", "/dev/mqueue/", "/run/shm/")  # noqa: S108 - judged, never used
# A part of a path made of blanks or dots alone, as `...` or ` `: it hides from whoever lists the folder.
_DISGUISED = re.compile(r"/(?:[.\s]{3,}|\s+[^/]*|\.\s[^/]*)(?=/|$)")

_UNSEEN = re.compile(r"/(?=[^/]*(?:\s|\.{3}))[.\s]+(?=/|$)")


def temporary(path: str) -> bool:
    """Tell whether a path lies in a folder where anybody may write."""
    return path.startswith(_TEMPORARY)


def temporary_tree(path: str) -> str:
    """Return the topmost folder below a temporary one that a path lies in, with its slash; empty for none."""
    start = next((folder for folder in _TEMPORARY if path.startswith(folder)), "")
    name, slash, _ = path.removeprefix(start).partition("/")
    return f"{start}{name}/" if start and slash else ""


def disguised(path: str) -> bool:
    """Tell whether a folder or file on a path is named so that a listing hides it."""
    return _DISGUISED.search(path) is not None


def unseen(path: str) -> bool:
    """Tell whether a folder or file on a path is named by blanks and dots alone: no honest one is."""
    return _UNSEEN.search(path) is not None


def hidden(path: str) -> bool:
    """Tell whether a folder or file on a path begins with a dot: honest ones do too (~/.local, ~/.pyenv)."""
    return "/." in path


def in_command(command: str) -> tuple[str, ...]:
    """Return the absolute paths that a command line names."""
    return tuple(dict.fromkeys(re.findall(r"(?<![\w/.:])/[^\s;|&'\"<>()]+", command)))
