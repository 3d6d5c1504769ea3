"""A trained network as a file: `.keras`, with what Keras does not know of as one more member."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from cnncli import files
from cnncli.errors import ModelError, UsageError
from cnncli.images.prepare import Colour, Range
from cnncli.images.resize import Resize
from cnncli.network.keras_file import load as load_keras_file
from cnncli.runs.directory import RunDirectory, run_of
from cnncli.spec.shipped import names as shipped_names
from cnncli.words import counted

MEMBER = "cnncli.json"  # Keras ignores members that it does not know
MEMBER_LIMIT = 10_000_000  # bytes; a member that says more of itself is no list of classes


@dataclass(frozen=True)
class Meaning:
    """What goes in and what comes out of a network: the member `cnncli.json` of its file."""

    classes: tuple[str, ...]
    positive: str | None = None
    resize: Resize = "stretch"
    value_range: Range | None = None
    background: Colour | None = None
    name: str = ""
    # The loss as Keras serializes it, for evaluating it on other images.
    loss: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True)
class Trained:
    """A network with weights: a Keras model of 0..255 pixels, and what its outputs mean."""

    model: Any
    meaning: Meaning
    path: Path
    run: RunDirectory | None = None
    # Whether the file itself says what its classes are called.
    is_named: bool = True

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width, channels; ModelError when the network leaves them open."""
        shape = self.model.input_shape[1:]
        if len(shape) != 3 or None in shape:
            raise ModelError(
                f"{self.path}: takes inputs of shape {shape}, not images of one size",
                hint="A network that predicts needs one input of height, width and channels.",
            )
        height, width, channels = shape
        return height, width, channels


def save(path: Path, model: Any, meaning: Meaning) -> None:
    """Write a model and what its outputs mean, whole or not at all."""
    import keras

    with files.replacing(path) as temporary:
        keras.saving.save_model(model, temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(MEMBER, json.dumps({"version": 1, **asdict(meaning)}))


def read_meaning(path: Path) -> Meaning | None:
    """Return what a `.keras` file says of its classes; None when it is not one of ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            if MEMBER not in archive.namelist():
                return None
            if archive.getinfo(MEMBER).file_size > MEMBER_LIMIT:
                raise ModelError(f"{path}: its {MEMBER} is too large to be true")
            return _meaning(json.loads(archive.read(MEMBER)))
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path}: no .keras file, or a damaged one ({error})",
            hint="MODEL is a run directory or a .keras file.",
        ) from error


def find(source: str) -> tuple[Path, RunDirectory | None]:
    """Return the file of a MODEL (a run directory or a `.keras` file), and its run if it has one.

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
                hint=f"Train it to the end of an epoch: cnncli train --resume {source}",
            )
        return run.model, run
    raise _no_model(source)


def _no_model(source: str) -> ModelError:
    if Path(source).is_dir():
        return ModelError(
            f"{source}: a folder without run.json, so no run",
            hint=f"The runs in it, if there are any: cnncli runs {source}",
        )
    if source in shipped_names():
        return ModelError(
            f"{source} is an architecture, not a trained network",
            hint=f"Train it, and name the run directory: cnncli train DATA --arch {source}",
        )
    return ModelError(
        f"{source}: no such file or folder", hint="MODEL is a run directory or a .keras file."
    )


def load(source: str, classes: Sequence[str] = ()) -> Trained:
    """Load a MODEL: a run directory or a `.keras` file.

    The file is checked before anything of it is made. The classes of one of somebody else's are
    called `classes`, or class_0, class_1, ... Raises ModelError; UsageError for `classes` that do
    not fit.
    """
    path, run = find(source)
    meaning = read_meaning(path)
    named = meaning is not None
    if meaning is not None and classes and tuple(classes) != meaning.classes:
        raise UsageError(
            f"--classes {','.join(classes)}: the classes of {source} have names already",
            hint=f"They are {', '.join(meaning.classes)}.",
        )
    model = load_keras_file(path)
    units = (model.output_shape[-1] if isinstance(model.output_shape, tuple) else 0) or 0
    meaning = meaning or _unnamed(units, classes)
    if not fits(units, len(meaning.classes)):
        raise ModelError(f"{source}: its outputs {model.output_shape} are not those of classes")
    return Trained(model, meaning, Path(source), run, named)


def fits(units: int, classes: int) -> bool:
    """Whether a last layer of so many units tells so many classes apart."""
    return units == classes or (units == 1 and classes == 2)


def _unnamed(units: int, classes: Sequence[str]) -> Meaning:
    count = max(2, units)
    if classes and len(classes) != count:
        raise UsageError(
            f"--classes {','.join(classes)}: {counted(len(classes), 'name')}, and the network "
            f"tells {counted(count, 'class')} apart"
        )
    names = tuple(classes) or tuple(f"class_{index}" for index in range(count))
    return Meaning(names, positive=names[1] if count == 2 else None)


def _resize(said: Any) -> Resize:
    if said not in (None, "stretch", "pad", "crop"):
        raise ValueError(f"resize: {said}")
    return cast(Resize, said or "stretch")


def _colour(said: Sequence[int]) -> Colour:
    red, green, blue = (int(level) for level in said)
    if not all(0 <= level <= 255 for level in (red, green, blue)):
        raise ValueError(f"background: {said}")
    return red, green, blue


def _meaning(said: dict[str, Any]) -> Meaning:
    value_range: Sequence[float] | None = said.get("value_range")
    background: Sequence[int] | None = said.get("background")
    return Meaning(
        classes=tuple(str(name) for name in said["classes"]),
        positive=said.get("positive"),
        resize=_resize(said.get("resize")),
        value_range=(float(value_range[0]), float(value_range[1])) if value_range else None,
        background=_colour(background) if background else None,
        name=str(said.get("name", "")),
        loss=said.get("loss"),
    )
