"""A trained network in memory, whatever file it came from, and what its outputs mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError, UsageError
from cnncli.images.prepare import Colour, Range, Target
from cnncli.images.resize import Resize
from cnncli.runs import kinds
from cnncli.runs.directory import RunDirectory
from cnncli.runs.schema import MEANING
from cnncli.words import counted


@dataclass(frozen=True)
class TrainedOn:
    """The images that a network was trained on, as far as a file keeps them.

    `images` is how many there were, `digests` the first 16 hexadecimal digits of those of their
    pixels, `near` the difference hashes of those that are large enough for one (64 digits).
    """

    images: int
    digests: tuple[str, ...]
    near: tuple[str, ...]


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
    trained_on: TrainedOn | None = None
    # Of two classes: above it, an image is taken for the positive one. None: 0.5.
    threshold: float | None = None


@dataclass(frozen=True)
class Trained:
    """A network with weights that makes probabilities of 0..255 pixels, and what they mean.

    `model` is a Keras model, or a `network.exported_classifier.ExportedClassifier`.
    """

    model: Any
    meaning: Meaning
    path: Path
    run: RunDirectory | None = None
    # Whether the file itself says what its classes are called.
    is_named: bool = True
    # What was added to the network to make probabilities of 0..255, and why that may be wrong.
    notes: tuple[str, ...] = ()
    doubt: str | None = None
    # How many values at the end of a row of outputs are a vector of features.
    vector: int = 0

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

    @property
    def target(self) -> Target:
        """What images are brought to for it."""
        meaning = self.meaning
        return Target(*self.input_shape, meaning.resize, meaning.value_range, meaning.background)


def parse(source: str, said: Any) -> Meaning:
    """Return what a file says of its classes; ModelError, naming `source`, for what cannot be."""
    kinds.check(source, said, MEANING)
    value_range = said.get("value_range")
    return Meaning(
        classes=tuple(said["classes"]),
        positive=said.get("positive"),
        resize=said.get("resize") or "stretch",
        value_range=(float(value_range[0]), float(value_range[1])) if value_range else None,
        background=_colour(said.get("background")),
        name=said.get("name", ""),
        loss=said.get("loss"),
        trained_on=_trained_on(said.get("trained_on")),
        threshold=said.get("threshold"),
    )


def _trained_on(said: dict[str, Any] | None) -> TrainedOn | None:
    if said is None:
        return None
    return TrainedOn(said["images"], tuple(said["digests"]), tuple(said["near"]))


def _colour(said: Sequence[int] | None) -> Colour | None:
    return (said[0], said[1], said[2]) if said is not None else None


def fits(units: int, classes: int) -> bool:
    """Whether a last layer of so many units tells so many classes apart."""
    return units == classes or (units == 1 and classes == 2)


def refuse_other_names(source: str, meaning: Meaning, classes: Sequence[str]) -> None:
    """Raise UsageError where `classes` are not those that a file names itself."""
    if classes and tuple(classes) != meaning.classes:
        raise UsageError(
            f"--classes {','.join(classes)}: the classes of {source} have names already",
            hint=f"They are {', '.join(meaning.classes)}.",
        )


def unnamed(units: int, classes: Sequence[str]) -> Meaning:
    """Return the classes of a file that does not name them: `classes`, or class_0, class_1, ..."""
    count = max(2, units)
    if classes and len(classes) != count:
        raise UsageError(
            f"--classes {','.join(classes)}: {counted(len(classes), 'name')}, and the network "
            f"tells {counted(count, 'class')} apart"
        )
    names = tuple(classes) or tuple(f"class_{index}" for index in range(count))
    return Meaning(names, positive=names[1] if count == 2 else None)
