"""Finds what opened a listener: unit and drop-ins, arguments, configuration file, Compose file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from scanner.config.arguments import options, words_of
from scanner.config.door import Door
from scanner.config.kind import ConfigKind, kind_of_program, load_kinds
from scanner.config.setting import Setting, Settings, setting
from scanner.config.tree import read_yaml
from scanner.host.reading import procfs
from scanner.host.reading.config_files import read_config
from scanner.host.reading.files import Files
from scanner.host.reading.unit_files import read_unit, unit_variables, unit_words
from scanner.host.snapshot import Container, Process

# Programs that run inside another one: a word of their command line tells them.
_HOSTED = (("java", "elasticsearch", "elasticsearch"), ("java", "opensearch", "opensearch"))


def read_doors(files: Files, process: Process, place: str = "") -> tuple[Door, ...]:
    """Return what a process's configuration opens; `place` is its folder in /proc.

    What runs counts, for a file may have changed since; the lines of the unit stand for its words where they are the
    same. In a container other files lie under the same names, so only its arguments are judged.
    """
    kind = _kind(process)
    if kind is None:
        return ()
    unit = read_unit(files, process.cgroup)
    variables = unit_variables(files, unit)
    given = options(_words(process, unit_words(unit, variables, kind.programs))[1:])
    said = _from_variables(kind, place, process, variables)
    said = said.joined(kind.arguments(given)) if kind.arguments is not None else said
    if process.container_ids:
        return kind.doors(said)
    folder = files.root / (procfs.link(f"{place}/cwd") or "/").lstrip("/") if place else files.root
    if kind.fed:
        named = _named(files, kind, given, folder)
        settings = _joined(files, kind, named) if named else _with_lines(files, kind, said, variables)
        return kind.doors(settings)
    paths = _named(files, kind, given, folder) or list(files.find(*kind.places))
    folders = [_absolute(files, folder, text) for text in _given(given, kind.folder_option)]
    return kind.doors(_joined(files, kind, paths, folders).joined(said))


def read_file_doors(files: Files, kind_id: str, path: str) -> tuple[Door, ...]:
    """Return what one file opens that a service itself named, such as redis's `config_file`."""
    kind = next((kind for kind in load_kinds() if kind.id == kind_id), None)
    if kind is None:
        return ()
    return kind.doors(_joined(files, kind, [files.root / path.lstrip("/")]))


def _joined(files: Files, kind: ConfigKind, paths: Iterable[Path], folders: Iterable[Path] = ()) -> Settings:
    return Settings().joined(*(read_config(files, kind, path, folders) for path in paths))


def _kind(process: Process) -> ConfigKind | None:
    command = process.argv or (process.name,)
    found = kind_of_program((process.executable or "",)) or kind_of_program(command)
    if found is not None:
        return found
    program = (process.executable or command[0]).rpartition("/")[2]
    hosted = (kind for name, word, kind in _HOSTED if program == name and any(word in part for part in process.argv))
    wanted = next(hosted, None)
    return next((kind for kind in load_kinds() if kind.id == wanted), None)


def _words(process: Process, unit: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Return the words of the command that runs, those of the unit with their lines there."""
    running = words_of(process.argv, f"/proc/{process.pid}/cmdline")
    # A title that the program gave itself, as redis does, says nothing of how it was started.
    if unit and not any(word.startswith("-") for word in process.argv[1:]):
        return unit
    lines = {(word.value, after): word for word, after in _followed(unit)}
    return tuple(lines.get((word.value, after), word) for word, after in _followed(running))


def _followed(words: tuple[Setting, ...]) -> Iterator[tuple[Setting, str]]:
    """Yield each word, an option with the word behind it: `-H` alone is the same in many lines."""
    for word, after in zip_longest(words, words[1:]):
        yield word, after.value if after is not None and word.value.startswith("-") else ""


def _from_variables(kind: ConfigKind, place: str, process: Process, unit: Mapping[str, Setting]) -> Settings:
    """Return what the variables of the environment say that this kind takes, with the unit's lines where they do."""
    if not kind.variables:
        return Settings()
    held = procfs.variables(place, kind.variables) if place else {}
    found: list[Setting] = []
    for name, means in kind.variables.items():
        line = unit.get(name)
        if name in held and (line is None or line.value != held[name]):
            line = setting(means, held[name], f"/proc/{process.pid}/environ", 0, f"{name}={held[name]}")
        if line is not None and (name in held or not held):
            found.append(line.renamed(means))
    return Settings(tuple(found))


def _with_lines(files: Files, kind: ConfigKind, said: Settings, variables: Mapping[str, Setting]) -> Settings:
    """Return what was said with the lines of the usual files, which fed the command line or the environment."""
    usual = _joined(files, kind, files.find(*kind.places))
    if not said.entries:
        return usual
    lines = {(entry.name, entry.value): entry for entry in usual}
    known = {entry.anchor.file for entry in variables.values()}
    return Settings(
        tuple(
            entry if entry.anchor.line or entry.anchor.file in known else lines.get((entry.name, entry.value), entry)
            for entry in said
        )
    )


def _named(files: Files, kind: ConfigKind, given: Settings, folder: Path) -> list[Path]:
    """Return the files that the command names, from the folder that the process is in."""
    named = [*_given(given, kind.file_option)]
    named = named or [f"{text.rstrip('/')}/{kind.names[0]}" for text in _given(given, kind.folder_option)]
    positional = [entry.value for entry in given.all("") if kind.fits(entry.value)]
    return [_absolute(files, folder, text) for text in named or positional[:1]]


def _absolute(files: Files, folder: Path, text: str) -> Path:
    return files.root / text.lstrip("/") if text.startswith("/") else folder / text


def _given(given: Settings, words: tuple[str, ...]) -> dict[str, None]:
    """Return the values of options, each once; a word that ends in `=` stands in the value of another one."""
    found: dict[str, None] = {}
    for entry in given:
        for word in words:
            if word.endswith("=") and entry.value.startswith(word):
                found[entry.value.removeprefix(word)] = None
            elif entry.name == word and entry.value:
                found[entry.value] = None
    return found


def read_published(files: Files, containers: Iterable[Container]) -> dict[tuple[str, int], Setting]:
    """Return the line of the Compose file that published each port of each container."""
    found: dict[tuple[str, int], Setting] = {}
    for container in containers:
        for file in container.files if container.service else ():
            text = files.text(files.root / file.lstrip("/"))
            if text is None:
                continue
            entries = read_yaml(text, file)
            for _, port, _ in container.ports:
                line = _port_line(entries, container.service, port)
                if line is not None:
                    found[container.id, port] = line
    return found


def _port_line(entries: Settings, service: str, port: int) -> Setting | None:
    start = f"services.{service}.ports."
    short = re.compile(rf"(?:.*:)?{port}(?:-\d+)?:\d+(?:-\d+)?(?:/\w+)?")
    for entry in entries:
        if entry.name.startswith(start):
            published = entry.name.endswith(".published") and entry.value == str(port)
            if published or short.fullmatch(entry.value):
                return entry
    return None
