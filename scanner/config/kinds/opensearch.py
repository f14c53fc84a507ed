"""opensearch.yml (opensearch.org, Security plugin configuration)."""

from scanner.config.door import Door
from scanner.config.kind import ConfigKind
from scanner.config.kinds.elasticsearch import doors
from scanner.config.setting import Settings
from scanner.config.tree import read_yaml
from scanner.core.guard import Guard

_OFF = ("plugins.security.disabled", "plugins.security.ssl_only", "opendistro_security.disabled")
_INSTEAD = ("network.host: 127.0.0.1", "plugins.security.disabled: false")


def _read(text: str, file: str) -> Settings:
    return read_yaml(text, file)


def _doors(settings: Settings) -> tuple[Door, ...]:
    off = next(filter(None, map(settings.true, _OFF)), None)
    certified = settings.true("plugins.security.ssl.http.enabled")
    if off is not None:
        guard, why = Guard.OPEN, "the security plugin is switched off, or does TLS alone"
    elif certified is not None:
        guard, why = Guard.CLOSED, "the security plugin is set up"
    else:
        guard, why = Guard.UNKNOWN, "it depends on whether the security plugin is installed"
    return doors(settings, service="opensearch", guard=guard, why=why, lines=off or certified, instead=_INSTEAD)


KIND = ConfigKind(
    id="opensearch",
    title="OpenSearch",
    names=("opensearch.yml", "opensearch.yaml"),
    places=("etc/opensearch/opensearch.yml",),
    read=_read,
    doors=_doors,
    folder_option=("opensearch.path.conf=",),
)
