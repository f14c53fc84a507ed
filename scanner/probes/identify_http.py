"""Says which product answers on an HTTP port: its front page routes to the few services that fit, not to all."""

from collections.abc import Sequence
from dataclasses import replace

from scanner.core.errors import TalkError
from scanner.core.facts import Access
from scanner.core.probe import Probe
from scanner.core.talk import HttpAnswer
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.net.http import HttpExchanges
from scanner.probes import decoy
from scanner.probes.choose_probes import is_default_port, speaks_http2
from scanner.probes.contact import Contact, first_contact, is_gateway_error
from scanner.probes.conversation import Conversation
from scanner.probes.introduction import introduced
from scanner.probes.locked import turns_all_away
from scanner.probes.page_questions import (
    Landing,
    control_answer,
    front_answer,
    landing_pages,
    proof_exchanges,
    same_again,
    shown_icon,
)
from scanner.probes.probe_index import ProbeIndex, indexed
from scanner.probes.redirect import prefixes_of
from scanner.wire.reading import denied

_MOST_REQUESTS = 12
"""Requests after which nobody else is asked for marks on the front page."""
_MOST_REQUESTS_AT_HOME = 16
"""Requests at one place, the root or a prefix, after which nobody else is asked for living on the port alone."""

_OK = 200
_MISSING = {404, 410}


async def identify_http(conversation: Conversation, contact: Contact, home: list[Probe], *, widely: bool) -> None:
    """Find the product behind a port that answered HTTP, by name and then by address."""
    if contact.answer is None:
        return
    front = contact.answer
    conversation.exchanges.begin_with(front, use_tls=contact.use_tls, tls=contact.tls)
    found = await _route(conversation, contact, home, widely=widely)
    if not found and conversation.endpoint.host is not None:
        found = await _by_address(conversation, contact, home, widely=widely)
    if found:
        await _check_proof(conversation)
        return
    conversation.note(conversation.seen.note or describe(front, conversation.seen.icon))
    _note_introduction(conversation)
    # Who has said of any page that it is not there says no to pages that can't exist.
    control = None if _tells_missing_pages(conversation) else await control_answer(conversation)
    icon = f"{conversation.exchanges.endpoint.base_path}{conversation.icon_asked}"
    turned_away = denied(control) and turns_all_away(conversation.exchanges.answers, icon)
    if turned_away and conversation.outcomes.unheard(conversation.seen, home) is None:
        conversation.seen = replace(conversation.seen, locked=True)
        conversation.note(f"{conversation.seen.note}: it asks everybody for a login or turns them away, on every page")
        return
    conversation.flag(decoy.of_turns(conversation.turns))
    # Who lives here and was not heard may show a start page for any path: being slow is no reason for suspicion.
    if control is not None and conversation.outcomes.unheard(conversation.seen, home) is None:
        conversation.flag(decoy.catches_all(control))


def _note_introduction(conversation: Conversation) -> None:
    """Note a product that the page names and that did not answer as it does: it may be of another version."""
    names = sorted({probe.title for probe in conversation.outcomes.introduced if probe.rules})
    if not names:
        return
    conversation.outcomes.undecided = True
    said = f"{conversation.seen.note}: " if conversation.seen.note else ""
    conversation.note(f"{said}the page names {' or '.join(names)}, whose interface does not answer as it should")


def _tells_missing_pages(conversation: Conversation) -> bool:
    return any(answer.status in _MISSING for answer in conversation.exchanges.answers.values())


def describe(front: HttpAnswer, icon: int | None = None) -> str:
    """Return in words what an unknown web server said of itself; `icon` is the hash of its favicon."""
    if is_gateway_error(front):
        return f"HTTP {front.status}: a gateway answers, what stands behind it does not"
    said = [f"HTTP {front.status}"]
    if front.filtered_by is not None:
        said.append(f"{front.filtered_by} answers in place of the server")
    if front.title:
        said.append(f"title {front.title!r}")
    if server := front.header("server"):
        said.append(f"server {clean(server, 80)}")
    if location := front.header("location"):
        said.append(f"redirects to {clean(location, 120)}")
    if icon is not None:
        said.append(f"favicon {icon}")
    return ", ".join(said)


async def _route(conversation: Conversation, contact: Contact, home: list[Probe], *, widely: bool) -> bool:
    """Ask those whose fingerprints the front page fits, then a few that live on the port."""
    front = contact.answer
    if front is None:
        return False
    asked = indexed(conversation.probes if widely else home)
    # A crowd at home must not ask in turn, so marks come first, and the icon is asked for only where they led nowhere.
    fitting = asked.marked(front)
    conversation.outcomes.introduced += introduced(fitting, front)
    if await _ask_fitting(conversation, fitting, contact):
        await _ask_where_it_lives(conversation, front, contact)
        return True
    landing = await landing_pages(conversation, front)
    if landing is not None and await _ask_below(conversation, landing, contact, asked, home):
        return True
    # What leads to a page that is missing may show an icon of its own.
    page = front if landing is None or landing.pages[-1].status in _MISSING else landing.pages[-1]
    if await _ask_fitting(conversation, await _whose_icon(conversation, asked, page), contact):
        return True
    return await _ask_at_home(conversation, home, contact)


async def _ask_where_it_lives(conversation: Conversation, front: HttpAnswer, contact: Contact) -> None:
    """Ask a product below its prefix that shows its name at the root and nothing else (Kibana's server.basePath)."""
    probe = conversation.seen.probe
    if probe is None or not _is_undecided(conversation):
        return
    landing = await landing_pages(conversation, front)
    for prefix in prefixes_of(landing.path) if landing is not None else ():
        if await _ask_at(conversation, prefix, [probe], [], contact):
            return


async def _ask_at_home(conversation: Conversation, home: Sequence[Probe], contact: Contact) -> bool:
    # Whose front page has a title of its own would have been known by it.
    likely = sorted(home, key=lambda probe: (bool(probe.fingerprints), any(f.title for f in probe.fingerprints)))
    most = conversation.exchanges.requests_sent + _MOST_REQUESTS_AT_HOME
    return await _ask_in_turn(conversation, likely, contact, most)


async def _ask_in_turn(conversation: Conversation, probes: Sequence[Probe], contact: Contact, most: int) -> bool:
    """Ask until one is recognised; the next may show more than one that has nothing where its proof should be."""
    found = False
    for probe in probes:
        if conversation.exchanges.requests_sent < most and await _ask(conversation, probe, contact):
            found = True
            if not _is_undecided(conversation):
                break
    return found


async def _ask_below(
    conversation: Conversation, landing: Landing, contact: Contact, asked: ProbeIndex, home: Sequence[Probe]
) -> bool:
    """Ask below the prefix that the front page leads to, and those whom the page there names at the root too."""
    # An interface without a front page is led to as well, but the words of a missing page name half of the catalogue.
    found_on = [asked.marked(one, wordless=one.status in _MISSING) for one in landing.pages]
    fitting = list({probe.id: probe for one in found_on for probe in one}.values())
    page = landing.pages[-1]
    conversation.outcomes.introduced += introduced(fitting, page)
    at_home = [probe for probe in home if probe.ask_http] if page.status in {_OK, 401, 403} else []
    for prefix in prefixes_of(landing.path):
        if await _ask_at(conversation, prefix, fitting, at_home, contact):
            return True
    if await _ask_fitting(conversation, fitting, contact):
        return True
    # A document at /search may be the root of an interface that nobody gave a slash.
    is_document = page.status == _OK and isinstance(page.json_or_none(), dict) and not landing.path.endswith("/")
    return is_document and await _ask_at(conversation, landing.path, fitting, at_home, contact)


async def _ask_at(
    conversation: Conversation, prefix: str, fitting: Sequence[Probe], home: Sequence[Probe], contact: Contact
) -> bool:
    """Ask below a prefix whom the pages name, else who lives here; who is found is spoken to there from now on."""
    at_root = conversation.exchanges
    conversation.exchanges = below = at_root.below(prefix)
    if await (_ask_fitting(conversation, fitting, contact) if fitting else _ask_at_home(conversation, home, contact)):
        conversation.note(conversation.seen.note or f"found below {prefix}, where its front page leads")
        return True
    conversation.exchanges = at_root
    at_root.requests_sent = below.requests_sent
    below.hand_over(at_root)
    return False


async def _whose_icon(conversation: Conversation, probes: ProbeIndex, front: HttpAnswer) -> list[Probe]:
    """Return the products that ship the page's icon: anybody can show it, so it only decides whom to ask."""
    conversation.seen = replace(conversation.seen, icon=await shown_icon(conversation, front))
    return probes.shipping(conversation.seen.icon)


async def _ask_fitting(conversation: Conversation, fitting: Sequence[Probe], contact: Contact) -> bool:
    """Ask those whom something on the front page names; at the same weight the product at home is likelier."""
    conversation.outcomes.named |= {probe.id for probe in fitting}
    welcome = [
        probe for probe in fitting if is_default_port(probe, conversation.endpoint) or not probe.only_default_ports
    ]
    likely = sorted(welcome, key=lambda probe: not is_default_port(probe, conversation.endpoint))
    return await _ask_in_turn(conversation, likely, contact, _MOST_REQUESTS)


def _is_undecided(conversation: Conversation) -> bool:
    """Tell whether a product is known that has nothing where its proof should be: another may show more."""
    facts = conversation.seen.facts
    return facts is not None and facts.access is Access.UNKNOWN and facts.unheard is Unheard.UNDECIDED


async def _ask(conversation: Conversation, probe: Probe, contact: Contact) -> bool:
    if speaks_http2(probe) and not _is_undecided(conversation):
        # Whoever speaks HTTP/1.1 here as well has introduced itself over that.
        return False
    if probe.ask_http is not None:
        return await conversation.ask_http(probe)
    return await conversation.ask_stream(probe, use_tls=contact.use_tls)


async def _by_address(conversation: Conversation, named: Contact, home: list[Probe], *, widely: bool) -> bool:
    """Ask the same port by its address: a name may lead to one site of many, and hide the server's own interface."""
    nameless = replace(conversation.endpoint, host=None)
    by_name = conversation.exchanges
    try:
        contact = await first_contact(
            nameless,
            conversation.scope,
            conversation.own_budget(),
            use_tls=named.use_tls,
            listen_s=0.05,
            audit=by_name.audit,
        )
    except TalkError:
        return False
    conversation.count(1)
    if contact.link is not None:
        by_name.adopt(contact.link)
    if contact.answer is None or (named.answer is not None and _alike(contact.answer, named.answer)):
        return False
    conversation.exchanges = HttpExchanges(
        nameless, conversation.scope, by_name.budget, use_tls=named.use_tls, audit=by_name.audit
    )
    conversation.exchanges.begin_with(contact.answer, use_tls=contact.use_tls, tls=contact.tls)
    by_name.hand_over(conversation.exchanges)
    return await _route(conversation, contact, home, widely=widely)


def _alike(one: HttpAnswer, other: HttpAnswer) -> bool:
    return (one.status, one.body, one.header("location")) == (other.status, other.body, other.header("location"))


async def _check_proof(conversation: Conversation) -> None:
    """Flag an interface that answers a path that can't exist just as well, or the same question in another way."""
    facts = conversation.seen.facts
    if facts is None or facts.access is Access.REFUSED or not conversation.exchanges.answers or conversation.seen.decoy:
        return
    control = await control_answer(conversation)
    if control is not None:
        conversation.flag(decoy.introduces_itself_anywhere(front_answer(conversation), control))
    if facts.access is Access.UNKNOWN or conversation.seen.decoy:
        return
    if control is not None:
        conversation.flag(decoy.proves_nothing((answer for _, answer in proof_exchanges(conversation)), control))
    if conversation.seen.decoy is None and not await same_again(conversation):
        conversation.flag("it answers the same question differently each time")
