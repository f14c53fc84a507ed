"""DefectDojo over its REST API, version 2: findings of its "Generic Findings Import".

New findings go in with one import, the first time, and with a reimport into the same test afterwards; what is there
already is never sent again, so that nothing is closed or reopened behind the plan's back (`close_old_findings` would
close what was merely not looked at). A finding is recognised by `unique_id_from_tool`, its fingerprint; the marker
stands at the end of `steps_to_reproduce`, because title and description make DefectDojo's own hash and must not change.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from scanner.core.errors import UsageError
from scanner.core.finding import Confidence, Finding
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.core.text import clean
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.fields import Config
from scanner.tickets.marker import LABEL, Key, find_marker, key_of_finding, swap_marker
from scanner.tickets.secret import Secret
from scanner.tickets.ticket import Code, Ticket
from scanner.tickets.tracker import Kind, Setup, Take, demand_secret, text

_SCAN_TYPE = "Generic Findings Import"
_TITLE_CHARS = 511
_PAGE = 250
_NEWEST = 50
_FINGERPRINT_DIGITS = 64
_DECLINED = ("false_p", "risk_accepted", "out_of_scope", "duplicate")


class DefectDojo:
    """The findings of one product, or of one product for each owner."""

    batch = 100
    in_flight = 1
    settle_s = 0.0

    def __init__(self, setup: Setup) -> None:
        config = setup.config
        if config.priority:
            raise UsageError("DefectDojo has no priority: it takes the severity as it is", file=config.file)
        self._web = setup.web
        self._projects = config.projects
        self._product_type = text(config, "product_type", "Research and Development")
        self._engagement = text(config, "engagement", "exposure-scanner")
        self._test_title = text(config, "test_title", "exposure-scanner")
        self._tests: dict[str, int] = {}
        self._newest: dict[str, int] = {}
        self._recent: dict[Key, Held] = {}

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""
        for project in self._projects:
            self._newest[project] = 0
            await self._search(project, "id", lambda held: _pass_on(held, keys, take))

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """Return findings with these keys, reading only what is newer than what was read before."""
        for project in self._projects:
            await self._search(project, "-id", self._remember, until=self._newest.get(project, 0))
        return [self._recent[key] for key in keys if key in self._recent]

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """Import new findings into the test of their product."""
        import aiohttp

        project = tickets[0].fields.project
        report = {"findings": [_imported(ticket) for ticket in tickets]}
        form = aiohttp.FormData()
        form.add_field("scan_type", _SCAN_TYPE)
        form.add_field("minimum_severity", "Info")
        form.add_field("active", "true")
        form.add_field("verified", "true")
        form.add_field("close_old_findings", "false")
        form.add_field("scan_date", tickets[0].run.ended[:10])
        test = self._tests.get(project, 0)
        if not test:
            form.add_field("auto_create_context", "true")
            form.add_field("product_type_name", self._product_type)
            form.add_field("product_name", project)
            form.add_field("engagement_name", self._engagement)
            form.add_field("test_title", self._test_title)
        else:
            form.add_field("test", str(test))
            form.add_field("do_not_reactivate", "true")
        content = json.dumps(report).encode()
        form.add_field("file", content, filename="findings.json", content_type="application/json")
        door = "api/v2/import-scan/" if not test else "api/v2/reimport-scan/"
        answer = as_object((await self._web.write("POST", door, form=form)).json())
        made = as_int(answer.get("test_id")) or as_int(answer.get("test"))
        if made is not None:
            self._tests[project] = made

    async def change(self, change: Change) -> None:
        """Note unless that was done, then set state, severity and marker."""
        path = f"api/v2/findings/{change.held.id}/"
        await self._note(path, change)
        if change.state is TicketState.CLOSED:
            await self._web.write("POST", f"{path}close/", {"is_mitigated": True})
        body: dict[str, Json] = {}
        if change.ticket is not None:
            new = _imported(change.ticket)
            kept = ("severity", "impact", "mitigation", "steps_to_reproduce", "references")
            body |= {name: new[name] for name in kept}
        else:
            now = as_object((await self._web.read(path)).json())
            steps = as_text(now.get("steps_to_reproduce")) or ""
            body["steps_to_reproduce"] = swap_marker(steps, change.marker)
        if change.state is TicketState.OPEN:
            body |= {"active": True, "is_mitigated": False}
        await self._web.write("PATCH", path, body)

    async def _note(self, path: str, change: Change) -> None:
        mark = f"exposure-note {change.comment.mark}"
        notes = as_object((await self._web.read(f"{path}notes/")).json())
        if any(mark in (as_text(as_object(note).get("entry")) or "") for note in as_list(notes.get("notes"))):
            return
        lines = "\n\n".join(map(escape.tidy, change.comment.lines))
        await self._web.write("POST", f"{path}notes/", {"entry": f"{lines}\n\n({mark})"})

    def _remember(self, held: Held) -> None:
        self._recent[held.key] = held

    async def _search(self, project: str, order: str, take: Take, until: int = -1) -> None:
        """Hand over findings of ours in an order, page by page, until one that is no newer than `until`."""
        size = _PAGE if until < 0 else _NEWEST
        offset = 0
        while True:
            params = {"product_name": project, "tags": LABEL, "limit": str(size), "offset": str(offset), "o": order}
            answer = as_object((await self._web.read("api/v2/findings/", params)).json())
            findings = [as_object(one) for one in as_list(answer.get("results"))]
            page = [held for finding in findings if (held := _held(project, finding))]
            for finding in findings:
                self._tests[project] = max(as_int(finding.get("test")) or 0, self._tests.get(project, 0))
            for held in page:
                self._newest[project] = max(held.born, self._newest.get(project, 0))
                take(held)
            # The server may permit smaller pages than were asked for; its own link is not followed, since behind a
            # proxy it often names another host.
            offset += len(findings)
            if not findings or not answer.get("next") or any(held.born <= until for held in page):
                return


def _pass_on(held: Held, keys: frozenset[Key], take: Take) -> None:
    if held.key in keys or held.state is TicketState.OPEN:
        take(held)


def _held(project: str, finding: Mapping[str, Json]) -> Held | None:
    number = as_int(finding.get("id"))
    unique = as_text(finding.get("unique_id_from_tool")) or ""
    if number is None or len(unique) != _FINGERPRINT_DIGITS:
        return None
    marker = find_marker(as_text(finding.get("steps_to_reproduce")) or "")
    key = key_of_finding(unique)
    state = TicketState.OPEN if finding.get("active") is True else TicketState.CLOSED
    if state is TicketState.CLOSED and any(finding.get(flag) is True for flag in _DECLINED):
        state = TicketState.DECLINED
    return Held(
        key=key,
        id=str(number),
        name=f"finding {number}",
        state=state,
        marker=marker if marker is not None and marker.key == key else None,
        project=project,
        born=number,
    )


def _imported(ticket: Ticket) -> dict[str, Json]:
    """Return the entry of a generic import; any key that the parser does not know would make it fail as a whole."""
    (finding,) = ticket.findings
    entry: dict[str, Json] = {
        "title": escape.plain_title(ticket.title, _TITLE_CHARS),
        "severity": finding.severity.word.capitalize(),
        "description": _description(finding),
        "date": (finding.first_seen or ticket.run.ended)[:10],
        "impact": escape.markdown_prose(clean(finding.impact, 2_000)),
        "mitigation": _pasted(finding.remedy),
        "steps_to_reproduce": escape.markdown(ticket.blocks, ticket.marker.text),
        "references": "\n".join(map(escape.code_span, finding.references)),
        "unique_id_from_tool": finding.fingerprint,
        "vuln_id_from_tool": finding.rule,
        "dynamic_finding": True,
        "static_finding": False,
        "active": True,
        "verified": finding.confidence is Confidence.CONFIRMED,
        "endpoints": [_endpoint_url(finding)],
        "tags": [LABEL, *ticket.fields.labels],
    }
    if finding.cwe:
        entry["cwe"] = finding.cwe[0]
    return entry


def _description(finding: Finding) -> str:
    """Return what is the same in every run: DefectDojo hashes it."""
    place = escape.code_span(str(finding.endpoint))
    return f"{escape.markdown_prose(finding.title)}\n\n- Where: {place}\n- Rule: {escape.code_span(finding.rule)}"


def _endpoint_url(finding: Finding) -> str:
    endpoint = finding.endpoint
    address = str(endpoint.address).partition("%")[0]
    host = f"[{address}]" if endpoint.address.version == 6 else address
    scheme = finding.url.partition("://")[0]
    safe = scheme if scheme.isascii() and scheme.replace("+", "").replace("-", "").isalnum() else "tcp"
    return f"{safe}://{host}:{endpoint.port}"


def _pasted(remedy: Sequence[str]) -> str:
    return escape.markdown([Code(tuple(remedy))]) if remedy else ""


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    return {"Accept": "application/json", "Authorization": f"Token {demand_secret(config, secret)}"}


KIND = Kind(
    name="defectdojo",
    about="DefectDojo, import first and reimport afterwards",
    options={"product_type": str, "engagement": str, "test_title": str},
    headers=_headers,
    open=DefectDojo,
    by_host=False,
)
