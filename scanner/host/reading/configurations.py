"""Finds what opened a listener: unit and drop-ins, arguments, configuration file, Compose file."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from scanner.config.arguments import options, split_command, words_of
from scanner.config.door import Door
from scanner.config.kind import ConfigKind, kind_of_file, kind_of_program, load_kinds
from scanner.config.kinds import systemd_unit
from scanner.config.setting import Setting, Settings
from scanner.config.tree import read_yaml
from scanner.host.reading.files import Files
from scanner.host.snapshot import Container, Process

_FOLDERS = (
    "etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system",
    "lib/systemd/system",
)  # fmt: skip
_UNIT = re.compile(r"/([^/]+\.service)(?=/|$)")
_PREFIXES = "@-:+!|"
# Programs that run inside another one: a word of their command line tells them.
_HOSTED = (("java", "elasticsearch", "elasticsearch"), ("java", "opensearch", "opensearch"))


def unit_of(cgroup: str) -> str:
    """Return the innermost service that a control group belongs to; a user's session manager is none."""
    units = [unit for unit in _UNIT.findall(cgroup) if not unit.startswith("user@")]
    return units[-1] if units else ""


def read_doors(files: Files, process: Process) -> tuple[Door, ...]:
    """Return what a process's configuration opens; the lines of its unit stand for its arguments where they can."""
    kind = _kind(process)
    if kind is None:
        return ()
    words = _unit_words(files, process, kind) or words_of(process.argv, f"/proc/{process.pid}/cmdline")
    given = options(words[1:])
    settings = Settings()
    for path in _files(files, kind, given):
        settings = settings.joined(*_read(files, kind, path))
    if kind.arguments is not None:
        settings = settings.joined(kind.arguments(given))
    return kind.doors(settings)


def read_file_doors(files: Files, kind_id: str, path: str) -> tuple[Door, ...]:
    """Return what one file opens that a service itself named, such as redis's `config_file`."""
    kind = next((kind for kind in load_kinds() if kind.id == kind_id), None)
    if kind is None:
        return ()
    return kind.doors(Settings().joined(*_read(files, kind, files.root / path.lstrip("/"))))


def _kind(process: Process) -> ConfigKind | None:
    command = process.argv or (process.name,)
    found = kind_of_program((process.executable or "",)) or kind_of_program(command)
    if found is not None:
        return found
    program = (process.executable or command[0]).rpartition("/")[2]
    hosted = (kind for name, word, kind in _HOSTED if program == name and any(word in part for part in process.argv))
    wanted = next(hosted, None)
    return next((kind for kind in load_kinds() if kind.id == wanted), None)


def _unit_words(files: Files, process: Process, kind: ConfigKind) -> tuple[Setting, ...]:
    """Return the words of the unit's command that starts this program, each with its line; drop-ins come last."""
    unit = unit_of(process.cgroup)
    if not unit:
        return ()
    settings = Settings()
    for path in _unit_files(files, unit):
        settings = settings.joined(systemd_unit.KIND.read(files.text(path) or "", files.shown(path)))
    for command in reversed(systemd_unit.commands(settings)):
        words = split_command(command)
        program = PurePosixPath(words[0].value.lstrip(_PREFIXES)).name if words else ""
        if program in kind.programs:
            return words
    return ()


def _unit_files(files: Files, unit: str) -> Iterator[Path]:
    main = next(iter(files.find(*(f"{folder}/{unit}" for folder in _FOLDERS))), None)
    if main is not None:
        yield main
    names = [unit]
    if "@" in unit:
        names.insert(0, unit.partition("@")[0] + "@.service")
    drop_ins = files.find(*(f"{folder}/{name}.d/*.conf" for name in names for folder in _FOLDERS))
    yield from sorted(drop_ins, key=lambda path: path.name)


def _files(files: Files, kind: ConfigKind, given: Settings) -> list[Path]:
    """Return the files that the command names, else those where packages put them."""
    named = [*_given(given, kind.file_option)]
    named = named or [f"{folder.rstrip('/')}/{kind.names[0]}" for folder in _given(given, kind.folder_option)]
    positional = [entry.value for entry in given.all("") if kind.fits(entry.value)]
    texts = named or positional[:1]
    if texts:
        return [files.root / text.lstrip("/") for text in texts]
    return list(files.find(*kind.places))


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


def _read(files: Files, kind: ConfigKind, path: Path) -> Iterator[Settings]:
    text = files.text(path)
    if text is None:
        return
    yield kind.read(text, files.shown(path))
    for name in kind.companions:
        beside = path.with_name(name)
        other = kind_of_file(name)
        more = files.text(beside)
        if other is not None and more is not None:
            yield other.read(more, files.shown(beside))


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
