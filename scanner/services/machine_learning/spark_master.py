"""Apache Spark's standalone master: applications, users and workers of a cluster, with links that end them.

Specification: https://spark.apache.org/docs/latest/spark-standalone.html
"""

import re
from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import denied, get_or_none, undecided_in

STATE = "/json/"
_TITLE = "Spark Master at spark://"
_VERSION = re.compile(rb'class="version[^>]{0,80}>\s*([0-9][\w.-]{0,30})\s*<')


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkFacts(Facts):
    """What a master showed."""

    workers: int = 0
    applications: int = 0


def parse_front(answer: HttpAnswer) -> str | None:
    """Return the version on a master's page, empty when it names none; None for any other page."""
    if answer.status != 200 or not answer.title.startswith(_TITLE):
        return None
    found = _VERSION.search(answer.body)
    return clean(found[1], 40) if found else ""


def parse_state(answer: HttpAnswer | None) -> dict[str, Json] | None:
    """Return a master's state; None for any other document."""
    document = as_object(answer.json_or_none()) if answer is not None and answer.status == 200 else {}
    lists = all(isinstance(document.get(name), list) for name in ("workers", "activeapps"))
    return document if lists and (as_text(document.get("url")) or "").startswith("spark://") else None


async def ask(talk: HttpTalk) -> SparkFacts | None:
    """Read the page by its title, then the state; a master answers every path that it does not know with its page."""
    version = parse_front(await talk.get("/"))
    if version is None:
        return None
    facts = SparkFacts(
        product="Apache Spark", version=version or None, proof=(Exchange("GET /", "200, the page of a Spark master"),)
    )
    answer = await get_or_none(talk, STATE)
    state = parse_state(answer)
    if state is None:
        refused = denied(answer)
        return replace(
            facts,
            access=Access.REFUSED if refused else Access.UNKNOWN,
            proof=(*facts.proof, Exchange(f"GET {STATE}", str(answer.status) if answer else "no answer")),
            note=None if refused else "its state is neither shown nor refused",
            unheard=undecided_in(answer),
        )
    workers, applications = len(as_list(state["workers"])), len(as_list(state["activeapps"]))
    return replace(
        facts,
        access=Access.METADATA,
        evidence={"workers": workers, "applications": applications, "cores": as_int(state.get("cores"))},
        proof=(
            *facts.proof,
            Exchange(f"GET {STATE}", f"200, {counted(workers, 'worker')}, {counted(applications, 'application')}"),
        ),
        workers=workers,
        applications=applications,
    )


def _open(facts: SparkFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return (
        "Spark's master shows its cluster to anybody: "
        f"{counted(facts.workers, 'worker')}, {counted(facts.applications, 'application')}."
    )


_PAGES = ("https://spark.apache.org/docs/latest/security.html",)

MOODS = (
    Mood(
        name="standby",
        pages={
            "/": said("<title>Spark Master at spark://h:7077</title>", content_type="text/html"),
            STATE: said(
                '{"url":"spark://h:7077","workers":[],"aliveworkers":0,"cores":0,"activeapps":[],"status":"STANDBY"}',
                content_type="application/json",
            ),
        },
        access=Access.METADATA,
    ),
)

PROBE = Probe(
    id="spark-master",
    moods=MOODS,
    title="Apache Spark master",
    ports=tcp(8080),
    sends=(get("/"), get(STATE)),
    ask_http=ask,
    fingerprints=(Fingerprint(title=_TITLE),),
    references=_PAGES,
    rules=(
        Rule(
            id="spark-master-no-auth",
            title="Spark's master shows its cluster to anybody",
            why="Names of applications, users and machines can be read, and anybody ends applications unless "
            "spark.ui.killEnabled is off; where port 7077 is open too, they run code.",
            controls=Controls.FLEET,
            holds=_open,
            remedy=(
                "# spark-defaults.conf: a shared secret, and a login filter before the pages (Spark 4)",
                "spark.authenticate true",
                "spark.authenticate.secret <64 random characters>",
                "spark.ui.filters org.apache.spark.ui.JWSFilter",
                "spark.org.apache.spark.ui.JWSFilter.param.secretKey <base64url of 32 random bytes>",
                "spark.ui.killEnabled false",
                "# firewall: the cluster's machines and nobody else",
                close_to_strangers("tcp dport { 7077, 8080, 6066 }"),
            ),
            cwe=(306, 200, 668),
            attack=("T1190", "T1082"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("bitnami/spark", "bitnamilegacy/spark"),
        ports=(8080,),
        rule="spark-master-no-auth",
        signs=(
            "closed: SPARK_MODE=worker",
            "unknown: SPARK_RPC_AUTHENTICATION_ENABLED=yes",
        ),
        access=Access.CONTROL,
        why="the master asks for no login",
        source="https://spark.apache.org/docs/latest/security.html",
    ),
)
