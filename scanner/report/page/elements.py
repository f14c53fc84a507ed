"""Small pieces of HTML that several parts of the page share; every text is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

from scanner.core.finding import Finding

ALARM = ' <span class="alarm">possible break-in</span>'


def code(text: str) -> str:
    """Return a text as it is typed or was sent."""
    return f"<code>{escape(text)}</code>"


def level(finding: Finding) -> str:
    """Return the severity of a finding in its colour."""
    return f'<span class="level {finding.severity.word}">{finding.severity.word}</span>'


def anchor(finding: Finding) -> str:
    """Return the id of a finding's own part of the page."""
    return f"f-{escape(finding.fingerprint)}"


def link(finding: Finding, text: str, kind: str = "") -> str:
    """Return a link to a finding."""
    marked = f' class="{kind}"' if kind else ""
    return f'<a{marked} href="#{anchor(finding)}">{escape(text)}</a>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return what is known as a list of names and HTML; a pair without a value is left out."""
    return "<dl class='fact'>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs if value) + "</dl>"


def listed(texts: Sequence[str], most: int = 12) -> str:
    """Return texts in a row, and how many more there are."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return f"{escape(', '.join(texts[:most]))}{more}"


def table(caption: str, heads: Iterable[str], rows: Iterable[str], ident: str = "") -> Iterable[str]:
    """Yield a table that scrolls within itself where the screen is too narrow."""
    marked = f' id="{ident}"' if ident else ""
    yield f'<div class="scroll"><table class="findings"{marked}><caption>{escape(caption)}</caption><thead><tr>'
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table></div>"
