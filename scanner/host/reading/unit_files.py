"""How systemd starts a process: its unit with drop-ins, the command's words, the variables (systemd.exec(5))."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from scanner.config.arguments import split_command
from scanner.config.kinds import systemd_unit
from scanner.config.lines import read_pairs
from scanner.config.setting import Setting, Settings
from scanner.host.reading.files import Files

_FOLDERS = (
    "etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system",
    "lib/systemd/system",
)  # fmt: skip
_UNIT = re.compile(r"/([^/]+\.service)(?=/|$)")
_PREFIXES = "@-:+!|"
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def unit_of(cgroup: str) -> str:
    """Return the innermost service that a control group belongs to; a user's session manager is none."""
    units = [unit for unit in _UNIT.findall(cgroup) if not unit.startswith("user@")]
    return units[-1] if units else ""


def read_unit(files: Files, cgroup: str) -> Settings:
    """Return what the unit of a control group and its drop-ins say, in the order in which they count."""
    settings = Settings()
    unit = unit_of(cgroup)
    for path in _unit_files(files, unit) if unit else ():
        settings = settings.joined(systemd_unit.KIND.read(files.text(path) or "", files.shown(path)))
    return settings


def _unit_files(files: Files, unit: str) -> Iterator[Path]:
    main = next(iter(files.find(*(f"{folder}/{unit}" for folder in _FOLDERS))), None)
    if main is not None:
        yield main
    names = [unit]
    if "@" in unit:
        names.insert(0, unit.partition("@")[0] + "@.service")
    drop_ins = files.find(*(f"{folder}/{name}.d/*.conf" for name in names for folder in _FOLDERS))
    yield from sorted(drop_ins, key=lambda path: path.name)


def unit_variables(files: Files, unit: Settings) -> dict[str, Setting]:
    """Return the variables that a unit sets, each with the line that says so; its files beat its own lines."""
    found: dict[str, Setting] = {}
    for entry in unit.all("Service.Environment"):
        for word in _split(entry.value):
            name, equals, value = word.partition("=")
            if equals:
                found[name] = entry.renamed(name, value)
        if not entry.value.strip():
            found.clear()
    for entry in unit.all("Service.EnvironmentFile"):
        for path in files.find(entry.value.strip().lstrip("-").lstrip("/")):
            found |= {one.name: one for one in read_pairs(files.text(path) or "", files.shown(path))}
    return found


def unit_words(unit: Settings, variables: Mapping[str, Setting], programs: tuple[str, ...]) -> tuple[Setting, ...]:
    """Return the words of the unit's command that starts one of these programs, each with its line."""
    for command in reversed(systemd_unit.commands(unit)):
        words = split_command(command)
        if words and PurePosixPath(words[0].value.lstrip(_PREFIXES)).name in programs:
            return tuple(part for word in words for part in _expanded(word, variables))
    return ()


def _expanded(word: Setting, variables: Mapping[str, Setting]) -> Iterator[Setting]:
    """Yield a word with its variables put in: `$NAME` alone is several words, with the line that set it."""
    alone = _VARIABLE.fullmatch(word.value)
    if alone is None:
        put_in = _VARIABLE.sub(lambda found: _value(variables, found), word.value)
        yield word if put_in == word.value else word.renamed("", put_in)
    elif (source := variables.get(alone[1] or alone[2])) is not None:
        parts = [source.value] if alone[1] else _split(source.value)
        yield from (source.renamed("", part) for part in parts)


def _value(variables: Mapping[str, Setting], found: re.Match[str]) -> str:
    source = variables.get(found[1] or found[2])
    return "" if source is None else source.value


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
