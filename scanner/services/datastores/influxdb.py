"""InfluxDB 1, 2 and 3: measurements without a login, or an instance that waits for its first owner.

https://docs.influxdata.com/influxdb/v1/administration/authentication_and_authorization/
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, undecided_in, unproven

_DATABASES_1 = "/query?q=SHOW%20DATABASES"
_SETUP_2 = "/api/v2/setup"
_BUCKETS_2 = "/api/v2/buckets?limit=1"
_DATABASES_3 = "/api/v3/configure/database?format=json"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxFacts(Facts):
    """What an InfluxDB server showed."""

    databases: int = 0
    unclaimed: bool = False


def parse_databases(answer: HttpAnswer | None) -> list[str] | None:
    """Return the names of a SHOW DATABASES answer (version 1), None when it is none."""
    results = as_list(object_of(answer).get("results"))
    series = as_list(as_object(results[0]).get("series")) if results else []
    if not series or as_object(series[0]).get("name") != "databases":
        return None
    rows = as_list(as_object(series[0]).get("values"))
    return [name for row in rows if (name := as_text((as_list(row) or [None])[0]))]


async def ask(talk: HttpTalk) -> InfluxFacts | None:
    """/ping is public and carries the version; then each generation has a question of its own."""
    ping = await talk.get("/ping")
    version = ping.header("x-influxdb-version").removeprefix("v")
    if not version[:1].isdigit():
        return None
    identity = Exchange("GET /ping", f"{ping.status}, X-Influxdb-Version: {version}")
    generations: dict[str, Callable[[HttpTalk, str, Exchange], Awaitable[InfluxFacts]]] = {"2": _ask_2, "3": _ask_3}
    return await generations.get(version[0], _ask_1)(talk, version, identity)


async def _ask_1(talk: HttpTalk, version: str, identity: Exchange) -> InfluxFacts:
    answer = await get_or_none(talk, _DATABASES_1)
    return _judge(version, identity, f"GET {_DATABASES_1}", answer, parse_databases(answer))


async def _ask_3(talk: HttpTalk, version: str, identity: Exchange) -> InfluxFacts:
    answer = await get_or_none(talk, _DATABASES_3)
    rows = answer.json_or_none() if answer and answer.status == 200 else None
    names = None
    if isinstance(rows, list):
        found = (as_object(row) for row in rows)
        names = [name for row in found if (name := as_text(row.get("iox::database")) or as_text(row.get("name")))]
    return _judge(version, identity, f"GET {_DATABASES_3}", answer, names)


async def _ask_2(talk: HttpTalk, version: str, identity: Exchange) -> InfluxFacts:
    page = await get_or_none(talk, _SETUP_2)
    setup = object_of(page)
    if setup.get("allowed") is True:
        return InfluxFacts(
            access=Access.CONTROL,
            product="InfluxDB",
            version=version,
            evidence={"setup_allowed": True},
            proof=(identity, Exchange(f"GET {_SETUP_2}", "200, setup is allowed")),
            unclaimed=True,
        )
    answer = await get_or_none(talk, _BUCKETS_2)
    buckets = object_of(answer).get("buckets")
    names = [as_text(as_object(one).get("name")) or "" for one in buckets] if isinstance(buckets, list) else None
    facts = _judge(version, identity, f"GET {_BUCKETS_2}", answer, names)
    if names is None and "allowed" not in setup and (unheard := undecided_in(page)):
        # Whether it may still be claimed is another question than who may read.
        return replace(facts, access=Access.UNKNOWN, note=unproven(page, "its setup"), unheard=unheard)
    return facts


def _judge(
    version: str, identity: Exchange, sent: str, answer: HttpAnswer | None, names: list[str] | None
) -> InfluxFacts:
    if names is None:
        refused = denied(answer)
        return InfluxFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product="InfluxDB",
            version=version,
            proof=(identity, Exchange(sent, str(answer.status) if answer else "no answer")),
            note=None if refused else unproven(answer, "its databases"),
            unheard=undecided_in(answer),
        )
    shown: list[Json] = [*names[:20]]
    return InfluxFacts(
        access=Access.DATA,
        product="InfluxDB",
        version=version,
        evidence={"databases": len(names), "names": shown},
        proof=(identity, Exchange(sent, f"200, {counted(len(names), 'database')}")),
        traces={"name": tuple(names)},
        databases=len(names),
    )


def _open(facts: InfluxFacts) -> str | None:
    if facts.access < Access.DATA or facts.unclaimed:
        return None
    return f"InfluxDB lists its {counted(facts.databases, 'database')} to anybody and takes queries without a login."


def _unclaimed(facts: InfluxFacts) -> str | None:
    return "InfluxDB waits for its first visitor, who becomes its operator." if facts.unclaimed else None


_PAGES = (
    "https://docs.influxdata.com/influxdb/v1/administration/authentication_and_authorization/",
    "https://docs.influxdata.com/influxdb/v2/admin/",
    "https://docs.influxdata.com/influxdb3/core/admin/tokens/",
)

MOODS = (
    Mood(
        name="1-too-many-queries",
        pages={
            "/ping": said("", 204, x_influxdb_version="1.8.10"),
            "*": said(
                '{"results":[{"statement_id":0,"error":"max-concurrent-queries limit exceeded(1, 1)"}]}',
                content_type="application/json",
            ),
        },
        unheard=Unheard.UNDECIDED,
    ),
    Mood(
        name="1-login",
        pages={
            "/ping": said("", 204, x_influxdb_version="1.8.10"),
            "*": said('{"error":"unable to parse authentication credentials"}', 401, content_type="application/json"),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="2-token",
        pages={
            "/ping": said("", 204, x_influxdb_version="v2.7.1", x_influxdb_build="OSS"),
            _SETUP_2: said('{"allowed": false}', content_type="application/json"),
            "*": said('{"code":"unauthorized","message":"unauthorized access"}', 401, content_type="application/json"),
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="influxdb",
    moods=MOODS,
    title="InfluxDB",
    ports=tcp(8086, 8181),
    sends=(get("/ping"), get(_DATABASES_1), get(_SETUP_2), get(_BUCKETS_2), get(_DATABASES_3)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("x-influxdb-version", "")),),
    references=_PAGES,
    rules=(
        Rule(
            id="influxdb-no-auth",
            title="InfluxDB answers without a login",
            why="Measurements can be read, falsified and dropped.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# version 1: create an administrator, then influxdb.conf",
                "influx -execute \"CREATE USER admin WITH PASSWORD '<long random>' WITH ALL PRIVILEGES\"",
                "[http]",
                "  auth-enabled = true",
                '  bind-address = "127.0.0.1:8086"',
                "# version 3: start without --without-auth, and make a token",
                "influxdb3 create token --admin",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1213.006"),
            references=_PAGES,
        ),
        Rule(
            id="influxdb-unclaimed",
            title="InfluxDB waits for its first owner",
            why="Whoever finishes the setup holds the operator token for everything that is ever stored there.",
            controls=Controls.DATA,
            holds=_unclaimed,
            remedy=(
                "influx setup --username admin --password '<long random>' --org ORG --bucket BUCKET --force",
                "# and listen on a private address only",
                "influxd --http-bind-address 127.0.0.1:8086",
            ),
            cwe=(306, 1188),
            attack=("T1190", "T1078"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("influxdb",),
        ports=(8086,),
        rule="influxdb-no-auth",
        defaults=(
            ("1.0", Guard.OPEN),
            ("2.0", Guard.CLOSED),
        ),
        signs=(
            "closed: INFLUXDB_HTTP_AUTH_ENABLED=true",
            "open: --without-auth",
        ),
        files=("*influxdb.conf",),
        why="version 1 asks for no login, version 2 does",
        source="https://docs.influxdata.com/influxdb/v1/administration/authentication_and_authorization/",
    ),
)
