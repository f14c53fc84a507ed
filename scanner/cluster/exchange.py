"""What coordinator and workers do on the server: put and fetch jobs, plans, reports and shares; no rule is here.

Every method raises ServerLost when the server does not answer; all may be called again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.cluster import names
from scanner.cluster.connection import TIMEOUT_S, ServerLost, speaking
from scanner.cluster.names import Chunk
from scanner.cluster.parcel import Parcel, pack, unpack
from scanner.core.errors import Malformed

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription
    from nats.js import JetStreamContext

KEPT_S = 7 * 86_400.0
"""How long the server keeps what nobody has taken away."""
_DUPLICATES_S = 120.0
_MOST_WAITING = 512
_QUEUED_MESSAGES, _QUEUED_BYTES = 4_096, 4 << 20
_ALREADY_THERE = 10_077
"""JetStream's error for a subject that holds its message already (JSStreamStoreFailedF)."""
_WRONG_SEQUENCE = 10_071
_OPEN = "open"
"""Stands in the place of a digest for the mark that a run is wanted."""


class Exchange:
    """The streams on one server."""

    def __init__(self, client: "Client") -> None:
        """Take a connection."""
        self._client = client
        self._stream = client.jetstream(timeout=TIMEOUT_S)

    @property
    def connected(self) -> bool:
        """Whether the server is there at this moment."""
        return self._client.is_connected

    async def check(self) -> None:
        """Return when the server has answered a ping, so that it has read all that was sent before."""
        with speaking():
            await self._client.flush(timeout=int(TIMEOUT_S))

    async def prepare(self, vantages: Sequence[str], lease_s: float) -> None:
        """Make the streams, and a queue for each vantage point, where they are missing."""
        from nats.js import api

        with speaking():
            await self._make(
                name=names.JOBS,
                subjects=[names.ALL_JOBS],
                retention=api.RetentionPolicy.WORK_QUEUE,
                # A chunk waits once, however often it is published.
                discard=api.DiscardPolicy.NEW,
                max_msgs_per_subject=1,
                discard_new_per_subject=True,
            )
            await self._make(name=names.OUTCOMES, subjects=[names.ALL_OUTCOMES])
            await self._make(name=names.PARTS, subjects=[names.ALL_PARTS], max_msgs_per_subject=1, allow_direct=True)
            await self._stream.create_key_value(bucket=names.RATES, ttl=86_400, history=1)
        for vantage in vantages:
            await self.mend_queue(vantage, lease_s)

    async def mend_queue(self, vantage: str, lease_s: float) -> None:
        """Have a vantage point's queue there, with leases as long as the longest of the runs in it, and able to go on.

        nats-server 2.9 that is killed after its last jobs were purged counts from 1 again, and its queues wait for
        numbers that were there before.
        """
        from nats.js.errors import NotFoundError

        with speaking():
            try:
                queue = await self._stream.consumer_info(names.JOBS, vantage)
            except NotFoundError:
                await self._set_queue(vantage, lease_s)
                return
            jobs = (await self._stream.stream_info(names.JOBS)).state
            if queue.delivered is not None and queue.delivered.stream_seq > jobs.last_seq:
                await self._stream.delete_consumer(names.JOBS, vantage)
                await self._set_queue(vantage, lease_s)
            elif (queue.config.ack_wait or 0.0) < lease_s or not jobs.messages:
                await self._set_queue(vantage, lease_s)

    async def _set_queue(self, vantage: str, lease_s: float) -> None:
        from nats.js import api

        await self._stream.add_consumer(
            names.JOBS,
            durable_name=vantage,
            filter_subject=f"exposure.job.{vantage}.*.*",
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=lease_s,
            max_deliver=-1,
            max_ack_pending=100_000,
            max_waiting=_MOST_WAITING,
        )

    async def _make(self, **config: object) -> None:
        from nats.js import api

        fixed = {"storage": api.StorageType.FILE, "max_age": KEPT_S, "duplicate_window": _DUPLICATES_S}
        await self._stream.add_stream(api.StreamConfig(**{**fixed, **config}))  # type: ignore[arg-type]

    async def store(self, run: str, data: bytes) -> Parcel:
        """Store a plan or a report; raises Malformed when it is too long."""
        parcel, parts = pack(data)
        with speaking():
            for number, part in enumerate(parts):
                await self._stream.publish(names.part_subject(run, parcel.sha256, number), part)
        return parcel

    async def load(self, run: str, parcel: Parcel) -> bytes:
        """Return what was stored; raises Malformed when it is not what was announced."""
        from nats.js.errors import NotFoundError

        parts = []
        for number in range(parcel.parts):
            with speaking():
                try:
                    found = await self._stream.get_msg(
                        names.PARTS, subject=names.part_subject(run, parcel.sha256, number), direct=True
                    )
                except NotFoundError:
                    raise Malformed("a part of what was announced is missing") from None
            parts.append(found.data or b"")
        return unpack(parcel, parts)

    async def open(self, run: str) -> None:
        """Mark a run as one whose chunks are wanted."""
        with speaking():
            await self._stream.publish(names.part_subject(run, _OPEN, 0), b"1")

    async def is_open(self, run: str) -> bool:
        """Tell whether a run's chunks are still wanted."""
        from nats.js.errors import NotFoundError

        with speaking():
            try:
                await self._stream.get_msg(names.PARTS, subject=names.part_subject(run, _OPEN, 0), direct=True)
            except NotFoundError:
                return False
        return True

    async def offer(self, chunk: Chunk, job: bytes) -> None:
        """Have a chunk wait for a worker; nothing happens when it waits already, or is under way."""
        from nats.js.errors import APIError

        with speaking():
            try:
                await self._stream.publish(chunk.job, job)
            except APIError as error:
                if error.err_code != _ALREADY_THERE:
                    raise

    async def waiting(self, run: str) -> set[str]:
        """Return the subjects of a run's jobs that wait or are under way."""
        with speaking():
            info = await self._stream.stream_info(names.JOBS, subjects_filter=f"exposure.job.*.{run}.*")
        return set(info.state.subjects or {})

    async def queue(self, vantage: str) -> "JetStreamContext.PullSubscription":
        """Return the queue of a vantage point; raises ServerLost until a coordinator has made it."""
        with speaking():
            await self._stream.consumer_info(names.JOBS, vantage)
            return await self._stream.pull_subscribe_bind(vantage, names.JOBS)

    async def tell_outcome(self, chunk: Chunk, message: "Msg", worker: str, outcome: bytes) -> None:
        """Store what became of a job; once, even when the answer of the server was lost and it is told again."""
        with speaking():
            number = message.metadata.sequence.stream
            headers = {"Nats-Msg-Id": f"{chunk.outcome}.{number}.{worker}"}
            await self._stream.publish(chunk.outcome, outcome, headers=headers)

    async def next_outcome(self, run: str, after: int) -> tuple[int, str, bytes] | None:
        """Return number, subject and text of the first outcome of a run after that number; None when there is none."""
        from nats.js.errors import NotFoundError

        with speaking():
            try:
                found = await self._stream.get_msg(
                    names.OUTCOMES, seq=after + 1, subject=f"exposure.outcome.{run}.*.*", next=True
                )
            except NotFoundError:
                return None
        if found.seq is None:
            raise ServerLost("an outcome without a number")
        return found.seq, found.subject or "", found.data or b""

    async def hear(self, subject: str) -> "Subscription":
        """Return what is said under a subject from now on; what comes too fast is dropped."""
        with speaking():
            return await self._client.subscribe(
                subject, pending_msgs_limit=_QUEUED_MESSAGES, pending_bytes_limit=_QUEUED_BYTES
            )

    async def say(self, subject: str, data: bytes = b"") -> None:
        """Tell whoever hears it; nothing is stored."""
        with speaking():
            await self._client.publish(subject, data)

    async def shares(self, run: str) -> tuple[bytes, int]:
        """Return the record of a run's shares and its revision; empty and 0 when there is none."""
        from nats.js.errors import NotFoundError

        with speaking():
            try:
                found = await self._stream.get_msg(
                    f"KV_{names.RATES}", subject=f"$KV.{names.RATES}.{run}", direct=False
                )
            except NotFoundError:
                return b"", 0
        return found.data or b"", found.seq or 0

    async def set_shares(self, run: str, record: bytes, revision: int) -> bool:
        """Replace the record that has that revision; return whether it still had."""
        from nats.js.errors import APIError

        with speaking():
            try:
                await self._stream.publish(
                    f"$KV.{names.RATES}.{run}",
                    record,
                    headers={"Nats-Expected-Last-Subject-Sequence": str(revision)},
                )
            except APIError as error:
                if error.err_code == _WRONG_SEQUENCE:
                    return False
                raise
        return True

    async def withdraw(self, run: str) -> None:
        """Take a run's waiting chunks back, and tell the workers that it is over."""
        with speaking():
            await self._stream.purge_stream(names.PARTS, subject=names.part_subject(run, _OPEN, 0))
            await self._stream.purge_stream(names.JOBS, subject=f"exposure.job.*.{run}.*")
            await self._client.publish(names.stop_subject(run))
            await self._client.flush()

    async def forget(self, run: str) -> None:
        """Take away all that is stored of a run."""
        with speaking():
            await self._stream.purge_stream(names.JOBS, subject=f"exposure.job.*.{run}.*")
            await self._stream.purge_stream(names.OUTCOMES, subject=f"exposure.outcome.{run}.*.*")
            await self._stream.purge_stream(names.PARTS, subject=f"exposure.part.{run}.*.*")
            await self._stream.purge_stream(f"KV_{names.RATES}", subject=f"$KV.{names.RATES}.{run}")


async def settle(message: "Msg") -> None:
    """Have a job be over: done or refused for good."""
    with speaking():
        await message.ack_sync(timeout=TIMEOUT_S)


async def give_back(message: "Msg") -> None:
    """Let another worker have a job at once."""
    with speaking():
        await message.nak()


async def hold(message: "Msg") -> None:
    """Keep a job for another lease."""
    with speaking():
        await message.in_progress()


def tries(message: "Msg") -> int:
    """Return how often a job was handed out; raises Malformed for a message that is no job."""
    try:
        return int(message.metadata.num_delivered)
    except Exception as error:
        raise Malformed("a message that is no job") from error
