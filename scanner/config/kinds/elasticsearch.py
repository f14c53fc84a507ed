"""elasticsearch.yml (elastic.co, Networking settings and Security settings)."""

from scanner.config.door import LOOPBACK, Door, number, plain_address
from scanner.config.kind import ConfigKind
from scanner.config.setting import Setting, Settings
from scanner.config.tree import members, read_yaml
from scanner.core.guard import Guard

_PORT = 9200
_INSTEAD = ("network.host: 127.0.0.1", "xpack.security.enabled: true")


def _read(text: str, file: str) -> Settings:
    return read_yaml(text, file)


def _doors(settings: Settings) -> tuple[Door, ...]:
    security = settings.last("xpack.security.enabled")
    anonymous = members(settings, "xpack.security.authc.anonymous.roles")
    if anonymous and (security is None or security.true):
        guard, why, security = Guard.OPEN, "who does not log in gets the roles of its anonymous user", anonymous[0]
    elif security is None:
        guard, why = Guard.UNKNOWN, "security is on by default since 8.0 and off before"
    elif security.true:
        guard, why = Guard.CLOSED, "it demands a login"
    else:
        guard, why = Guard.OPEN, "security is switched off"
    return doors(settings, service="elasticsearch", guard=guard, why=why, lines=security, instead=_INSTEAD)


def doors(
    settings: Settings, *, service: str, guard: Guard, why: str, lines: Setting | None, instead: tuple[str, ...]
) -> tuple[Door, ...]:
    """Return the HTTP doors of Elasticsearch and of OpenSearch, which name the same settings."""
    names = ("http.bind_host", "http.host", "network.bind_host", "network.host")
    listed = next((found for name in names if (found := members(settings, name))), ())
    hosts: list[tuple[str, Setting | None]] = [(plain_address(entry.value), entry) for entry in listed]
    hosts = hosts or [(LOOPBACK, None)]
    ports = settings.value("http.port").partition("-")[0]
    return tuple(
        Door(
            service=service,
            address=address,
            port=number(ports, _PORT),
            guard=guard,
            why=why,
            opened_by=entry,
            guarded_by=(lines,) if lines else (),
            instead=instead,
        )
        for address, entry in hosts
    )


KIND = ConfigKind(
    id="elasticsearch",
    title="Elasticsearch",
    names=("elasticsearch.yml", "elasticsearch.yaml"),
    places=("etc/elasticsearch/elasticsearch.yml",),
    read=_read,
    doors=_doors,
    folder_option=("es.path.conf=",),
)
