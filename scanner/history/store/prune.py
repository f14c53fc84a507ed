"""Makes a history small again: what is long over goes, and every life keeps its transitions."""

from dataclasses import dataclass

from sqlalchemy import and_, delete, exists, func, or_, select

from scanner.history.store.open import Store
from scanner.history.store.sums import rebuild
from scanner.history.store.tables import alert, alias, endpoint, event, fact, finding, looked, run, sought, wording


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much went."""

    findings: int
    sightings: int
    runs: int


def prune(store: Store, before: str) -> Pruned:
    """Forget findings that were gone before a time (ISO 8601, UTC), and sightings of older runs that changed nothing.

    A sighting at which something happened stays, and so does the last sight: lives stay as they are, also when a run is
    added late. Days of the trend stay.
    """
    with store.writing() as connection:
        over = select(finding.c.id).where(finding.c.gone_at < before)
        gone = int(connection.scalar(select(func.count()).select_from(over.subquery())) or 0)
        for table in (event, fact, alias, sought, wording):
            connection.execute(delete(table).where(table.c.finding.in_(over)))
        connection.execute(delete(finding).where(finding.c.gone_at < before))
        rebuild(connection)
        old = select(run.c.id).where(run.c.started < before)
        begun = select(run.c.started).where(run.c.id == fact.c.run).correlate(fact).scalar_subquery()
        happened = exists().where(and_(event.c.finding == fact.c.finding, event.c.at == begun))
        last = exists().where(
            and_(finding.c.id == fact.c.finding, or_(finding.c.last_seen == begun, finding.c.judged_at == begun))
        )
        sightings = connection.execute(delete(fact).where(fact.c.run.in_(old), ~happened, ~last)).rowcount
        connection.execute(delete(looked).where(looked.c.run.in_(old)))
        connection.execute(delete(alert).where(alert.c.run.in_(old)))
        used = or_(
            *(exists().where(column == run.c.id) for column in (fact.c.run, finding.c.last_run, endpoint.c.last_run))
        )
        runs = connection.execute(delete(run).where(run.c.started < before, ~used)).rowcount
    return Pruned(gone, sightings, runs)
