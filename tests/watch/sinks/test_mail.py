import asyncio
import email
import email.policy
import ssl

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from scanner.watch.sink import SinkError
from scanner.watch.sinks.mail import Mail

CA = trustme.CA()


class Box:
    def __init__(self):
        self.got = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's name
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 kept"


def checks(_server, _session, _envelope, _mechanism, data):
    # Not handled: the server itself refuses.
    return AuthResult(success=(data.login, data.password) == (b"me", b"p w"), handled=False)


@pytest.fixture
async def server():
    """A real SMTP server on loopback, with STARTTLS and a login when it is asked for."""
    loop = asyncio.get_running_loop()
    running = []

    async def start(*, tls=False, login=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert("127.0.0.1").configure_cert(context)
        box = Box()
        more = {"auth_require_tls": True, "auth_required": True, "authenticator": checks} if login else {}
        listening = await loop.create_server(
            lambda: SMTP(box, tls_context=context if tls else None, **more), "127.0.0.1", 0
        )
        running.append(listening)
        box.port = listening.sockets[0].getsockname()[1]
        return box

    yield start
    for one in running:
        one.close()


def trusting():
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


async def test_a_message_arrives_as_plain_text(server, digest):
    box = await server()
    await Mail("ops@example.org", {"EXPOSURE_SMTP": f"smtp://127.0.0.1:{box.port}"}).send(digest)
    ((sender, to, content),) = box.got
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert (sender, to) == ("ops@example.org", ["ops@example.org"])
    assert (message["Subject"], message["Message-ID"]) == (digest.subject, f"<{digest.id}@exposure-scanner.invalid>")
    assert message.get_content().replace("\r\n", "\n") == digest.text


async def test_a_password_goes_over_tls_alone(server, digest):
    box = await server(tls=True, login=True)
    there = {"EXPOSURE_SMTP": f"smtp://me:p%20w@127.0.0.1:{box.port}", "EXPOSURE_MAIL_FROM": "scanner@example.org"}
    await Mail("ops@example.org", there, context=trusting()).send(digest)
    assert [sender for sender, _, _ in box.got] == ["scanner@example.org"]
    with pytest.raises(SinkError, match="certificate"):
        await Mail("ops@example.org", there).send(digest)
    plain = await server()
    with pytest.raises(SinkError, match="STARTTLS"):
        await Mail("ops@example.org", {"EXPOSURE_SMTP": f"smtp://me:p%20w@127.0.0.1:{plain.port}"}).send(digest)
    assert plain.got == []


async def test_a_wrong_password_is_an_error_that_does_not_show_it(server, digest):
    box = await server(tls=True, login=True)
    there = {"EXPOSURE_SMTP": f"smtp://me:wrong1@127.0.0.1:{box.port}"}
    with pytest.raises(SinkError, match="535") as told:
        await Mail("ops@example.org", there, context=trusting()).send(digest)
    assert "wrong1" not in str(told.value)


async def test_a_password_that_smtp_cannot_send_ends_no_watch(server, digest):
    box = await server(tls=True, login=True)
    there = {"EXPOSURE_SMTP": f"smtp://me:gr%C3%BCn@127.0.0.1:{box.port}"}
    with pytest.raises(SinkError, match="write it in ASCII") as told:
        await Mail("ops@example.org", there, context=trusting()).send(digest)
    assert "ü" not in str(told.value)


async def test_nobody_there_is_an_error(digest):
    with pytest.raises(SinkError, match="could not be delivered"):
        await Mail("ops@example.org", {"EXPOSURE_SMTP": "smtp://127.0.0.1:1"}).send(digest)
