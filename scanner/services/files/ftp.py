"""FTP: where the protocol's own anonymous access is on, anybody reads the files, and all others log in in clear text.

Specification: RFC 959, RFC 1635 (anonymous access)
"""

from dataclasses import dataclass

from scanner.core.errors import ClosedEarly, Malformed, TimedOut
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.number import parse_number
from scanner.core.probe import DefaultPort, Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

USER = b"USER anonymous\r\n"
PASS = b"PASS anonymous@\r\n"
SYST, PWD, STAT, QUIT = b"SYST\r\n", b"PWD\r\n", b"STAT .\r\n", b"QUIT\r\n"
_LONGEST_LINE = 1_024
_MOST_LINES = 500
_TLS_WORDS = ("tls", "ssl", "encrypt")
_REFUSED = {430, 530, 532, 331, 332, 421}


@dataclass(frozen=True, slots=True, kw_only=True)
class FtpFacts(Facts):
    """What a file server showed."""

    entries: int | None = None
    """Entries of the first directory; None when it lists them over a second connection only."""


def parse_line(raw: bytes) -> tuple[int | None, bool, str]:
    """Return (code, whether it ends the reply, text) of one line; code None for a line inside a longer reply."""
    text = raw.rstrip(b"\r\n")
    code = parse_number(text[:3]) if len(text) >= 3 else None
    if code is not None and text[3:4] in {b" ", b"-", b""}:
        return code, text[3:4] != b"-", clean(text[4:], 200)
    return None, False, clean(text, 200)


async def ask(talk: Talk) -> FtpFacts | None:
    """Log in as anonymous, which is no guess but the protocol's own word for everybody; read, and say goodbye."""
    code, banner = await _reply(talk)
    if code != 220:
        return None
    await talk.send(USER)
    code, lines = await _reply(talk)
    proof = [Exchange("USER anonymous", f"{code} {lines[0]}")]
    if code == 331:
        await talk.send(PASS)
        code, lines = await _late_reply(talk)
        proof.append(Exchange("PASS anonymous@", f"{code} {lines[0]}"))
    elif code not in {230, *_REFUSED}:
        # Mail servers greet with 220 too; they do not know USER.
        return None
    product, version = parse_banner(banner[0])
    if code != 230:
        wants_tls = any(word in lines[0].lower() for word in _TLS_WORDS)
        refused = code in _REFUSED and code != 421 and not wants_tls
        return FtpFacts(
            access=Access.REFUSED if refused else Access.UNKNOWN,
            product=product,
            version=version,
            proof=tuple(proof),
            note=None if refused else "it wants TLS, or nobody at the moment, before it says who may log in",
        )
    return await _inside(talk, product, version, proof)


async def _inside(talk: Talk, product: str, version: str | None, proof: list[Exchange]) -> FtpFacts:
    evidence: dict[str, Json] = {}
    entries: int | None = None
    try:
        await talk.send(SYST)
        code, lines = await _reply(talk)
        if code == 215:
            evidence["system"] = lines[0]
        await talk.send(PWD)
        code, lines = await _reply(talk)
        proof.append(Exchange("PWD", f"{code} {lines[0]}"))
        await talk.send(STAT)
        code, lines = await _reply(talk)
        if code in {211, 212, 213}:
            entries = count_entries(lines)
            evidence["entries"] = entries
            proof.append(Exchange("STAT .", f"{code}, {entries} entries"))
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
    return "FTP server", None


async def _late_reply(talk: Talk) -> tuple[int, list[str]]:
    """Wait twice: servers hold a refusal back for some seconds, to slow down those who guess."""
    try:
        return await _reply(talk)
    except TimedOut:
        pass
    try:
        return await _reply(talk)
    except TimedOut:
        return 421, ["no answer in time"]


async def _reply(talk: Talk) -> tuple[int, list[str]]:
    """Return the code and the lines of one reply (RFC 959 section 4.2)."""
    lines: list[str] = []
    opened: int | None = None
    while len(lines) < _MOST_LINES:
        code, ends, text = parse_line(await talk.read_until(b"\n", _LONGEST_LINE))
        lines.append(text)
        if opened is None and code is None:
            raise Malformed("not a reply of FTP")
        if code is not None and ends and code == (opened or code):
            return code, lines
        opened = opened if opened is not None else code
    raise Malformed("a reply without an end")


def _open(facts: FtpFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    shown = "" if facts.entries is None else f": {facts.entries} entries in the first directory"
    return f"Anonymous access, the protocol's own, is on{shown}."


_PAGES = ("https://security.appspot.com/vsftpd/vsftpd_conf.html", "https://www.rfc-editor.org/rfc/rfc1635")

PROBE = Probe(
    id="ftp",
    title="FTP",
    ports=(*tcp(21, 2121), DefaultPort(990, tls=True)),
    sends=(
        line(USER, why="the protocol's own name for everybody (RFC 1635)"),
        line(PASS, why="what RFC 1635 asks of everybody in place of a password: who they are"),
        *map(line, (SYST, PWD, STAT, QUIT)),
    ),
    ask=ask,
    listens_first=True,
    greetings=(Greeting(start=b"220 "), Greeting(start=b"220-")),
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
