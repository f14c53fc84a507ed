"""SMB file shares: where a null session or a guest may list them, anybody learns what there is, and often reads it.

Specification: MS-SMB2, MS-NLMP, MS-SRVS; the bytes are in scanner.wire.smb2
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import Send, line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire import smb2

_HELLO = smb2.session_setup(1, smb2.ntlm_hello())
_LARGEST = 128 * 1024
_IPC = "\\\\server\\IPC$"
_SPECIAL = 0x80000000
_REFUSED = {
    0xC0000022: "ACCESS_DENIED",
    0xC0000061: "PRIVILEGE_NOT_HELD",
    0xC0000064: "NO_SUCH_USER",
    0xC000006A: "WRONG_PASSWORD",
    0xC000006D: "LOGON_FAILURE",
    0xC000006E: "ACCOUNT_RESTRICTION",
    0xC000006F: "INVALID_LOGON_HOURS",
    0xC0000070: "INVALID_WORKSTATION",
    0xC0000071: "PASSWORD_EXPIRED",
    0xC0000072: "ACCOUNT_DISABLED",
    0xC00000BB: "NOT_SUPPORTED: no login without a name",
    0xC00000CA: "NETWORK_ACCESS_DENIED",
    0xC000015B: "LOGON_TYPE_NOT_GRANTED",
    0xC0000193: "ACCOUNT_EXPIRED",
    0xC0000224: "PASSWORD_MUST_CHANGE",
    0xC0000234: "ACCOUNT_LOCKED_OUT",
    0xC0000418: "NTLM_BLOCKED",
}
"""Of MS-ERREF section 2.3, as those below."""
_NOBODY_NOW = {
    0xC000009A: "INSUFFICIENT_RESOURCES",
    0xC0000017: "NO_MEMORY",
    0xC00000B5: "IO_TIMEOUT",
    0xC00000D0: "REQUEST_NOT_ACCEPTED: no session is left",
    0xC000020C: "CONNECTION_DISCONNECTED",
    0xC0000205: "INSUFF_SERVER_RESOURCES",
    0xC000005E: "NO_LOGON_SERVERS",
    0xC00000AC: "PIPE_NOT_AVAILABLE",
    0xC00000AE: "PIPE_BUSY",
    0xC00000CE: "TOO_MANY_SESSIONS",
    0xC0000192: "NETLOGON_NOT_STARTED",
}
"""These say nothing of rights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmbFacts(Facts):
    """What a file server showed."""

    guest: bool = False
    """Whether strangers become guests; else they are nobody."""
    shares: tuple[str, ...] = ()
    """Shares that it listed, the administrative ones left out."""


async def ask(talk: Talk) -> SmbFacts | None:
    """Agree on a dialect, log in as nobody, and ask for the list of shares; no share is opened but the pipes'."""
    dialect, signs = smb2.parse_negotiated((await _exchange(talk, smb2.NEGOTIATE, smb2.negotiate())).body)
    challenge = await _exchange(talk, smb2.SESSION_SETUP, _HELLO)
    facts = SmbFacts(
        product="SMB server",
        evidence={"dialect": f"{dialect >> 8:x}.{dialect >> 4 & 15:x}.{dialect & 15:x}", "signing_required": signs},
        proof=(Exchange("NEGOTIATE", f"dialect 0x{dialect:04x}"),),
    )
    if challenge.status != smb2.MORE_PROCESSING:
        return _refused(facts, "login as nobody", challenge.status)
    names: dict[str, Json] = {kind: clean(name, 80) for kind, name in smb2.parse_target(challenge.body).items()}
    facts = replace(facts, evidence={**facts.evidence, **names})
    session = challenge.session
    login = await _exchange(talk, smb2.SESSION_SETUP, smb2.session_setup(2, smb2.ntlm_nobody(), session=session))
    if login.status != smb2.SUCCESS:
        return _refused(facts, "login as nobody", login.status)
    guest = bool(int.from_bytes(login.body[2:4], "little") & smb2.IS_GUEST)
    who = "guest" if guest else "nobody"
    facts = replace(facts, guest=guest, proof=(*facts.proof, Exchange("login as nobody", f"accepted as {who}")))
    try:
        return await _list(talk, facts, session)
    except (TalkError, ValueError):
        note = "it let us in as nobody and did not answer for its shares"
        return replace(facts, note=note, unheard=Unheard.CUT_OFF)


async def _list(talk: Talk, facts: SmbFacts, session: bytes) -> SmbFacts:
    tree = await _exchange(talk, smb2.TREE_CONNECT, smb2.tree_connect(3, _IPC, session=session))
    if tree.status != smb2.SUCCESS:
        return _refused(facts, "IPC$", tree.status)
    pipe = await _exchange(talk, smb2.CREATE, smb2.open_pipe(4, "srvsvc", tree=tree.tree, session=session))
    if pipe.status != smb2.SUCCESS:
        return _refused(facts, "pipe srvsvc", pipe.status)
    place = {"tree": tree.tree, "session": session, "file": pipe.body[64:80]}
    await _exchange(talk, smb2.IOCTL, smb2.transceive(5, smb2.rpc_bind(), **place))
    answer = await _exchange(talk, smb2.IOCTL, smb2.transceive(6, smb2.rpc_share_enum(), **place))
    if answer.status not in {smb2.SUCCESS, smb2.OVERFLOW}:
        return _refused(facts, "list of shares", answer.status)
    data = smb2.parse_pipe_data(answer.body)
    found = smb2.parse_shares(data)
    if not found:
        return _refused(facts, "list of shares", 0xC0000022)
    named = tuple(clean(name, 80) for name, kind in found if not kind & _SPECIAL and not name.endswith("$"))
    shown: list[Json] = list(named[:20])
    least = "" if smb2.is_last(data) else "at least "
    return replace(
        facts,
        access=Access.METADATA,
        evidence={**facts.evidence, "shares": len(named), "share_names": shown},
        proof=(
            *facts.proof,
            Exchange(
                "list of shares",
                f"{least}{counted(len(named), 'share')}, {counted(len(found) - len(named), 'special one')}",
            ),
        ),
        shares=named,
    )


def _refused(facts: SmbFacts, sent: str, status: int) -> SmbFacts:
    if (said := _NOBODY_NOW.get(status)) is not None:
        note = "it has too much to do: whether strangers may list its shares was not learned"
        proof = (*facts.proof, Exchange(sent, said))
        return replace(facts, note=note, proof=proof, unheard=Unheard.REFUSED_LATER)
    if (said := _REFUSED.get(status)) is not None:
        return replace(facts, access=Access.REFUSED, proof=(*facts.proof, Exchange(sent, said)))
    said = f"status 0x{status:08x}"
    note = f"it answered {said} to: {sent}; whether strangers may list its shares was not learned"
    return replace(facts, note=note, proof=(*facts.proof, Exchange(sent, said)), unheard=Unheard.UNDECIDED)


async def _exchange(talk: Talk, command: int, message: bytes) -> smb2.SmbReply:
    await talk.send(message)
    for _ in range(3):
        size = int.from_bytes(await talk.read_exactly(4), "big")
        if not smb2.HEADER_BYTES <= size <= _LARGEST:
            raise Malformed("not a message of SMB 2")
        answer = smb2.parse_answer(await talk.read_exactly(size), command)
        if answer.status != smb2.PENDING:
            return answer
    raise Malformed("an answer that is put off for ever")


def _null(facts: SmbFacts) -> str | None:
    if facts.access < Access.METADATA or facts.guest:
        return None
    return f"A session without name and password lists the shares: {len(facts.shares)} of them."


def _guest(facts: SmbFacts) -> str | None:
    if facts.access < Access.METADATA or not facts.guest:
        return None
    return f"Strangers become guests and list the shares: {len(facts.shares)} of them."


def _sends() -> tuple[Send, ...]:
    ids = (smb2.SESSION_SPAN, smb2.TREE_SPAN)
    pipe = (*ids, smb2.FILE_SPAN)
    return (
        line(smb2.negotiate()),
        line(_HELLO),
        line(smb2.session_setup(2, smb2.ntlm_nobody()), vary=ids, why="a login without name and password"),
        line(smb2.tree_connect(3, _IPC), vary=ids, why="the share of pipes, which holds no files"),
        line(smb2.open_pipe(4, "srvsvc"), vary=ids, why="opens a pipe that exists"),
        line(smb2.transceive(5, smb2.rpc_bind()), vary=pipe, why="names the interface"),
        line(smb2.transceive(6, smb2.rpc_share_enum()), vary=pipe, why="NetrShareEnum reads names"),
    )


_PAGES = (
    "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/"
    "network-access-restrict-anonymous-access-to-named-pipes-and-shares",
    "https://www.samba.org/samba/docs/current/man-html/smb.conf.5.html",
)
_REMEDY = (
    "# smb.conf: nobody without a name",
    "[global]",
    "restrict anonymous = 2",
    "map to guest = never",
    "server signing = mandatory",
    "# Windows: Local Policies, Security Options (or the registry)",
    "reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa /v RestrictAnonymous /t REG_DWORD /d 1 /f",
    "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters /v RestrictNullSessAccess"
    " /t REG_DWORD /d 1 /f",
    "net user guest /active:no",
)

PROBE = Probe(
    id="smb",
    title="SMB",
    ports=tcp(445),
    sends=_sends(),
    ask=ask,
    no_moods="its states are NT statuses, which are all read",
    waits_in_silence=True,
    references=_PAGES,
    rules=(
        Rule(
            id="smb-null-session",
            title="SMB lists its shares to a null session",
            why="Names of shares and of the machine guide an attacker, and shares for everybody can be read.",
            controls=Controls.DATA,
            holds=_null,
            remedy=_REMEDY,
            cwe=(306, 200, 668),
            attack=("T1135", "T1087.002"),
            references=_PAGES,
        ),
        Rule(
            id="smb-guest",
            title="SMB makes guests of strangers",
            why="Whatever guests may read, and often write, is open to anybody.",
            controls=Controls.DATA,
            holds=_guest,
            remedy=_REMEDY,
            cwe=(306, 732, 668),
            attack=("T1135", "T1039", "T1021.002"),
            references=_PAGES,
        ),
    ),
)
