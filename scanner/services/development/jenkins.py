"""Jenkins: anonymous readers see jobs and their logs, anonymous administrators run Groovy on the controller.

Specification: https://www.jenkins.io/doc/book/using/remote-access-api/
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import DefaultPort, Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, get_or_none, undecided_in, unheard_in

FRONT, LOGIN, SCRIPT = "/", "/login", "/script"
API = "/api/json?tree=_class,mode,numExecutors,useSecurity,jobs%5Bname%5D"
_MOST_NAMES = 20
_STARTING = ("Please wait while Jenkins is",)
"""A proxy may leave its headers out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JenkinsFacts(Facts):
    """What a Jenkins controller showed."""

    jobs: int = 0
    administrator: bool = False
    """Whether the script console opens for strangers."""


def parse_controller(answer: HttpAnswer) -> dict[str, Json] | None:
    """Return the document of a controller's `/api/json`; None for any other answer."""
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    # Before 2.0 it names no class.
    old = "_class" not in document and {"mode", "numExecutors", "useSecurity", "jobs"} <= document.keys()
    return document if old or (as_text(document.get("_class")) or "").startswith("hudson.model.Hudson") else None


def has_console(answer: HttpAnswer | None) -> bool:
    """Tell whether an answer is the form of the script console."""
    return answer is not None and answer.status == 200 and answer.has("Script Console", "<textarea", 'name="script"')


async def ask(talk: HttpTalk) -> JenkinsFacts | None:
    """Read the version header of the login page, then what a stranger may list, then whether the console opens."""
    login = await talk.get(LOGIN)
    version = login.header("x-jenkins") or (await talk.get(FRONT)).header("x-jenkins")
    if login.status == 503 and (login.has(*_STARTING) or (version and login.has("Jenkins"))):
        named = f"X-Jenkins: {clean(version, 40)}" if version else "it is getting ready"
        return JenkinsFacts(
            product="Jenkins",
            version=clean(version, 40) or None,
            proof=(Exchange(f"GET {LOGIN}", f"503, {named}"),),
            note="it is starting: neither shown nor refused yet",
            unheard=unheard_in(login),
        )
    marks = any(login.header(name) for name in ("x-hudson", "x-jenkins-session")) or login.has("Jenkins")
    if not version or not (marks or parse_controller(await talk.get(API))):
        return None
    facts = JenkinsFacts(
        product="Jenkins",
        version=clean(version, 40),
        proof=(Exchange(f"GET {LOGIN}", f"{login.status}, X-Jenkins: {clean(version, 40)}"),),
    )
    answer = await get_or_none(talk, API)
    document = parse_controller(answer) if answer is not None else None
    if answer is None or document is None:
        refused = answer is not None and denied(answer) and bool(answer.header("x-jenkins"))
        return replace(
            facts,
            access=Access.REFUSED if refused else Access.UNKNOWN,
            proof=(*facts.proof, Exchange("GET /api/json", str(answer.status) if answer else "no answer")),
            note=None if refused else "the list of jobs is neither shown nor refused by Jenkins itself",
            unheard=undecided_in(answer),
        )
    return _open_controller(facts, document, console=has_console(await get_or_none(talk, SCRIPT)))


def _open_controller(facts: JenkinsFacts, document: dict[str, Json], *, console: bool) -> JenkinsFacts:
    names = [as_text(as_object(job).get("name")) or "" for job in as_list(document.get("jobs"))]
    shown: list[Json] = [clean(name, 80) for name in names[:_MOST_NAMES]]
    proof = [*facts.proof, Exchange("GET /api/json", f"200, {counted(len(names), 'job')}")]
    if console:
        proof.append(Exchange(f"GET {SCRIPT}", "200, the form of the script console"))
    return replace(
        facts,
        access=Access.CONTROL if console else Access.METADATA,
        evidence={
            "jobs": len(names),
            "job_names": shown,
            "executors": as_int(document.get("numExecutors")),
            "security_realm": document.get("useSecurity") is True,
        },
        proof=tuple(proof),
        traces={"name": tuple(str(name) for name in shown)},
        jobs=len(names),
        administrator=console,
    )


def _readable(facts: JenkinsFacts) -> str | None:
    if facts.access < Access.METADATA or facts.administrator:
        return None
    return f"Jenkins {facts.version} shows strangers its jobs: {facts.jobs} of them."


def _console(facts: JenkinsFacts) -> str | None:
    if not facts.administrator:
        return None
    return f"Jenkins {facts.version} opens its script console to strangers: they are administrators."


_PAGES = (
    "https://www.jenkins.io/doc/book/security/managing-security/",
    "https://www.jenkins.io/doc/book/security/access-control/",
)
_REMEDY = (
    "# jenkins.yaml (Configuration as Code): a login for everything",
    "jenkins:",
    "  securityRealm: { local: { allowsSignup: false } }",
    "  authorizationStrategy: { loggedInUsersCanDoAnything: { allowAnonymousRead: false } }",
    "# /etc/default/jenkins or systemctl edit jenkins: behind a proxy, on loopback",
    'Environment="JENKINS_LISTEN_ADDRESS=127.0.0.1"',
)

MOODS = (
    Mood(
        name="starting",
        pages={
            "*": said(
                "<html><head><title>Starting Jenkins</title></head><body><h1>Please wai"
                "t while Jenkins is getting ready to work ...</h1></body></html>",
                503,
                content_type="text/html;charset=utf-8",
                x_jenkins="2.479",
                x_hudson="1.395",
            )
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="restarting",
        pages={
            "*": said(
                "<html><head><title>Restarting Jenkins</title></head><body>Please wait "
                "while Jenkins is restarting ...</body></html>",
                503,
                content_type="text/html;charset=utf-8",
                x_jenkins="2.479",
            )
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="1.609",
        pages={
            "/": said("<title>Dashboard [Jenkins]</title>", x_jenkins="1.609.3", x_hudson="1.395"),
            "/login": said("<title>Jenkins</title>", x_jenkins="1.609.3", x_hudson="1.395"),
            "/api/json": said(
                '{"mode":"NORMAL","numExecutors":2,"jobs":[{"name":"a"}],"useSecurity":false}',
                content_type="application/json",
                x_jenkins="1.609.3",
                x_hudson="1.395",
            ),
        },
        access=Access.METADATA,
    ),
    Mood(
        name="setup",
        pages={
            "/login": said(
                "<html><head><title>Sign in [Jenkins]</title></head><body>Unlock Jenkin"
                "s initialAdminPassword</body></html>",
                x_jenkins="2.479",
                x_jenkins_session="1a2b",
                content_type="text/html",
            ),
            "*": said(
                "<html><head><meta http-equiv='refresh' content='1;url=/login?from=%2F'"
                "/></head><body>Authentication required</body></html>",
                403,
                x_jenkins="2.479",
                content_type="text/html",
            ),
        },
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="jenkins",
    moods=MOODS,
    title="Jenkins",
    ports=(*tcp(8080), DefaultPort(8443, tls=True)),
    sends=(get(FRONT), get(LOGIN), get(API), get(SCRIPT)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("x-jenkins", "")),
        Fingerprint(header=("x-hudson", "")),
        Fingerprint(status=503, body=_STARTING[0]),
    ),
    icons=(81586312, 1906162392),
    references=_PAGES,
    rules=(
        Rule(
            id="jenkins-script-console",
            title="Jenkins opens its script console to strangers",
            why="Anybody runs Groovy on the controller, reads every credential and changes what is built and shipped.",
            controls=Controls.FLEET,
            holds=_console,
            remedy=_REMEDY,
            cwe=(306, 862, 1188),
            attack=("T1190", "T1059", "T1195.002"),
            references=_PAGES,
        ),
        Rule(
            id="jenkins-anonymous-read",
            title="Jenkins shows its jobs to strangers",
            why="Names of jobs, build logs, artefacts and often secrets in them can be read without a login.",
            controls=Controls.FLEET,
            holds=_readable,
            remedy=_REMEDY,
            cwe=(862, 306, 200),
            attack=("T1190", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("jenkins/jenkins", "jenkins", "jenkinsci/blueocean"),
        ports=(8080,),
        rule="jenkins-anonymous-read",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "unknown: CASC_JENKINS_CONFIG",
            "unknown: *casc*",
            "unknown: *init.groovy.d*",
            "open: JAVA_OPTS=*runsetupwizard=false*",
            "open: JENKINS_OPTS=*runsetupwizard=false*",
        ),
        access=Access.CONTROL,
        why="the image's set-up wizard sets a password",
        source="https://github.com/jenkinsci/docker/blob/master/README.md",
    ),
)
