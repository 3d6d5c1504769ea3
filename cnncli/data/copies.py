"""Pictures that stand in a data set more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncli.data.scan import Progress
from cnncli.data.units import connected, units

if TYPE_CHECKING:
    import numpy as np

# Of 256 bits of `facts.near`. Copies saved as JPEG, made smaller or blurred differ in up to 12;
# no two of 300 chest X-rays of one size and pose in fewer than 28.
NEAR_BITS = 12
_BLOCK = 32  # rows compared with all others at a time: 60 MB for 60,000 images


def exact(facts: np.ndarray) -> list[list[int]]:
    """Return the rows of equal pictures, in sets of two or more."""
    keys = [tuple(digest) for digest in facts["digest"].tolist()]
    return [unit for unit in units(len(keys), keys) if len(unit) > 1]


def near(facts: np.ndarray, progress: Progress | None = None) -> list[list[int]]:
    """Return the rows of almost equal pictures, in sets of two or more; equal ones among them.

    Each is compared with each; `progress` gets (done, all).
    """
    sets = connected(len(facts), _near_pairs(facts["near"], progress))
    return [unit for unit in sets if len(unit) > 1]


def alike(hashes: np.ndarray, known: np.ndarray) -> Iterator[list[int]]:
    """Yield for each of `hashes` (N x 4, uint64: `facts.near`) which of `known` it is near to."""
    import numpy as np

    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK, None, :]
        differing = np.bitwise_count(block ^ known[None]).sum(-1, dtype=np.int16)
        yield from (np.flatnonzero(row <= NEAR_BITS).tolist() for row in differing)


def bits(texts: Sequence[str]) -> np.ndarray:
    """Return hashes as numbers (N x 4, uint64) that stand as hexadecimal digits in split.csv."""
    import numpy as np

    return np.frombuffer(bytes.fromhex("".join(texts)), "<u8").reshape(len(texts), 4)


def _near_pairs(hashes: np.ndarray, progress: Progress | None) -> Iterator[tuple[int, int]]:
    import numpy as np

    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK, None, :]
        differing = np.bitwise_count(block ^ hashes[None, start:, :]).sum(-1, dtype=np.int16)
        for one, other in np.argwhere(differing <= NEAR_BITS).tolist():
            if one < other:
                yield start + one, start + other
        if progress is not None:
            progress(min(start + _BLOCK, len(hashes)), len(hashes))
