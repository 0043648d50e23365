"""Several workers' results, one part after the other: in order, and in memory that one part's size does not decide."""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import islice
from queue import SimpleQueue
from threading import Condition
from typing import TypeVar

import pyarrow as pa

Item = TypeVar("Item")


def in_order(
    pool: Executor, work: Callable[[Item], Iterator[pa.RecordBatch]], parts: Sequence[Item], ahead: int, limit: int
) -> Generator[Iterator[pa.RecordBatch]]:
    """What ``work`` gives for each part; ``ahead`` parts are worked on, or wait, while one is read.

    About ``limit`` bytes wait to be read; workers that would add to them wait in turn. What ``work`` raises is raised
    where its part is read.
    """
    room = _Room(limit)
    started: deque[tuple[_Outcome, Future[None]]] = deque()
    remaining = iter(enumerate(parts))

    def start(count: int) -> None:
        for number, part in islice(remaining, count):
            outcome = _Outcome(number, room)
            future = pool.submit(outcome.fill, work, part)
            future.add_done_callback(outcome.end)
            started.append((outcome, future))

    try:
        start(ahead)
        while started:
            start(1)
            yield started[0][0].read()
            started.popleft()
    finally:
        room.close()
        for _, future in started:
            future.cancel()


class _Room:
    """The bytes that wait to be read. The part being read may always add a batch, or nothing would go on."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: Counter[int] = Counter()
        self._part_read = 0
        self._closed = False
        self._changed = Condition()

    def enter(self, part: int, size: int) -> bool:
        """Wait until there is room; false where nobody will read any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._fits(part, size))
            self._waiting[part] += size
            return not self._closed

    def _fits(self, part: int, size: int) -> bool:
        return self._waiting.total() + size <= self._limit or (part == self._part_read and not self._waiting[part])

    def leave(self, part: int, size: int) -> None:
        """A batch was read."""
        with self._changed:
            self._waiting[part] -= size
            self._changed.notify_all()

    def read(self, part: int) -> None:
        """Mark the part as the one that is read."""
        with self._changed:
            self._part_read = part
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, because nobody reads any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Outcome:
    """One part's batches on their way from a worker to the reader."""

    def __init__(self, part: int, room: _Room) -> None:
        self._part = part
        self._room = room
        self._batches: SimpleQueue[pa.RecordBatch | BaseException | None] = SimpleQueue()

    def fill(self, work: Callable[[Item], Iterable[pa.RecordBatch]], part: Item) -> None:
        """In the worker's thread: put the batches, as long as somebody reads."""
        for batch in work(part):
            if not self._room.enter(self._part, batch.nbytes):
                return
            self._batches.put(batch)

    def end(self, future: Future[None]) -> None:
        """Put None or the worker's error last, however it ended, even if it never started."""
        self._batches.put(None if future.cancelled() else future.exception())

    def read(self) -> Iterator[pa.RecordBatch]:
        """In the reader's thread: the batches as they come."""
        self._room.read(self._part)
        while (batch := self._batches.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            self._room.leave(self._part, batch.nbytes)
            yield batch
