"""Training from the array on disk against Keras's `fit` on prepared arrays in memory."""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import rotate, verdict
from benchmarks.images import class_folders

IMAGES = 192


class Silent:
    """What training tells, and nobody hears."""

    def moment(self, moment: Any) -> None:
        pass

    def epoch_done(self, history: Any, best_epoch: Any, epochs: int) -> None:
        pass


def ours(folder: Path, batch_size: int) -> Any:
    """Return a function that trains one epoch as `cnncli train` does and returns images/s."""
    from cnncli.data.dataset import load
    from cnncli.data.order import order
    from cnncli.images.prepare import Target
    from cnncli.network.build import build
    from cnncli.runs.keep import keep
    from cnncli.training.augmentation import Augmentation
    from cnncli.training.devices import devices
    from cnncli.training.examples import Examples
    from cnncli.training.loop import Loop
    from cnncli.training.signals import StopRequest
    from cnncli.training.stage import Stage

    read = load(folder, Target(256, 256, 1))
    rows = np.arange(len(read.items))
    targets = read.labels.astype(np.float32)[:, None]
    model = build(_spec(), preprocessing=True)
    _compile(model)
    stage = Stage(
        model=model,
        variables=model.variables,
        train=Examples(read.pixels, rows, targets),
        validation=None,
        batch_size=batch_size,
        callbacks=[],
        augmentation=Augmentation([]),
        keep=keep(None, validates=False),
        save_best=lambda: None,
    )
    loop = Loop(
        stages=lambda number: stage,
        phases=[1],
        seed=1,
        state_file=folder / "state.npz",
        observer=Silent(),
        order=order,
        devices=devices(),
        save_every=1e9,
    )
    with StopRequest(tell=lambda: None) as stop:
        loop.prepare(None)
        loop.run(stop)

    def epoch() -> float:
        start = time.perf_counter()
        loop._epoch()
        return len(rows) / (time.perf_counter() - start)

    return epoch


def theirs(folder: Path, batch_size: int) -> Any:
    """Return a function that runs one epoch of `fit` on standardised float32 arrays."""
    from cnncli.data.dataset import load
    from cnncli.images.prepare import Target
    from cnncli.network.build import build

    read = load(folder, Target(256, 256, 1))
    pixels = read.pixels[:].astype(np.float32)
    axes = (1, 2, 3)
    pixels = (pixels - pixels.mean(axes, keepdims=True)) / pixels.std(axes, keepdims=True)
    targets = read.labels.astype(np.float32)[:, None]
    model = build(_spec())
    _compile(model)

    def epoch() -> float:
        start = time.perf_counter()
        model.fit(pixels, targets, batch_size=batch_size, epochs=1, verbose=0)
        return len(pixels) / (time.perf_counter() - start)

    return epoch


def _spec() -> Any:
    from cnncli.network.architecture import resolve

    return resolve("lesson").spec


def _compile(model: Any) -> None:
    model.compile(
        optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"], jit_compile=False
    )


def main() -> bool:
    """At 256 x 256, batches of 16 and 64: 0.95 of `fit` in memory, or more."""
    from cnncli.network.backend import load_keras

    load_keras()
    kept = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        class_folders(folder, IMAGES, 256)
        for batch_size in (16, 64):
            names = (f"cnncli, batches of {batch_size}", "fit in memory")
            candidates = (ours(folder, batch_size), theirs(folder, batch_size))
            measured = rotate(dict(zip(names, candidates, strict=True)))
            kept.append(verdict(measured, *names, at_least=0.95, unit="images/s"))
            spread = [round(value, 1) for value in sorted(measured[names[0]])]
            print(f"     images/s of cnncli: {spread}, median {statistics.median(spread)}")
    return all(kept)


if __name__ == "__main__":
    sys.exit(not main())
