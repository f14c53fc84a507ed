import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.files.ftp import AUTH, PASS, PROBE, PWD, QUIT, STAT, SYST, USER, count_entries, parse_banner
from tests.fleet.plugin import digest_tree
from tests.support.talks import Hang, Say, ScriptedTalk

HELLO = Say(b"220-Welcome\r\n220 (vsFTPd 3.0.3)\r\n")
LISTING = (
    b"213-Status follows:\r\ndrwxr-xr-x 2 0 0 4096 Jan 01 00:00 .\r\n"
    b"-rw-r--r-- 1 0 0 5 Jan 01 00:00 a.txt\r\n213 End\r\n"
)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_an_anonymous_login_is_data():
    facts = ask(
        HELLO, USER, Say(b"331 Please specify the password.\r\n"), PASS, Say(b"230 Login successful.\r\n"),
        SYST, Say(b"215 UNIX Type: L8\r\n"), PWD, Say(b'257 "/"\r\n'), STAT, Say(LISTING), QUIT,
    )  # fmt: skip
    assert (facts.access, facts.entries) == (Access.DATA, 1)
    assert rules(facts) == ["ftp-anonymous"]
    assert "a.txt" not in str(facts)


def test_a_server_that_hangs_up_inside_keeps_the_login():
    facts = ask(HELLO, USER, Say(b"230 in\r\n"), SYST, Hang())
    assert (facts.access, facts.evidence) == (Access.DATA, {"stopped": True})


@pytest.mark.parametrize(
    ("reply", "access"),
    [
        (b"530 Login incorrect.\r\n", Access.REFUSED),
        (b"421 Too many connections.\r\n", Access.UNKNOWN),
    ],
)
def test_a_refusal_protects_unless_it_is_no_refusal(reply, access):
    facts = ask(HELLO, USER, Say(b"331 Password\r\n"), PASS, Say(reply))
    assert (facts.access, rules(facts)) == (access, [])


NO_TLS = b"530 Anonymous sessions must use encryption.\r\n"


def test_encryption_that_is_demanded_keeps_nobody_out():
    inside = (USER, Say(b"331 Password\r\n"), PASS, Say(b"230 in\r\n"), SYST, Hang())
    facts = ask(HELLO, USER, Say(NO_TLS), HELLO, AUTH, Say(b"234 Proceed\r\n"), *inside)
    assert (facts.access, rules(facts)) == (Access.DATA, ["ftp-anonymous"])
    facts = ask(HELLO, USER, Say(NO_TLS), HELLO, AUTH, Say(b"234 Proceed\r\n"), USER, Say(b"530 no\r\n"))
    assert facts.access is Access.REFUSED


@pytest.mark.parametrize("reply", [b"534 Policy requires SSL.\r\n", b"550 SSL/TLS required\r\n", NO_TLS])
def test_a_demand_for_tls_that_is_not_offered_is_no_refusal(reply):
    facts = ask(HELLO, USER, Say(reply), HELLO, AUTH, Say(b"500 what\r\n"))
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.REFUSED_LATER)


@pytest.mark.parametrize("reply", [b"502 5.5.2 Error: command not recognized\r\n", b"500 what\r\n", b"250 OK\r\n"])
def test_a_mail_server_is_another_product(reply):
    assert ask(Say(b"220 mail ESMTP\r\n"), USER, Say(reply)) is None


@pytest.mark.parametrize(
    ("banner", "named"),
    [
        ("(vsFTPd 3.0.3)", ("vsFTPd", "3.0.3")),
        ("ProFTPD 1.3.8 Server (x)", ("ProFTPD", "1.3.8")),
        ("pyftpdlib 1.5.7 ready.", ("pyftpdlib", "1.5.7")),
        ("hello", ("FTP server", None)),
    ],
)
def test_a_banner_names_the_product(banner, named):
    assert parse_banner(banner) == named


@given(st.lists(st.text(max_size=20)))
def test_no_more_entries_than_lines_are_counted(lines):
    assert count_entries(lines) <= len(lines)


CONF = """
listen=YES
listen_address={address}
listen_port=21
background=NO
ftp_username=ftp
anon_root={dir}/pub
secure_chroot_dir={dir}/empty
local_enable=NO
seccomp_sandbox=NO
"""


def start(server, more):
    files = {"v.conf": CONF + more, "pub/a.txt": "content", "empty/.keep": ""}
    return server(["sh", "-c", "rm {dir}/empty/.keep; exec vsftpd {dir}/v.conf"], [21], package="vsftpd", files=files)


@pytest.mark.root
@pytest.mark.fleet("ftp", "open")
def test_a_real_server_with_anonymous_access_is_exposed_and_unchanged(server, see, unchanged):
    server.need("vsftpd", "vsftpd")
    running = start(server, "anonymous_enable=YES\nanon_upload_enable=YES\nwrite_enable=YES\n")
    with unchanged(lambda: digest_tree(running.directory / "pub")):
        verdict = see(running, "ftp", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["ftp-anonymous"])
    assert verdict.row.evidence["entries"] == 1
    assert see(running).service == "ftp"


@pytest.mark.root
@pytest.mark.fleet("ftp", "protected")
def test_a_real_server_without_anonymous_access_is_protected(server, see):
    server.need("vsftpd", "vsftpd")
    verdict = see(start(server, "anonymous_enable=NO\nlocal_enable=YES\n"), "ftp", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.parametrize("goodbye", [b"421 4.7.0 Too many connections\r\n", b"421 mx.example.test SMTP closing\r\n"])
def test_a_mail_server_that_is_full_is_no_file_server(goodbye):
    assert ask(Say(goodbye)) is None
