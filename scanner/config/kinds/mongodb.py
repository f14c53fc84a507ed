"""mongod.conf: YAML since 2.6, `name = value` before (mongodb.com, Configuration File Options)."""

from scanner.config.arguments import renamed
from scanner.config.door import EVERYWHERE, Door, number, plain_address
from scanner.config.kind import ConfigKind
from scanner.config.lines import read_pairs
from scanner.config.setting import Settings
from scanner.config.tree import read_yaml
from scanner.core.guard import Guard

_PORT = 27017
_OLD = {
    "bind_ip": "net.bindIp", "bind_ip_all": "net.bindIpAll", "port": "net.port", "auth": "security.authorization",
    "keyFile": "security.keyFile", "transitionToAuth": "security.transitionToAuth",
}  # fmt: skip
_INSTEAD = ("net:", "  bindIp: 127.0.0.1", "security:", "  authorization: enabled")


def _read(text: str, file: str) -> Settings:
    old = read_pairs(text, file, "#")
    if any("=" in line.text and line.name in _OLD for line in old):
        return Settings(tuple(entry.renamed(_OLD.get(entry.name, entry.name)) for entry in old), old.unread)
    return read_yaml(text, file)


def _doors(settings: Settings) -> tuple[Door, ...]:
    every = settings.true("net.bindIpAll")
    bind = every or settings.last("net.bindIp")
    texts = [EVERYWHERE] if every else (bind.value if bind else "localhost").split(",")
    locks = [entry for name in ("security.authorization", "security.keyFile") if (entry := settings.last(name))]
    locks = [entry for entry in locks if entry.true or (entry.name.endswith("keyFile") and entry.value)]
    if halfway := settings.true("security.transitionToAuth"):
        guard, why, locks = Guard.OPEN, "while it is in transition it demands no login", [halfway]
    elif locks:
        guard, why = Guard.CLOSED, "it demands a login"
    elif settings.unread:
        guard, why = Guard.UNKNOWN, "the file can't be read as a whole"
    else:
        guard, why = Guard.OPEN, "security.authorization is not enabled"
    return tuple(
        Door(
            service="mongodb",
            address=plain_address(text),
            port=number(settings.value("net.port"), _PORT),
            guard=guard,
            why=why,
            opened_by=bind,
            guarded_by=tuple(locks),
            instead=_INSTEAD,
        )
        for text in texts
        if text.strip() and not text.strip().startswith("/")
    )


def _arguments(given: Settings) -> Settings:
    return renamed(given, {f"--{old}": new for old, new in _OLD.items()})


KIND = ConfigKind(
    id="mongodb",
    title="MongoDB",
    names=("mongod.conf", "mongodb.conf", "mongos.conf", "mongod.yml", "mongod.yaml"),
    places=("etc/mongod.conf", "etc/mongodb.conf"),
    read=_read,
    doors=_doors,
    programs=("mongod", "mongos"),
    arguments=_arguments,
    file_option=("-f", "--config"),
)
