"""One pass over the images of an index: each is read once, by several threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnncli.data import facts
from cnncli.data.facts import NO_LOOKS, Looks
from cnncli.data.index import Item
from cnncli.errors import DataError
from cnncli.images.decode import NotNowError
from cnncli.images.parallel import one_thread_each, processors
from cnncli.images.prepare import Colour, Range, Target, UnknownRangeError, fit, to_levels
from cnncli.images.reader import read

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[int, int], None]
CHUNK = 16


@dataclass(frozen=True)
class Seen:
    """What became of one image: its facts and its pixels as a network takes them, or a reason.

    `lasting` tells that the reason is in the file, and will be there the next time. `values` are
    the ends of its values where it is whole and only its range is not known.
    """

    facts: tuple[Any, ...] | None
    pixels: np.ndarray | None
    reason: str = ""
    lasting: bool = True
    values: Range | None = None


def scan(
    items: Sequence[Item],
    target: Target | None,
    progress: Progress | None = None,
    *,
    value_range: Range | None = None,
    background: Colour | None = None,
    looks: Looks = NO_LOOKS,
) -> Iterator[Seen]:
    """Read `items` in order; `progress` gets (done, all). Without a `target` it gives no pixels.

    At most a few chunks of images are in memory at a time.
    """
    done = 0
    if target is not None:
        value_range, background = target.value_range, target.background
    looks = replace(looks, alpha=background is not None)

    def chunk(chosen: Sequence[Item]) -> list[Seen]:
        return [_look(item, target, value_range, background, looks) for item in chosen]

    with _threads() as pool:
        waiting: deque[Future[list[Seen]]] = deque()
        # A batch that is decoded on demand is small: all threads are to have some of it.
        size = max(1, min(CHUNK, len(items) // (2 * processors())))
        chunks = iter(range(0, len(items), size))
        while True:
            while len(waiting) < 3 * processors() and (start := next(chunks, None)) is not None:
                waiting.append(pool.submit(chunk, items[start : start + size]))
            if not waiting:
                return
            for seen in waiting.popleft().result():
                yield seen
                done += 1
            if progress is not None:
                progress(done, len(items))


def pixels_of(items: Sequence[Item], target: Target) -> np.ndarray:
    """Return the pixels of `items`, uint8 N x H x W x C; DataError names one that is unreadable."""
    import numpy as np

    result = np.empty((len(items), target.height, target.width, target.channels), np.uint8)
    for place, (item, seen) in enumerate(zip(items, scan(items, target), strict=True)):
        if seen.pixels is None:
            raise DataError(f"{item.file}: {seen.reason}")
        result[place] = seen.pixels
    return result


def _look(
    item: Item,
    target: Target | None,
    value_range: Range | None,
    background: Colour | None,
    looks: Looks,
) -> Seen:
    try:
        image = read(item.source, name=item.file)
        levels = to_levels(image, value_range, background)
        pixels = fit(levels.pixels, target) if target else None
        return Seen(facts.row(image, levels, looks), pixels)
    except DataError as error:
        reason = error.message.removeprefix(f"{item.file}: ")
        values = error.values if isinstance(error, UnknownRangeError) else None
        return Seen(None, None, reason, not isinstance(error, NotNowError), values)


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    # One thread more than processors, as one of them often waits for the disk or for Python.
    pool = ThreadPoolExecutor(processors() + 1, thread_name_prefix="images")
    with one_thread_each():
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
