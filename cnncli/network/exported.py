"""Networks that left Keras, in a file that another runtime loads: what goes in, what comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

Size = int | None  # None where the file leaves it open
_IMAGE_CHANNELS = (1, 3)


@dataclass(frozen=True)
class End:
    """An input or output as the file declares it, the batch as its first size."""

    name: str
    shape: tuple[Size, ...]
    dtype: str


class Exported(ABC):
    """A network in a file of another format than Keras's.

    It is called with images (float32, N x height x width x channels, with the values that the
    network takes) and returns its outputs (float32, N x U), whatever order of axes and type of
    numbers the file has.
    """

    runtime: str  # the program that runs it, with its version
    # Of a file whose inputs are whole numbers: what pixels of 0 and of 255 stand for.
    pixel_range: tuple[float, float] | None = None

    def __init__(
        self, path: Path, inputs: Sequence[End], outputs: Sequence[End], metadata: Mapping[str, str]
    ) -> None:
        self.path, self.metadata = path, metadata
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.shape, self.channels_first = _image(path, self.inputs)
        self._units = _units(path, self.outputs)

    @property
    def input_shape(self) -> tuple[Size, ...]:
        """The batch, height, width and channels, as Keras orders them."""
        return None, *self.shape

    @property
    def output_shape(self) -> tuple[Size, ...]:
        """The batch and the number of outputs, which some files tell only when they are run."""
        if self._units is None:
            import numpy as np

            height, width, channels = self.shape
            self._units = self(np.zeros((1, height, width, channels), np.float32)).shape[1]
        return None, self._units

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs for images; ModelError where the runtime cannot compute them."""
        import numpy as np

        given = images.transpose(0, 3, 1, 2) if self.channels_first else images
        size = self.inputs[0].shape[0] or len(given) or 1
        parts = [self._run(part) for part in _parts(given, size)]
        rows = [part.reshape(len(part), -1) for part in parts]
        return np.concatenate(rows).astype(np.float32)[: len(images)]

    @abstractmethod
    def _run(self, images: np.ndarray) -> np.ndarray:
        """Return the outputs for one batch, float32 as the file orders the axes."""


def _parts(images: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut images into batches of the size that a file asks for, the last filled up with zeros."""
    import numpy as np

    parts = [images[start : start + size] for start in range(0, len(images), size)]
    if parts and (lacking := size - len(parts[-1])):
        filling = np.zeros((lacking, *images.shape[1:]), images.dtype)
        parts[-1] = np.concatenate([parts[-1], filling])
    return parts


def _image(path: Path, inputs: Sequence[End]) -> tuple[tuple[int, int, int], bool]:
    """Return height, width and channels of the one image, and whether channels stand first."""
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise ModelError(f"{path}: takes {_said(inputs)}, not one image")
    sizes = inputs[0].shape[1:]
    first = sizes[0] in _IMAGE_CHANNELS and sizes[2] not in _IMAGE_CHANNELS
    channels, height, width = sizes if first else (sizes[2], *sizes[:2])
    if height is None or width is None or channels is None:
        raise ModelError(
            f"{path}: takes {_said(inputs)}, and not images of one size",
            hint="Export it with a fixed height, width and number of channels.",
        )
    return (height, width, channels), first


def _units(path: Path, outputs: Sequence[End]) -> int | None:
    """Return the number of outputs for an image; None where the file does not tell it."""
    if len(outputs) == 1:
        sizes = [size for size in outputs[0].shape[1:] if size != 1]
        if len(sizes) <= 1 and len(outputs[0].shape) > 1:
            return sizes[0] if sizes else 1
    raise ModelError(f"{path}: returns {_said(outputs)}, not one row of numbers for each image")


def _said(ends: Sequence[End]) -> str:
    shapes = ", ".join(
        f"{end.name} ({' x '.join(str(size or 'any') for size in end.shape)})" for end in ends
    )
    return shapes or "nothing"


def number_type(dtype: str) -> Any:
    """Return NumPy's type of the numbers that a file takes; ModelError for what is no number."""
    import numpy as np

    known = {"float": "float32", "double": "float64"}
    try:
        found = np.dtype(known.get(dtype, dtype))
    except TypeError:
        found = np.dtype(object)
    if found.kind not in "fiu":
        raise ModelError(f"its input is of type {dtype}, and images are numbers")
    return found
