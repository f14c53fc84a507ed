"""What was scanned, from where and how: without it, a report proves nothing to whoever was not there."""

from collections.abc import Iterator, Mapping
from html import escape

from scanner.core.count import counted
from scanner.core.jsontext import Json, as_list, as_object
from scanner.core.report import Run, ScanReport
from scanner.findings.run_coverage import OPTION
from scanner.report.page.elements import code, facts, listed
from scanner.report.verdict import LINT

_TARGETS = ("targets", "target_files", "from_nmap", "from_compose", "files", "paths")
_LEFT_OUT = ("exclude", "exclude_files")
_TOLD = {
    *_TARGETS,
    *_LEFT_OUT,
    OPTION,
    "ports",
    "services",
    "vantage",
    "shard",
    "baseline",
    "accept",
    "history",
    "host",
}
_MOST_RANGES = 24


def scope_card(report: ScanReport) -> Iterator[str]:
    """Yield the section on what was scanned."""
    run, options = report.run, report.run.options
    yield '<h2 id="scanned">What was scanned</h2>\n<section class="card">'
    yield facts(
        (
            ("Targets", listed(_texts(options, _TARGETS), _MOST_RANGES)),
            ("Left out", listed(_texts(options, _LEFT_OUT), _MOST_RANGES)),
            ("Addresses", _addresses(options)),
            ("Ports", _ports(options)),
            ("Services", "" if run.engine == LINT else listed(_texts(options, ("services",))) or "all that are known"),
            ("Planned", _planned(report)),
            ("From", _vantage(run)),
            ("When", escape(f"{run.started} to {run.ended}, {run.status.value}")),
            ("Compared with", _compared(options)),
            ("Options", _others(options)),
            ("Run", _identity(run)),
        )
    )
    yield "</section>"


def _texts(options: Mapping[str, Json], keys: tuple[str, ...]) -> list[str]:
    return [str(text) for key in keys for text in as_list(options.get(key))]


def _addresses(options: Mapping[str, Json]) -> str:
    """Return the ranges that the targets came to: names were resolved and exclusions taken off."""
    blocks = [as_object(block) for block in as_list(options.get(OPTION))]
    return listed(list(dict.fromkeys(str(one) for block in blocks for one in as_list(block.get("addresses")))))


def _ports(options: Mapping[str, Json]) -> str:
    wanted = options.get("ports")
    return escape(str(wanted)) if wanted else ""


def _planned(report: ScanReport) -> str:
    coverage = report.coverage
    if not coverage.endpoints_planned:
        return ""
    told = (
        f"{counted(coverage.endpoints_planned, 'endpoint')}: {counted(coverage.addresses, 'address')}, "
        f"{counted(coverage.ports, 'port')}"
    )
    total = report.run.endpoints_total
    return (
        told
        if report.run.shard == "1/1"
        else f"{told}; shard {escape(report.run.shard)} of {counted(total, 'endpoint')}"
    )


def _vantage(run: Run) -> str:
    place = run.machine or str(run.options.get("host") or "")
    told = (escape(run.vantage) if run.vantage else "", f"machine {code(place)}" if place else "")
    return ", ".join(filter(None, told)) or "the report does not say"


def _compared(options: Mapping[str, Json]) -> str:
    told = [f"baseline {code(str(options['baseline']))}"] if options.get("baseline") else []
    told += ["the history of earlier runs"] if options.get("history") else []
    told += [f"acceptances {code(str(options['accept']))}"] if options.get("accept") else []
    return ", ".join(told)


def _others(options: Mapping[str, Json]) -> str:
    given = {
        key: value for key, value in options.items() if key not in _TOLD and value not in (None, False, "", [], {})
    }
    return ", ".join(code(_option(key, value)) for key, value in given.items())


def _option(key: str, value: Json) -> str:
    name = key.replace("_", "-")
    return name if value is True else f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"


def _identity(run: Run) -> str:
    scope = f", scope {code(run.scope_sha256[:16])}" if run.scope_sha256 else ""
    return f"{code(run.id)}, engine {escape(run.engine)}, seed {run.seed}{scope}"
