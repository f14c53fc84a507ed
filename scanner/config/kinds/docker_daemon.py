"""Docker's daemon.json, and the options of dockerd (docs.docker.com, dockerd reference)."""

import re

from scanner.config.arguments import renamed
from scanner.config.door import Door, url_address
from scanner.config.kind import ConfigKind
from scanner.config.setting import Setting, Settings
from scanner.config.tree import members, read_json
from scanner.core.guard import Guard

_PORT, _TLS_PORT = 2375, 2376
_FROM_AFAR = "# from afar without an open port: docker -H ssh://user@host"


def _read(text: str, file: str) -> Settings:
    return read_json(text, file)


def _doors(settings: Settings) -> tuple[Door, ...]:
    verify = settings.true("tlsverify")
    port = _TLS_PORT if verify or settings.true("tls") else _PORT
    return tuple(_door(host, port, verify) for host in members(settings, "hosts") if _is_tcp(host.value))


def _is_tcp(host: str) -> bool:
    """Tell whether a host is on the network: also where no scheme is written (`-H 0.0.0.0:2375`)."""
    scheme, separator, _ = host.partition("://")
    return scheme == "tcp" if separator else bool(host)


def _door(host: Setting, default_port: int, verify: Setting | None) -> Door:
    place = host.value.removeprefix("tcp://")
    # Without an address dockerd takes localhost.
    url = f"tcp://localhost{place}" if place[:1] in {"", ":"} else f"tcp://{place}"
    address, port = url_address(url, default_port)
    return Door(
        service="docker-api",
        address=address,
        port=port,
        guard=Guard.CLOSED if verify else Guard.OPEN,
        why="it demands a client certificate" if verify else "whoever reaches it is root on this host",
        opened_by=host,
        guarded_by=(verify,) if verify else (),
        instead=(_without(host), _FROM_AFAR),
    )


def _without(host: Setting) -> str:
    """Return the line without the host that opens the door, as it should be written instead."""
    value = re.escape(host.value)
    option = re.sub(rf"\s(?:-H|--host)[=\s]*[\"']?{value}[\"']?", "", host.text)
    return re.sub(rf',\s*"{value}"|"{value}"\s*,?\s*', "", option)


def _arguments(given: Settings) -> Settings:
    return renamed(given, {"-H": "hosts.0", "--host": "hosts.0", "--tlsverify": "tlsverify", "--tls": "tls"})


KIND = ConfigKind(
    id="docker-daemon",
    title="Docker daemon",
    names=("daemon.json", "docker/daemon.json"),
    places=("etc/docker/daemon.json",),
    read=_read,
    doors=_doors,
    programs=("dockerd", "docker", "dockerd-ce"),
    arguments=_arguments,
    file_option=("--config-file",),
)
