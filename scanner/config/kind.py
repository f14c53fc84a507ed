"""The interface of a kind of configuration file, and how kinds are found: every module in config/kinds is one."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import TypeAlias

from scanner.config import kinds
from scanner.config.door import Door
from scanner.config.setting import Setting, Settings

Read: TypeAlias = Callable[[str, str], Settings]
"""Takes a file's text and its path."""
Doors: TypeAlias = Callable[[Settings], tuple[Door, ...]]


def _nothing(_entry: Setting) -> tuple[str, ...]:
    return ()


def _no_doors(_settings: Settings) -> tuple[Door, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKind:
    """One kind of file, or of command line."""

    id: str
    title: str
    names: tuple[str, ...]
    """Patterns of the file's name, or of the end of its path where they hold a slash."""
    places: tuple[str, ...] = ()
    """Where packages put it, below the root."""
    read: Read
    doors: Doors = _no_doors
    programs: tuple[str, ...] = ()
    """Names of the executables whose command line says the same things."""
    arguments: Callable[[Settings], Settings] | None = None
    """Turns command line options (scanner.config.arguments) into the settings that `doors` understands."""
    file_option: tuple[str, ...] = ()
    """The command line options that name the file; one that ends in `=` stands in the value of another (`-c file=`)."""
    folder_option: tuple[str, ...] = ()
    """Those that name the folder in which it lies under the first of its names."""
    companions: tuple[str, ...] = ()
    """Files beside it that say the rest, such as pg_hba.conf: their settings are joined before `doors`."""
    folder_setting: str = ""
    """The setting that names another folder in which companions lie."""
    included: Callable[[Setting], tuple[str, ...]] = _nothing
    """Returns the files that a line takes in: paths, perhaps with an asterisk, from the file's own folder."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables of the environment that the program takes, and the settings that they are."""
    fed: bool = False
    """Whether what starts the program reads the usual file, and puts it into arguments and variables."""

    def fits(self, path: str) -> bool:
        """Tell whether a path looks like a file of this kind."""
        return any(_fits(path, pattern) for pattern in self.names)


def _fits(path: str, pattern: str) -> bool:
    return fnmatchcase(f"/{path}", f"*/{pattern}") if "/" in pattern else fnmatchcase(PurePath(path).name, pattern)


@cache
def load_kinds() -> tuple[ConfigKind, ...]:
    """Return every kind, sorted by id."""
    modules = (import_module(f"{kinds.__name__}.{found.name}") for found in pkgutil.iter_modules(kinds.__path__))
    found = (module.KIND for module in modules)
    return tuple(sorted(found, key=lambda kind: kind.id))


def kind_of_file(path: str) -> ConfigKind | None:
    """Return the kind that a path looks like, the most precise pattern first."""
    fitting = [(len(pattern), kind.id, kind) for kind in load_kinds() for pattern in kind.names if _fits(path, pattern)]
    return max(fitting)[2] if fitting else None


def kind_of_program(command: Sequence[str]) -> ConfigKind | None:
    """Return the kind whose program a command line starts."""
    return _by_program().get(command[0].rpartition("/")[2]) if command else None


@cache
def _by_program() -> dict[str, ConfigKind]:
    return {program: kind for kind in reversed(load_kinds()) for program in kind.programs}
