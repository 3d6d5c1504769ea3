"""MODEL, as `evaluate` and `predict` take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction
    from cnncli.evaluation.thresholds import Rule
    from cnncli.network.preparation import Preparation
    from cnncli.runs.directory import RunDirectory
    from cnncli.runs.trained import Meaning, Trained

NAMED = 3  # of the images of which something is odd

ModelArgument = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="A run directory, or a .keras, .onnx or .tflite file."),
]
ModelOrFoldsArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A run directory, a .keras, .onnx or .tflite file, or the DIR of `cnncli crossval`.",
    ),
]
ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes",
        metavar="NAMES",
        help="The classes of a file that cnncli did not write, as NAME,NAME: in the order "
        "of its outputs (of a single sigmoid: the one of 0, the one of 1).",
    ),
]


class Doubts:
    """Warns of images that may not look as those of training, of the first few by name."""

    def __init__(self) -> None:
        self._count = 0

    def take(self, prediction: Prediction) -> None:
        """Say what is doubtful of one, if anything is."""
        self._count += bool(prediction.doubt)
        if prediction.doubt and self._count <= NAMED:
            console.warn(f"{prediction.file}: {prediction.doubt}")

    def finish(self) -> None:
        """Say how many more there were."""
        if self._count > NAMED:
            console.warn(f"{self._count - NAMED:,} more images of this kind")


InputRangeOption = Annotated[
    str | None,
    typer.Option(
        "--input-range",
        metavar="LO,HI",
        help="The values that a file of others takes, as 0,1 or -1,1 (else 0,255).",
    ),
]
StandardizeOption = Annotated[
    bool,
    typer.Option(
        "--standardize",
        help="It takes images of mean 0 and variance 1, each brought there by itself.",
    ),
]
PrepareOption = Annotated[
    str | None,
    typer.Option(
        "--prepare",
        metavar="FAMILY",
        help="It takes what this family of keras.applications takes, as mobilenet_v2 or vgg16.",
    ),
]
LogitsOption = Annotated[
    bool,
    typer.Option(
        "--logits", help="Its outputs are no probabilities yet: softmax, or sigmoid of one unit."
    ),
]


def preparation(
    input_range: str | None, standardize: bool, prepare: str | None, logits: bool = False
) -> Preparation:
    """Return how a network of others is fed and read, as these options say it.

    Raises UsageError for two that say it in two ways, and for a family that there is not.
    """
    from cnncli.commands.shared.numbers import interval
    from cnncli.network.preparation import Preparation

    options = ("--input-range", "--standardize", "--prepare")
    given = [
        name
        for name, value in zip(options, (input_range, standardize, prepare), strict=True)
        if value
    ]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} are two ways to feed one network")
    limits = interval(input_range, "--input-range") if input_range is not None else None
    return Preparation(limits, standardize, _family(prepare), logits)


def _family(name: str | None) -> str | None:
    """Return the family of keras.applications that a name means, also one of its networks'."""
    if name is None:
        return None
    from cnncli.spec.application_families import FAMILIES, family_of
    from cnncli.spec.problems import near

    found = family_of(name)
    if found is None:
        hint = near(name, list(FAMILIES)) or f"There are {', '.join(FAMILIES)}."
        raise UsageError(f"--prepare {name}: keras.applications has no such family", hint=hint)
    return found


def check(model: str, classes: Sequence[str] = (), preparation: Preparation | None = None) -> None:
    """Say what is wrong with MODEL, or not done yet, before the seconds that TensorFlow takes."""
    from cnncli.runs import model_file

    _, run = model_file.find(model)
    model_file.check(model, classes, preparation)
    if run is not None:
        _tell_unfinished(run)


def _tell_unfinished(run: RunDirectory) -> None:
    from cnncli.runs import listing

    if (unfinished := listing.unfinished(run)) is not None:
        console.note(unfinished)


def at_once(model: str, classes: Sequence[str], preparation: Preparation) -> Trained | None:
    """Load MODEL where that takes no TensorFlow, as of `.onnx` and `.tflite` files; else None."""
    from cnncli.network.runtimes import is_exported
    from cnncli.runs import model_file

    return model_file.load(model, classes, preparation) if is_exported(model) else None


def said_meaning(model: str, classes: Sequence[str]) -> Meaning:
    """Return what the file of MODEL, of Keras, says of its classes; else that of `classes`."""
    from cnncli.runs.trained import Meaning

    return own_meaning(model) or Meaning(tuple(classes))


def own_meaning(model: str) -> Meaning | None:
    """Return what the file of MODEL, of Keras, says of its classes; None where it does not."""
    from cnncli.runs import model_file, trained_file

    return trained_file.read_meaning(model_file.find(model)[0])


def known_meaning(model: str, classes: Sequence[str], preparation: Preparation) -> Meaning:
    """Return what is known of the classes of MODEL without TensorFlow."""
    early = at_once(model, classes, preparation)
    return early.meaning if early is not None else said_meaning(model, classes)


def load_keras(model: str) -> None:
    """Load TensorFlow where MODEL needs it, as `.onnx` and `.tflite` files do not."""
    from cnncli.commands.shared.keras_session import keras
    from cnncli.network.runtimes import is_exported

    if not is_exported(model):
        keras()


def refuse_exported(model: str, why: str) -> None:
    """Raise UsageError for an `.onnx` or `.tflite` file, which cannot be looked into."""
    from cnncli.network.runtimes import is_exported

    if is_exported(model):
        raise UsageError(f"{model}: {why}", hint="Name the run, or its .keras file.")


def tell(trained: Trained) -> None:
    """Say what was added to a network of others, and why its answers may be wrong."""
    for note in trained.notes:
        console.note(note)
    if trained.doubt is not None:
        console.warn(trained.doubt)


def deciding(trained: Trained, source: str, rule: Rule | None) -> Trained:
    """Return a network that decides by a threshold, and say which it is."""
    from dataclasses import replace

    meaning, said = decided(trained.meaning, source, trained.run, rule)
    if said is not None:
        console.note(said)
    return replace(trained, meaning=meaning)


def decided(
    meaning: Meaning, source: str, run: RunDirectory | None, rule: Rule | None
) -> tuple[Meaning, str | None]:
    """Return a meaning with the threshold that decides, and a sentence on where that is from."""
    from dataclasses import replace

    from cnncli.evaluation.thresholds import decide

    decision = decide(rule, source, run, meaning)
    if decision is None:
        return meaning, None
    return replace(meaning, threshold=decision.threshold.value), decision.said


def class_names(text: str | None) -> tuple[str, ...]:
    """Return the names of --classes; UsageError where one is empty or stands there twice."""
    names = tuple(name.strip() for name in text.split(",")) if text is not None else ()
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"--classes {text}: not different names with commas between them")
    return names
