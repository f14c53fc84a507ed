"""postgresql.conf, judged together with pg_hba.conf (postgresql.org, sections 19.3 and 20.1)."""

from ipaddress import ip_address, ip_network

from scanner.config.door import Door, number, plain_address
from scanner.config.kind import ConfigKind
from scanner.config.lines import numbered, without_comment
from scanner.config.setting import Setting, Settings, collect, setting
from scanner.core.firewall import PLACEHOLDER
from scanner.core.guard import Guard

_PORT = 5432
_INSTEAD = (
    "listen_addresses = 'localhost'",
    "# pg_hba.conf: never `trust` for others than this machine",
    f"hostssl all all {PLACEHOLDER} scram-sha-256",
)


def _read(text: str, file: str) -> Settings:
    """Read `name = value` lines, where the equals sign may be left out; names are case-insensitive."""
    return collect((_entry(number, line, file) for number, line in numbered(text)), file)


def _entry(number: int, line: str, file: str) -> Setting:
    name, equals, value = line.partition("=")
    if not equals or " " in name.strip() or "'" in name:
        name, _, value = line.replace("\t", " ").partition(" ")
    return setting(name.strip().lower(), without_comment(value), file, number, line)


def _doors(settings: Settings) -> tuple[Door, ...]:
    listen = settings.last("listen_addresses")
    guard, why, lines = _guard(settings)
    return tuple(
        Door(
            service="postgresql",
            address=plain_address(text),
            port=number(settings.value("port"), _PORT),
            guard=guard,
            why=why,
            opened_by=listen,
            guarded_by=lines,
            instead=_INSTEAD,
        )
        for text in (listen.value if listen else "localhost").split(",")
        if text.strip()
    )


def _guard(settings: Settings) -> tuple[Guard, str, tuple[Setting, ...]]:
    records = settings.all("hba")
    if not records:
        return Guard.UNKNOWN, "pg_hba.conf decides who needs a password", ()
    for record in records:
        if strangers_method(record) == "trust":
            return Guard.OPEN, "pg_hba.conf trusts others than this machine", (record,)
    for record in records:
        if record.value.startswith("include"):
            return Guard.UNKNOWN, "a file that pg_hba.conf includes decides who needs a password", (record,)
        if strangers_method(record) == "ident":
            return Guard.UNKNOWN, "pg_hba.conf believes what another machine says of its users", (record,)
    return Guard.CLOSED, "pg_hba.conf trusts nobody from outside without a password", ()


def strangers_method(record: Setting) -> str:
    """Return how a pg_hba record lets somebody from another machine in; empty when it is about this machine alone."""
    words = record.value.split()
    if len(words) < 5 or not words[0].startswith("host"):
        return ""
    place, method = words[3].lower(), words[4]
    if _is_mask(words[4]):
        place, method = f"{place}/{int(ip_address(words[4])).bit_count()}", "".join(words[5:6])
    return "" if _is_here(place) else method


def _is_mask(word: str) -> bool:
    try:
        return bool(ip_address(word))
    except ValueError:
        return False


def _is_here(place: str) -> bool:
    try:
        return place in {"samehost", "localhost"} or ip_network(place, False).is_loopback
    except ValueError:
        return False


def _included(entry: Setting) -> tuple[str, ...]:
    if entry.name == "include_dir" and entry.value:
        return (f"{entry.value.rstrip('/')}/*.conf",)
    return (entry.value,) if entry.name in {"include", "include_if_exists"} and entry.value else ()


def _arguments(given: Settings) -> Settings:
    """Return what `-c name=value`, `--name=value`, -h, -i and -p say (postgres(1))."""
    found: list[Setting] = []
    for entry in given:
        name, equals, value = entry.value.partition("=")
        if entry.name == "-c" and equals:
            found.append(entry.renamed(name.strip().lower(), value))
        elif entry.name == "-h":
            found.append(entry.renamed("listen_addresses"))
        elif entry.name == "-i":
            found.append(entry.renamed("listen_addresses", "*"))
        elif entry.name == "-p":
            found.append(entry.renamed("port"))
        elif entry.name.startswith("--"):
            found.append(entry.renamed(entry.name[2:].lower().replace("-", "_")))
    return Settings(tuple(found))


KIND = ConfigKind(
    id="postgresql",
    title="PostgreSQL",
    names=("postgresql.conf", "postgresql.auto.conf"),
    places=(
        "etc/postgresql/*/*/postgresql.conf",
        "var/lib/postgresql/data/postgresql.conf",
        "var/lib/pgsql/data/postgresql.conf",
    ),
    read=_read,
    doors=_doors,
    programs=("postgres", "postmaster"),
    arguments=_arguments,
    # What ALTER SYSTEM writes beats the file that people write.
    companions=("pg_hba.conf", "postgresql.auto.conf"),
    folder_setting="data_directory",
    included=_included,
    file_option=("--config_file", "--config-file", "config_file="),
    folder_option=("-D",),
)
