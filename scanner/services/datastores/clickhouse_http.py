"""ClickHouse over HTTP: the user `default` without a password reads and writes every table.

https://clickhouse.com/docs/interfaces/http (GET runs read-only queries by design).
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none, undecided_in

_VERSION = "/?query=SELECT%20version()"
_DATABASES = "/?query=SHOW%20DATABASES"
_READONLY = "/?query=SELECT%20value%20FROM%20system.settings%20WHERE%20name='readonly'"
_OWN = {"INFORMATION_SCHEMA", "default", "information_schema", "system"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickHouseFacts(Facts):
    """What a ClickHouse server showed."""

    databases: int = 0
    readonly: bool = False
    """Whether the passwordless user may only read."""


def is_clickhouse(answer: HttpAnswer) -> bool:
    """Tell whether an answer carries a mark that only ClickHouse sends."""
    return (
        bool(answer.header("x-clickhouse-server-display-name"))
        or bool(answer.header("x-clickhouse-exception-code"))
        or "ClickHouse server HTTP API" in answer.header("www-authenticate")
    )


async def ask(talk: HttpTalk) -> ClickHouseFacts | None:
    """The first query names the product whether it is answered or refused."""
    first = await talk.get(_VERSION)
    if not is_clickhouse(first):
        return None
    version = first.body.decode("ascii", "replace").strip()
    if first.status != 200 or not version[:1].isdigit():
        code = first.header("x-clickhouse-exception-code") or first.body[:9].decode("ascii", "replace")
        refused = first.refused or any(number in code for number in ("516", "194", "192", "193"))
        return ClickHouseFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="ClickHouse",
            proof=(Exchange(f"GET {_VERSION}", f"{first.status}, {code}"),),
            note=None if refused else "it neither answered nor refused a query",
            unheard=undecided_in(first),
        )
    listing = await get_or_none(talk, _DATABASES)
    names = listing.body.decode("utf-8", "replace").split() if listing and listing.status == 200 else []
    setting = await get_or_none(talk, _READONLY)
    # A GET turns 0 into 2; 1 is the user's own.
    readonly = setting is None or setting.status != 200 or setting.body.strip() == b"1"
    own: list[Json] = [name for name in names if name not in _OWN]
    return ClickHouseFacts(
        access=Access.DATA if readonly else Access.CONTROL,
        product="ClickHouse",
        version=version,
        evidence={"databases": len(names), "names": own[:20], "readonly": readonly},
        proof=(
            Exchange(f"GET {_VERSION}", f"200, {version}"),
            Exchange(f"GET {_DATABASES}", f"200, {counted(len(names), 'database')}"),
        ),
        traces={"name": tuple(names)},
        databases=len(names),
        readonly=readonly,
    )


def _open(facts: ClickHouseFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    how = "read-only" if facts.readonly else "with all its rights"
    return (
        f"ClickHouse lets anybody in as the user `default` without a password, {how}: "
        f"{counted(facts.databases, 'database')}."
    )


PAGES = (
    "https://clickhouse.com/docs/operations/settings/settings-users",
    "https://clickhouse.com/docs/guides/sre/user-management",
)
REMEDY = (
    "<!-- /etc/clickhouse-server/users.d/default.xml -->",
    "<clickhouse><users><default>",
    '  <password remove="1"/><password_sha256_hex>SHA-256 of a long random password</password_sha256_hex>',
    '  <networks replace="1"><ip>::1</ip><ip>127.0.0.1</ip></networks>',
    "</default></users></clickhouse>",
    "<!-- /etc/clickhouse-server/config.d/listen.xml -->",
    "<clickhouse><listen_host>127.0.0.1</listen_host></clickhouse>",
    close_to_strangers("tcp dport { 8123, 8443, 9000, 9440 }"),
)

MOODS = (
    Mood(
        name="too-many-queries",
        pages={
            "/": said("Ok.\n", content_type="text/plain; charset=utf-8", x_clickhouse_summary="{}"),
            "/ping": said("Ok.\n", content_type="text/plain; charset=utf-8"),
            "/?query=SELECT%20version()": said(
                "Code: 202. DB::Exception: Too many simultaneous queries. Maximum: 100."
                " (TOO_MANY_SIMULTANEOUS_QUERIES)",
                503,
                content_type="text/plain; charset=utf-8",
                x_clickhouse_exception_code="202",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="password",
        pages={
            "/": said("Ok.\n", content_type="text/plain; charset=utf-8"),
            "/ping": said("Ok.\n", content_type="text/plain; charset=utf-8"),
            "/?query=SELECT%20version()": said(
                "Code: 516. DB::Exception: default: Authentication failed: password is "
                "incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)",
                403,
                content_type="text/plain; charset=utf-8",
                x_clickhouse_exception_code="516",
            ),
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="clickhouse-http",
    moods=MOODS,
    title="ClickHouse",
    ports=(*tcp(8123), *tcp(8443, tls=True)),
    sends=(get(_VERSION), get(_DATABASES), get(_READONLY)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("x-clickhouse-summary", "")), Fingerprint(status=200, body="Ok.\n")),
    references=PAGES,
    rules=(
        Rule(
            id="clickhouse-http-no-password",
            title="ClickHouse takes queries over HTTP without a password",
            why="All tables can be read and changed, and table functions reach files and internal addresses.",
            controls=Controls.DATA,
            holds=_open,
            remedy=REMEDY,
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006"),
            references=PAGES,
        ),
    ),
)


def server_image(port: int, rule: str) -> Image:
    """Return what is known of ClickHouse's images at one of their ports."""
    return Image(
        names=("clickhouse", "clickhouse/clickhouse-server", "yandex/clickhouse-server"),
        ports=(port,),
        rule=rule,
        defaults=(
            ("1.0", Guard.OPEN),
            ("24.3", Guard.UNKNOWN),
            ("25.2", Guard.CLOSED),
        ),
        signs=(
            "open: CLICKHOUSE_SKIP_USER_SETUP=1",
            "closed: CLICKHOUSE_PASSWORD",
            "closed: CLICKHOUSE_PASSWORD_FILE",
            "unknown: CLICKHOUSE_USER",
            "open: CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT=[!0]*",
        ),
        files=("/etc/clickhouse-server/users*", "/etc/clickhouse-server/users.d/*"),
        why="the image shuts the network to a default user without a password since 25.1",
        source="https://hub.docker.com/r/clickhouse/clickhouse-server",
    )


LINT = (server_image(8123, "clickhouse-http-no-password"),)
