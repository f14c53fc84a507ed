"""n8n: the first visitor of an unclaimed instance becomes its owner, and workflows run code on the machine.

https://docs.n8n.io/hosting/securing/overview/
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import as_object
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, object_of, undecided_in, unproven

_SETTINGS = "/rest/settings"
_WORKFLOWS = "/rest/workflows"
_PAGES = ("https://docs.n8n.io/hosting/securing/overview/", "https://docs.n8n.io/hosting/configuration/")

_STARTING = b"n8n is starting up. Please wait"
"""At every path, with 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class N8nFacts(Facts):
    """What an n8n server showed."""

    unclaimed: bool = False
    workflows: int | None = None
    """Workflows that it showed; None when it refused."""


async def ask(talk: HttpTalk) -> N8nFacts | None:
    """The public settings say whether an owner exists; its start page is at every path that it does not know."""
    first = await talk.get(_SETTINGS)
    if first.body.strip() == _STARTING:
        return N8nFacts(
            product="n8n",
            proof=(Exchange(f"GET {_SETTINGS}", f"{first.status}, it is starting"),),
            note="it is starting: neither shown nor refused yet",
            unheard=Unheard.REFUSED_LATER,
        )
    settings = as_object(object_of(first).get("data"))
    users = as_object(settings.get("userManagement"))
    if "showSetupOnFirstLoad" not in users:
        return None
    identity = Exchange(f"GET {_SETTINGS}", "200, n8n's settings")
    if users["showSetupOnFirstLoad"] is True:
        return N8nFacts(
            access=Access.CONTROL,
            product="n8n",
            evidence={"owner": False},
            proof=(Exchange(f"GET {_SETTINGS}", "200, showSetupOnFirstLoad true: no owner yet"),),
            unclaimed=True,
        )
    # Releases before 1.0 could do without users altogether, and say the same of their setup.
    answer = await get_or_none(talk, _WORKFLOWS)
    items = object_of(answer).get("data")
    if isinstance(items, list):
        return N8nFacts(
            access=Access.CONTROL,
            product="n8n",
            evidence={"workflows": len(items)},
            proof=(identity, Exchange(f"GET {_WORKFLOWS}", f"200, {counted(len(items), 'workflow')}")),
            workflows=len(items),
        )
    refused = denied(answer)
    return N8nFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="n8n",
        proof=(identity, Exchange(f"GET {_WORKFLOWS}", str(answer.status) if answer else "no answer")),
        note=None if refused else unproven(answer, "its workflows"),
        unheard=undecided_in(answer),
    )


def _unclaimed(facts: N8nFacts) -> str | None:
    return "n8n has no owner yet: whoever comes first becomes it." if facts.unclaimed else None


def _open(facts: N8nFacts) -> str | None:
    return None if facts.workflows is None else f"n8n shows its {counted(facts.workflows, 'workflow')} without a login."


MOODS = (
    # It says so at every path.
    Mood(
        name="starting",
        pages={"*": said(_STARTING.decode(), content_type="text/html; charset=utf-8")},
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="without-database",
        pages={"*": said('{"code":503,"message":"Database is not ready!"}', 503, content_type="application/json")},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="n8n",
    moods=MOODS,
    title="n8n",
    ports=tcp(5678),
    sends=(get(_SETTINGS), get(_WORKFLOWS)),
    ask_http=ask,
    fingerprints=(Fingerprint(title="n8n.io - Workflow Automation"), Fingerprint(body=_STARTING.decode())),
    icons=(-831756631,),
    references=_PAGES,
    rules=(
        Rule(
            id="n8n-unclaimed",
            title="n8n waits for its owner",
            why="Whoever sets the first password owns the instance and runs code on its machine by a workflow.",
            controls=Controls.HOST,
            holds=_unclaimed,
            remedy=(
                "# this machine alone, until the owner is made: open http://127.0.0.1:5678/setup",
                "export N8N_LISTEN_ADDRESS=127.0.0.1",
                close_to_strangers("tcp dport 5678"),
            ),
            cwe=(306, 1188),
            attack=("T1190", "T1059", "T1078"),
            references=_PAGES,
        ),
        Rule(
            id="n8n-no-auth",
            title="n8n answers without a login",
            why="Anybody changes workflows, which run code on the machine and hold the passwords of other services.",
            controls=Controls.HOST,
            holds=_open,
            remedy=("# upgrade to 1.0 or later, which always asks for a login", close_to_strangers("tcp dport 5678")),
            cwe=(306,),
            attack=("T1190", "T1059", "T1552.001"),
            references=_PAGES,
        ),
    ),
)
