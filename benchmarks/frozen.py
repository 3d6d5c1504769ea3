"""A frozen network with a new head: what its frozen layers make of an image is computed once.

Steps and epochs with it against those with the frozen network in the step (MobileNetV2, alpha
0.35, 96 pixels, 300 images), and the whole job against plain Keras at 224 pixels.
CNNCLI_BENCH_ROUNDS makes it shorter, for trying the script.
"""

import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import job
from benchmarks.harness import rotate, run_process, verdict
from benchmarks.images import class_folders

IMAGES = 300
ROUNDS = int(os.environ.get("CNNCLI_BENCH_ROUNDS", "3"))
EPOCHS = 24  # of a run whose epochs are timed; the first, which is traced, is left out
SPEC = """\
name: head
seed: 1
input: [{side}, {side}, 3]
layers:
  - applications.MobileNetV2:
      {{weights: null, include_top: false, pooling: avg, alpha: {alpha}, trainable: false}}
  - Dropout: {{rate: 0.2}}
  - Dense: {{units: 1, activation: sigmoid}}
"""


class Silent:
    """A display that nobody sees."""

    def moment(self, moment: Any) -> None:
        pass

    def epoch_done(self, history: Any, best_epoch: Any, epochs: int) -> None:
        pass

    def stopping(self) -> None:
        pass


def trained(folder: Path, data: Path, *, ahead: bool) -> tuple[list[float], list[float], Any]:
    """Train as `cnncli train` does; return seconds of epochs, of their steps, and the history.

    With `ahead` the frozen layers work once, else within each step.
    """
    from cnncli.training import job as jobs
    from cnncli.training.begin import Request, begin
    from cnncli.training.course import Course
    from cnncli.training.loop import Loop

    epochs: list[float] = []
    steps: list[float] = []

    def timed(method: Any, into: list[float]) -> Any:
        def call(loop: Any) -> None:
            start = time.perf_counter()
            method(loop)
            into.append(time.perf_counter() - start)

        return call

    kept = Course._works_ahead, Loop._epoch, Loop._train_epoch
    if not ahead:
        Course._works_ahead = lambda self, parts, spec: False  # type: ignore[method-assign]
    Loop._epoch = timed(Loop._epoch, epochs)  # type: ignore[method-assign]
    Loop._train_epoch = timed(Loop._train_epoch, steps)  # type: ignore[method-assign]
    try:
        run, images = begin(Request(_spec(96, 0.35), "head", str(data), out=folder), _hooks())
        jobs.carry_on(run, _hooks(), jobs.Wishes(), images)
    finally:
        Course._works_ahead, Loop._epoch, Loop._train_epoch = kept  # type: ignore[method-assign]
    return epochs[1:], steps[1:], run.history.read_text()


def _spec(side: int, alpha: float) -> Any:
    from cnncli.spec import load_text

    spec = load_text(SPEC.format(side=side, alpha=alpha), "head")
    return replace(spec, training=replace(spec.training, epochs=EPOCHS))


def _hooks() -> Any:
    from cnncli.network.backend import load_keras
    from cnncli.render.pictures.confusion import draw_confusion
    from cnncli.render.pictures.curves import draw_curves
    from cnncli.training.hooks import Hooks

    @contextlib.contextmanager
    def progress(label: str) -> Iterator[Any]:
        yield lambda done, of: None

    return Hooks(
        note=lambda text: None,
        warn=lambda text: None,
        load_keras=load_keras,
        progress=progress,
        display=lambda: contextlib.nullcontext(Silent()),
        draw_curves=draw_curves,
        draw_confusion=draw_confusion,
    )


def epochs(scratch: Path) -> bool:
    """At least 50 times faster steps, 4 times faster epochs, and the same history."""
    data = scratch / "small"
    class_folders(data, IMAGES, 96)
    found: dict[str, dict[str, list[float]]] = {"steps": {}, "epoch": {}}
    histories = set()
    for turn in range(ROUNDS):
        for name, ahead in (("once", True), ("in each step", False)):
            whole, steps, history = trained(scratch / f"{name}-{turn}", data, ahead=ahead)
            # Of steps of milliseconds the shortest: it is disturbed least by other programs.
            found["steps"].setdefault(name, []).append(min(steps))
            found["epoch"].setdefault(name, []).append(statistics.median(whole))
            histories.add(history)
    kept = [
        verdict(found[what], "in each step", "once", at_least=least)
        for what, least in (("steps", 50), ("epoch", 4))
    ]
    print(f"     histories: {len(histories)} different")
    return all(kept) and len(histories) == 1


def whole_job(scratch: Path, count: int, at_most: float) -> bool:
    """The whole job against plain Keras, from an empty cache of images."""
    data, spec, out = scratch / "data", scratch / "head.yaml", scratch / "out"
    spec.write_text(SPEC.format(side=224, alpha=1.0))
    script = Path(__file__).with_name("plain_frozen.py")

    def timed(*argv: object) -> float:
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(scratch / "cache", ignore_errors=True)
        environment = {**os.environ, "XDG_CACHE_HOME": str(scratch / "cache")}
        return run_process([sys.executable, *map(str, argv)], env=environment).seconds

    command = ("-m", "cnncli", "train", data, "--arch", spec, "--epochs", count, "--out", out)
    measured = rotate(
        {
            f"cnncli, {count} epochs": lambda: timed(*command),
            "plain Keras": lambda: timed(script, data, out, "--epochs", count),
        },
        ROUNDS,
    )
    return verdict(measured, f"cnncli, {count} epochs", "plain Keras", at_most=at_most)


def main() -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_CACHE_HOME"] = str(Path(scratch) / "cache")
        kept = [epochs(Path(scratch))]
        job.draw(Path(scratch) / "data", IMAGES)
        kept += [whole_job(Path(scratch), 10, 0.5), whole_job(Path(scratch), 3, 0.8)]
    return all(kept)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
