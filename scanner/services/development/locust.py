"""Locust: whoever reaches its page aims a load test at whomever he likes.

Specification: https://docs.locust.io/en/stable/configuration.html#available-environment-variables-and-options
"""

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, object_of, undecided_in

STATS = "/stats/requests"
LOGIN = "/login"
_KEYS = {"stats", "errors", "state", "fail_ratio", "user_count"}


async def ask(talk: HttpTalk) -> Facts | None:
    """Read the figures of the test that runs; the page for signing in names the product as well."""
    answer = await talk.get(STATS)
    stats = object_of(answer)
    if set(stats) >= _KEYS:
        return Facts(
            access=Access.CONTROL,
            product="Locust",
            evidence={"state": clean(as_text(stats.get("state")) or "", 40)},
            proof=(Exchange(f"GET {STATS}", "200, the figures of its test"),),
        )
    if answer.status == 200:
        return None
    refused = denied(answer)
    page = await talk.get(LOGIN if refused else "/")
    if page.title != "Locust":
        return None
    return Facts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Locust",
        proof=(Exchange(f"GET {STATS}", f"{answer.status}"), Exchange("GET /", f"{page.status}, Locust")),
        note=None if refused else "it neither showed nor refused its figures",
        unheard=undecided_in(answer),
    )


_PAGES = ("https://docs.locust.io/en/stable/extending-locust.html#authentication",)

MOODS = (
    Mood(
        name="behind-a-full-proxy",
        pages={
            "/": said("<!doctype html><html><head><title>Locust</title></head></html>", content_type="text/html"),
            STATS: said("", 503),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="locust",
    moods=MOODS,
    title="Locust",
    ports=tcp(8089),
    sends=(get(STATS), get(LOGIN), get("/")),
    ask_http=ask,
    fingerprints=(Fingerprint(title="Locust"),),
    references=_PAGES,
    rules=(
        Rule(
            id="locust-no-auth",
            title="Locust starts load tests for anybody",
            why="Anybody floods a target of his choice from its workers, and reads what is tested and how.",
            controls=Controls.FLEET,
            holds=reads(Access.CONTROL, "Locust's page, which starts tests, asks for no login."),
            remedy=(
                "# this machine alone, or a login of your own (--web-login)",
                "locust --web-host 127.0.0.1 --web-port 8089",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1498.002"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("locustio/locust",),
        ports=(8089,),
        rule="locust-no-auth",
        signs=("closed: --web-login", "closed: LOCUST_WEB_LOGIN", "closed: --headless", "closed: LOCUST_HEADLESS"),
        access=Access.CONTROL,
        why="its page asks for no login unless --web-login is set",
        source="https://docs.locust.io/en/stable/configuration.html",
    ),
)
