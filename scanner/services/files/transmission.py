"""Transmission: whoever passes its web interface writes files and may have programs run.

Specification: https://github.com/transmission/transmission/blob/main/docs/rpc-spec.md. Each request without a login
counts as a failed one where a login is asked for, so nothing more is asked after the first refusal.
"""

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get
from scanner.core.talk import HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.reading import denied, undecided_in, unproven

RPC = "/transmission/rpc"
WEB = "/transmission/web"
_SESSION = "x-transmission-session-id"
_LISTED = ("Unauthorized IP Address", "rpc-whitelist")


async def ask(talk: HttpTalk) -> Facts | None:
    """The front page leads on where no login is asked for; the calls then answer 409 with a token."""
    front = await talk.get("/")
    if front.status == 401 and 'realm="Transmission"' in front.header("www-authenticate"):
        return _refused("401, realm Transmission")
    if front.status in {403, 421} and front.has(*_LISTED):
        return _refused("403, its list of addresses")
    if front.status not in {301, 302} or WEB not in front.header("location"):
        return None
    answer = await talk.get(RPC)
    identity = Exchange("GET /", f"{front.status}, to {WEB}/")
    if answer.status == 409 and answer.header(_SESSION):
        return Facts(
            access=Access.CONTROL,
            product="Transmission",
            proof=(identity, Exchange(f"GET {RPC}", "409 with a session's token: a login would have come first")),
        )
    refused = denied(answer)
    return Facts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Transmission",
        proof=(identity, Exchange(f"GET {RPC}", str(answer.status))),
        note=None if refused else unproven(answer, "its calls"),
        unheard=undecided_in(answer),
    )


def _refused(shown: str) -> Facts:
    return Facts(access=Access.REFUSED, product="Transmission", proof=(Exchange("GET /", shown),))


_PAGES = (
    "https://github.com/transmission/transmission/blob/main/docs/Editing-Configuration-Files.md#rpc",
    "https://github.com/transmission/transmission/blob/main/docs/rpc-spec.md",
)

MOODS = (
    # Release 4 keeps the path of its pages in the same setting, and names a newer version in the header.
    Mood(
        name="4.0",
        pages={
            "/": said("", 301, server="Transmission", location="/transmission/web/"),
            RPC: said("<h1>409: Conflict</h1>", 409, server="Transmission", x_transmission_session_id="x" * 48),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="another-name",
        pages={"/": said("<h1>421: Misdirected Request</h1><p>rpc-host-whitelist</p>", 421, server="Transmission")},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="transmission",
    moods=MOODS,
    title="Transmission",
    ports=tcp(9091),
    sends=(get("/"), get(RPC)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(header=("server", "Transmission")),
        Fingerprint(header=("location", "/transmission/web")),
        Fingerprint(status=403, body="rpc-whitelist"),
        Fingerprint(status=401, header=("www-authenticate", 'realm="Transmission"')),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="transmission-no-auth",
            title="Transmission takes commands from anybody",
            why="Anybody adds downloads, writes files where its user may and sets a program that runs afterwards.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "Transmission's calls are answered without a login."),
            remedy=(
                "# settings.json, while the daemon is stopped: a login, and this machine alone",
                '"rpc-authentication-required": true,',
                '"rpc-username": "admin", "rpc-password": "<password>",',
                '"rpc-bind-address": "127.0.0.1", "rpc-whitelist-enabled": true, "rpc-whitelist": "127.0.0.1",',
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1105", "T1059"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("lscr.io/linuxserver/transmission", "linuxserver/transmission"),
        ports=(9091,),
        rule="transmission-no-auth",
        signs=("closed: USER & PASS", "closed: FILE__USER & FILE__PASS", "closed: USER & FILE__PASS"),
        files=("/config*",),
        access=Access.CONTROL,
        why="it asks for no login unless USER and PASS are set",
        source="https://github.com/linuxserver/docker-transmission#usage",
    ),
    Image(
        names=("haugene/transmission-openvpn",),
        ports=(9091,),
        rule="transmission-no-auth",
        signs=("closed: TRANSMISSION_RPC_AUTHENTICATION_REQUIRED=true",),
        access=Access.CONTROL,
        why="it asks for no login unless TRANSMISSION_RPC_AUTHENTICATION_REQUIRED is true",
        source="https://haugene.github.io/docker-transmission-openvpn/arguments/",
    ),
)
