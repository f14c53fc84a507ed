"""Tries one TOML check on one server and explains the outcome."""

import asyncio
from pathlib import Path

from scanner.core.address import to_address
from scanner.core.endpoint import Endpoint
from scanner.core.errors import TalkError, UsageError
from scanner.core.ports import PortSet
from scanner.core.scope import Scope
from scanner.core.talk import HttpAnswer
from scanner.net.budget import Budget
from scanner.net.clock import loop_s
from scanner.net.guard import Guard
from scanner.net.http import HttpExchanges
from scanner.net.http_view import HttpView
from scanner.probes.check_file import CheckFile, read_check
from scanner.probes.conditions import Expectation
from scanner.probes.examples import verdict
from scanner.probes.http_check import run_check, to_probe
from scanner.targets.plan import resolve_targets

_DEADLINE_S = 15.0


def try_once(file: Path, target: str, *, allow_public: bool) -> str:
    """Return in words what the check makes of a server."""
    check = read_check(file)
    found = resolve_targets([target], catalogue=PortSet(), allow_public=allow_public)
    if found.space.size != 1:
        raise UsageError(f"{target}: name one endpoint, such as http://127.0.0.1:8080")
    number, port = found.space.at(0)
    named = found.targets[0]
    endpoint = Endpoint(to_address(number), port, host=named.host, base_path=named.base_path)
    return asyncio.run(_explain(check, endpoint, found.scope))


async def _explain(check: CheckFile, endpoint: Endpoint, scope: Scope) -> str:
    probe = to_probe(check)
    exchanges = HttpExchanges(endpoint, scope, Budget(loop_s() + _DEADLINE_S, probe.budget_bytes))
    talk = HttpView(exchanges, Guard(probe.id, probe.sends, endpoint))
    try:
        facts = await run_check(check, talk)
        lines = [f"verdict: {verdict(facts)}"]
        path = check.table["identity"]["path"]
        lines += [f"identity, GET {path}:", *_each(check.identity, await talk.get(path))]
        if "exposed" in check.table and facts is not None:
            path = check.table["exposed"]["path"]
            lines += [f"exposed, GET {path}:", *_each(check.exposed, await talk.get(path))]
    except TalkError as error:
        return f"verdict: none\nno answer from {endpoint}: {error}"
    finally:
        await exchanges.close()
    return "\n".join(lines)


def _each(expected: Expectation, answer: HttpAnswer) -> list[str]:
    lines = []
    for word, conditions in (("all", expected.every), ("any", expected.some)):
        for condition in conditions:
            stated = ", ".join(f"{name} = {value!r}" for name, value in condition.fields)
            lines.append(f"  {'holds' if condition.holds(answer) else 'FAILS'}  ({word}) {stated}")
    return lines
