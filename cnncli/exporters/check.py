"""Is what was written the same network? Asked of the runtime of its format, in its own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.exporters.network import Network
from cnncli.network.exported import End, Exported
from cnncli.process import apart

if TYPE_CHECKING:
    import numpy as np

Load = Callable[[Path], Exported]

BATCHES = (1, 8)
# Outputs that differ by less over all images: a check can see little in such a network.
ALIKE = 1e-3


@dataclass(frozen=True)
class Checked:
    """What a check found: the largest difference to Keras, and what it may be (None: anything)."""

    runtime: str
    images: int
    difference: float
    tolerance: float | None
    doubt: str | None = None


@dataclass(frozen=True)
class Answers:
    """What a runtime says of a file: its inputs and outputs, and the outputs for each batch."""

    runtime: str
    inputs: tuple[End, ...]
    outputs: tuple[End, ...]
    by_batch: Mapping[int, np.ndarray]


def check(path: Path, network: Network, load: Load, tolerance: float | None) -> Checked:
    """Compare a file with the network that it was made of; ModelError where they differ."""
    import numpy as np

    try:
        answers = apart(_ask, load, path, network.images)
    except ModelError as error:  # it knows the file by the name that it has until it is checked
        raise ModelError(error.message.replace(str(path), "what was written")) from error
    _check_ends(answers, network)
    wanted = network.outputs
    if not np.isfinite(wanted).all():
        raise ModelError("Keras answers with what is no number, so nothing can be compared")
    if not all(np.isfinite(found).all() for found in answers.by_batch.values()):
        raise ModelError(
            f"{answers.runtime} answers with what is no number, where Keras answers with numbers"
        )
    difference = max(_difference(found, wanted) for found in answers.by_batch.values())
    if tolerance is not None and not difference <= tolerance:
        raise ModelError(
            f"{answers.runtime} and Keras differ by {difference:.2g} on {network.images_from}, "
            f"and {tolerance:g} is the most that is allowed: nothing was written",
        )
    return Checked(answers.runtime, len(network.images), difference, tolerance, _doubt(wanted))


def _ask(load: Load, path: Path, images: np.ndarray) -> Answers:
    """Load a file and let it answer for batches of each size, all images in each way."""
    import numpy as np

    opened = load(path)
    given = images.astype(np.float32)
    by_batch = {}
    for size in BATCHES:
        parts = [opened(given[start : start + size]) for start in range(0, len(given), size)]
        by_batch[size] = np.concatenate(parts)
    return Answers(opened.runtime, opened.inputs, opened.outputs, by_batch)


def _check_ends(answers: Answers, network: Network) -> None:
    """Raise ModelError for other inputs and outputs than were meant."""
    wanted = ((End("image", (None, *network.shape), "float32"),),
              (End("probabilities", (None, network.units), "float32"),))  # fmt: skip
    found = tuple(
        tuple(End(end.name, end.shape, _FLOATS.get(end.dtype, end.dtype)) for end in ends)
        for ends in (answers.inputs, answers.outputs)
    )
    if found != wanted:
        raise ModelError(
            f"{answers.runtime} finds other inputs and outputs than were written: {found}"
        )


_FLOATS = {"float": "float32"}


def _difference(found: np.ndarray, wanted: np.ndarray) -> float:
    import numpy as np

    if found.shape != wanted.shape:
        return float("inf")
    return float(np.abs(found.astype(np.float64) - wanted).max())


def _doubt(wanted: np.ndarray) -> str | None:
    """Say why an error might not be seen: the network answers the same to every image."""
    spread: Any = wanted.max(axis=0) - wanted.min(axis=0)
    if spread.max() >= ALIKE:
        return None
    return (
        "the network answers almost the same to every image of the check, which therefore "
        "shows little"
    )
