"""What the results of a network's layers take of memory, refused before they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncli.network import memory
from cnncli.network.walk import calls, is_model


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
            yield call.operation.name, memory.result(tensor)


def _of(batch: int) -> str:
    return f", for batches of {batch}," if batch > 1 else " for one image"
