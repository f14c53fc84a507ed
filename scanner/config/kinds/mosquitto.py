"""mosquitto.conf: listeners, each with the settings that follow it (mosquitto.conf(5))."""

from dataclasses import dataclass, field

from scanner.config.door import EVERYWHERE, LOOPBACK, Door, number, plain_address
from scanner.config.kind import ConfigKind
from scanner.config.lines import read_words
from scanner.config.setting import Setting, Settings
from scanner.core.guard import Guard

_PORT = 1883
_PLUGINS = ("auth_plugin", "plugin")
_INSTEAD = ("listener 1883 127.0.0.1", "allow_anonymous false", "password_file /etc/mosquitto/passwd")


@dataclass(slots=True)
class _Listener:
    address: str
    port: int
    line: Setting | None
    own: list[Setting] = field(default_factory=list)


def _read(text: str, file: str) -> Settings:
    return read_words(text, file, quoted=False)


def _doors(settings: Settings) -> tuple[Door, ...]:
    separate = settings.true("per_listener_settings") is not None
    return tuple(_door(one, settings, separate=separate) for one in _listeners(settings) if one.port)


def _listeners(settings: Settings) -> list[_Listener]:
    found: list[_Listener] = []
    first: list[Setting] = []
    for entry in settings:
        if entry.name == "listener":
            words = entry.value.split()
            address = plain_address(words[1]) if len(words) > 1 else EVERYWHERE
            found.append(_Listener(address, number(words[0] if words else "", _PORT), entry))
        else:
            (found[-1].own if found else first).append(entry)
    old = settings.last("bind_address", "port")
    if old is not None:
        bind = settings.last("bind_address")
        port = number(settings.value("port"), _PORT)
        found.insert(0, _Listener(plain_address(bind.value) if bind else EVERYWHERE, port, bind or old, first))
    # Without a listener 2.0 and later serve this machine only.
    return found or [_Listener(LOOPBACK, _PORT, None, first)]


def _door(listener: _Listener, settings: Settings, *, separate: bool) -> Door:
    own = Settings(tuple(listener.own))
    scope = own if separate else settings
    anonymous, plugin, lock = scope.last("allow_anonymous"), scope.last(*_PLUGINS), scope.last("password_file")
    # A certificate is demanded at one listener, whatever per_listener_settings says.
    if (certificate := own.true("require_certificate")) is not None:
        guard, why, anonymous, lock = Guard.CLOSED, "it demands a client certificate", None, certificate
    elif anonymous is not None and anonymous.true:
        guard, why = Guard.OPEN, "anonymous clients are allowed"
    elif plugin is not None:
        guard, why, lock = Guard.UNKNOWN, "its plugin decides who needs a password", plugin
    elif anonymous is not None or lock is not None:
        guard, why = Guard.CLOSED, "it demands a login"
    else:
        guard, why = Guard.UNKNOWN, "anonymous clients are refused since 2.0 and allowed before"
    return Door(
        service="mqtt",
        address=listener.address,
        port=listener.port,
        guard=guard,
        why=why,
        opened_by=listener.line,
        guarded_by=tuple(line for line in (anonymous, lock) if line),
        instead=_INSTEAD,
    )


def _included(entry: Setting) -> tuple[str, ...]:
    return (f"{entry.value.rstrip('/')}/*.conf",) if entry.name == "include_dir" and entry.value else ()


KIND = ConfigKind(
    id="mosquitto",
    title="Mosquitto",
    names=("mosquitto.conf", "mosquitto/conf.d/*.conf"),
    places=("etc/mosquitto/mosquitto.conf", "etc/mosquitto/conf.d/*.conf"),
    read=_read,
    doors=_doors,
    programs=("mosquitto",),
    file_option=("-c", "--config-file"),
    included=_included,
)
