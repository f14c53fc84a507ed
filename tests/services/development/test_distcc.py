import asyncio
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.endpoint import Endpoint
from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.development.distcc import PROBE, parse_statistics
from tests.support.talks import Hush, Say, ScriptedTalk

PAGE = (
    b"HTTP/1.0 200 OK\r\n\r\nargv /distccd\n<distccstats>\ndcc_tcp_accept 3\ndcc_compile_ok 2\ndcc_longest_job none\n"
)


def test_statistics_identify_and_prove_no_more():
    facts = asyncio.run(PROBE.ask(ScriptedTalk([Say(PAGE + b"</distccstats>\n")], PROBE.sends)))
    assert (facts.access, facts.evidence) == (Access.UNKNOWN, {"dcc_tcp_accept": 3, "dcc_compile_ok": 2})
    assert "3632" in facts.note


def test_a_job_port_that_waits_is_named_and_never_clean():
    jobs = Endpoint(IPv4Address("127.0.0.1"), 3632)
    facts = asyncio.run(PROBE.ask(ScriptedTalk([Hush()], PROBE.sends, jobs)))
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.NOT_ASKED)
    assert asyncio.run(PROBE.ask(ScriptedTalk([Say(b"SSH-2.0-x\r\n")], PROBE.sends, jobs))) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for page in (data, b"<distccstats>\n" + data + b"</distccstats>"):
        with pytest.raises(Malformed):
            parse_statistics(page)


@pytest.mark.fleet("distcc", "open")
def test_the_statistics_of_a_real_server_identify_it(server, see):
    argv = ["distccd", "--no-detach", "--daemon", "--listen", "{address}", "--allow", "127.0.0.0/8", "--stats",
            "--stats-port", "3633", "--log-stderr", "--make-me-a-botnet", "--jobs", "1"]  # fmt: skip
    running = server(argv, [3632], package="distcc", user="nobody")
    verdict = see(running, "distcc", port=3633)
    assert (verdict.status, verdict.rules) == ("identified", [])
    assert verdict.row.evidence["dcc_tcp_accept"] >= 0
