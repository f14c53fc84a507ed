"""No banner gets out of its place: pages are rendered as the trackers render them, and what was quoted stays text."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scanner.core.finding import Finding
from scanner.tickets import escape
from scanner.tickets.fields import Fields
from scanner.tickets.marker import Marker, find_marker, key_of_finding, member_of
from scanner.tickets.ticket import Code, Heading, Prose, Rows, Ticket, write_ticket
from scanner.tickets.trackers import defectdojo, github, jira, servicenow
from scanner.tickets.trackers.gitea import Gitea
from scanner.tickets.trackers.github import GitHub
from scanner.tickets.trackers.gitlab import GitLab
from tests.tickets.hostile import TEXTS, hostile_finding
from tests.tickets.servers.jira import _check_adf
from tests.tickets.worlds import night

_RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
# Neither GitHub nor GitLab links a bare example.org.
_RENDERER.linkify.set({"fuzzy_link": False, "fuzzy_ip": False, "fuzzy_email": True})
_BLOCKS = {"heading", "paragraph", "bullet_list", "list_item"}
_LINKED = re.compile(r"@\w|#\d|![0-9]|~\w|%\d|\$\d|&\d|:[\w+-]*[a-z_+-][\w+-]*:|:100:|GH-\d|https?://|www\.\w|\w@\w")

every_text = pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:24]))
any_text = given(st.text(st.sampled_from("@#!/`\\<>&[]{}*_-+=|~$%^:.;()\n\r\t h1wcode\u202e\x1b\u0301"), max_size=60))


def ticket_of(finding: Finding) -> Ticket:
    marker = Marker(key_of_finding(finding.fingerprint), (member_of(finding),))
    fields = Fields(project="acme/ops", note=finding.title)
    return write_ticket([finding], marker, fields, night(1).run, host=True)


def check_markdown(body: str, marker: Marker | None) -> None:
    """Only our own structure is markup; nothing is linked, mentioned or run."""
    assert not re.search(r"^/", body, re.MULTILINE)
    for token in _RENDERER.parse(body):
        if token.type == "html_block":
            assert marker is not None
            assert token.content.strip() == f"<!-- {marker.text} -->"
        elif token.type == "inline":
            assert {child.type for child in token.children} <= {"text", "code_inline", "text_special"}
            words = "".join(child.content if child.type != "code_inline" else "\0" for child in token.children)
            assert not _LINKED.search(words), words
        else:
            assert token.type == "fence" or token.type.removesuffix("_open").removesuffix("_close") in _BLOCKS


def check_wiki(body: str, blocks: int) -> None:
    """Outside our own preformatted blocks there is nothing but words and entities."""
    parts = body.split("{noformat}")
    assert len(parts) == 2 * blocks + 1
    for line in "".join(parts[::2]).splitlines():
        words = line.removeprefix("h3. ").removeprefix("* ").replace(": ", "", 1)
        assert re.fullmatch(r"(?:[^\W_]|[ \u00a0,.]|&#\d+;|[\u0300-\u036f])*", words), line
        assert not re.match(r"\s*(h\d|bq)\.\s", words)


@every_text
def test_github_gitlab_and_gitea_show_plain_text(text):
    ticket = ticket_of(hostile_finding(text))
    for forge, name, limit in ((GitHub, "body", 65_536), (GitLab, "description", 1_048_576), (Gitea, "body", 65_535)):
        made = forge.content(forge, ticket)
        check_markdown(made[name], ticket.marker)
        assert find_marker(made[name]) == ticket.marker
        assert len(made[name]) <= limit
        assert len(made["title"]) <= 255
        assert not _LINKED.search(made["title"])
        assert not made["title"].startswith("/")


@every_text
def test_a_comment_shows_plain_text(text):
    check_markdown(escape.markdown_prose(text), None)


@every_text
def test_jira_data_center_shows_plain_text(text):
    ticket = ticket_of(hostile_finding(text))
    body = escape.wiki(ticket.blocks, ticket.marker.text)
    check_wiki(body, blocks=3)
    assert find_marker(body) == ticket.marker


@every_text
def test_jira_cloud_shows_plain_text(text):
    ticket = ticket_of(hostile_finding(text))
    document = escape.adf(ticket.blocks, ticket.marker.text)
    _check_adf(document)
    assert find_marker(json.dumps(document)) == ticket.marker
    marks = re.findall(r'"marks": (\[.*?\])', json.dumps(document))
    assert marks == ['[{"type": "code"}]']


@every_text
@pytest.mark.parametrize("tracker", [jira, servicenow, github], ids=lambda module: module.KIND.name)
def test_the_longest_ticket_fits_its_field(text, tracker):
    from scanner.tickets.fit import fit

    ticket = ticket_of(hostile_finding(text))
    limit = {"jira": 32_767, "servicenow": 4_000, "github": 65_536}[tracker.KIND.name]
    body = fit(ticket.blocks, limit, lambda some: escape.plain(some, ticket.marker.text), len)
    assert len(body) <= limit
    assert find_marker(body) == ticket.marker


@every_text
def test_servicenow_and_roundup_show_plain_text(text):
    ticket = ticket_of(hostile_finding(text))
    body = escape.journal(escape.plain(ticket.blocks, ticket.marker.text))
    assert not re.search(r"\[\s*/?\s*code", body.replace("[ ", "("), re.IGNORECASE)
    assert all(char.isprintable() or char in "\n\u00a0" for char in body)
    assert find_marker(body) == ticket.marker


@every_text
def test_defectdojo_shows_plain_text(text):
    ticket = ticket_of(hostile_finding(text))
    made = defectdojo._imported(ticket)
    for name in ("description", "impact", "mitigation", "references", "steps_to_reproduce"):
        check_markdown(made[name], ticket.marker)
    assert len(made["title"]) <= 511
    assert made["endpoints"] == ["tcp://127.0.0.1:6379"] or made["endpoints"][0].endswith("://127.0.0.1:6379")


@any_text
@settings(max_examples=150, deadline=None)
def test_any_text_stays_text(text):
    blocks = (Heading(text), Prose(text), Rows((("Received", text), (text, text))), Code((text, f"/{text}")))
    check_markdown(escape.markdown(blocks), None)
    check_wiki(escape.wiki(blocks), blocks=1)
    _check_adf(escape.adf(blocks))
    assert "\x1b" not in escape.plain(blocks)


def test_what_was_quoted_can_still_be_read():
    received = "500 <b>oops</b> `x` @you"
    ((_, value),) = Rows((("Received", received),)).rows
    (token,) = [one for one in _RENDERER.parse(escape.markdown([Rows((("Received", value),))])) if one.type == "inline"]
    assert token.children[-1].type == "code_inline"
    assert token.children[-1].content == received
