"""Which images excite the filters of a network most, and where in them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cnncli.evaluation.filters import Filters
from cnncli.facts.field import Field
from cnncli.facts.receptive_field import receptive_fields
from cnncli.images.blobs import Box
from cnncli.network import memory
from cnncli.network.entry import preprocess_of
from cnncli.network.results import Result, computed, follow, results
from cnncli.network.walk import functional

if TYPE_CHECKING:
    import numpy as np

BATCH, BATCH_BYTES = 32, 256_000_000  # images in a batch, and what all their maps may take
Pixels = tuple[str, "np.ndarray"]  # what an image is called; uint8, height x width x channels


@dataclass(frozen=True)
class Excited:
    """An image that excites a filter: the highest value of its map, and where in the map it is.

    `box` is the part of the image (as the network sees it) that the value depends on; None where
    that is not known, or is all of it.
    """

    image: str
    value: float
    row: int
    column: int
    box: Box | None


def exciting(
    model: Any, chosen: Sequence[Filters], images: Iterable[Pixels], count: int
) -> dict[str, list[list[Excited]]]:
    """Return, by layer, for each filter the `count` images whose maps reach the highest values.

    The maps are those that leave the layer, its activation included. Images whose map is 0
    everywhere (behind a ReLU) are left out. Of equal ones the first count. Memory does not grow
    with the number of images.
    """
    found = results(model)
    boxes = {each.name: _boxes(model, found, each.result) for each in chosen}
    best: dict[str, list[list[tuple[float, int, Excited]]]] = {
        each.name: [[] for _ in each.kernels] for each in chosen
    }
    number = 0
    for batch in _batches(images, _batch_size(found)):
        maps = _maps(model, [each.name for each in chosen], batch)
        for place, (image, pixels) in enumerate(batch):
            number -= 1
            for name, values in maps.items():
                for heap, peak in zip(best[name], _peaks(values[place]), strict=True):
                    if peak is None:
                        continue
                    value, row, column = peak
                    box = boxes[name](row, column, pixels.shape)
                    _keep(heap, (value, number, Excited(image, value, row, column, box)), count)
    return {
        name: [[each[2] for each in sorted(heap, reverse=True)] for heap in heaps]
        for name, heaps in best.items()
    }


def _keep(heap: list[Any], found: tuple[float, int, Excited], count: int) -> None:
    if len(heap) < count:
        heapq.heappush(heap, found)
    else:
        heapq.heappushpop(heap, found)


def _peaks(maps: np.ndarray) -> Iterator[tuple[float, int, int] | None]:
    """Yield the highest value of each map (height x width x maps), its row and its column.

    None of a map that is 0 everywhere, or that holds what is no number.
    """
    import numpy as np

    flat = maps.reshape(-1, maps.shape[2])
    speaks = flat.any(axis=0) & ~np.isnan(flat).any(axis=0)
    for index, place in enumerate(flat.argmax(axis=0).tolist()):
        row, column = divmod(place, maps.shape[1])
        yield (float(flat[place, index]), row, column) if speaks[index] else None


def _batch_size(found: Sequence[Result]) -> int:
    one = sum(memory.result(each.tensor) for each in found if not each.is_network)
    return max(1, min(BATCH, BATCH_BYTES // max(1, one)))


def _batches(images: Iterable[Pixels], size: int) -> Iterator[list[Pixels]]:
    """Yield neighbours of one shape together."""
    for _, alike in groupby(images, key=lambda each: each[1].shape):
        batch = []
        for each in alike:
            batch.append(each)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch


def _maps(model: Any, names: Sequence[str], batch: Sequence[Pixels]) -> dict[str, np.ndarray]:
    """Return what leaves the layers: images x height x width x maps, float32."""
    import keras
    import numpy as np

    pixels = np.stack([each[1] for each in batch]).astype(np.float32)
    values = {id(functional(model)._inputs[0]): keras.ops.convert_to_tensor(pixels)}
    maps: dict[str, np.ndarray] = {}
    for name, call, made, _ in follow(model, values, lambda _, call, known: computed(call, known)):
        if name in names:
            array = np.asarray(made[0], np.float32)
            first = getattr(call.operation, "data_format", "") == "channels_first"
            maps[name] = np.moveaxis(array, 1, -1) if first else array
        if len(maps) == len(names):
            break
    return maps


def _boxes(
    model: Any, found: Sequence[Result], result: Result
) -> Callable[[int, int, tuple[int, ...]], Box | None]:
    """Return a function that says which part of an image a position of a map depends on.

    What standardizing the whole image adds to it does not count.
    """
    entry = preprocess_of(found)
    state = receptive_fields(model, entry.tensor if entry else None).get(id(result.tensor))
    if not isinstance(state, Field):
        return lambda row, column, shape: None
    down, across = state.axes

    def box(row: int, column: int, shape: tuple[int, ...]) -> Box | None:
        top, bottom = down.reaches(row, row)
        left, right = across.reaches(column, column)
        top, left = max(0, top), max(0, left)
        height, width = min(bottom + 1, shape[0]) - top, min(right + 1, shape[1]) - left
        if height < 1 or width < 1 or (height, width) == shape[:2]:
            return None
        return Box(top, left, height, width)

    return box
