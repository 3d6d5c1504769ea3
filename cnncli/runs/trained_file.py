"""A trained network as a `.keras` file, with what Keras does not know of as one more member."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cnncli import files, keras_archive
from cnncli.errors import ModelError, UsageError
from cnncli.facts.memory import require_memory
from cnncli.keras_archive import MEANING
from cnncli.network import keras_file
from cnncli.network.classifier import classifier
from cnncli.network.preparation import OPTIONS, Preparation
from cnncli.runs import threshold
from cnncli.runs.directory import RunDirectory, run_of
from cnncli.runs.trained import Meaning, Trained, fits, parse, unnamed
from cnncli.words import counted

MEMBER_LIMIT = 10_000_000  # bytes; a member that says more of itself is no list of classes


def save(path: Path, model: Any, meaning: Meaning) -> None:
    """Write a model and what its outputs mean, whole or not at all."""
    import keras

    with files.replacing(path) as temporary:
        keras.saving.save_model(model, temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(MEANING, json.dumps({"version": 1, **asdict(meaning)}))


def copy(file: Path, path: Path) -> None:
    """Copy a `.keras` file; the threshold that its run keeps stands in what the copy says."""
    run = run_of(file)
    said = read_meaning(file)
    kept = threshold.of_network(run, said.positive) if run is not None and said else None
    shutil.copyfile(file, path)
    if said is None or kept is None:
        return
    text = json.dumps({"version": 1, **asdict(replace(said, threshold=kept))})
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            new.writestr(member, text if member.filename == MEANING else old.read(member))


def read_meaning(path: Path) -> Meaning | None:
    """Return what a `.keras` file says of its classes; None when it is not one of ours.

    Raises ModelError where the file, or what it says, is malformed.
    """
    with keras_archive.opened(path) as archive:
        if MEANING not in archive.namelist():
            return None
        said = keras_archive.read_json(archive, path, MEANING, MEMBER_LIMIT)
    return parse(f"{path}, {MEANING}", said)


def check(source: str, path: Path, classes: Sequence[str], preparation: Preparation) -> None:
    """Raise what `load` would raise before it makes anything; loads no TensorFlow."""
    _meaning(source, path, classes, preparation)
    keras_file.read(path)


def load(
    source: str,
    path: Path,
    run: RunDirectory | None,
    classes: Sequence[str],
    preparation: Preparation,
) -> Trained:
    """Load the file of a MODEL as a classifier of 0..255 pixels; see `model_file.load`."""
    meaning = _meaning(source, path, classes, preparation)
    file = keras_file.read(path)
    model = keras_file.model_of(file)
    if meaning is None:
        made = classifier(model, source, preparation, file.loss)
    else:
        made = classifier(model, source, None, meaning.loss)
    units = made.model.output_shape[-1]
    known = meaning or unnamed(units, classes)
    if not fits(units, len(known.classes)):
        raise ModelError(
            f"{source}: it has {counted(units, 'output')}, and names {len(known.classes)} classes"
        )
    require_memory(made.model, source)
    if run is not None:
        kept = threshold.of_network(run, known.positive)
        known = replace(known, threshold=kept if kept is not None else known.threshold)
    named, said = meaning is not None, (made.notes, made.doubt)
    return Trained(made.model, known, Path(source), run, named, *said)


def _meaning(
    source: str, path: Path, classes: Sequence[str], preparation: Preparation
) -> Meaning | None:
    """Return what the file says of its classes; UsageError where a call says it as well."""
    meaning = read_meaning(path)
    if meaning is not None and classes:
        raise UsageError(
            f"--classes {','.join(classes)}: the classes of {source} have names already",
            hint=f"They are {', '.join(meaning.classes)}.",
        )
    if meaning is not None and preparation != Preparation():
        raise UsageError(
            f"{source} was trained by cnncli, and says itself how it is fed and read",
            hint=f"{OPTIONS} and --logits are for files of others.",
        )
    return meaning
