"""etcd's configuration: a YAML file, ETCD_* variables or options of one name (etcd.io, Configuration options)."""

from scanner.config.arguments import renamed
from scanner.config.door import Door, url_address
from scanner.config.kind import ConfigKind
from scanner.config.lines import read_pairs
from scanner.config.setting import Setting, Settings
from scanner.config.tree import members, read_yaml
from scanner.core.guard import Guard

_PORT = 2379
_LISTEN = "listen-client-urls"
_VERIFY = "client-transport-security.client-cert-auth"
_INSTEAD = (
    "listen-client-urls: https://10.0.0.5:2379",
    "client-transport-security:",
    "  client-cert-auth: true",
)


def _read(text: str, file: str) -> Settings:
    variables = read_pairs(text, file)
    if not any(entry.name.startswith("ETCD_") for entry in variables):
        return read_yaml(text, file)
    return Settings(tuple(entry.renamed(_name(entry.name)) for entry in variables), variables.unread)


def _name(variable: str) -> str:
    name = variable.removeprefix("ETCD_").lower().replace("_", "-")
    return _VERIFY if name == "client-cert-auth" else name


def _doors(settings: Settings) -> tuple[Door, ...]:
    verify = settings.true(_VERIFY)
    listed = members(settings, _LISTEN)
    places: list[tuple[str, Setting | None]] = [(entry.value, entry) for entry in listed]
    places = places or [(f"http://localhost:{_PORT}", None)]
    found: list[Door] = []
    for url, entry in places:
        address, port = url_address(url, _PORT)
        closed = verify is not None and url.startswith("https")
        found.append(
            Door(
                service="etcd",
                address=address,
                port=port,
                guard=Guard.CLOSED if closed else Guard.OPEN,
                why="it demands a client certificate"
                if closed
                else "etcd asks for no login until its roles are set up",
                opened_by=entry,
                guarded_by=(verify,) if verify else (),
                instead=_INSTEAD,
            )
        )
    return tuple(found)


def _arguments(given: Settings) -> Settings:
    names = {_LISTEN: _LISTEN, "client-cert-auth": _VERIFY}
    return renamed(given, {f"{dash}{old}": new for old, new in names.items() for dash in ("-", "--")})


KIND = ConfigKind(
    id="etcd",
    title="etcd",
    names=("etcd.conf", "etcd.conf.yml", "etcd.conf.yaml", "etcd.yml", "etcd.yaml", "default/etcd", "etcd.env"),
    places=("etc/default/etcd", "etc/etcd/etcd.conf", "etc/etcd/etcd.conf.yml", "etc/etcd.env"),
    read=_read,
    doors=_doors,
    programs=("etcd",),
    arguments=_arguments,
    file_option=("--config-file", "-config-file"),
    variables={"ETCD_LISTEN_CLIENT_URLS": _LISTEN, "ETCD_CLIENT_CERT_AUTH": _VERIFY},
    fed=True,
)
