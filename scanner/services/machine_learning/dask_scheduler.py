"""Dask's scheduler: it runs pickled functions of whoever connects; its dashboard shows workers and tasks.

Specification: https://distributed.dask.org/en/stable/protocol.html
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import as_int, as_object, as_text
from scanner.core.probe import Fingerprint, Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk, Talk

IDENTITY, COUNTS = "/json/identity.json", "/json/counts.json"
# msgpack: a map of three that starts with the text "compression".
_MAP = b"\x83\xabcompression"
_LARGEST = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class DaskFacts(Facts):
    """What a scheduler showed."""

    workers: int | None = None


def parse_handshake(data: bytes) -> tuple[int, ...] | None:
    """Return the Python version that a handshake names; None when there are too few bytes to tell.

    Raises Malformed for anything that is not the handshake: a count of frames, their lengths, and a msgpack map of
    compression, python and pickle-protocol.
    """
    place = data.find(_MAP)
    if place < 0:
        if len(data) >= 128:
            raise Malformed("no handshake of Dask")
        return None
    key = data.find(b"\xa6python\x93", place)
    if key < 0 or b"\xafpickle-protocol" not in data[key:]:
        raise Malformed("a handshake without Python's version")
    numbers = data[key + 8 : key + 11]
    if len(numbers) < 3 or max(numbers) > 0x7F:
        raise Malformed("Python's version is no list of small numbers")
    return tuple(numbers)


async def ask(talk: Talk) -> DaskFacts | None:
    """Listen: the scheduler introduces itself to whoever it lets in; nothing is sent."""
    size = int.from_bytes(await talk.read_exactly(8), "little")
    if not 16 <= size <= _LARGEST:
        return None
    python = parse_handshake(await talk.read_exactly(size))
    if python is None:
        return None
    version = ".".join(map(str, python))
    return DaskFacts(
        access=Access.CONTROL,
        product="Dask",
        evidence={"python": version},
        proof=(Exchange("nothing", f"the handshake of Dask on Python {version}, without TLS"),),
    )


def parse_counts(answer: HttpAnswer) -> dict[str, int] | None:
    """Return workers, cores, tasks and clients of the dashboard's counts; None for any other answer."""
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    names = ("workers", "cores", "tasks", "clients", "saturated", "unrunnable")
    counts = {name: count for name in names if (count := as_int(document.get(name))) is not None}
    return {name: counts[name] for name in names[:4]} if len(counts) == len(names) else None


async def ask_http(talk: HttpTalk) -> DaskFacts | None:
    """Read the dashboard's counts and identity; it has no login of its own."""
    answer = await talk.get(COUNTS)
    counts = parse_counts(answer)
    if counts is None:
        return None
    identity = as_object((await talk.get(IDENTITY)).json_or_none())
    if as_text(identity.get("type")) != "Scheduler":
        return None
    return DaskFacts(
        access=Access.METADATA,
        product="Dask",
        evidence=dict(counts),
        proof=(
            Exchange(
                f"GET {COUNTS}", f"200, {counted(counts['workers'], 'worker')}, {counted(counts['tasks'], 'task')}"
            ),
            Exchange(f"GET {IDENTITY}", "200, a scheduler"),
        ),
        workers=counts["workers"],
    )


def _open(facts: DaskFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    if facts.access is Access.CONTROL:
        return "The scheduler lets anybody in: whoever connects has it run functions of their own."
    return f"Dask's dashboard shows its cluster to anybody: {counted(facts.workers, 'worker')}."


_PAGES = ("https://distributed.dask.org/en/stable/tls.html",)

PROBE = Probe(
    id="dask-scheduler",
    title="Dask scheduler",
    ports=tcp(8786, 8787),
    sends=(get(COUNTS), get(IDENTITY)),
    ask=ask,
    no_moods="it has no login and no state but running",
    listens_first=True,
    ask_http=ask_http,
    greetings=(Greeting(start=_MAP, offset=24),),
    fingerprints=(
        Fingerprint(title="Dask"),
        Fingerprint(status=301, header=("location", "/status")),
        # Newer dashboards send a relative address.
        Fingerprint(status=302, header=("location", "status")),
    ),
    # 2026 and 2022
    icons=(-349567460, -8612649),
    references=_PAGES,
    rules=(
        Rule(
            id="dask-scheduler-open",
            title="Dask's scheduler is open to anybody",
            why="Anybody runs Python on every worker; the dashboard names machines, tasks and the code they run.",
            controls=Controls.FLEET,
            holds=_open,
            remedy=(
                "# ~/.config/dask/distributed.yaml: TLS with certificates of your own on all sides",
                "distributed:",
                "  comm:",
                "    require-encryption: true",
                "    tls:",
                "      ca-file: ca.pem",
                "      scheduler: { cert: scheduler.pem, key: scheduler-key.pem }",
                "      worker: { cert: worker.pem, key: worker-key.pem }",
                "      client: { cert: client.pem, key: client-key.pem }",
                "# the dashboard on loopback",
                "dask scheduler --host tls://10.0.0.5 --dashboard-address 127.0.0.1:8787",
            ),
            cwe=(306, 502, 668),
            attack=("T1190", "T1059.006", "T1496.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("daskdev/dask", "ghcr.io/dask/dask"),
        ports=(8786,),
        rule="dask-scheduler-open",
        signs=("closed: --tls-ca-file",),
        access=Access.CONTROL,
        why="it asks for no certificate",
        source="https://docs.dask.org/en/stable/how-to/deploy-dask/tls.html",
    ),
    Image(
        names=("daskdev/dask", "ghcr.io/dask/dask"),
        ports=(8787,),
        rule="dask-scheduler-open",
        signs=("closed: --no-dashboard",),
        why="its dashboard asks for no login, with TLS between its parts too",
        source="https://docs.dask.org/en/stable/dashboard.html",
    ),
)
