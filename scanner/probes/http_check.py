"""Turns a TOML check into a Probe: the same runner, allow-list and rules as for services written in Python."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import get, head
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.probes.check_file import CheckFile, read_check
from scanner.probes.conditions import at_pointer
from scanner.probes.written_answers import written_answers
from scanner.wire.reading import denied, unheard_in, unproven

CONTROL_PATH = "/k3v9t1x7q5m2c8h4w6z0b1n3r5y7d9f2"
"""A path that no product has: a server that answers it like the real one says yes to everything."""


def load_check(file: Path, *, prefix: str = "") -> Probe:
    """Return the probe that a check file describes; raises UsageError with file and line."""
    return to_probe(read_check(file), prefix=prefix)


def to_probe(check: CheckFile, *, prefix: str = "") -> Probe:
    """Return the probe for a parsed check."""
    table = check.table
    identity_send = head if table["identity"].get("method") == "HEAD" else get

    async def ask(talk: HttpTalk) -> Facts | None:
        return await run_check(check, talk)

    return Probe(
        id=prefix + table["id"],
        title=table["title"],
        ports=(*tcp(*table.get("ports", [])), *tcp(*table.get("tls_ports", []), tls=True)),
        sends=(identity_send(check.paths[0]), *map(get, check.paths), get(CONTROL_PATH)),
        rules=tuple(_rule(rule, table["exposed"], prefix) for rule in table.get("rule", [])),
        references=tuple(table.get("references", [])),
        ask_http=ask,
        fingerprints=tuple(map(_fingerprint, table.get("fingerprints", []))),
        icons=tuple(table.get("icons", [])),
        moods=tuple(map(_mood, table.get("mood", []))),
        no_moods=table.get("no_moods", ""),
    )


async def run_check(check: CheckFile, talk: HttpTalk) -> Facts | None:
    """Ask what the check asks, and return what the answers show; None when it is another product."""
    identity = check.table["identity"]
    path: str = identity["path"]
    answer = await (talk.head(path) if identity.get("method") == "HEAD" else talk.get(path))
    product: str = check.table["title"]
    if not check.identity.holds(answer):
        if not check.protected.holds(answer):
            return None
        return Facts(product=product, access=Access.REFUSED, proof=(Exchange(f"GET {path}", str(answer.status)),))
    control = await talk.get(CONTROL_PATH)
    anywhere = check.identity.holds(control)
    if anywhere and ("exposed" not in check.table or check.exposed.holds(control)):
        return None
    facts = Facts(
        product=product,
        version=await _version(check, talk),
        proof=(Exchange(f"GET {path}", f"{answer.status}, {product}"),),
    )
    if "exposed" in check.table:
        facts = await _access(check, talk, facts)
    # A start page at any path is the product's only where its interface answers unlike the page.
    return None if anywhere and facts.access is Access.UNKNOWN else facts


async def _access(check: CheckFile, talk: HttpTalk, facts: Facts) -> Facts:
    exposed = check.table["exposed"]
    path: str = exposed["path"]
    try:
        answer = await talk.get(path)
    except TalkError as error:
        return replace(facts, note=f"GET {path} was not answered: {error}")
    if check.exposed.holds(answer):
        says = f"{answer.status}, {exposed['says']}"
        return replace(
            facts,
            access=Access[exposed["access"].upper()],
            evidence=await _evidence(check, talk),
            proof=(*facts.proof, Exchange(f"GET {path}", says)),
        )
    if denied(answer) or check.protected.holds(answer):
        return replace(
            facts, access=Access.REFUSED, proof=(*facts.proof, Exchange(f"GET {path}", f"{answer.status}, refused"))
        )
    if check.safe.holds(answer):
        return replace(facts, note=f"GET {path} answered {answer.status}: there is nothing to expose")
    unheard = unheard_in(answer)
    if not answer.complete or unheard is not None:
        return replace(facts, note=unproven(answer, f"GET {path}"), unheard=unheard)
    note = f"GET {path} answered {answer.status} without what would prove access"
    return replace(facts, note=note, unheard=Unheard.UNDECIDED)


async def _version(check: CheckFile, talk: HttpTalk) -> str | None:
    source = check.table.get("version")
    if source is None:
        return None
    value = _pick(source, await _source(source, check, talk))
    return clean(str(value), 80) if isinstance(value, str | int | float) and value != "" else None


async def _evidence(check: CheckFile, talk: HttpTalk) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, source in check.table.get("evidence", {}).items():
        answer = await _source(source, check, talk)
        value = _pick(source, answer)
        if source.get("count"):
            found[name] = _count(value, whole=answer is not None and answer.complete)
        elif value is not None:
            found[name] = value if isinstance(value, bool | int | float) else clean(str(value), 200)
    return found


def _count(value: Json, *, whole: bool) -> Json:
    """Return how many items there are; of a list that was cut, that there are at least so many."""
    if not isinstance(value, dict | list):
        return None
    return len(value) if whole else f"at least {len(value)}"


async def _source(source: Mapping[str, Any], check: CheckFile, talk: HttpTalk) -> HttpAnswer | None:
    try:
        return await talk.get(source.get("path", check.table["identity"]["path"]))
    except TalkError:
        return None


def _pick(source: Mapping[str, Any], answer: HttpAnswer | None) -> Json:
    if answer is None:
        return None
    if "header" in source:
        return answer.header(source["header"]) or None
    return at_pointer(answer.json_or_none(), source["json"])


def _rule(rule: Mapping[str, Any], exposed: Mapping[str, Any], prefix: str) -> Rule:
    return Rule(
        id=prefix + rule["id"],
        title=rule["title"],
        why=rule["why"],
        controls=Controls(rule["controls"]),
        holds=reads(Access[exposed["access"].upper()], exposed["says"]),
        remedy=tuple(rule["remedy"]),
        cwe=tuple(rule.get("cwe", [306])),
        attack=tuple(rule.get("attack", ["T1190"])),
        references=tuple(rule.get("references", [])),
    )


def _mood(mood: Mapping[str, Any]) -> Mood:
    return Mood(
        name=mood["name"],
        product=mood.get("product"),
        nameless=mood.get("nameless", False),
        pages=written_answers(mood),
        access=Access[mood.get("access", "unknown").upper()],
        unheard=Unheard(mood["unheard"]) if "unheard" in mood else None,
    )


def _fingerprint(table: Mapping[str, Any]) -> Fingerprint:
    header = (table["header"], table.get("contains", "")) if "header" in table else None
    return Fingerprint(
        status=table.get("status"),
        header=header,
        title=table.get("title"),
        body=table.get("body"),
        json_key=table.get("json_key"),
    )
