"""Writes the generated pages: services, rules, command line, exit codes, man page, and the table in README.md.

`python docs/generate.py` writes them, `python docs/generate.py --check` fails when one is not current.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from command_pages import cli_page, exit_code_page, man_page  # noqa: E402 - the checkout, not an installed copy

from scanner.cli.completion import script  # noqa: E402 - the checkout, not an installed copy
from scanner.core.probe import Probe  # noqa: E402
from scanner.core.sends import Send, Verb  # noqa: E402
from scanner.core.text import clean  # noqa: E402
from scanner.findings.standards import kinds, standards  # noqa: E402
from scanner.host.check import Check, load_checks  # noqa: E402
from scanner.probes.registry import Registry, index_lines, load_registry  # noqa: E402
from scanner.probes.service_index import INDEX, write_index  # noqa: E402

_TABLE = ("<!-- table: made by docs/generate.py -->\n```text\n", "```\n<!-- end of table -->")

_IMAGES = ("<!-- images: made by docs/generate.py -->\n", "<!-- end of images -->")

_MANY = 8
"""Sends that differ by the length of a name alone, from which on they share a row."""


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every generated file and its text."""
    yield INDEX, write_index(index_lines())
    registry = load_registry()
    for entry in registry.entries:
        yield ROOT / f"docs/services/{entry.probe.id}.md", service_page(entry.probe, entry.category)
    yield ROOT / "docs/services/README.md", index_page(registry)
    yield ROOT / "docs/rules.md", rules_page(registry)
    yield ROOT / "docs/lint.md", with_images((ROOT / "docs/lint.md").read_text("utf-8"), registry)
    yield ROOT / "docs/standards.md", standards_page()
    yield ROOT / "docs/cli.md", cli_page()
    yield ROOT / "docs/exit-codes.md", exit_code_page()
    yield ROOT / "docs/man/exposure.1", man_page()
    for shell, file in (("bash", "exposure"), ("zsh", "_exposure"), ("fish", "exposure.fish")):
        yield ROOT / "docs/completions" / file, script(shell).rstrip() + "\n"
    yield ROOT / "docs/host/README.md", host_index_page()
    for check in load_checks():
        yield ROOT / f"docs/host/{check.id}.md", host_check_page(check)


def host_index_page() -> str:
    """Return the list of what `exposure host` looks for."""
    lines = ["# Checks of `exposure host`", "", "An alarm is one strong sign, or two weak ones of different checks on"]
    lines += ["one subject, or a start-up entry and a process that share a file. [The walk-through](../host.md)", ""]
    lines += ["| check | what is so | root |", "| --- | --- | --- |"]
    for check in load_checks():
        lines.append(f"| [{check.id}]({check.id}.md) | {check.title} | {'needed' if check.root else ''} |")
    return "\n".join(lines) + "\n"


def host_check_page(check: Check) -> str:
    """Return one check's page: what it reads, what it proves, when it is wrong, how to decide."""
    lines = [f"# {check.title}", "", f"`{check.id}`; rule `host-{check.id}` where it is an alarm by itself.", ""]
    lines += ["## What it reads", "", check.reads, "", "## What it proves", "", check.proves, ""]
    lines += ["## When it is wrong", "", check.wrong, "", "## How to decide", "", "```text"]
    lines += [check.decide.format(pid="PID", path="PATH", name="NAME", file="FILE"), "```", ""]
    if check.root:
        lines += ["An ordinary user sees nothing of it, or only his own part.", ""]
    if check.attack:
        lines += [f"ATT&CK: {', '.join(check.attack)}. CWE: {', '.join(map(str, check.cwe))}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def service_page(probe: Probe, category: str) -> str:
    """Return one service's page: ports, the exact bytes sent, rules."""
    ports = ", ".join(f"{p.port}/{p.transport.value}{' (TLS)' if p.tls else ''}" for p in probe.ports)
    lines = [f"# {probe.title}", "", f"`{probe.id}`, in {category}. Default ports: {ports}.", ""]
    if probe.opt_in:
        lines += [f"Asked only when it is named with `--services {probe.id}`: {probe.opt_in}", ""]
    lines += ["## What is sent", "", "Nothing but this, and nothing that changes anything:", ""]
    lines += ["| how | what | why it is read-only |", "| --- | --- | --- |", *_send_rows(probe.sends), ""]
    lines += ["## Rules", ""]
    if not probe.rules:
        lines += ["None: the product is identified, and its exposure can't be proven by reading alone.", ""]
    for rule in probe.rules:
        lines += [f"### `{rule.id}`", "", f"{rule.title}. {rule.why}", ""]
        lines += [f"CWE: {', '.join(map(str, rule.cwe))}. ATT&CK: {', '.join(rule.attack)}.", ""]
        lines += ["```text", *rule.remedy, "```", ""]
        lines += [f"- {_link(reference)}" for reference in rule.references] + [""] * bool(rule.references)
    if probe.references:
        lines += ["## References", "", *(f"- {_link(reference)}" for reference in probe.references), ""]
    return "\n".join(lines).rstrip() + "\n"


def index_page(registry: Registry) -> str:
    """Return the list of services by category."""
    lines = ["# Services", "", f"{len(registry.entries)} services can be confirmed.", ""]
    for category in dict.fromkeys(entry.category for entry in registry.entries):
        lines += [f"## {category}", "", "| service | product | ports |", "| --- | --- | --- |"]
        for entry in registry.entries:
            if entry.category == category:
                ports = ", ".join(f"{port.port}/{port.transport.value}" for port in entry.probe.ports)
                lines.append(f"| [{entry.probe.id}]({entry.probe.id}.md) | {entry.probe.title} | {ports} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def rules_page(registry: Registry) -> str:
    """Return the list of all rules."""
    lines = ["# Rules", "", "| rule | service | what is so | CWE |", "| --- | --- | --- | --- |"]
    for entry in registry.entries:
        for rule in entry.probe.rules:
            service = f"[{entry.probe.id}](services/{entry.probe.id}.md)"
            lines.append(f"| `{rule.id}` | {service} | {rule.title} | {', '.join(map(str, rule.cwe))} |")
    return "\n".join(lines) + "\n"


def standards_page() -> str:
    """Return which codes of which standards findings are reported under, and which weaknesses lead there."""
    lines = ["# Standards", "", "Every finding is reported under the codes of these standards: in the JSON report as"]
    lines += ["`standards`, in CSV as a column each, in the page with each rule and as a table. They follow from the"]
    lines += ["weaknesses (CWE) of the rule, from where the finding is and from signs of a break-in; the table is"]
    lines += [
        "[one file](../scanner/findings/standards.toml). The OWASP Top 10 of 2017, 2021 and 2025 stand beside it."
    ]
    lines += ["", "A code says where a finding belongs. A code without a finding is not thereby met, and no scan of a"]
    lines += [
        "network proves that a standard is kept. Titles of PCI DSS are told in short. Codes of the OWASP API list"
    ]
    lines += ["are given to findings over HTTP alone, those of the Docker list to services that run containers.", ""]
    for one in standards():
        lines += [f"## {one.name}", "", f"Source: <{one.source}>", "", "| code | title | what leads there |"]
        lines += ["| --- | --- | --- |"]
        for code, title in one.titles.items():
            lines.append(f"| {code} | {title} | {', '.join(_leading_to(one.id, code))} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _leading_to(standard: str, code: str) -> Iterator[str]:
    for kind in kinds():
        if code in kind.codes.get(standard, ()):
            weaknesses = " ".join(f"CWE-{number}" for number in sorted(kind.cwe))
            yield f"{kind.id}{f' ({weaknesses})' if weaknesses else ''}"


def with_images(page: str, registry: Registry) -> str:
    """Return docs/lint.md with the list of what is known of images, from the services' own files."""
    rows = ["| service | images | ports | by default | opens or closes it |", "| --- | --- | --- | --- | --- |"]
    for entry in sorted(registry.entries, key=lambda entry: entry.probe.id):
        for image in entry.images:
            names = " ".join(f"`{name}`" for name in image.names)
            tags = "" if image.tags == ("*",) else f" ({', '.join(image.tags)})"
            default = ", ".join(f"{f'since {since} ' if since else ''}{guard.value}" for since, guard in image.defaults)
            signs = "; ".join(f"`{sign}`" for sign in image.signs).replace("|", "\\|") or "nothing"
            ports = ", ".join(map(str, image.ports))
            service = f"[{entry.probe.id}](services/{entry.probe.id}.md)"
            rows.append(f"| {service} | {names}{tags} | {ports} | [{default}]({image.source}) | {signs} |")
    before, rest = page.split(_IMAGES[0], 1)
    return before + _IMAGES[0] + "\n".join(rows) + "\n" + _IMAGES[1] + rest.split(_IMAGES[1], 1)[1]


def with_table(readme: str) -> str:
    """Return the README with the table of a real run of `exposure demo`."""
    before, rest = readme.split(_TABLE[0], 1)
    after = rest.split(_TABLE[1], 1)[1]
    return before + _TABLE[0] + _shortened(_exposure("demo", COLUMNS="110")).rstrip() + "\n" + _TABLE[1] + after


def _shortened(report: str) -> str:
    """Return a table report with the details of its first finding alone: a README is read in a minute."""
    parts = report.split("\n\n")
    rest = next(number for number, part in enumerate(parts) if part.startswith("Attack surface"))
    return "\n\n".join([*parts[:3], "... the same for each of the others ...", *parts[rest:]])


def _exposure(*arguments: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "scanner.cli", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.replace("python -m scanner.cli", "exposure")


def _send_rows(sends: Sequence[Send]) -> Iterator[str]:
    """Return one row for each send, and two for those that differ by the length of a name alone."""
    for _, group in groupby(sends, key=lambda send: send.why if send.vary else send):
        rows = [_send_row(send) for send in group]
        if len(rows) < _MANY:
            yield from rows
        else:
            yield rows[0]
            yield f"| | the same with names of up to {len(rows)} bytes | the same |"


def _send_row(send: Send) -> str:
    what = send.what.hex(" ") if send.verb is Verb.DATAGRAM else clean(send.what, 300)
    if send.body:
        what += f" with {clean(send.body, 300)}"
    safe = what.replace("|", "\\|").replace("`", "'")
    return f"| {send.verb.value} | `{safe}` | {send.why or 'a read by definition'} |"


def _link(reference: str) -> str:
    return f"<{reference}>" if reference.startswith("http") else reference


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is not current")
    check = parser.parse_args().check
    if not check:
        # First, since a service that says something else than its line can't be loaded.
        INDEX.write_text(write_index(index_lines()), "utf-8")
    written = dict(pages())
    if not check:
        # Not checked: the ports that are free for the demo differ from machine to machine.
        readme = ROOT / "README.md"
        written[readme] = with_table(readme.read_text("utf-8"))
    stale = [file for file in (ROOT / "docs/services").glob("*.md") if file not in written]
    for file, text in written.items():
        if not file.exists() or file.read_text("utf-8") != text:
            stale.append(file)
            if not check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
    for file in stale:
        if not check and file not in written:
            file.unlink()
    sys.stdout.write(f"{len(written)} pages, {len(stale)} {'not current' if check else 'written'}\n")
    for file in stale if check else ():
        sys.stdout.write(f"  {file.relative_to(ROOT)}: run `make docs`\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
