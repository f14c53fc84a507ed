"""Renders a ticket's blocks in each tracker's markup so that text from the network stays text.

Facts that this rests on:

- GitHub and GitLab look for mentions (`@user`), references (`#1`, `!1`, `~label`) and links in the rendered text, so
  a backslash or an entity does not stop them; code spans and code blocks do (docs.github.com "Basic writing and
  formatting syntax", docs.gitlab.com "GitLab Flavored Markdown"). Hence values stand in code spans, and in prose a
  zero-width space parts each such sign from what follows.
- GitLab runs `/close` and its like where a line begins with it (docs.gitlab.com "Quick actions"): no line of ours does.
- Jira's wiki renderer passes HTML entities through and finds no markup in them, in contrast to backslashes, of which
  two make a line break (jira.atlassian.com "Text formatting notation").
- In the Atlassian Document Format a text node is text, whatever it holds.
- ServiceNow renders what stands between `[code]` and `[/code]` in journal fields as HTML.
"""

import re
from collections.abc import Iterable, Sequence

from scanner.core.jsontext import Json
from scanner.core.text import clean
from scanner.tickets.ticket import Block, Code, Heading, Prose, Rows

LINE_CHARS = 2_000
"""Longest single value on a page, in characters."""

_GAP = "\u200b"
# What begins a list, a rule, a quick action or a directive only where a line begins, and what is markup anywhere.
_AT_START = re.compile(r"^(\d{0,9})([-+=/:.)!%@?;,'\"(])")
_ANYWHERE = re.compile(r"([\\`*_\[\]<>&#~|$^{}])")
# Mentions and references of GitHub and GitLab; bare links; emoji names, but not the colons of a time or an address.
_TRIGGER = re.compile(
    r"([@#!~%$&^*\[]|\bGH-|\bwww(?=\.)|\b(?:mailto|xmpp):|:(?=//|(?:[\w+-]{0,60}[a-z_+-][\w+-]{0,60}|100|1234):))(?=\S)",
    re.IGNORECASE,
)
_RUN_OF_BACKTICKS = re.compile(r"`+")
_NOT_PLAIN_WIKI = re.compile(r"[^\w \u00a0.,]|_|\.(?=\s|$)")
_MARKER_START = "exposure-v1;"


def tidy(text: str, limit: int = LINE_CHARS) -> str:
    """Return text as one printable line that can't pass for the marker line; every renderer starts with it."""
    return clean(text, limit).replace(_MARKER_START, "exposure-v1 ;")


def plain_title(text: str, limit: int) -> str:
    """Return a title without anything that GitHub, GitLab or Jira would link, mention or run."""
    return _part_triggers(tidy(text, limit))[:limit].strip() or "(untitled)"


def markdown(blocks: Sequence[Block], marker: str = "") -> str:
    """Return blocks in the Markdown of GitHub, GitLab and DefectDojo; the marker stands in a comment at the end."""
    parts = [_markdown_block(block) for block in blocks]
    if marker:
        parts.append(f"<!-- {marker} -->")
    return "\n\n".join(parts)


def code_span(text: str) -> str:
    """Return text as a Markdown code span (CommonMark section 6.1)."""
    inner = tidy(text) or " "
    fence = "`" * (1 + max((len(run) for run in _RUN_OF_BACKTICKS.findall(inner)), default=0))
    pad = " " if inner.startswith("`") or inner.endswith("`") or (inner[0] == inner[-1] == " ") else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def markdown_prose(text: str) -> str:
    """Return text as a Markdown paragraph in which no sign means anything."""
    return _AT_START.sub(r"\1\\\2", _ANYWHERE.sub(r"\\\1", _part_triggers(tidy(text).strip())))


def wiki(blocks: Sequence[Block], marker: str = "") -> str:
    """Return blocks in Jira's wiki markup."""
    parts = [_wiki_block(block) for block in blocks]
    if marker:
        parts.append("{noformat}" + marker + "{noformat}")
    return "\n\n".join(parts)


def wiki_text(text: str) -> str:
    """Return text with every sign that may mean something to Jira's wiki renderer as an HTML entity."""
    return _NOT_PLAIN_WIKI.sub(_entity, tidy(text))


def adf(blocks: Sequence[Block], marker: str = "") -> dict[str, Json]:
    """Return blocks as an Atlassian Document Format document, version 1."""
    content: list[Json] = []
    for block in blocks:
        content += _adf_block(block)
    if marker:
        content.append(_paragraph(marker, code=True))
    return {"type": "doc", "version": 1, "content": content}


def plain(blocks: Sequence[Block], marker: str = "") -> str:
    """Return blocks as plain text, for Roundup."""
    parts = [_plain_block(block) for block in blocks]
    if marker:
        parts.append(marker)
    return "\n\n".join(parts)


def journal(text: str) -> str:
    """Return plain text that ServiceNow's journal fields render as plain text."""
    return re.sub(r"\[(?=\s*/?\s*code)", "[ ", text, flags=re.IGNORECASE)


def _markdown_block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"### {markdown_prose(text)}"
        case Prose(text):
            return markdown_prose(text)
        case Rows(rows):
            return "\n".join(f"- {markdown_prose(f'{label}:')} {code_span(value)}" for label, value in rows)
        case Code(lines):
            return _fenced(lines)


def _fenced(lines: Iterable[str]) -> str:
    # A space before a slash: GitLab takes a line that begins with one for a quick action even here when the fence is
    # longer than three backticks.
    kept = [f" {line}" if line.startswith("/") else line for line in map(tidy, lines)]
    longest = max((len(run) for line in kept for run in _RUN_OF_BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}text", *kept, fence))


def _part_triggers(text: str) -> str:
    return _TRIGGER.sub(rf"\1{_GAP}", text)


def _wiki_block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"h3. {wiki_text(text)}"
        case Prose(text):
            return wiki_text(text)
        case Rows(rows):
            return "\n".join(f"* {wiki_text(label)}: {wiki_text(value)}" for label, value in rows)
        case Code(lines):
            # Nothing inside can end the block: a brace is never left next to the word.
            return "{noformat}\n" + "\n".join(_break_macro(tidy(line)) for line in lines) + "\n{noformat}"


def _break_macro(line: str) -> str:
    return re.sub(r"\{(?=\s*noformat)", "{ ", line, flags=re.IGNORECASE)


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match.group())};"


def _adf_block(block: Block) -> list[Json]:
    match block:
        case Heading(text):
            return [{"type": "heading", "attrs": {"level": 3}, "content": [_text(text)]}]
        case Prose(text):
            return [_paragraph(tidy(text))]
        case Rows(rows):
            items: list[Json] = [
                {"type": "listItem", "content": [_paragraph(f"{label}: {tidy(value)}")]} for label, value in rows
            ]
            return [{"type": "bulletList", "content": items}]
        case Code(lines):
            return [{"type": "codeBlock", "content": [_text("\n".join(map(tidy, lines)))]}]


def _paragraph(text: str, *, code: bool = False) -> Json:
    node = _text(text)
    if code:
        node["marks"] = [{"type": "code"}]
    return {"type": "paragraph", "content": [node]}


def _text(text: str) -> dict[str, Json]:
    # An empty text node is not valid.
    return {"type": "text", "text": text or " "}


def _plain_block(block: Block) -> str:
    match block:
        case Heading(text):
            return tidy(text)
        case Prose(text):
            return tidy(text)
        case Rows(rows):
            return "\n".join(f"  {tidy(label)}: {tidy(value)}" for label, value in rows)
        case Code(lines):
            return "\n".join(f"    {tidy(line)}" for line in lines)
