"""MLflow's tracking server: experiments, models and their files, readable and writable without a login.

Specification: https://mlflow.org/docs/latest/rest-api.html
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import get_or_none

VERSION = "/version"
EXPERIMENTS = "/api/2.0/mlflow/experiments/search?max_results=20"
BEFORE_1_28 = "/api/2.0/mlflow/experiments/list"
_NO_SEARCH = {404, 405}
# The guard against DNS rebinding looks at the Host header alone, which a stranger writes himself.
HOST = "localhost"
_GUARD = "Invalid Host header - possible DNS rebinding attack detected"


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowFacts(Facts):
    """What a tracking server showed."""

    experiments: int = 0


def parse_experiments(answer: HttpAnswer) -> list[dict[str, Json]] | None:
    """Return the experiments of a search; None for any other answer."""
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    rows = [as_object(row) for row in as_list(document.get("experiments"))]
    marked = bool(rows) and all({"experiment_id", "artifact_location", "lifecycle_stage"} <= set(row) for row in rows)
    return rows if marked else None


def refuses(answer: HttpAnswer) -> bool:
    """Tell whether an answer is MLflow's own demand for a login."""
    return answer.status == 401 and (
        'realm="mlflow"' in answer.header("www-authenticate")
        or answer.has("You are not authenticated", "mlflow.org/docs")
    )


async def ask(talk: HttpTalk) -> MlflowFacts | None:
    """Search for experiments: the default one is always there; the answer is MLflow's own either way."""
    answer = await talk.get(EXPERIMENTS)
    if answer.status == 403 and answer.has(_GUARD):
        answer = await talk.get(EXPERIMENTS, host=HOST)
    if answer.status in _NO_SEARCH and (await talk.get("/")).title == "MLflow":
        answer = await get_or_none(talk, BEFORE_1_28) or answer
    if refuses(answer):
        return MlflowFacts(
            access=Access.REFUSED, product="MLflow", proof=(Exchange("GET experiments/search", "401, realm mlflow"),)
        )
    experiments = parse_experiments(answer)
    if experiments is None:
        return None
    facts = MlflowFacts(
        access=Access.DATA,
        product="MLflow",
        proof=(Exchange("GET experiments/search", f"200, {counted(len(experiments), 'experiment')}"),),
        evidence=_evidence(experiments),
        traces={"name": tuple(clean(as_text(row.get("name")) or "", 200) for row in experiments)},
        experiments=len(experiments),
    )
    return replace(facts, version=parse_version(await get_or_none(talk, VERSION)))


def parse_version(answer: HttpAnswer | None) -> str | None:
    """Return the version of the public `GET /version`: a bare number."""
    if answer is None or answer.status != 200 or not answer.body[:1].isdigit() or len(answer.body) > 40:
        return None
    return clean(answer.body.strip(), 40)


def _evidence(experiments: list[dict[str, Json]]) -> dict[str, Json]:
    places = {(as_text(row.get("artifact_location")) or "").partition(":")[0] for row in experiments}
    schemes: list[Json] = [clean(place, 20) for place in sorted(places) if place]
    return {"experiments": len(experiments), "artifact_stores": schemes}


def _open(facts: MlflowFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"MLflow shows its experiments to anybody: {facts.experiments} of them."


_PAGES = ("https://mlflow.org/docs/latest/self-hosting/security/basic-http-auth/",)

MOODS = (
    Mood(
        name="1.20",
        pages={
            "/": said("<title>MLflow</title>"),
            "/version": said("1.20.0", content_type="text/plain; charset=utf-8"),
            "/api/2.0/mlflow/experiments/list": said(
                '{"experiments":[{"experiment_id":"0","name":"Default","artifact_locati'
                'on":"./mlruns/0","lifecycle_stage":"active"}]}',
                content_type="application/json",
            ),
            "/api/2.0/mlflow/experiments/search": said("", 405),
        },
        access=Access.DATA,
    ),
    Mood(
        name="database-down",
        pages={
            "/": said("<title>MLflow</title>"),
            "*": said(
                '{"error_code":"TEMPORARILY_UNAVAILABLE","message":"(sqlite3.OperationalError) database is locked"}',
                503,
                content_type="application/json",
            ),
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="mlflow",
    moods=MOODS,
    title="MLflow",
    ports=tcp(5000, 5001),
    sends=(get(EXPERIMENTS), get("/"), get(BEFORE_1_28), get(VERSION)),
    ask_http=ask,
    # The question that its check of the Host header refused is asked again by a name that it knows.
    one_refusal_protects=True,
    fingerprints=(
        Fingerprint(title="MLflow"),
        Fingerprint(status=403, body=_GUARD),
        Fingerprint(status=401, header=("www-authenticate", 'realm="mlflow"')),
    ),
    icons=(-1507094812,),
    references=_PAGES,
    rules=(
        Rule(
            id="mlflow-no-auth",
            title="MLflow's tracking server answers without a login",
            why="Anybody reads experiments, parameters and models, and replaces the model that goes into production.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# a login (pip install 'mlflow[auth]'), on loopback behind a proxy with TLS",
                "export MLFLOW_FLASK_SERVER_SECRET_KEY=<64 random characters>",
                "mlflow server --app-name basic-auth --host 127.0.0.1 --port 5000",
                "# basic_auth.ini: newcomers see nothing",
                "default_permission = NO_PERMISSIONS",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1213", "T1195.002"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("ghcr.io/mlflow/mlflow", "burakince/mlflow"),
        ports=(5000,),
        rule="mlflow-no-auth",
        signs=(
            "closed: --app-name=basic-auth",
            "closed: --host=@loopback",
            "closed: !--host & !-h & !MLFLOW_HOST",
        ),
        access=Access.CONTROL,
        why="it asks for no login without the basic-auth application",
        source="https://mlflow.org/docs/latest/auth/index.html",
    ),
)
