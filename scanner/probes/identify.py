"""Says what listens on an open TCP port: at home first, then by its own words, then by few questions.

The order: whoever must speak first; products at home on the port; one contact that listens and then asks `GET /`,
over TLS if the port wants it; then by what it said - greeting, HTTP front page, or nothing - the probes that fit. It
stops at the first product that recognises itself.
"""

from dataclasses import replace

from scanner.core.errors import ClientCertificateWanted, ClosedEarly, Reset, TalkError, TimedOut, TlsFailed
from scanner.core.probe import Probe
from scanner.probes import decoy
from scanner.probes.choose_probes import is_default_port, port_hint, speaks_http2, speaks_tls_there
from scanner.probes.contact import LISTEN_S, Contact
from scanner.probes.conversation import Conversation
from scanner.probes.http2_offer import agrees_on_http2
from scanner.probes.identify_http import identify_http
from scanner.probes.labels import HTTP2, label, quote
from scanner.probes.probe_index import indexed
from scanner.probes.strangers import hinted

_FIRST_AT_HOME = 2
"""Products at home that are asked before anything else is tried."""
_MOST_QUESTIONS = 40
_FEW = 3
"""Up to so many probes are simply asked: a first contact would cost more."""
_QUICK_LISTEN_S = 0.05
_IPP = 631


async def identify(conversation: Conversation, *, widely: bool, said_tls: bool | None) -> None:
    """Find the product behind an endpoint; `widely` also asks products that are not at home on the port.

    `said_tls` is what the user's URL said of the port: whoever names http or https has answered how to begin.
    """
    home = indexed(conversation.probes).at_home(conversation.endpoint)
    if not home and not widely:
        why = "not asked: nothing of the catalogue lives on this port, and identification is off"
        conversation.note(why, left_alone=True)
        return
    if conversation.endpoint.port == _IPP and await _ask_printer(conversation, home):
        return
    if said_tls is None and (
        await _ask_at_home_first(conversation, home) or not await _others_remain(conversation, home, widely=widely)
    ):
        return
    contact = await _contact(conversation, home, said_tls=said_tls)
    if contact is not None:
        await _follow_up(conversation, contact, home, widely=widely)


async def _follow_up(conversation: Conversation, contact: Contact, home: list[Probe], *, widely: bool) -> None:
    """Go on from what the first contact heard."""
    known = indexed(conversation.probes).greeted_by(contact.said)
    if not known and (reason := decoy.of_contact(contact)):
        conversation.flag(reason)
    elif contact.answer is not None:
        await identify_http(conversation, contact, home, widely=widely)
    elif not await _ask_by_words(conversation, contact, home, widely=widely):
        conversation.flag(decoy.of_turns(conversation.turns, conversation.seen.greeting))
        conversation.note(conversation.seen.note or _note(contact))


async def _ask_printer(conversation: Conversation, home: list[Probe]) -> bool:
    """Send whole HTTP requests of the product at home on a printer's port: raw bytes never go there."""
    for probe in home:
        if await conversation.ask_http(probe):
            return True
    return False


async def _ask_at_home_first(conversation: Conversation, home: list[Probe]) -> bool:
    """Ask those that need a fresh connection, and the few at home on a port that is nobody's web port."""
    first = [probe for probe in home if probe.speaks_first]
    if not any(probe.ask_http for probe in home):
        first += [probe for probe in home if not probe.speaks_first][:_FIRST_AT_HOME]
    for probe in first:
        use_tls = speaks_tls_there(probe, conversation.endpoint)
        if await conversation.ask_stream(probe, use_tls=use_tls):
            return True
        # Somebody switched TLS off on a port where it is usual; the reverse shows in the first contact.
        if use_tls and await conversation.ask_stream(probe, use_tls=False):
            return True
    return False


async def _others_remain(conversation: Conversation, home: list[Probe], *, widely: bool) -> bool:
    """Where only a few stream probes are wanted at all, just ask them; returns whether a contact is still due."""
    if any(probe.ask_http for probe in home):
        return True
    asked_widely = [probe for probe in conversation.probes if not probe.only_default_ports] if widely else []
    wanted = {probe.id: probe for probe in (*home, *asked_widely)}
    if len(wanted) > _FEW or any(probe.ask_http for probe in wanted.values()):
        return True
    for probe in wanted.values():
        if await conversation.ask_stream(probe, use_tls=False):
            return False
    return not conversation.over


async def _contact(conversation: Conversation, home: list[Probe], *, said_tls: bool | None) -> Contact | None:
    """Make the first contact, in plain and over TLS as the port wants it; None when there is nothing more to do."""
    usual = [probe for probe in home if probe.ask_http or probe.ask]
    usually_tls = bool(usual) and all(speaks_tls_there(probe, conversation.endpoint) for probe in usual)
    start_with_tls = usually_tls if said_tls is None else said_tls
    try:
        return await _contact_either_way(conversation, home, start_with_tls=start_with_tls)
    except ClientCertificateWanted:
        conversation.demand_for_certificate(home)
    except TalkError as error:
        conversation.outcomes.contact_failed(error)
        conversation.note(f"it accepted a connection before, and then none: {error}")
    return None


async def _contact_either_way(conversation: Conversation, home: list[Probe], *, start_with_tls: bool) -> Contact | None:
    if conversation.over:
        if not conversation.locked:
            conversation.outcomes.contact_failed(TimedOut("there was no time left for a contact"))
        conversation.note(conversation.seen.note or "it accepts connections and says nothing, whatever is asked")
        return None
    if start_with_tls:
        try:
            return await _one_contact(conversation, home, use_tls=True)
        except ClientCertificateWanted:
            raise
        except (TlsFailed, TimedOut, ClosedEarly, Reset):
            return await _one_contact(conversation, home, use_tls=False)
    plain = await _one_contact(conversation, home, use_tls=False)
    if not plain.wants_tls:
        return plain
    try:
        return await _one_contact(conversation, home, use_tls=True, guess=not plain.reply)
    except ClientCertificateWanted:
        raise
    except TalkError:
        return plain


async def _one_contact(conversation: Conversation, home: list[Probe], *, use_tls: bool, guess: bool = False) -> Contact:
    # Who was asked first and said nothing does not greet either.
    web = bool(home) and all((probe.ask_http and not probe.greetings) or probe.speaks_first for probe in home)
    speak = conversation.endpoint.port != _IPP
    listen_s = _QUICK_LISTEN_S if web else LISTEN_S
    contact = await conversation.contact(use_tls=use_tls, guess=guess, speak=speak, listen_s=listen_s)
    if contact.impatient and speak and listen_s > _QUICK_LISTEN_S:
        return await conversation.contact(use_tls=use_tls, guess=guess, speak=True, listen_s=_QUICK_LISTEN_S)
    return contact


async def _ask_by_words(conversation: Conversation, contact: Contact, home: list[Probe], *, widely: bool) -> bool:
    """Ask stream probes: those whose greeting was heard, those at home, then by hints and base rates."""
    greeted = indexed(conversation.probes).greeted_by(contact.said)
    greeted = [
        probe for probe in greeted if is_default_port(probe, conversation.endpoint) or not probe.only_default_ports
    ]
    for probe in _unique([*(greeted if widely else []), *home]):
        if await conversation.ask_stream(probe, use_tls=contact.use_tls):
            return True
    named = label(contact.said)
    if named is None and _closes_unless_http2(contact) and await agrees_on_http2(conversation):
        named = HTTP2
    if named == HTTP2:
        return await _ask_over_http2(conversation, contact, home, widely=widely)
    if named is not None:
        conversation.seen = replace(conversation.seen, service=named)
        conversation.flag(decoy.honeypot_words(quote(contact.said)))
        return False
    # Who closes before anything was said would close on every other question too.
    answers_questions = not contact.greeting and (contact.request or not contact.closed)
    return bool(widely and answers_questions and await _ask_strangers(conversation, contact))


def _closes_unless_http2(contact: Contact) -> bool:
    """Tell whether a TLS port closed without a word: gRPC servers want HTTP/2 to be negotiated first."""
    return contact.use_tls and contact.closed and not contact.said


async def _ask_over_http2(conversation: Conversation, contact: Contact, home: list[Probe], *, widely: bool) -> bool:
    """Ask the products that are spoken to over HTTP/2, and name the protocol when it is none of them."""
    for probe in filter(speaks_http2, conversation.probes if widely else home):
        if await conversation.ask_stream(probe, use_tls=contact.use_tls):
            return True
    conversation.seen = replace(conversation.seen, service=HTTP2)
    conversation.note("it speaks HTTP/2 alone, as gRPC servers do, and is none that the catalogue asks so")
    return False


async def _ask_strangers(conversation: Conversation, contact: Contact) -> bool:
    """Ask products on a port that is not theirs, one at a time, learning from every reply whom to ask next."""
    left = indexed(conversation.probes).strangers(conversation.endpoint)
    if contact.silent:
        # All others would have answered the request, or closed.
        port = conversation.endpoint.port
        left = left.only(lambda probe: probe.waits_in_silence or port_hint(probe, port) > 0)
    for _ in range(min(len(left), _MOST_QUESTIONS)):
        replies = [contact.reply, *(turn.got for turn in conversation.turns)]
        conversation.outcomes.named |= hinted(replies)
        probe = left.take(replies)
        if await conversation.ask_stream(probe, use_tls=contact.use_tls):
            return True
        if conversation.over or decoy.of_turns(conversation.turns, conversation.seen.greeting):
            break
    return False


def _note(contact: Contact) -> str:
    if contact.greeting:
        return f"it greets with: {quote(contact.greeting)}"
    if contact.reply:
        return f"it answers a question that it does not know with: {quote(contact.reply)}"
    if contact.closed:
        return "it closes connections without a word" if not contact.request else "it closes when it is asked"
    return "it accepts connections and says nothing, whatever is asked"


def _unique(probes: list[Probe]) -> list[Probe]:
    return list({probe.id: probe for probe in probes}.values())
