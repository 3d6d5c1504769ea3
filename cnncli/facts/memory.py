"""What the results of a network's layers take of memory, refused before they are taken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cnncli.network import memory
from cnncli.network.walk import calls, is_model

_BYTES = 4  # of a float32


def require_memory(model: Any, name: str, *, batch: int = 1, training: bool = False) -> None:
    """Raise ModelError where a network cannot be computed here: one result alone is too large.

    For `training` half of all results of a batch: of each layer and its activation one is kept.
    Results whose size is open are left out.
    """
    made = list(results(model))
    layer, largest = max(made, key=lambda named: named[1], default=("", 0))
    memory.require(
        largest * batch,
        f'{name}: the result of its layer "{layer}"' + _of(batch),
        hint="Smaller images or batches, or strides and pooling before that layer, need less.",
    )
    if training:
        memory.require(
            sum(size for _, size in made) * batch // 2,
            f"{name}: to train it, the results of its layers" + _of(batch),
            hint="Take smaller batches (--batch-size) or smaller images.",
        )


def results(model: Any) -> Iterator[tuple[str, int]]:
    """Give the name of each layer, those of nested models too, and the bytes of a result of it."""
    for call in calls(model):
        if is_model(call.operation):
            yield from results(call.operation)
            continue
        for tensor in call.outputs:
            yield call.operation.name, result_bytes(tensor)


def result_bytes(tensor: Any) -> int:
    """Return the bytes of one row of a symbolic tensor; 0 where a size is open."""
    shape = tuple(tensor.shape)[1:]
    return 0 if None in shape else math.prod(shape) * _BYTES


def _of(batch: int) -> str:
    return f", for batches of {batch}," if batch > 1 else " for one image"
