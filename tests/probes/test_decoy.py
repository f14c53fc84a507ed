from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Facts
from scanner.core.talk import HttpAnswer
from scanner.probes.contact import Contact
from scanner.probes.decoy import Turn, catches_all, honeypot, honeypot_words, of_contact, of_turns, proves_nothing
from scanner.probes.labels import label, quote
from scanner.probes.runner import Runner
from scanner.standins.web import Page, json_page, web
from tests.support.look import LOOPBACK, look_at
from tests.support.servers import listening

HERE = Endpoint(ip_address("127.0.0.1"), 80)
QUESTIONS = (b"PING\r\n", b"version\r\n", b"stats\r\n")


@pytest.mark.parametrize("answer", [b"+OK\r\n", b"200 OK\r\n", b"+PONG\r\n", b"* OK ready\r\n"])
def test_the_same_yes_to_every_question_is_a_parrot(answer):
    turns = [Turn(question, answer) for question in QUESTIONS]
    assert "same answer" in of_turns(turns)
    assert of_turns(turns[:2]) is None


@pytest.mark.parametrize("answer", [b"-ERR unknown command\r\n", b"ERROR\r\n", b"500 what?\r\n", b""])
def test_the_same_no_is_an_honest_answer(answer):
    assert of_turns([Turn(question, answer) for question in QUESTIONS]) is None


def test_different_answers_are_no_parrot():
    assert of_turns([Turn(question, b"+OK " + question) for question in QUESTIONS]) is None


def test_an_echo_is_known_by_its_first_bytes():
    assert "echo" in of_turns([Turn(b"PING\r\n", b"PING\r\n")])
    assert "echo" in of_turns([Turn(b"PING\r\n", b"PING\r\n")], b"hello")
    assert of_turns([Turn(b"@RSYNCD: 31.0\n#list\n", b"@RSYNCD: 31.0\n")], b"@RSYNCD: 31.0\n") is None
    assert "echo" in of_contact(
        Contact(endpoint=HERE, use_tls=False, request=b"GET / HTTP/1.1\r\n", reply=b"GET / HTTP/1.1\r\n")
    )
    assert of_turns([Turn(b"PING\r\n", b"+PONG\r\n"), Turn(b"", b"hello")]) is None


def test_a_slow_answer_is_a_tarpit():
    assert "tarpit" in of_contact(Contact(endpoint=HERE, use_tls=False, request=b"GET /", reply=b"HTTP/1.1", slow=True))


def page(status: int, body: bytes) -> HttpAnswer:
    return HttpAnswer(status=status, body=body)


def test_a_catch_all_answers_what_can_not_exist():
    assert catches_all(page(200, b"welcome"))
    assert catches_all(page(404, b"welcome")) is None
    assert catches_all(page(302, b"")) is None


def test_a_proof_that_any_path_gives_proves_nothing():
    listing = page(200, b'[{"Id":"1"}]')
    assert proves_nothing([page(404, b""), listing], page(200, b'[{"Id":"1"}]'))
    assert proves_nothing([listing], page(404, b'[{"Id":"1"}]')) is None
    assert proves_nothing([listing], page(200, b"another page")) is None
    assert proves_nothing([listing, page(200, b"a,b\n1,2\n")], page(200, b'[{"Id":"1"}]')) is None
    assert proves_nothing([page(200, b"")], page(200, b"")) is None


async def test_an_api_that_answers_every_path_alike_is_flagged_and_kept():
    """A Docker API as a honeypot plays it badly: right answers, and the last of them for everything else."""
    engine = {
        "/_ping": Page("OK", 200, {"Api-Version": "1.41", "Docker-Experimental": "false", "Ostype": "linux"}),
        "/version": json_page({"Version": "20.10.24", "ApiVersion": "1.41", "Components": [{"Name": "Engine"}]}),
        "/info": json_page({"ID": "X", "Containers": 0, "Images": 0, "ServerVersion": "20.10.24"}),
    }
    serve = web(engine, otherwise=json_page([]), headers={"Server": "Docker/20.10.24 (linux)"})
    async with listening(serve, 2375) as (address, port):
        look = await look_at(address, port)
    assert look.probe.id == "docker-api"
    assert look.facts.access >= Access.METADATA
    assert "same answer" in look.decoy


def test_defaults_of_honeypots_are_known():
    assert "ElasticHoney" in honeypot(Facts(product="Elasticsearch", evidence={"node": "Green Goblin"}))
    assert "Cowrie" in honeypot_words("SSH-2.0-OpenSSH_6.0p1 Debian-4+deb7u2")
    assert "Dionaea" in honeypot_words("CN=Nepenthes Development Team,O=dionaea.carnivore.it,C=DE")
    assert honeypot(Facts(product="Elasticsearch", evidence={"node": "es-1"})) is None
    # A network storage of that name greets so out of the box, and so does a honeypot that plays one.
    assert honeypot_words("220 DiskStation FTP server ready.") is None


async def test_a_honeypot_is_known_by_what_it_said_wherever_that_ends_up():
    async def pose_as_a_phone(reader, writer):
        await reader.readexactly(24)
        banner = b"device::http://ro.product.name =starltexx;ro.product.model=SM-G960F;ro.product.device=starlte\0"
        head = b"CNXN" + b"\1\0\0\0" + b"\0\x10\0\0" + len(banner).to_bytes(4, "little")
        writer.write(head + sum(banner).to_bytes(4, "little") + bytes(byte ^ 0xFF for byte in b"CNXN") + banner)
        await reader.read()

    async with listening(pose_as_a_phone, 5555) as (address, port):
        look = await look_at(address, port)
    assert look.probe.id == "adb"
    assert "ADBHoney" in look.decoy


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        (b"220 mail.example.com ESMTP Postfix\r\n", "smtp"),
        (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
        (b"220 ready\r\n", None),
        (b"+OK Dovecot ready.\r\n", "pop3"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "imap"),
        (b"RFB 003.008\n", "vnc"),
        (b"\xff\xfd\x18\xff\xfd\x20", "telnet"),
        (b"J\x00\x00\x00\x0a5.5.5-10.11\x00", "mysql"),
        (b"AMQP\x00\x00\x09\x01", "amqp"),
        (b"HTTP/1.1 200 OK\r\n", None),
        (b"", None),
    ],
)
def test_protocols_that_introduce_themselves(said, name):
    assert label(said) == name


def test_a_greeting_is_quoted_clean():
    assert quote(b"\r\n220 \x1b[2Jhello\r\nmore") == "220 \\x1b[2Jhello"


def test_a_runner_starts_with_no_suspicion():
    assert Runner((), LOOPBACK).settle([]) == []
