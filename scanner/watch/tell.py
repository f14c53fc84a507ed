"""Tells every sink what it has not heard yet, and whether the watch itself works."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanner.core.errors import StoreError
from scanner.core.finding import Severity
from scanner.history.store.ask import open_by_severity, run_of
from scanner.history.store.life import Turn
from scanner.history.store.open import Store
from scanner.history.store.owed import events_of, give_back, owed, recall, remember, sent
from scanner.net.clock import Clock
from scanner.watch.digest import Digest, Occasion, Told, worth_telling
from scanner.watch.sink import Sink, SinkError


@dataclass(frozen=True, slots=True)
class Listener:
    """A sink, and how the history remembers it."""

    sink: Sink
    identity: str


def digest_of(store: Store, number: int) -> Digest:
    """Return what one run changed."""
    with store.reading() as connection:
        held = run_of(connection, number)
        told = [
            Told(
                turn=Turn(row.turn),
                severity=Severity(row.grade),
                fingerprint=row.fingerprint,
                place=row.place,
                name=row.name,
                owner=row.owner,
                title=row.title,
                detail=row.detail,
                accepted=row.accepted,
            )
            for row in events_of(connection, number)
        ]
        counts = {severity.word: count for severity, count in open_by_severity(connection).items()}
    return Digest(
        id=_id(f"{held.run_id}|{held.shard}|{held.vantage}"),
        at=held.ended,
        occasion=Occasion.CHANGE,
        run=held.run_id,
        told=worth_telling(told),
        open=counts,
    )


async def tell_changes(
    store: Store, listeners: Sequence[Listener], clock: Clock, complain: Callable[[str], object]
) -> None:
    """Send every digest that is owed; a sink that fails costs the others nothing, and gets it at the next run."""
    for listener in listeners:
        for number in owed(store, listener.identity, clock.utc()):
            digest = digest_of(store, number)
            try:
                if digest.told:
                    await listener.sink.send(digest)
            except SinkError as error:
                give_back(store, listener.identity, number)
                complain(str(error))
            except BaseException:
                give_back(store, listener.identity, number)
                raise
            else:
                sent(store, listener.identity, number, clock.utc())


async def tell_failure(
    store: Store, listeners: Sequence[Listener], why: str, clock: Clock, complain: Callable[[str], object]
) -> None:
    """Tell everybody once that the watch can't look, or with an empty `why` that it can again.

    A history that can't remember who was told does not keep anybody from being told, each time again.
    """
    for listener in listeners:
        name = f"failing:{listener.identity}"
        if _is_told(store, name) == bool(why):
            continue
        occasion = Occasion.FAILED if why else Occasion.RECOVERED
        now = clock.utc()
        digest = Digest(id=_id(f"{occasion}|{now}"), at=now, occasion=occasion, why=why)
        try:
            await listener.sink.send(digest)
            remember(store, name, now if why else "")
        except (SinkError, StoreError) as error:
            complain(str(error))


def _is_told(store: Store, name: str) -> bool:
    try:
        with store.reading() as connection:
            return bool(recall(connection, name))
    except StoreError:
        return False


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
