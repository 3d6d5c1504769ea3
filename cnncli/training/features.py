"""What a frozen front makes of each image: computed once, kept on disk, trained on from there."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import files
from cnncli._version import __version__
from cnncli.cache import IMAGES
from cnncli.data import store
from cnncli.data.store import Pixels
from cnncli.runs.record import versions
from cnncli.training.parts import Parts
from cnncli.training.probabilities import BATCH, predictor
from cnncli.training.route import route_of

if TYPE_CHECKING:
    import numpy as np

VERSION = 1  # raised when the same front would give other numbers
_BLOCK = 64  # images hashed at a time
Done = Callable[[int, int], None]  # is told how many images are done, of how many; may raise


@dataclass(frozen=True)
class Front:
    """A frozen front at work: images (uint8, N x H x W x C) become float32, N x `width`.

    Each goes through it alone (see `probabilities.predictor`), so that no bit of its row depends
    on the images around it: the rows of an epoch are those that were computed once.
    """

    model: Any
    last: str
    width: int
    rows: Callable[[np.ndarray], np.ndarray]


class Computed:
    """Rows that are computed each time they are asked for, from the pixels of these places."""

    def __init__(self, front: Front, pixels: Pixels) -> None:
        self._front, self._pixels = front, pixels

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self._pixels), self._front.width

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, rows: Any) -> np.ndarray:
        return self._front.rows(self._pixels[rows])


def front_of(parts: Parts) -> Front:
    """Return the front of a network at work."""
    width = route_of(parts.front).width
    return Front(parts.front, parts.last, width, predictor(parts.front))


def kept(
    front: Front, pixels: Pixels, rows: np.ndarray, done: Done, told: Callable[[bool], None]
) -> np.ndarray | None:
    """Return what `front` makes of the images at `rows`: float32, len(rows) x width, on disk.

    From the cache where it is there; None where there is no room for it. `told` is told before
    whether it is there. What `done` raises goes through, and nothing is left.
    """
    path = IMAGES.folder / f"{_key(front, pixels, rows)}.features.npy"
    shape = (len(rows), front.width)
    found = _load(path, shape)
    if found is not None:
        told(True)
        return found
    if not store.room_for(4 * len(rows) * front.width):
        return None
    told(False)
    # The disk may fill up meanwhile, or the cache not be ours to write in.
    with suppress(OSError), files.replacing(path) as temporary:
        _write(temporary, shape, _computed(front, pixels, rows, done))
        found = _load(temporary, shape)
    return found


def _computed(front: Front, pixels: Pixels, rows: np.ndarray, done: Done) -> Iterator[np.ndarray]:
    done(0, len(rows))
    for start in range(0, len(rows), BATCH):
        places = rows[start : start + BATCH]
        yield front.rows(pixels[places])
        done(start + len(places), len(rows))


def _write(path: Path, shape: tuple[int, int], parts: Iterator[np.ndarray]) -> None:
    """Write an array part by part: not mapped, for a full disk would then kill the process."""
    from numpy.lib import format as npy

    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(file, header)
        for part in parts:
            file.write(part.astype("<f4", copy=False).data)


def _load(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """Return what is kept; None where there is nothing, or it is damaged."""
    import numpy as np

    try:
        found = np.load(path, mmap_mode="r")
        os.utime(path)  # used just now: not the next to go
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape and found.dtype == np.float32 else None


def _key(front: Front, pixels: Pixels, rows: np.ndarray) -> str:
    """Return a digest of all that the numbers depend on, the machine included."""
    import numpy as np

    state = hashlib.blake2b(digest_size=20)
    state.update(repr((VERSION, __version__, versions())).encode())
    state.update(repr(_machine()).encode())
    with np.printoptions(threshold=sys.maxsize):  # constants are told to the last number
        for word in route_of(front.model).described():
            state.update(word.encode())
    for weight in front.model.weights:
        values = weight.numpy()
        state.update(repr((values.shape, str(values.dtype))).encode() + values.tobytes())
    state.update(repr((pixels.shape[1:], len(rows))).encode())
    for start in range(0, len(rows), _BLOCK):
        state.update(pixels[rows[start : start + _BLOCK]].tobytes())
    return state.hexdigest()


def _machine() -> tuple[str, ...]:
    """Return what changes the last bits: processor, threads, TensorFlow's own settings."""
    import tensorflow as tf

    settings = [f"{name}={os.environ[name]}" for name in sorted(os.environ) if name[:3] == "TF_"]
    devices = [each.name for each in tf.config.list_logical_devices()]
    threads = tf.config.threading.get_intra_op_parallelism_threads()
    return (platform.machine(), _processor(), str(threads), *devices, *settings)


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
