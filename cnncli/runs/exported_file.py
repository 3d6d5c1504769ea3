"""A MODEL that is an `.onnx` or `.tflite` file: ours, or anybody's. Loads no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cnncli.errors import ModelError, UsageError
from cnncli.network import runtimes
from cnncli.network.exported_classifier import exported_classifier
from cnncli.network.preparation import OPTIONS, Preparation
from cnncli.runs import carried
from cnncli.runs.trained import Trained, fits, refuse_other_names, unnamed
from cnncli.words import counted


def load(source: str, classes: Sequence[str], preparation: Preparation) -> Trained:
    """Load the file as a classifier of 0..255 pixels.

    Raises ModelError; UsageError for `classes` and a `preparation` that do not fit.
    """
    path = Path(source)
    network = runtimes.load(path)
    meaning = carried.meaning(path, network.metadata)
    if meaning is not None:
        refuse_other_names(source, meaning, classes)
    is_ours = _is_ours(network.metadata)
    if is_ours and preparation != Preparation():
        raise UsageError(
            f"{source} was written by cnncli, and says itself how it is fed and read",
            hint=f"{OPTIONS} and --logits are for files of others.",
        )
    made, doubt = exported_classifier(network, None if is_ours else preparation)
    units = made.output_shape[-1] or 0
    known = meaning or unnamed(units, classes)
    if not fits(units, len(known.classes)):
        raise ModelError(
            f"{source}: it has {counted(units, 'output')}, and names {len(known.classes)} classes"
        )
    return Trained(made, known, path, None, meaning is not None, (), doubt)


def _is_ours(metadata: Mapping[str, str]) -> bool:
    return f"{carried.PREFIX}version" in metadata
