"""How a service is reached in other ways than by the ports that it publishes: its file does not tell which; pure."""

from collections.abc import Iterator
from collections.abc import Mapping as Pairs

from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar
from scanner.targets.compose.merge import as_names
from scanner.targets.compose.project import Project

# Networks whose containers only the ports that are published lead to; "" is Docker's own choice, a bridge.
_BEHIND_PORTS = frozenset({"", "bridge", "overlay", "none", "null", "nat", "ics"})
# With these Docker sets no filter, or no port of the host, before a container (Docker 27 and later, gateway modes).
_OPEN_GATEWAYS = frozenset({"routed", "nat-unprotected"})
_GATEWAY = "com.docker.network.bridge.gateway_mode_"
_OF_ITS_OWN = ("ipv4_address", "ipv6_address", "mac_address")
_OF_HOST = "uses the host's network, so its ports can't be told from the file; scan 127.0.0.1 -p all"


def reached_elsewhere(name: str, service: Mapping, project: Project) -> Iterator[Problem]:
    """Yield how a service is reached in other ways than by the ports that it publishes."""
    mode = _mode(service)
    if mode is not None:
        if told := _of_mode(mode, project):
            yield _unknown(name, mode, told)
        return
    written = service.pairs.get("networks")
    for network, own in networks_of(service).items() or (("default", service),):
        definition = project.networks.get(network)
        if not isinstance(definition, Mapping):
            continue
        if host_network_of(network, definition):
            yield _unknown(name, written or definition, _OF_HOST)
        elif told := _own_address(network, definition, _texts(own).keys() | _texts(service).keys()):
            yield _unknown(name, written or definition, told)


def host_network(service: Mapping, networks: Pairs[str, Node]) -> Node | None:
    """Return what puts a service on the network of its host, by mode or by name; None where nothing does."""
    mode = _mode(service)
    if mode is not None:
        return mode if mode.text == "host" else None
    defined = ((network, networks.get(network)) for network in networks_of(service))
    on_host = any(isinstance(each, Mapping) and host_network_of(network, each) for network, each in defined)
    return service.pairs["networks"] if on_host else None


def networks_of(service: Mapping) -> Pairs[str, Node]:
    """Return the networks that a service names, each with what it says of it."""
    written = service.pairs.get("networks")
    return as_names(written).pairs if written is not None else {}


def _mode(service: Mapping) -> Scalar | None:
    mode = service.pairs.get("network_mode")
    return mode if isinstance(mode, Scalar) and (mode.unset or not mode.is_null) else None


def host_network_of(network: str, definition: Mapping) -> bool:
    """Tell whether a network is that of the host: `{external: true, name: host}`, as stacks have to write it."""
    external = definition.pairs.get("external")
    inside = _texts(external).get("name") if isinstance(external, Mapping) else None
    real = inside or _texts(definition).get("name", network)
    return (_external(definition) and real == "host") or _texts(definition).get("driver") == "host"


def _of_mode(mode: Scalar, project: Project) -> str | None:
    if mode.unset:
        return f"its network mode is the variable {mode.unset[0]}, which has no value here"
    if mode.text == "host":
        return _OF_HOST
    kind, _, other = mode.text.partition(":")
    if kind == "container" and other not in _containers(project):
        return (
            f"shares the network of the container {other}, which these files do not start; "
            "name the ports that one publishes as targets"
        )
    return None


def _containers(project: Project) -> set[str]:
    return {_texts(service).get("container_name", "") for service in project.services.values()}


def _own_address(network: str, definition: Mapping, given: set[str]) -> str | None:
    driver = definition.pairs.get("driver")
    if isinstance(driver, Scalar) and driver.unset:
        return f"the driver of its network {network} is the variable {driver.unset[0]}, which has no value here"
    kind = _texts(definition).get("driver", "")
    if kind not in _BEHIND_PORTS:
        return f"has an address of its own in the network {network} ({kind}); name it as a target"
    options = _texts(definition.pairs.get("driver_opts"))
    modes = [value for key, value in options.items() if key.startswith(_GATEWAY) and value in _OPEN_GATEWAYS]
    if modes:
        return f"can be reached at its own address in the network {network} ({modes[0]}); name it as a target"
    if _external(definition) and not given.isdisjoint(_OF_ITS_OWN):
        return (
            f"has a fixed address in the network {network}, which is defined elsewhere; "
            "name it as a target if that is not a bridge"
        )
    return None


def _external(definition: Mapping) -> bool:
    external = definition.pairs.get("external")
    return isinstance(external, Mapping) or (isinstance(external, Scalar) and external.text.lower() in {"true", "yes"})


def _texts(node: Node | None) -> dict[str, str]:
    """Return the single values of a mapping."""
    pairs = node.pairs.items() if isinstance(node, Mapping) else ()
    return {key: value.text for key, value in pairs if isinstance(value, Scalar) and not value.is_null}


def _unknown(name: str, node: Node, told: str) -> Problem:
    return Problem(ProblemKind.COMPOSE_PORTS_UNKNOWN, f"{node.file}:{node.line}", clean(f"{name}: {told}"))
