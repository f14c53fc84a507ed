"""Derives anew what is kept beside findings and endpoints: after a migration, when a recipe has changed."""

from ipaddress import ip_address

from sqlalchemy import Connection, Table, delete, insert, select

from scanner.core.finding import Severity
from scanner.history.store.life import Shows
from scanner.history.store.rows import SHOWS, Values, insert_many, listed_of, number_of, update_by_id
from scanner.history.store.seek import terms_of
from scanner.history.store.sums import rebuild
from scanner.history.store.tables import endpoint, finding, sought

_AT_ONCE = 2_000


def refill(connection: Connection) -> None:
    """Write every derived column, term and sum again."""
    connection.execute(delete(sought))
    last = 0
    columns = ("id", "address", "over", "unheard", "severity", "first_seen", "place", "name")
    while rows := _part(connection, finding, columns, last):
        last = rows[-1]["id"]
        terms = [{"term": term, "finding": row["id"]} for row in rows for term in terms_of(row["place"], row["name"])]
        insert_many(connection, insert(sought), terms)
        update_by_id(connection, finding, [_derived(row) for row in rows])
    last = 0
    while rows := _part(connection, endpoint, ("id", "address"), last):
        last = rows[-1]["id"]
        numbers = [{"id": row["id"], "number": number_of(ip_address(row["address"]))} for row in rows]
        update_by_id(connection, endpoint, numbers)
    rebuild(connection)


def _part(connection: Connection, table: Table, columns: tuple[str, ...], last: int) -> list[Values]:
    chosen = select(*(table.c[name] for name in columns)).where(table.c.id > last)
    rows = connection.execute(chosen.order_by(table.c.id).limit(_AT_ONCE))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _derived(row: Values) -> Values:
    shows = Shows.GONE if row["over"] else Shows.INCONCLUSIVE if row["unheard"] else Shows.OPEN
    return {
        "id": row["id"],
        "number": number_of(ip_address(row["address"])),
        "shows": SHOWS.index(shows),
        "listed": listed_of(row["over"], Severity(row["severity"]), row["first_seen"]),
    }
