"""`exposure services`: what can be confirmed, and how."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from scanner.cli import choices
from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import argument
from scanner.cli.report_options import JsonOption
from scanner.core.count import counted
from scanner.core.exit_code import ExitCode
from scanner.core.text import clean

if TYPE_CHECKING:
    from scanner.core.probe import DefaultPort, Probe
    from scanner.core.sends import Send


@dataclass(frozen=True, kw_only=True)
class ServicesOptions(JsonOption):
    """Which services are shown."""

    service: str = argument("[ID]", "One service in full.", default="", choices=choices.service_ids)


def run(options: ServicesOptions) -> ExitCode:
    """Print the catalogue, or one service; raises UsageError for an unknown one."""
    from scanner.probes.registry import load_registry

    registry = load_registry()
    shown = [registry.find(options.service)] if options.service else registry.entries
    known = [(entry.probe, entry.category) for entry in shown]
    if options.as_json:
        click.echo(_as_json(known))
    elif options.service:
        click.echo(_in_full(*known[0]))
    else:
        click.echo(_as_table(known))
    return ExitCode.CLEAN


COMMAND = Command(
    name="services",
    about=about("services"),
    options=ServicesOptions,
    run=run,
    example="exposure services redis",
)


def _as_table(known: "list[tuple[Probe, str]]") -> str:
    from tabulate import tabulate

    rows = [
        (category, probe.id, probe.title, _ports(probe), "named only" if probe.opt_in else "")
        for probe, category in known
    ]
    table = tabulate(
        rows, headers=("category", "id", "product", "ports", "asked"), maxcolwidths=[None, None, 40, 36, None]
    )
    return f"{table}\n\n{counted(len(known), 'service')}; `exposure services ID` shows one in full"


def _as_json(known: "list[tuple[Probe, str]]") -> str:
    import json

    return json.dumps(
        [
            {
                "id": probe.id,
                "title": probe.title,
                "category": category,
                "ports": [
                    {"port": port.port, "transport": port.transport.value, "tls": port.tls} for port in probe.ports
                ],
                "opt_in": probe.opt_in,
                "sends": [_sent(send) for send in probe.sends],
                "rules": [
                    {
                        "id": rule.id,
                        "title": rule.title,
                        "impact": rule.why,
                        "cwe": list(rule.cwe),
                        "attack": list(rule.attack),
                        "remedy": list(rule.remedy),
                        "references": list(rule.references),
                    }
                    for rule in probe.rules
                ],
                "references": list(probe.references),
            }
            for probe, category in known
        ],
        indent=2,
    )


def _in_full(probe: "Probe", category: str) -> str:
    lines = [f"{probe.id}  ({category})", probe.title, "", f"Ports: {_ports(probe) or 'none of its own'}"]
    if probe.opt_in:
        lines.append(f"Asked only when named: {probe.opt_in}")
    lines += ["", "Sends nothing but:", *(f"  {_sent(send)}" for send in probe.sends)]
    for rule in probe.rules:
        cwes = ", ".join(f"CWE-{number}" for number in rule.cwe)
        lines += ["", f"Rule {rule.id}: {rule.title}", f"  {rule.why}", f"  {cwes}; {', '.join(rule.attack)}"]
        lines += ["  Remedy:", *(f"    {text}" for text in rule.remedy)]
        lines += [f"  See {reference}" for reference in rule.references]
    if not probe.rules:
        lines += ["", "No rule: it is identified, and its exposure can't be proven by reading alone."]
    lines += [f"See {reference}" for reference in probe.references]
    return "\n".join(lines)


def _ports(probe: "Probe") -> str:
    return ", ".join(map(_port, probe.ports))


def _port(port: "DefaultPort") -> str:
    return f"{port.port}/{port.transport.value}{' tls' if port.tls else ''}"


def _sent(send: "Send") -> str:
    from scanner.core.sends import Verb

    what = send.what.hex(" ") if send.verb is Verb.DATAGRAM else clean(send.what, 400)
    body = f" with {clean(send.body, 400)}" if send.body else ""
    spans = ", ".join(f"{start}-{end}" for start, end in send.vary)
    varies = f" (bytes {spans} vary)" if spans else ""
    return f"{send.verb.value} {what}{body}{varies}{f'  # {send.why}' if send.why else ''}"
