"""systemd units and their drop-ins, and the doors of the commands that they start (systemd.service(5))."""

from collections.abc import Iterator

from scanner.config.arguments import options, split_command
from scanner.config.door import Door
from scanner.config.kind import ConfigKind, kind_of_program
from scanner.config.setting import Setting, Settings, Unread, collect, setting
from scanner.core.finding import Anchor

_PREFIXES = "@-:+!|"


def _read(text: str, file: str) -> Settings:
    """Return the settings named Section.Key; a value that goes on keeps its line breaks, so that lines can be named."""
    return collect(_entries(text, file), file)


def _entries(text: str, file: str) -> Iterator[Setting | Unread]:
    section, lines = "", text.replace("\r\n", "\n").split("\n")
    index = 0
    while index < len(lines):
        number, line = index + 1, lines[index].strip()
        index += 1
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1] + "."
            continue
        name, equals, value = line.partition("=")
        parts = [value.strip()]
        while parts[-1].endswith("\\") and index < len(lines):
            parts[-1] = parts[-1][:-1]
            following = lines[index].strip()
            # Comments between continued lines are passed over, and the number of lines stays right.
            parts.append("\\" if following[:1] in {"#", ";"} else following)
            index += 1
        joined = "\n".join("" if part == "\\" else part.removesuffix("\\") for part in parts)
        if equals:
            yield setting(section + name.strip(), joined, file, number, line)
        else:
            yield Unread(Anchor(file=file, line=number), "is no `Key=value`")


def commands(settings: Settings, name: str = "Service.ExecStart") -> tuple[Setting, ...]:
    """Return the commands that count: an empty assignment clears those before it, as in a drop-in."""
    kept: list[Setting] = []
    for entry in settings.all(name):
        kept = [*kept, entry] if entry.value.strip() else []
    return tuple(kept)


def command_doors(command: Setting) -> tuple[Door, ...]:
    """Return what the program of one command opens by its options."""
    words = split_command(command)
    program = words[0].value.lstrip(_PREFIXES) if words else ""
    kind = kind_of_program((program,))
    if kind is None or kind.arguments is None:
        return ()
    return kind.doors(kind.arguments(options(words[1:])))


def _doors(settings: Settings) -> tuple[Door, ...]:
    return tuple(door for command in commands(settings) for door in command_doors(command))


KIND = ConfigKind(
    id="systemd-unit",
    title="systemd unit",
    names=("*.service", "*.socket", "*.timer", "*.service.d/*.conf"),
    read=_read,
    doors=_doors,
)
