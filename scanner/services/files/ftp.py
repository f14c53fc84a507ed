"""FTP: where the protocol's own anonymous access is on, anybody reads the files, and all others log in in clear text.

Specification: RFC 959, RFC 1635 (anonymous access)
"""

import re
from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Malformed, Reset, TimedOut, TlsFailed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import DefaultPort, Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard
from scanner.wire.ftp_replies import NO_ANSWER, read_late_reply, read_reply

USER = b"USER anonymous\r\n"
PASS = b"PASS anonymous@\r\n"
SYST, PWD, STAT, QUIT = b"SYST\r\n", b"PWD\r\n", b"STAT .\r\n", b"QUIT\r\n"
AUTH = b"AUTH TLS\r\n"
_TLS_WORDS = ("tls", "ssl", "encrypt", "cleartext", "clear text", "use auth")
_READY, _SOON, _IN, _BEGIN_TLS, _WANTS_MORE = 220, 120, 230, 234, 331
_AWAY, _WANTS_TLS = 530, 534
_FAILURES = 400
_REFUSED = {430, 530, 532, 331, 332}
_NOT_NOW = {421, NO_ANSWER}
_HOME = {21, 2121, 990}
_CLOSED = {421: "it has no connection left, or is closed for now", 530: "it turns this address away"}
_UNNAMED = "FTP server"
_MAIL = re.compile(r"\b(E?SMTP|Postfix|Exim|sendmail|mail)\b|<\S+@|^[245]\.\d{1,3}\.\d{1,3} ", re.IGNORECASE)
"""Words of mail servers; codes such as 4.7.0 are theirs alone (RFC 3463)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FtpFacts(Facts):
    """What a file server showed."""

    entries: int | None = None
    """Entries of the first directory; None when it lists them over a second connection only."""


async def ask(talk: Talk) -> FtpFacts | None:
    """Log in as anonymous, which is no guess but the protocol's own word for everybody; read, and say goodbye."""
    code, banner = await _greeting(talk)
    # Mail servers greet with the same codes; they do not know USER.
    at_home = (talk.endpoint.port in _HOME or _names_ftp(banner)) and not _MAIL.search(" ".join(banner))
    if code in _CLOSED or (code >= _FAILURES and at_home):
        return _turned_away(code, banner)
    if code != _READY:
        return None
    code, proof = await _log_in(talk)
    if code not in {_IN, *_REFUSED} and not at_home:
        return None
    if _wants_tls(code, proof[-1].received) and talk.tls is None:
        code, proof = await _log_in_over_tls(talk, proof)
    product, version = parse_banner(" ".join(banner))
    if code == _IN:
        return await _inside(talk, product, version, proof)
    facts = FtpFacts(product=product, version=version, proof=tuple(proof))
    if code in _REFUSED and not _wants_tls(code, proof[-1].received):
        return replace(facts, access=Access.REFUSED)
    note = "it greets and has no time for a login" if code in _NOT_NOW else "it neither let us in nor refused"
    note = "it wants TLS before it says who may log in" if _wants_tls(code, proof[-1].received) else note
    note += ": whether anonymous users are let in was not learned"
    return replace(facts, note=note, unheard=Unheard.REFUSED_LATER)


async def _greeting(talk: Talk) -> tuple[int, list[str]]:
    code, banner = await read_reply(talk)
    return await read_reply(talk) if code == _SOON else (code, banner)


async def _log_in(talk: Talk) -> tuple[int, list[Exchange]]:
    """Return the last code and what was said; closing without an answer has a code of its own."""
    proof: list[Exchange] = []
    code = _WANTS_MORE
    for question, shown in ((USER, "USER anonymous"), (PASS, "PASS anonymous@")):
        if code == _WANTS_MORE:
            await talk.send(question)
            try:
                code, lines = await read_late_reply(talk)
            except (ClosedEarly, Reset):
                code, lines = NO_ANSWER, ["closed without an answer"]
            proof.append(Exchange(shown, f"{code} {lines[0]}"))
    return code, proof


async def _log_in_over_tls(talk: Talk, proof: list[Exchange]) -> tuple[int, list[Exchange]]:
    """Ask again inside TLS, as RFC 4217 has it: encryption keeps nobody out."""
    try:
        await talk.reopen()
        await _greeting(talk)
        await talk.send(AUTH)
        code, lines = await read_reply(talk)
        proof = [*proof, Exchange("AUTH TLS", f"{code} {lines[0]}")]
        if code != _BEGIN_TLS:
            return _WANTS_TLS, proof
        await talk.start_tls()
        code, more = await _log_in(talk)
    except (ClosedEarly, Reset, TimedOut, Malformed, TlsFailed):
        return _WANTS_TLS, proof
    return code, [*proof, *more]


def _wants_tls(code: int, words: str) -> bool:
    """Tell whether a refusal is about encryption alone (534 of RFC 4217, or words)."""
    return code == _WANTS_TLS or (code >= _FAILURES and any(word in words.lower() for word in _TLS_WORDS))


def _names_ftp(banner: list[str]) -> bool:
    """Tell whether a greeting is FTP's by its words: mail servers greet with 220 too."""
    words = " ".join(banner).lower()
    return "ftp" in words or parse_banner(" ".join(banner))[0] != _UNNAMED


def _turned_away(code: int, banner: list[str]) -> FtpFacts | None:
    """Judge a server that says goodbye in place of a greeting; mail servers say 421 too, in other words."""
    words = " ".join(banner)
    if _MAIL.search(words):
        return None
    return FtpFacts(
        access=Access.REFUSED if code == _AWAY else Access.UNKNOWN,
        product=parse_banner(words)[0],
        proof=(Exchange("(nothing)", f"{code} {banner[0]}"),),
        note=_CLOSED.get(code, "it greets with an error"),
        unheard=None if code == _AWAY else Unheard.REFUSED_LATER,
    )


async def _inside(talk: Talk, product: str, version: str | None, proof: list[Exchange]) -> FtpFacts:
    evidence: dict[str, Json] = {}
    entries: int | None = None
    try:
        await talk.send(SYST)
        code, lines = await read_reply(talk)
        if code == 215:
            evidence["system"] = lines[0]
        await talk.send(PWD)
        code, lines = await read_reply(talk)
        proof.append(Exchange("PWD", f"{code} {lines[0]}"))
        await talk.send(STAT)
        code, lines = await read_reply(talk)
        if code in {211, 212, 213}:
            entries = count_entries(lines)
            evidence["entries"] = entries
            proof.append(Exchange("STAT .", f"{code}, {counted(entries, 'entry')}"))
        await talk.send(QUIT)
    except (ClosedEarly, TimedOut, Malformed):
        evidence["stopped"] = True
    return FtpFacts(
        access=Access.DATA,
        product=product,
        version=version,
        evidence=evidence,
        proof=tuple(proof),
        entries=entries,
    )


def count_entries(lines: list[str]) -> int:
    """Return the entries of a listing as `ls -l` writes them, without the two dots."""
    rows = [row.split() for row in lines if row[:1] in {"-", "d", "l", "c", "b", "s", "p"} and row[1:2] in {"r", "-"}]
    return sum(1 for row in rows if len(row) > 5 and row[-1] not in {".", ".."})


def parse_banner(banner: str) -> tuple[str, str | None]:
    """Return (product, version) of a banner that names one, such as `(vsFTPd 3.0.3)` or `ProFTPD 1.3.8 Server`."""
    words = banner.replace("(", " ").replace(")", " ").split()
    for place, word in enumerate(words):
        for name in ("vsFTPd", "ProFTPD", "Pure-FTPd", "pyftpdlib", "FileZilla", "Serv-U"):
            if word.lower() == name.lower():
                follows = words[place + 1] if place + 1 < len(words) else ""
                return name, follows.strip(",") if follows[:1].isdigit() else None
    return _UNNAMED, None


def _open(facts: FtpFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    shown = "" if facts.entries is None else f": {counted(facts.entries, 'entry')} in the first directory"
    return f"Anonymous access, the protocol's own, is on{shown}."


_PAGES = ("https://security.appspot.com/vsftpd/vsftpd_conf.html", "https://www.rfc-editor.org/rfc/rfc1635")

_NO = b"530 Login incorrect.\r\n"
_GREETING = b"220 (vsFTPd 3.0.5)\r\n"


def _busy(name: str, words: bytes) -> Mood:
    return Mood(name=name, says={b"": words + b"\r\n"}, hangs_up=True, unheard=Unheard.REFUSED_LATER)


def _no_anonymous(name: str, reply: bytes, greeting: bytes = _GREETING) -> Mood:
    return Mood(name=name, says={b"": greeting, b"USER": reply, b"PASS": reply}, access=Access.REFUSED)


def _says(name: str, reply: bytes, to_user: bytes | None = None) -> Mood:
    says = {b"": _GREETING, b"USER": to_user or reply, b"PASS": reply, b"AUTH": b"500 AUTH not understood\r\n"}
    return Mood(name=name, says=says, unheard=Unheard.REFUSED_LATER)


MOODS = (
    _busy("full-vsftpd", b"421 There are too many connected users, please try later."),
    _busy("full-for-this-address-vsftpd", b"421 There are too many connections from your internet address."),
    _busy("full-proftpd", b"421 Too many connections from this host"),
    _busy("full-pure-ftpd", b"421 8 users (the maximum) are already logged in, sorry"),
    _busy("out-of-service", b"421 Service not available, closing control connection."),
    _busy("full-with-more-lines", b"421-Sorry\r\n421 too many users"),
    Mood(
        name="address-turned-away-proftpd", says={b"": b"530 Access denied.\r\n"}, hangs_up=True, access=Access.REFUSED
    ),
    Mood(name="silent-after-user", says={b"": _GREETING, b"USER": b""}, unheard=Unheard.REFUSED_LATER),
    Mood(
        name="closing-after-user",
        says={b"": _GREETING, b"USER": b"421 Timeout.\r\n"},
        unheard=Unheard.REFUSED_LATER,
    ),
    _busy("broken-vsftpd", b"500 OOPS: vsftpd: refusing to run with writable root inside chroot()"),
    _says(
        "broken-inside-vsftpd",
        b"500 OOPS: cannot change directory:/srv/ftp\r\n",
        b"331 Please specify the password.\r\n",
    ),
    _says("try-later", b"450 try later\r\n", b"331 Password\r\n"),
    _says("wants-tls-and-has-none-proftpd", b"550 SSL/TLS required on the control channel\r\n"),
    _says("wants-tls-iis", b"534 Policy requires SSL.\r\n"),
    _no_anonymous("no-anonymous-vsftpd", b"530 This FTP server does not allow anonymous users.\r\n"),
    _no_anonymous(
        "greeting-of-many-lines",
        b"530 Login incorrect.\r\n",
        "220-Gr\u00fc\u00dfe\r\n 220 not yet\r\n220 ready\r\n".encode(),
    ),
    _no_anonymous("ready-in-some-minutes", _NO, b"120 Service ready in 1 minutes.\r\n" + _GREETING),
)

PROBE = Probe(
    id="ftp",
    title="FTP",
    ports=(*tcp(21, 2121), DefaultPort(990, tls=True)),
    sends=(
        line(USER, why="the protocol's own name for everybody (RFC 1635)"),
        line(PASS, why="what RFC 1635 asks of everybody in place of a password: who they are"),
        *map(line, (AUTH, SYST, PWD, STAT, QUIT)),
    ),
    ask=ask,
    listens_first=True,
    greetings=tuple(
        Greeting(start=start) for start in (b"220 ", b"220-", b"120 ", b"421 ", b"421-", b"500 OOPS", b"530 ")
    ),
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="ftp-anonymous",
            title="FTP lets anonymous users in",
            why="Anybody reads the files that anonymous users may read, and leaves files where they may write.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# vsftpd.conf",
                "anonymous_enable=NO",
                "ssl_enable=YES",
                "force_local_logins_ssl=YES",
                "# proftpd.conf: remove the <Anonymous ...> section",
                "# pure-ftpd",
                "echo yes > /etc/pure-ftpd/conf/NoAnonymous",
                "# better: SFTP, which ssh brings along",
            ),
            cwe=(306, 552, 319),
            attack=("T1190", "T1039"),
            references=_PAGES,
        ),
    ),
)
