"""How fast a network answers here: in each runtime, one process for each way of running it."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import CnncliError
from cnncli.exporters.deploy import Source, load
from cnncli.exporters.network import Network
from cnncli.network import runtimes
from cnncli.process import apart
from cnncli.runs.record import processors

if TYPE_CHECKING:
    import numpy as np

KERAS = "keras"
# The formats that a network is written in to be measured, and the ending of each.
FORMATS: Mapping[str, str] = {"onnx": ".onnx", "tflite": ".tflite"}
WARM_UP, FEWEST, SECONDS = 3, 10, 0.5  # runs before, and at least so many in so much time
QUARTILES = (0, 25, 50, 75)


@dataclass(frozen=True)
class Speed:
    """Times of a batch in milliseconds: the least and the quartiles.

    `memory_bytes` is the peak of the process, `start_milliseconds` from its first import to its
    first answer.
    """

    model: str
    runtime: str
    batch: int
    threads: int
    milliseconds: tuple[float, float, float, float]
    memory_bytes: int
    start_milliseconds: float
    file_bytes: int

    @property
    def images_per_second(self) -> float:
        """By the median time."""
        return self.batch / self.milliseconds[2] * 1000


def files(
    source: Source, folder: Path, formats: Mapping[str, Any], tell: Callable[[str], None]
) -> dict[str, Path]:
    """Return the files to measure, by runtime: the one that is named, or one in each format.

    `formats` are the Formats to write; what one of them cannot say is told and left out.
    """
    if runtimes.is_exported(source.name):
        return {Path(source.name).suffix.lower().removeprefix("."): Path(source.name)}
    import numpy as np

    found = load(source)
    paths = {KERAS: folder / "model.keras"}
    found.model.save(paths[KERAS])
    shape = tuple(found.model.input_shape[1:])
    network = Network("model", found.model, {}, np.zeros((1, *shape), np.uint8), "")
    for name, form in formats.items():
        path = folder / f"model{FORMATS[name]}"
        try:
            form.write(network, path, None)
        except CnncliError as error:
            tell(f"{source.name} is not measured as {name}: {error.message}")
        else:
            paths[name] = path
    return paths


def measure(model: str, paths: Mapping[str, Path], batches: Sequence[int]) -> Iterator[list[Speed]]:
    """Yield the speeds of one process after the other: each runtime, with one thread and all."""
    for path in paths.values():
        for threads in sorted({1, processors()}):
            yield apart(_measure, model, path, threads, tuple(batches))


def _measure(model: str, path: Path, threads: int, batches: Sequence[int]) -> list[Speed]:
    import numpy as np

    begun = time.perf_counter()
    runtime, shape, answer = _opened(path, threads)
    draws = np.random.default_rng(0)
    answer(np.zeros((1, *shape), np.float32))
    start = (time.perf_counter() - begun) * 1000
    size = path.stat().st_size
    speeds = []
    for batch in batches:
        images = draws.integers(0, 256, (batch, *shape)).astype(np.float32)
        least, low, middle, high = np.percentile(_times(answer, images), QUARTILES).tolist()
        times = (least, low, middle, high)
        speeds.append(Speed(model, runtime, batch, threads, times, _peak(), start, size))
    return speeds


def _opened(path: Path, threads: int) -> tuple[str, tuple[int, ...], Callable[[Any], Any]]:
    if runtimes.is_exported(path):
        network = runtimes.load(path, threads)
        return network.runtime, network.shape, network
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[variable] = str(threads)
    from cnncli.network import keras_file

    model = keras_file.load(path)
    import keras
    import tensorflow as tf

    shape = tuple(model.input_shape[1:])
    spec = tf.TensorSpec((None, *shape), tf.float32)
    step = tf.function(lambda images: model(images, training=False), input_signature=[spec])
    return f"Keras {keras.__version__}", shape, lambda images: step(images).numpy()


def _times(answer: Callable[[Any], Any], images: np.ndarray) -> list[float]:
    """Return milliseconds of each call, after a few that warm up."""
    for _ in range(WARM_UP):
        answer(images)
    times: list[float] = []
    while len(times) < FEWEST or sum(times) < SECONDS * 1000:
        begun = time.perf_counter()
        answer(images)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _peak() -> int:
    """Return the most memory that this process has taken."""
    status = Path("/proc/self/status")
    if status.exists():  # the other figure begins with that of the process that started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
