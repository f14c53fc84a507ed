"""Changes and tickets as a plan makes them, for one tracker's translation of them."""

from datetime import date

from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.group import group
from scanner.tickets.marker import Marker, key_of_finding, member_of
from scanner.tickets.plan import Inventory, Planner, plan
from scanner.tickets.proof import read_looks
from scanner.tickets.ticket import Comment
from tests.tickets.worlds import night, redis_finding

NOTE = "0123456789abcdef"
FINDING = redis_finding()
MARKER = Marker(key_of_finding(FINDING.fingerprint), (member_of(FINDING),))


def ticket_of(config, *findings):
    """Return the ticket that a plan opens."""
    report = night(1, *(findings or (FINDING,)))
    looks = read_looks(report)
    planner = Planner(group(report, by_host=False), looks, lambda some: config.fields_for(some, date(2026, 3, 1)))
    return plan(planner, Inventory())[0].ticket


def change(state=None, ticket=None, marker=MARKER, held_id="7", project="acme/ops"):
    held = Held(key=MARKER.key, id=held_id, name="#7", state=TicketState.OPEN, marker=MARKER, project=project)
    return Change(
        held=held,
        marker=marker.with_note(NOTE),
        ticket=ticket,
        comment=Comment(mark=NOTE, lines=("severity high is now critical",)),
        state=state,
    )
