"""Threads that work ahead give what the work gives, in order, and no more than is asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from cnncli.images.parallel import READY, ahead


def flat(batches: Iterator[list[int]]) -> list[int]:
    return [each for batch in batches for each in batch]


def test_results_come_in_the_order_of_the_parts() -> None:
    def slow_where_even(part: int) -> int:
        time.sleep(0.002 * (part % 2 == 0))
        return part * part

    assert flat(ahead(slow_where_even, range(200))) == [part * part for part in range(200)]


def test_a_part_is_done_before_the_next_one_comes() -> None:
    go_on = threading.Event()

    def parts() -> Iterator[int]:
        yield 1
        assert go_on.wait(60)
        yield 2

    results = ahead(str, parts())
    assert next(results) == ["1"]
    go_on.set()
    assert next(results) == ["2"]
    assert next(results, None) is None


@pytest.mark.parametrize("fails", ["the parts", "the work"])
def test_a_fault_stands_behind_what_came_before_it(fails: str) -> None:
    def parts() -> Iterator[int]:
        yield from range(10)
        if fails == "the parts":
            raise ValueError(fails)
        yield 10

    def work(part: int) -> int:
        if part == 10:
            raise ValueError(fails)
        return part

    seen: list[int] = []
    with pytest.raises(ValueError, match=fails):
        for batch in ahead(work, parts()):
            seen.extend(batch)
    assert seen == list(range(10))


def test_nobody_works_far_ahead_or_behind_the_end() -> None:
    begun: list[int] = []
    results = ahead(begun.append, range(10_000))
    next(results)
    time.sleep(0.1)
    assert len(begun) <= 2 * READY + 16
    results.close()
    time.sleep(0.1)
    count = len(begun)
    time.sleep(0.1)
    assert len(begun) == count
