"""my.cnf of MySQL and MariaDB: `[section]` and `name = value`, dashes and underscores alike (dev.mysql.com)."""

from scanner.config.arguments import renamed
from scanner.config.door import EVERYWHERE, Door, number, plain_address
from scanner.config.kind import ConfigKind
from scanner.config.lines import read_pairs
from scanner.config.setting import Setting, Settings
from scanner.core.guard import Guard

_PORT = 3306
_SERVERS = ("mysqld", "mariadb", "mariadbd", "server", "galera")
_NAMES = ("bind-address", "port", "skip-networking", "skip-grant-tables")
_INSTEAD = ("bind-address = 127.0.0.1", "mysqlx-bind-address = 127.0.0.1")


def _read(text: str, file: str) -> Settings:
    """Return the settings named section.name, with dashes."""
    pairs = read_pairs(text, file)
    return Settings(
        tuple(entry.renamed(entry.name.replace("_", "-")) for entry in pairs if not entry.name.endswith(".")),
        pairs.unread,
    )


def _doors(settings: Settings) -> tuple[Door, ...]:
    own = Settings(
        tuple(
            entry.renamed(entry.name.rpartition(".")[2])
            for entry in settings
            if entry.name.partition(".")[0].split("-")[0] in _SERVERS
        )
    )
    if _switched_on(own, "skip-networking"):
        return ()
    naked = _switched_on(own, "skip-grant-tables")
    bind = own.last("bind-address")
    return tuple(
        Door(
            service="mysql",
            address=plain_address(text),
            port=number(own.value("port"), _PORT),
            guard=Guard.OPEN if naked else Guard.UNKNOWN,
            why="nobody is asked for a password" if naked else "its accounts decide who needs a password",
            opened_by=bind,
            guarded_by=(naked,) if naked else (),
            instead=_INSTEAD,
        )
        for text in (bind.value if bind else EVERYWHERE).split(",")
    )


def _switched_on(own: Settings, name: str) -> Setting | None:
    """Return a switch that is on; its name alone is enough."""
    found = own.last(name)
    return None if found is None or found.value.lower() in {"0", "off", "false"} else found


def _arguments(given: Settings) -> Settings:
    names = {f"--{name}": f"mysqld.{name}" for name in _NAMES}
    return renamed(given, names | {name.replace("-", "_").replace("__", "--", 1): to for name, to in names.items()})


def _included(entry: Setting) -> tuple[str, ...]:
    """Return what `!include FILE` and `!includedir FOLDER` name."""
    word, _, path = entry.text.partition(" ")
    path = path.strip()
    if not path:
        return ()
    return {"!include": (path,), "!includedir": (f"{path.rstrip('/')}/*.cnf",)}.get(word, ())


KIND = ConfigKind(
    id="mysql",
    title="MySQL and MariaDB",
    names=("my.cnf", "mysqld.cnf", "50-server.cnf", "mariadb.cnf", "mysql/*.cnf", "mysql/*.d/*.cnf", "my.cnf.d/*.cnf"),
    places=("etc/my.cnf", "etc/my.cnf.d/*.cnf", "etc/mysql/my.cnf", "etc/mysql/mariadb.cnf", "etc/mysql/*.d/*.cnf"),
    read=_read,
    doors=_doors,
    programs=("mysqld", "mariadbd"),
    arguments=_arguments,
    file_option=("--defaults-file",),
    included=_included,
)
