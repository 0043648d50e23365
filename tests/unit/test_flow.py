"""Several workers, one reader: their results in order, bounded in memory, and no thread left behind."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from threading import Event, Lock

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from navette.engines.flow import in_order

WORKERS = "flow-test"
Part = Sequence[int]

parts = st.lists(st.lists(st.integers(0, 20), max_size=8), max_size=12)
workers = st.integers(1, 4)
aheads = st.integers(1, 6)
limits = st.sampled_from([0, 1, 64, 400, 10_000])
# Without the phase that looks for a smaller example: each one that hangs takes its time.
moderate = settings(max_examples=60, deadline=None, phases=set(Phase) - {Phase.shrink})


def batch(part: int, number: int, rows: int) -> pa.RecordBatch:
    """Rows that say which part's which batch they are of, 16 bytes each."""
    return pa.record_batch(
        {"part": pa.array([part] * rows, pa.int64()), "batch": pa.array([number] * rows, pa.int64())}
    )


class Work:
    """Parts of so many batches of so many rows, with what is to be observed of them."""

    def __init__(self, sizes: Sequence[Part], failing: int | None = None) -> None:
        self.sizes = sizes
        self.failing = failing
        self.begun: list[int] = []
        self.held = self.most_held = 0
        self._lock = Lock()

    def __call__(self, part: int) -> Iterator[pa.RecordBatch]:
        self.begun.append(part)
        for number, rows in enumerate(self.sizes[part]):
            one = batch(part, number, rows)
            self.hold(one.nbytes)
            yield one
        if part == self.failing:
            raise ValueError(f"part {part}")

    def hold(self, size: int) -> None:
        """Count bytes that a worker made, or (negative) that the reader got."""
        with self._lock:
            self.held += size
            self.most_held = max(self.most_held, self.held)


@contextmanager
def pool_of(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose threads all end, in whatever way the block is left."""
    pool = ThreadPoolExecutor(count, thread_name_prefix=WORKERS)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False)
        for thread in threading.enumerate():
            if thread.name.startswith(WORKERS):
                thread.join(timeout=5)
                assert not thread.is_alive(), "a worker waits for a reader that is gone"


def read(work: Work, count: int, ahead: int, limit: int) -> list[list[tuple[int, int, int]]]:
    """For each part its batches, as (part, number, rows)."""
    found: list[list[tuple[int, int, int]]] = []
    with pool_of(count) as pool:
        for outcome in in_order(pool, work, range(len(work.sizes)), ahead, limit):
            found.append([])
            for one in outcome:
                work.hold(-one.nbytes)
                found[-1].append(told(one))
            assert len(work.begun) <= len(found) + ahead
    return found


def told(one: pa.RecordBatch) -> tuple[int, int, int]:
    return (*(one.column(name)[0].as_py() if one.num_rows else -1 for name in ("part", "batch")), one.num_rows)


def expected(sizes: Sequence[Part]) -> list[list[tuple[int, int, int]]]:
    return [
        [told(batch(part, number, rows)) for number, rows in enumerate(rows_of)] for part, rows_of in enumerate(sizes)
    ]


@moderate
@given(parts, workers, aheads, limits)
def test_everything_comes_in_order_whatever_the_sizes(sizes: list[Part], count: int, ahead: int, limit: int) -> None:
    work = Work(sizes)
    assert read(work, count, ahead, limit) == expected(sizes)
    assert sorted(work.begun) == list(range(len(sizes)))


@moderate
@given(parts, workers, aheads, limits)
def test_what_waits_is_bounded(sizes: list[Part], count: int, ahead: int, limit: int) -> None:
    work = Work(sizes)
    read(work, count, ahead, limit)
    largest = 16 * max((rows for part in sizes for rows in part), default=0)
    # Beyond the limit: one batch of each worker that waits, one of the part being read, and the one just read.
    assert work.most_held <= limit + (count + 2) * largest


def test_a_slow_reader_makes_the_workers_wait() -> None:
    work = Work([[10] * 1000] * 3)
    limit = 160 * 20
    read(work, 3, 4, limit)
    assert 160 * 3 <= work.most_held <= limit + 160 * 5


@moderate
@given(parts.filter(bool), workers, aheads, limits, st.data())
def test_an_error_surfaces_where_its_part_is_read(
    sizes: list[Part], count: int, ahead: int, limit: int, data: st.DataObject
) -> None:
    failing = data.draw(st.integers(0, len(sizes) - 1))
    found: list[list[tuple[int, int, int]]] = []
    with pool_of(count) as pool, pytest.raises(ValueError, match=f"^part {failing}$"):  # noqa: PT012  # a loop reads
        for outcome in in_order(pool, Work(sizes, failing), range(len(sizes)), ahead, limit):
            found.append([])
            found[-1].extend(told(one) for one in outcome)
    assert found[:failing] == expected(sizes)[:failing]
    assert len(found) == failing + 1


def test_what_came_before_an_error_in_its_part_is_read_first() -> None:
    seen = []
    with pool_of(2) as pool, pytest.raises(ValueError, match="part 1"):  # noqa: PT012  # a loop reads
        for outcome in in_order(pool, Work([[1], [1, 2, 3], [1]], failing=1), range(3), 2, 0):
            for one in outcome:
                seen.append(told(one))  # the loop is left by the error
    assert seen == [(0, 0, 1), (1, 0, 1), (1, 1, 2), (1, 2, 3)]


@moderate
@given(parts, workers, aheads, limits, st.integers(0, 30))
def test_whoever_gives_up_leaves_no_worker_behind(
    sizes: list[Part], count: int, ahead: int, limit: int, wanted: int
) -> None:
    work, opened = Work(sizes), 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal opened
        for outcome in outcomes:
            opened += 1
            yield from outcome

    with pool_of(count) as pool:
        outcomes = in_order(pool, work, range(len(sizes)), ahead, limit)
        got = [told(one) for one in islice(batches(), wanted)]
        outcomes.close()
    assert got == [one for part in expected(sizes) for one in part][:wanted]
    assert len(work.begun) <= opened + ahead


def test_workers_that_wait_for_room_end_when_nobody_reads_any_more() -> None:
    both = Event()

    def work(part: int) -> Iterator[pa.RecordBatch]:
        if part:
            both.set()
        yield from (batch(part, number, 10) for number in range(1000))

    with pool_of(2) as pool:
        outcomes = in_order(pool, work, range(50), 3, 160 * 5)
        next(next(outcomes))
        assert both.wait(20)
        outcomes.close()


def test_what_was_not_begun_never_begins() -> None:
    begun: list[int] = []
    release = Event()

    def work(part: int) -> Iterator[pa.RecordBatch]:
        begun.append(part)
        yield batch(part, 0, 1)
        release.wait(20)

    with pool_of(1) as pool:
        outcomes = in_order(pool, work, range(10), 4, 10_000)
        next(next(outcomes))
        outcomes.close()
        release.set()
    assert begun == [0]


def test_a_batch_larger_than_the_limit_passes_when_its_part_is_read() -> None:
    work = Work([[1000], [2000, 3000], [1000]])
    assert read(work, 2, 3, 8) == expected(work.sizes)


def test_no_parts_give_nothing() -> None:
    assert read(Work([]), 2, 3, 100) == []
