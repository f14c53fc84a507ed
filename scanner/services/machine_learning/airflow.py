"""Apache Airflow: whoever may edit and start workflows runs code on its workers, and reads what they connect to.

Specification: https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html. The version is public;
the list of workflows takes a login unless the public role was given rights.
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_int, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, shown, undecided_in

FRONT, HOME, ADMIN = "/", "/home", "/admin/"
VERSION_2, DAGS_2 = "/api/v1/version", "/api/v1/dags?limit=1"
VERSION_3, DAGS_3 = "/api/v2/version", "/api/v2/dags?limit=1"
_TITLE = "Airflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class AirflowFacts(Facts):
    """What a web server or API server showed."""

    workflows: int | None = None
    """How many there are; None where they were shown as a page."""


def parse_version(answer: HttpAnswer | None) -> str | None:
    """Return the release, None for another answer."""
    document = object_of(answer)
    return as_text(document.get("version")) if "git_version" in document else None


def parse_dags(answer: HttpAnswer | None) -> int | None:
    """Return the number of workflows, None for another answer."""
    document = object_of(answer)
    return as_int(document.get("total_entries")) if isinstance(document.get("dags"), list) else None


def is_list(page: HttpAnswer | None) -> bool:
    """Tell whether a page lists workflows: `DAGs - Airflow`, before 2.0 `Airflow - DAGs`."""
    return page is not None and page.status == 200 and {"DAGs", _TITLE} <= {*page.title.split()}


async def ask(talk: HttpTalk) -> AirflowFacts | None:
    """Read the version, then ask for the workflows by the interface of that release, and as a page."""
    version = parse_version(await talk.get(VERSION_2))
    if version is not None:
        return await _judged(talk, VERSION_2, version, DAGS_2, HOME)
    front = await talk.get(FRONT)
    if _TITLE in front.title and (version := parse_version(await get_or_none(talk, VERSION_3))):
        return await _judged(talk, VERSION_3, version, DAGS_3)
    if denied(front) or front.status != 302 or not is_list(await get_or_none(talk, ADMIN)):
        return None
    return AirflowFacts(
        access=Access.DATA, product="Apache Airflow", proof=(Exchange(f"GET {ADMIN}", "200, workflows"),)
    )


async def _judged(talk: HttpTalk, where: str, version: str, dags: str, page: str = "") -> AirflowFacts:
    listing = await get_or_none(talk, dags)
    facts = AirflowFacts(
        product="Apache Airflow",
        version=clean(version, 40),
        proof=(Exchange(f"GET {where}", f"200, {clean(version, 40)}"), Exchange(f"GET {dags}", shown(listing))),
    )
    if (count := parse_dags(listing)) is not None:
        proof = (facts.proof[0], Exchange(f"GET {dags}", f"200, {counted(count, 'workflow')}"))
        return replace(facts, access=Access.DATA, evidence={"workflows": count}, proof=proof, workflows=count)
    home = await get_or_none(talk, page) if page else None
    if is_list(home):
        return replace(facts, access=Access.DATA, proof=(*facts.proof, Exchange(f"GET {page}", "200, workflows")))
    if denied(listing) and (not page or denied(home)):
        return replace(facts, access=Access.REFUSED)
    undecided = undecided_in(listing) or undecided_in(home)
    note = "its workflows are neither shown nor refused"
    return replace(facts, note=note, unheard=undecided or Unheard.UNDECIDED)


def _listed(facts: AirflowFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"Airflow shows {counted(facts.workflows, 'workflow')} to anybody."


_PAGES = (
    "https://airflow.apache.org/docs/apache-airflow/stable/security/security_model.html",
    "https://airflow.apache.org/docs/apache-airflow-providers-fab/stable/auth-manager/webserver-authentication.html",
)
_VERSION = said('{"version":"2.10.5","git_version":".release:b93c3db6"}', content_type="application/json")
_UNAUTHORIZED = said('{"status":401,"title":"Unauthorized"}', 401, content_type="application/problem+json")
_HOME_LIST = said("<title>DAGs - Airflow</title>", content_type="text/html")

MOODS = (
    Mood(
        name="2-public-role",
        pages={
            "/": said("", 302, location=HOME),
            VERSION_2: _VERSION,
            "/api/v1/dags": said('{"dags":[],"total_entries":0}', content_type="application/json"),
            HOME: _HOME_LIST,
        },
        access=Access.DATA,
    ),
    Mood(
        name="2-pages-alone",
        pages={"/": said("", 302, location=HOME), VERSION_2: _VERSION, HOME: _HOME_LIST, "*": _UNAUTHORIZED},
        access=Access.DATA,
    ),
    Mood(
        name="2-login",
        pages={VERSION_2: _VERSION, HOME: said("", 302, location="/login/?next=x"), "*": _UNAUTHORIZED},
        access=Access.REFUSED,
    ),
    Mood(
        name="2-database-down",
        pages={VERSION_2: _VERSION, "*": said("", 500)},
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="3-login",
        pages={
            "/": said("<title>Airflow</title>", content_type="text/html"),
            VERSION_3: said('{"version":"3.0.2","git_version":null}', content_type="application/json"),
            "/api/v2/dags": said('{"detail":"Not authenticated"}', 401, content_type="application/json"),
        },
        access=Access.REFUSED,
    ),
    Mood(
        name="3-open",
        pages={
            "/": said("<title>Airflow</title>", content_type="text/html"),
            VERSION_3: said('{"version":"3.0.2","git_version":null}', content_type="application/json"),
            "/api/v2/dags": said('{"dags":[{"dag_id":"a"}],"total_entries":7}', content_type="application/json"),
        },
        access=Access.DATA,
    ),
    Mood(
        name="1.10",
        pages={
            "/": said("", 302, location=ADMIN),
            ADMIN: said("<title>Airflow - DAGs</title>", content_type="text/html"),
        },
        access=Access.DATA,
    ),
)

PROBE = Probe(
    id="airflow",
    title="Apache Airflow",
    ports=tcp(8080),
    sends=tuple(map(get, (FRONT, HOME, ADMIN, VERSION_2, DAGS_2, VERSION_3, DAGS_3))),
    ask_http=ask,
    fingerprints=(Fingerprint(title=_TITLE),),
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="airflow-no-login",
            title="Airflow shows its workflows without a login",
            why="Workflows tell what runs where and with which connections; who may also edit or start them runs code.",
            controls=Controls.FLEET,
            holds=_listed,
            remedy=(
                "# webserver_config.py: strangers have no role",
                "AUTH_ROLE_PUBLIC = None",
                "# airflow.cfg",
                "[api]",
                "auth_backends = airflow.api.auth.backend.session",
                "[webserver]",
                "web_server_host = 127.0.0.1",
            ),
            cwe=(306, 284),
            attack=("T1190", "T1059", "T1552.001"),
            references=_PAGES,
        ),
    ),
)
