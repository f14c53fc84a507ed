"""What a kind of file opens, in short."""

from scanner.config.kind import kind_of_file, load_kinds

ALL = {kind.id: kind for kind in load_kinds()}


def doors(kind, text, beside=""):
    """Return (address:port/transport, guard, line that opened it) of each door; `beside` is its companion's text."""
    settings = ALL[kind].read(text, "conf")
    for name in ALL[kind].companions if beside else ():
        settings = settings.joined(kind_of_file(name).read(beside, name))
    return [
        (
            f"{door.address}:{door.port}/{door.transport.value}",
            door.guard.value,
            door.opened_by and door.opened_by.anchor.line,
        )
        for door in ALL[kind].doors(settings)
    ]


def from_command(line):
    """Return the doors of a command line, as a unit's."""
    return doors("systemd-unit", f"[Service]\nExecStart={line}\n")
