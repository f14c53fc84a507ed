"""One HTML file for people: no external request, a strict content security policy, readable without its script."""

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from importlib import resources
from typing import TextIO

from scanner.core.report import ScanReport
from scanner.report.document import TOOL
from scanner.report.page.endpoint_tables import endpoint_tables
from scanner.report.page.findings_table import findings_table
from scanner.report.page.groupings import groupings
from scanner.report.page.overview import overview
from scanner.report.page.rule_details import rule_details
from scanner.report.page.scope_card import scope_card
from scanner.report.page.standards_table import standards_table
from scanner.report.verdict import verdict
from scanner.report.writer import Format, WriteOptions

_LONG = 500
"""From this many findings on, those out of sight are not laid out."""


def write(report: ScanReport, out: TextIO, _options: WriteOptions) -> None:
    """Write the page."""
    out.writelines(f"{piece}\n" for piece in _page(report))


def _page(report: ScanReport) -> Iterator[str]:
    assets = resources.files("scanner.report.assets")
    style, script = (assets.joinpath(name).read_text("utf-8") for name in ("report.css", "report.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    long = ' class="long"' if len(report.findings) >= _LONG else ""
    yield f'<!DOCTYPE html>\n<html lang="en"{long}>\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Exposure report {escape(report.run.started)}</title>"
    yield f"<style>{style}</style>\n</head>\n<body>"
    yield '<a class="skip" href="#findings-title">Skip to the findings</a>'
    yield from _header(report)
    yield "<main>"
    for part in (overview, scope_card, findings_table, groupings, rule_details, endpoint_tables, standards_table):
        yield from part(report)
    yield "</main>"
    yield f"<footer>exposure-scanner {escape(str(TOOL['version']))}. This page makes no request to anybody.</footer>"
    yield f"<script>{script}</script>\n</body>\n</html>"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _header(report: ScanReport) -> Iterator[str]:
    outcome, sentence = verdict(report)
    run = report.run
    yield "<header>\n<h1>Exposure report</h1>"
    yield f"<p class='soft'>{escape(run.started)} to {escape(run.ended)}, {run.status.value}</p>"
    yield f'<p class="verdict {outcome.value}" role="status">{escape(sentence)}</p>\n</header>'


FORMAT = Format(name="html", about="one self-contained page", suffixes=(".html", ".htm"), write=write)
