"""Parts of an exported network: from behind its preprocessing, up to before its last activation.

Another program gives a network's outputs alone. What hides parts of an image needs to enter
behind the standardisation, which would else spread what is hidden over the whole image, and to
read scores, which a softmax mixes. Both are reached by leaving steps of the file out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.errors import ModelError
from cnncli.network.exported import Exported

if TYPE_CHECKING:
    import numpy as np

_ACTIVATIONS = ("Softmax", "Sigmoid", "SOFTMAX", "LOGISTIC")
# What stands between the last activation and the output, and changes no value but its kind.
_PASSING = ("Identity", "Cast", "QuantizeLinear", "DequantizeLinear", "CAST", "QUANTIZE",
            "DEQUANTIZE", "Reshape", "RESHAPE", "Squeeze", "SQUEEZE", "Flatten")  # fmt: skip
LOOKED_AT = 12  # results behind the image, at which its preprocessing may end
# How far values of spread 1 may be off, on average: with fewer bits they are rounded and cut, and
# pixels before their standardisation are 100 times as far away.
NEAR = 0.5


@dataclass(frozen=True)
class Step:
    """An operation of a file, and the names of what it takes and makes."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Parts(ABC):
    """A file as its steps, in the order in which they are computed, that parts are made of."""

    path: Path
    steps: Sequence[Step]
    image: str
    output: str

    @abstractmethod
    def values(self, images: np.ndarray, names: Sequence[str]) -> list[np.ndarray]:
        """Return results on the way (float32) for one image (1 x H x W x C)."""

    @abstractmethod
    def part(self, entry: str, like: np.ndarray | None, output: str) -> Exported:
        """Return the network from a result on, which has the shape of `like`, to another."""

    def needed(self, entry: str, outputs: Sequence[str]) -> list[int]:
        """Return the numbers of the steps that make `outputs` of `entry`."""
        wanted, found = set(outputs) - {entry}, []
        for number in reversed(range(len(self.steps))):
            step = self.steps[number]
            if wanted.intersection(step.outputs) or not step.outputs:
                found.append(number)
                wanted.update(each for each in step.inputs if each != entry)
        return found[::-1]


def scores(parts: Parts) -> str | None:
    """Return the result that the last activation gets; None where it is no softmax or sigmoid."""
    made_by = {name: step for step in parts.steps for name in step.outputs}
    step = made_by.get(parts.output)
    while step is not None and step.kind in _PASSING:
        step = made_by.get(step.inputs[0])
    return step.inputs[0] if step is not None and step.kind in _ACTIVATIONS else None


def passages(parts: Parts) -> Iterator[str]:
    """Yield the results that all that is made of the image goes through, from early to late."""
    last_use = {name: number for number, step in enumerate(parts.steps) for name in step.inputs}
    reached, open_until = {parts.image}, last_use.get(parts.image, 0)
    for number, step in enumerate(parts.steps):
        if reached.isdisjoint(step.inputs):
            continue
        reached.update(step.outputs)
        used = [name for name in step.outputs if name in last_use]
        if len(used) == 1 and open_until <= number:
            yield used[0]
        open_until = max([open_until, *(last_use[name] for name in used)])


def standardized(parts: Parts, images: np.ndarray, wanted: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the result that holds `wanted`, what standardising makes of one image, and its value.

    Raises ModelError where there is none that everything goes through.
    """
    import numpy as np

    names = [name for name, _ in zip(passages(parts), range(LOOKED_AT), strict=False)]
    for name, found in zip(names, parts.values(images, names), strict=True):
        for axes in ((0, 1, 2, 3), (0, 3, 1, 2)):
            here = wanted.transpose(axes)
            if found.shape == here.shape and float(np.abs(found - here).mean()) < NEAR:
                return name, found
    raise ModelError(f"{parts.path}: the place behind its standardisation is not to be found in it")
