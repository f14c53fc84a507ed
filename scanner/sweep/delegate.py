"""Hands a part of a sweep to another engine, and adds what it found to the whole."""

import asyncio
from dataclasses import replace

from scanner.core.space import Space
from scanner.net.channel import Channel
from scanner.sweep.engine import MOST_UNSCANNED_LINES, Batch, Engine, Sweep, Tally


async def delegate(job: Sweep, space: Space, engine: Engine) -> None:
    """Sweep `space` with `engine` as a part of `job`, whose channel stays open."""
    part = Tally()
    events: Channel[Batch] = Channel(job.events.room)
    inner = Sweep(
        plan=replace(job.plan, space=space),
        events=events,
        tally=part,
        stop=job.stop,
        clock=job.clock,
        audit=job.audit,
        share=job.share,
    )
    async with asyncio.TaskGroup() as work:
        work.create_task(engine.sweep(inner))
        async for batch in events:
            await job.events.put(batch)
    _add(job.tally, part)


def _add(whole: Tally, part: Tally) -> None:
    # Loss is a share: weigh each part by how many endpoints gave a definite answer.
    answered, more = whole.open + whole.closed, part.open + part.closed
    if answered + more:
        whole.estimated_loss = (whole.estimated_loss * answered + part.estimated_loss * more) / (answered + more)
    whole.planned += part.planned
    whole.open += part.open
    whole.closed += part.closed
    whole.filtered += part.filtered
    whole.unreachable += part.unreachable
    whole.unscanned += part.unscanned
    room = max(0, MOST_UNSCANNED_LINES - len(whole.unscanned_list))
    whole.unscanned_list += part.unscanned_list[:room]
    whole.closed_list += part.closed_list
    fresh = part.alive - whole.alive
    whole.alive |= fresh
    whole.hosts_alive += len(fresh) + part.hosts_alive - len(part.alive)
    whole.problems += [problem for problem in part.problems if problem not in whole.problems]
