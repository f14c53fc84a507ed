"""/etc/memcached.conf: one command line option a line, and memcached's command line itself (memcached(1))."""

from collections.abc import Iterator

from scanner.config.door import EVERYWHERE, Door, address_and_port, number
from scanner.config.kind import ConfigKind
from scanner.config.lines import numbered, without_comment
from scanner.config.setting import Setting, Settings, collect, setting
from scanner.core.guard import Guard
from scanner.core.ports import Transport

_PORT = 11211
_INSTEAD = ("-l 127.0.0.1", "-U 0")
_LONG = {
    "--listen": "-l", "--port": "-p", "--udp-port": "-U", "--enable-sasl": "-S", "--auth-file": "-Y",
    "--unix-socket": "-s",
}  # fmt: skip


def _read(text: str, file: str) -> Settings:
    return collect(_options(text, file), file)


def _options(text: str, file: str) -> Iterator[Setting]:
    for number_, line in numbered(text):
        # Debian's file holds `-l 127.0.0.1`, Red Hat's sysconfig PORT="11211" and OPTIONS="-l 127.0.0.1 -U 0".
        variable, _, given = line.partition("=")
        if variable == "PORT":
            yield setting("-p", without_comment(given), file, number_, line)
            continue
        words = (without_comment(given) if variable == "OPTIONS" else line).split()
        for index, word in enumerate(words):
            if word.startswith("-"):
                name, equals, given = word.partition("=")
                value = given if equals else next((w for w in words[index + 1 : index + 2] if w[0] != "-"), "")
                name, value = (name, value) if name.startswith("--") or len(name) == 2 else (name[:2], name[2:])
                yield setting(_LONG.get(name, name), value, file, number_, line)


def _arguments(given: Settings) -> Settings:
    return Settings(tuple(entry.renamed(_LONG.get(entry.name, entry.name)) for entry in given if entry.name))


def _doors(settings: Settings) -> tuple[Door, ...]:
    if settings.last("-s") is not None:
        return ()
    listen = settings.all("-l")
    lock = settings.last("-S", "-Y")
    datagrams = number(settings.value("-U"), 0)
    # A port for UDP alone is TCP's too.
    port = number(settings.value("-p"), datagrams or _PORT)
    texts: list[tuple[str, Setting | None]] = [(t.strip(), entry) for entry in listen for t in entry.value.split(",")]
    texts = texts or [(EVERYWHERE, None)]
    found: list[Door] = []
    for text, entry in texts:
        address, at = address_and_port(text, port)
        for transport, number_ in ((Transport.TCP, at), (Transport.UDP, datagrams)):
            closed = lock is not None and transport is Transport.TCP
            if number_:
                found.append(
                    Door(
                        service="memcached",
                        address=address,
                        port=number_,
                        transport=transport,
                        guard=Guard.CLOSED if closed else Guard.OPEN,
                        why="it demands a login" if closed else "memcached asks nobody for a password",
                        opened_by=entry,
                        guarded_by=(lock,) if lock else (),
                        instead=_INSTEAD,
                    )
                )
    return tuple(found)


KIND = ConfigKind(
    id="memcached",
    title="memcached",
    names=("memcached.conf", "memcached_*.conf", "sysconfig/memcached"),
    places=("etc/memcached.conf", "etc/sysconfig/memcached"),
    read=_read,
    doors=_doors,
    programs=("memcached",),
    arguments=_arguments,
    fed=True,
)
