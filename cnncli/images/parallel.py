"""Work on parts of an array, or on one image behind the other, on all processors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Empty, Queue
from typing import Generic, TypeVar

READY = 64  # images that are prepared before anybody asks for them
Part = TypeVar("Part")
Result = TypeVar("Result")


def each(work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """Return what `work` makes of each part, in order.

    OpenCV and NumPy let other threads run while they compute. A few parts are done one after
    the other, as starting threads takes longer.
    """
    todo = list(parts)
    workers = min(8, os.cpu_count() or 1, len(todo) // 8)
    if workers < 2:
        return [work(part) for part in todo]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, todo))


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Within the block each image has a thread of its own, and OpenCV splits none up further."""
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def ahead(work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[list[Result]]:
    """Yield what `work` makes of each part, in order, in lists of what is ready: at least one.

    Threads work ahead of whoever takes the results, at most READY parts. The next part is waited
    for by one of them, so that parts may come from a slow stream. What `parts` or `work` raises
    is raised behind the results of the parts before.
    """
    with one_thread_each():
        team = _Team(work, iter(parts))
        try:
            yield from team.results()
        finally:
            team.stop()


class _Team(Generic[Part, Result]):
    """Threads that take parts one by one; what becomes of each is queued in the order of parts."""

    def __init__(self, work: Callable[[Part], Result], parts: Iterator[Part]) -> None:
        self._work, self._parts = work, parts
        self._taking = threading.Lock()
        self._queue: Queue[Future[Result] | None] = Queue(READY)
        self._ended = False
        for number in range(min(8, processors())):
            threading.Thread(target=self._run, name=f"images-{number}", daemon=True).start()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            part, promise = taken
            try:
                promise.set_result(self._work(part))
            except BaseException as error:
                promise.set_exception(error)

    def _take(self) -> tuple[Part, Future[Result]] | None:
        with self._taking:
            if self._ended:
                return None
            promise: Future[Result] = Future()
            try:
                part = next(self._parts)
            except StopIteration:
                self._end(None)
                return None
            except BaseException as error:
                promise.set_exception(error)
                self._end(promise)
                return None
            self._queue.put(promise)
            return part, promise

    def _end(self, last: Future[Result] | None) -> None:
        self._ended = True
        self._queue.put(last)
        if last is not None:
            self._queue.put(None)

    def results(self) -> Iterator[list[Result]]:
        promise = self._queue.get()
        while promise is not None:
            ready = [promise.result()]
            promise, known = self._next(ready)
            yield ready
            if not known:
                promise = self._queue.get()

    def _next(self, ready: list[Result]) -> tuple[Future[Result] | None, bool]:
        """Add what is ready; return what comes behind it, and whether anything is there yet."""
        while True:
            try:
                promise = self._queue.get_nowait()
            except Empty:
                return None, False
            if promise is None or not promise.done() or promise.exception() or len(ready) == READY:
                return promise, True
            ready.append(promise.result())

    def stop(self) -> None:
        """Let no thread begin anything more, nor wait for room."""
        self._ended = True
        while True:
            try:
                self._queue.get_nowait()
            except Empty:
                return
