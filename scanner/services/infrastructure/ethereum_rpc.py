"""Ethereum nodes over JSON-RPC: whoever may ask one with unlocked accounts spends what they hold.

Specification: https://ethereum.org/en/developers/docs/apis/json-rpc/. Every question is a POST; two reads are asked.
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.jsontext import Json, as_object, as_text
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import post_read
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import denied

_JSON = "application/json"


def question(method: str) -> bytes:
    """Return a call without parameters."""
    return b'{"jsonrpc":"2.0","id":1,"method":"%s","params":[]}' % method.encode()


VERSION, ACCOUNTS = question("web3_clientVersion"), question("eth_accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class EthereumFacts(Facts):
    """What a node answered."""

    accounts: int | None = None
    """Accounts that it signs for; None when it did not say."""


async def ask(talk: HttpTalk) -> EthereumFacts | None:
    """Ask for the client's name, then for the accounts that it holds; their number alone is kept."""
    name = as_text(_result(await talk.post_read("/", VERSION, content_type=_JSON)))
    if name is None or name.count("/") < 2:
        return None
    product, _, version = clean(name, 120).partition("/")
    listing = await talk.post_read("/", ACCOUNTS, content_type=_JSON)
    held = _result(listing)
    accounts = None if denied(listing) or not isinstance(held, list) else len(held)
    return EthereumFacts(
        access=Access.CONTROL if accounts else Access.METADATA,
        product=f"Ethereum node ({product})",
        version=version.partition("/")[0],
        evidence={} if accounts is None else {"accounts": accounts},
        proof=(
            Exchange("POST web3_clientVersion", name[:80]),
            Exchange("POST eth_accounts", "no list" if accounts is None else f"{counted(accounts, 'account')}"),
        ),
        accounts=accounts,
    )


def _result(answer: HttpAnswer) -> Json:
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    return document.get("result") if document.get("jsonrpc") == "2.0" else None


def _holds_accounts(facts: EthereumFacts) -> str | None:
    return (
        f"The node holds {counted(facts.accounts, 'account')} and takes calls from anybody." if facts.accounts else None
    )


def _answers(facts: EthereumFacts) -> str | None:
    if facts.access is not Access.METADATA:
        return None
    return "The node takes calls from anybody; no account of its own was seen."


_PAGES = ("https://geth.ethereum.org/docs/fundamentals/security",)
_REMEDY = (
    "# this machine alone, the calls that are needed, and no accounts in the node",
    "geth --http --http.addr 127.0.0.1 --http.api eth,net",
    close_to_strangers("tcp dport 8545"),
)

PROBE = Probe(
    id="ethereum-rpc",
    title="Ethereum JSON-RPC",
    ports=tcp(8545),
    sends=(
        post_read("/", VERSION, why="web3_clientVersion names the client; JSON-RPC knows no other verb"),
        post_read("/", ACCOUNTS, why="eth_accounts lists addresses; nothing is signed"),
    ),
    ask_http=ask,
    no_moods="a node that still syncs names itself and its accounts as one that is done",
    only_default_ports=True,
    references=_PAGES,
    rules=(
        Rule(
            id="ethereum-rpc-accounts",
            title="An Ethereum node signs for anybody",
            why="Whoever asks while an account is unlocked sends its money to himself.",
            controls=Controls.DATA,
            holds=_holds_accounts,
            remedy=_REMEDY,
            cwe=(306, 668),
            attack=("T1190", "T1657"),
            references=_PAGES,
        ),
        Rule(
            id="ethereum-rpc-open",
            title="An Ethereum node answers anybody",
            why="Anybody uses it, learns its peers and software, and keeps it busy with costly calls.",
            controls=Controls.TELEMETRY,
            holds=_answers,
            remedy=_REMEDY,
            cwe=(306, 668),
            attack=("T1190",),
            references=_PAGES,
        ),
    ),
)
