"""Which layers of a network are worth explaining by, and which one if none is named."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.explain.head import IDLE
from cnncli.network.results import Result
from cnncli.network.walk import words

# Rows and columns that a map needs to say where something is: with 8 x 8 and less, a cell is an
# eighth of the image wide (see docs/explanations.md for what coarser ones are worth).
CELLS = 10
# What such a layer returns is another's maps: fewer, moved or with a rim.
BORROWED = IDLE | words(
    "InputLayer Reshape Permute Resizing Rescaling Normalization UpSampling2D ZeroPadding2D "
    "Cropping2D CenterCrop MaxPooling2D AveragePooling2D ops.pad ops.reshape ops.transpose "
    "GlobalAveragePooling2D GlobalMaxPooling2D"
)
# What stands behind a layer and finishes its maps, value by value.
FINISHING = words(
    "Activation ReLU LeakyReLU PReLU ELU Softmax BatchNormalization LayerNormalization "
    "GroupNormalization LayerScale ops.relu ops.relu6 ops.gelu ops.silu ops.hard_silu ops.swish"
)


def has_maps(result: Result) -> bool:
    """Whether a result is height x width x channels, and larger than one pixel."""
    shape = tuple(result.tensor.shape)[1:]
    return len(shape) == 3 and None not in shape and min(shape[:2]) > 1


def cells(result: Result) -> int:
    """Return the rows or columns of its maps, whichever are fewer."""
    return int(min(result.tensor.shape[1:3]))


def stages(found: Sequence[Result], entry: int) -> list[Result]:
    """Return the results that everything behind `entry` goes through, from early to late.

    So they see all branches. A convolution with its normalisation and activation is one stage,
    and what only passes maps on (pooling, padding, dropout) is none. Where nothing is passed by
    all, all results with maps are returned.
    """
    leaves = [each for each in found if not each.is_network and each.number > entry]
    maps = [each for each in leaves if has_maps(each)]
    narrow = _narrow(leaves)
    return _finished([each for each in maps if each.number in narrow]) or _finished(maps) or maps


def default(found: Sequence[Result]) -> str | None:
    """Return the last of the stages whose maps are fine enough, else the last of the finest."""
    if not found:
        return None
    finest = max(map(cells, found))
    return next(each.name for each in reversed(found) if cells(each) >= min(CELLS, finest))


def _narrow(leaves: Sequence[Result]) -> set[int]:
    """Return the numbers of those behind which nothing earlier is used any more."""
    last_use = {each.number: each.number for each in leaves}
    for each in leaves:
        last_use.update(dict.fromkeys(each.sources, each.number))
    narrow, open_until = set(), 0
    for each in leaves:
        if open_until <= each.number:
            narrow.add(each.number)
        open_until = max(open_until, last_use[each.number])
    return narrow


def _finished(maps: Sequence[Result]) -> list[Result]:
    kept: list[Result] = []
    for each in maps:
        if each.call.type in BORROWED:
            continue
        if kept and each.call.type in FINISHING and each.tensor.shape == kept[-1].tensor.shape:
            kept.pop()
        kept.append(each)
    return kept
