"""rclone's remote control: the cloud storage that it is set up for, and the files of its machine.

Specification: https://rclone.org/rc/. Every question is a POST: the two here are its own no-op and its version.
"""

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get, post_read
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, undecided_in, unproven

VERSION = "/core/version"
NO_OP = "/rc/noopauth"
_NOTHING = b"{}"
_JSON = "application/json"


async def ask(talk: HttpTalk) -> Facts | None:
    """Ask for the version, which names it, then for the no-op that only an authenticated caller may have."""
    front = await talk.get("/")
    if _asks_for_login(front):
        return _refused("GET /", "401, realm rclone")
    if not front.header("access-control-request-method").startswith("POST, OPTIONS, GET"):
        return None
    answer = await talk.post_read(VERSION, _NOTHING, content_type=_JSON)
    if _asks_for_login(answer):
        return _refused(f"POST {VERSION}", "401, realm rclone")
    document = as_object(answer.json_or_none()) if answer.status == 200 else {}
    if not {"goVersion", "version", "arch", "os"} <= set(document):
        return None
    version = clean(as_text(document.get("version")) or "", 40) or None
    identity = Exchange(f"POST {VERSION}", f"200, rclone {version}")
    done = await talk.post_read(NO_OP, _NOTHING, content_type=_JSON)
    if done.status == 200 and done.body.strip() == _NOTHING:
        return Facts(
            access=Access.CONTROL,
            product="rclone",
            version=version,
            proof=(identity, Exchange(f"POST {NO_OP}", "200: a call that needs a login was done without one")),
        )
    refused = denied(done)
    return Facts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="rclone",
        version=version,
        proof=(identity, Exchange(f"POST {NO_OP}", str(done.status))),
        note=None if refused else unproven(done, "its no-op"),
        unheard=undecided_in(done),
    )


def _asks_for_login(answer: HttpAnswer) -> bool:
    return answer.status == 401 and 'realm="rclone"' in answer.header("www-authenticate")


def _refused(sent: str, shown: str) -> Facts:
    return Facts(access=Access.REFUSED, product="rclone", proof=(Exchange(sent, shown),))


_PAGES = ("https://rclone.org/rc/", "https://rclone.org/commands/rclone_rcd/")
_CORS = {"access_control_request_method": "POST, OPTIONS, GET, HEAD"}

MOODS = (
    # Its list of transfers is full; the calls for it are answered later.
    Mood(
        name="too-many-jobs",
        pages={
            "/": said("Not Found\n", 404, content_type="text/plain; charset=utf-8", **_CORS),
            VERSION: said('{"arch":"amd64","goVersion":"go1.21","os":"linux","version":"v1.65.0"}'),
            NO_OP: said('{"error":"too many requests","status":429}', 429),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="rclone",
    moods=MOODS,
    title="rclone remote control",
    ports=tcp(5572),
    sends=(
        get("/"),
        post_read(VERSION, _NOTHING, why="core/version tells its version; every call of rclone is a POST"),
        post_read(NO_OP, _NOTHING, why="rc/noopauth is documented to echo its input and to do nothing else"),
    ),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("access-control-request-method", "POST, OPTIONS, GET")),
        Fingerprint(status=401, header=("www-authenticate", 'realm="rclone"')),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="rclone-no-auth",
            title="rclone takes commands from anybody",
            why="Anybody reads and deletes the storage behind it, learns its keys and reads files of the machine.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "rclone does what needs a login for this address, without one."),
            remedy=(
                "# this machine alone, with a login",
                "rclone rcd --rc-addr 127.0.0.1:5572 --rc-user admin --rc-pass <password>",
                close_to_strangers("tcp dport 5572"),
            ),
            cwe=(306, 668),
            attack=("T1190", "T1530", "T1552.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("rclone/rclone",),
        ports=(5572,),
        rule="rclone-no-auth",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "closed: --rc-addr=@loopback",
            "open: --rc-no-auth & --rc-addr",
            "open: --rc-no-auth & RCLONE_RC_ADDR",
            "open: RCLONE_RC_NO_AUTH=true|1 & --rc-addr",
            "open: RCLONE_RC_NO_AUTH=true|1 & RCLONE_RC_ADDR",
        ),
        access=Access.CONTROL,
        why="without a login it does nothing that needs one, unless --rc-no-auth is set",
        source="https://rclone.org/rc/#rc-no-auth",
    ),
)
