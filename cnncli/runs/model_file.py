"""A MODEL as commands take it: a run directory, or the file of a trained network of any kind.

What a kind of file needs is imported when there is one: an `.onnx` file wants nothing of Keras's,
and a prediction by it is done before all of that would be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnncli.errors import ModelError
from cnncli.network import runtimes, several
from cnncli.network.preparation import Preparation
from cnncli.runs.directory import RunDirectory, resume_command, run_of
from cnncli.runs.trained import Trained


def find(source: str) -> tuple[Path, RunDirectory | None]:
    """Return the file of a MODEL, and its run if it has one.

    The model.keras in a run directory is that of the run. Loads no TensorFlow. Raises ModelError
    where there is no trained network.
    """
    path = Path(source)
    run = run_of(path)
    if path.is_file():
        return path, run
    if run is not None:
        if not run.model.is_file():
            raise ModelError(
                f"{source}: holds no model.keras yet",
                hint=f"Train it to the end of an epoch: {resume_command(run.path)}",
            )
        return run.model, run
    raise _no_model(source)


def _no_model(source: str) -> ModelError:
    from cnncli.network.architecture import split_preset
    from cnncli.spec.shipped import names as shipped_names

    if (together := several.told(Path(source), RunDirectory.MODEL)) is not None:
        return ModelError(f"{source}: {together[0]}", hint=together[1])
    if Path(source).is_dir():
        return ModelError(
            f"{source}: a folder without run.json, so no run",
            hint=f"The runs in it, if there are any: cnncli runs {source}",
        )
    if split_preset(source)[0] in shipped_names():
        return ModelError(
            f"{source} is an architecture, not a trained network",
            hint=f"Train it, and name the run directory: cnncli train DATA --arch {source}",
        )
    return ModelError(
        f"{source}: no such file or folder",
        hint="MODEL is a run directory or the file of a network: .keras, .onnx, .tflite.",
    )


def check(source: str, classes: Sequence[str] = (), preparation: Preparation | None = None) -> None:
    """Raise what `load` would raise before it makes anything; loads no TensorFlow."""
    path, _ = find(source)
    if runtimes.is_exported(source):
        runtimes.require(source)
        return
    from cnncli.runs import trained_file

    trained_file.check(source, path, classes, preparation or Preparation())


def load(
    source: str, classes: Sequence[str] = (), preparation: Preparation | None = None
) -> Trained:
    """Load a MODEL as a classifier of 0..255 pixels: a run directory, a `.keras` file, or an
    `.onnx` or `.tflite` file, for which no TensorFlow is loaded.

    The file is checked before anything of it is made. The classes of one of somebody else's are
    called `classes`, or class_0, class_1, ..., and `preparation` says how it is fed and read.
    Raises ModelError; UsageError for `classes` and a `preparation` that do not fit.
    """
    path, run = find(source)
    preparation = preparation or Preparation()
    if runtimes.is_exported(source):
        from cnncli.runs import exported_file

        return exported_file.load(source, classes, preparation)
    from cnncli.runs import trained_file

    return trained_file.load(source, path, run, classes, preparation)
