"""How fast a network answers here: in each runtime, one process for each way of running it."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import CnncliError
from cnncli.exporters.deploy import Source, load
from cnncli.exporters.network import Network
from cnncli.images.parallel import processors
from cnncli.network import runtimes
from cnncli.process import kept

if TYPE_CHECKING:
    import numpy as np

KERAS = "keras"
# The formats that a network is written in to be measured, and the ending of each.
FORMATS: Mapping[str, str] = {"onnx": ".onnx", "tflite": ".tflite"}
TURNS = 3  # of each process
WARM_UP, FEWEST, SECONDS = 3, 4, 0.2  # in a turn: runs before, and at least so many in so much time
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
    source: Source,
    folder: Path,
    formats: Mapping[str, Any],
    tell: Callable[[str], None],
    *,
    keras: bool = True,
) -> dict[str, Path]:
    """Return the files to measure, by runtime: the one that is named, or one in each format.

    `formats` are the Formats to write beside that of Keras, if that is wanted; what one of them
    cannot say is told and left out.
    """
    if runtimes.is_exported(source.name):
        return {Path(source.name).suffix.lower().removeprefix("."): Path(source.name)}
    import numpy as np

    found = load(source)
    paths: dict[str, Path] = {}
    if keras:
        paths[KERAS] = folder / "model.keras"
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


def measure(
    model: str, paths: Mapping[str, Path], batches: Sequence[int], threads: Sequence[int] = ()
) -> list[Speed]:
    """Return the speeds of a network in each runtime, with so many threads (else one, and all).

    Each runtime has a process of its own, and they take turns: what else this machine does slows
    one down as it does the others.
    """
    found: list[Speed] = []
    for number in threads or sorted({1, processors()}):
        with ExitStack() as processes:
            begun = [processes.enter_context(kept(Runner, path, number)) for path in paths.values()]
            for batch in batches:
                turns = [[run(batch) for run in begun] for _ in range(TURNS)]
                found += [_speed(model, batch, number, each) for each in zip(*turns, strict=True)]
    order = list(dict.fromkeys(each.runtime for each in found))
    return sorted(found, key=lambda each: order.index(each.runtime))


@dataclass(frozen=True)
class Turn:
    """What a process says at each turn: the times of a batch in it, and of itself until now."""

    runtime: str
    times: list[float]
    memory_bytes: int
    start_milliseconds: float
    file_bytes: int


class Runner:
    """A network opened in this process; called with the size of a batch, it answers for a turn."""

    def __init__(self, path: Path, threads: int) -> None:
        import numpy as np

        begun = time.perf_counter()
        self._runtime, self._shape, self._answer = _opened(path, threads)
        self._answer(np.zeros((1, *self._shape), np.float32))
        self._start = (time.perf_counter() - begun) * 1000
        self._size = path.stat().st_size

    def __call__(self, batch: int) -> Turn:
        import numpy as np

        draws = np.random.default_rng(0)
        images = draws.integers(0, 256, (batch, *self._shape)).astype(np.float32)
        times = _times(self._answer, images)
        return Turn(self._runtime, times, _peak(), self._start, self._size)


def _speed(model: str, batch: int, threads: int, turns: Sequence[Turn]) -> Speed:
    import numpy as np

    last = turns[-1]
    times = [each for turn in turns for each in turn.times]
    least, low, middle, high = np.percentile(times, QUARTILES).tolist()
    about = (last.memory_bytes, last.start_milliseconds, last.file_bytes)
    return Speed(model, last.runtime, batch, threads, (least, low, middle, high), *about)


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
