"""The methods of a run or a cross-validation in the words of a paper, all from its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncli.data.corrections import recorded
from cnncli.facts.summary import Summary
from cnncli.reporting import division, strata, training
from cnncli.reporting.folds import FoldsMaterial, Subject
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Section, Text
from cnncli.reporting.words import devices
from cnncli.runs.record import PARTS
from cnncli.words import counted

FITTED = {
    "stretch": "resized to {size} without regard to their proportions",
    "pad": "resized to fit into {size}, their proportions kept, and padded",
    "crop": "resized to cover {size}, their proportions kept, and cropped",
}
PREPARED = {
    "standardize": "each image was then brought to mean 0 and variance 1",
    "rescale": "values were then divided by 255",
    "none": "values of 0 to 255 went in as they are",
}


def section(of: Subject, summary: Summary | None) -> Section:
    """Return a paragraph that can stand in a paper as it is, all of it from the run's files."""
    return Section("methods", "Methods, for a paper", [Text(" ".join(sentences(of, summary)))])


def sentences(of: Subject, summary: Summary | None) -> Iterator[str]:
    """Return the sentences of the methods."""
    yield from _data(of)
    yield _folds(of) if isinstance(of, FoldsMaterial) else _parts(of)
    yield from _images(of, summary)
    yield from _training(of, summary)
    yield from _figures(of)
    versions = of.record["versions"]
    yield (
        f"Computed with cnncli {versions.get('cnncli')}, TensorFlow {versions.get('tensorflow')} "
        f"and Keras {versions.get('keras')} on {devices(of.record, threads=True)}; "
        f"seed {of.record['seed']}."
    )


def _data(of: Subject) -> Iterator[str]:
    unreadable = len(of.record["data"].get("unreadable", ()))
    left = f" ({counted(unreadable, 'file')} could not be read and were left out)" * bool(
        unreadable
    )
    count = ", ".join(
        f"{sum(row.label == name for row in of.split):,} {name}" for name in of.classes[:20]
    )
    yield (
        f"The data were {counted(len(of.split), 'image')} of {counted(len(of.classes), 'class')}"
        f"{left}: {count}{', ...' if len(of.classes) > 20 else ''}."
    )
    if made := recorded(of.record["data"].get("corrections")):
        left_out, changed = len(made.dropped), len(made.relabelled)
        yield (
            f"After a look at labels that seemed wrong, {counted(left_out, 'image')} "
            f"{'was' if left_out == 1 else 'were'} left out and the class of {changed:,} was "
            "corrected; the images were divided as before."
        )


def _together(of: Subject, where: str) -> str:
    if not of.grouped:
        return ""
    groups = counted(len({row.group for row in of.split if row.group}), "group")
    return f", all images of each of {groups} (patients, plants or days) in one {where}"


def _parts(of: Material) -> str:
    number = {part: len(of.of_part(part)) for part in PARTS}
    return (
        f"They were divided into training ({number['train']:,}), validation "
        f"({number['validation']:,}) and test ({number['test']:,}) images{_together(of, 'part')} "
        f"({division.how(of)})."
    )


def _folds(of: FoldsMaterial) -> str:
    seed = of.record["data"]["split"].get("seed", 0)
    number = counted(len(of.folds), "fold")
    return (
        f"They were divided by class into {number}{_together(of, 'fold')} (seed {seed}). In "
        "cross-validation, each fold was tested by a network that was trained on the others, but "
        f"for a validation part of {_span([len(f.of_part('validation')) for f in of.folds])} "
        "images; figures are those of all images together, each as its fold tested it, and means "
        "and standard deviations over the folds."
    )


def _span(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _images(of: Subject, summary: Summary | None) -> Iterator[str]:
    shape = _input(of, summary)
    size = f"{shape[0]} × {shape[1]} pixels" if shape else "the size of the input"
    yield (
        f"Images were {FITTED[of.spec.resize].format(size=size)} (area interpolation where they "
        f"shrank, bilinear where they grew); {PREPARED[of.spec.preprocess]}."
    )
    if shape and shape[2] == 1:
        yield "Colour was converted to grey as 0.299 R + 0.587 G + 0.114 B."
    background = of.record["data"]["options"].get("background")
    if background:
        colour = ", ".join(map(str, background))
        yield f"Transparent pixels were laid over the colour ({colour})."
    else:
        yield "Transparency was ignored."
    limits = of.record["data"]["options"].get("value_range")
    if limits:
        yield f"Stored values of {limits[0]:g} to {limits[1]:g} were taken for black to white."
    else:
        yield "Images of more than 8 bits were mapped to 0..255 by the range of their type."


def _training(of: Subject, summary: Summary | None) -> Iterator[str]:
    said = of.spec.training
    size = f" with {summary.total_params:,} parameters" if summary is not None else ""
    start, loss = of.record["init"], training.loss(_one(of))
    yield (
        f"A convolutional neural network ({of.record['name']}{size}) was trained "
        f"{'from random weights' if start is None else f'from the weights of {start}'} with "
        f"{training.optimizer(said.optimizer)} on the loss {loss}, in batches of "
        f"{of.record['batch_size']:,}, for {_epochs(of)}."
    )
    yield f"Class weights: {training.class_weights(said.class_weight)}."
    yield f"Augmentation: {training.things(said.augmentation)}."
    if said.callbacks:
        yield f"Callbacks: {training.things(said.callbacks)}."
    if said.freeze:
        yield f"Layers that were not trained: {', '.join(map(str, said.freeze))}."
    for name, text in training.phases(said):
        yield f"{name}: {text}; the rest as it was."
    if training.kept_epoch(_one(of)) is not None:
        kept = f"epoch {_kept(of)}" if isinstance(of, Material) else f"one epoch ({_kept(of)})"
        yield f"The weights of {kept} were kept ({training.why_kept(_one(of))})."


def _one(of: Subject) -> Material:
    return of if isinstance(of, Material) else of.folds[0]


def _all(of: Subject) -> Sequence[Material]:
    return [of] if isinstance(of, Material) else of.folds


def _epochs(of: Subject) -> str:
    numbers = [len(each.history) for each in _all(of)]
    return counted(numbers[0], "epoch") if len(set(numbers)) == 1 else f"{_span(numbers)} epochs"


def _kept(of: Subject) -> str:
    return ", ".join(str(training.kept_epoch(each)) for each in _all(of))


def _figures(of: Subject) -> Iterator[str]:
    if of.predicted is None:
        return
    if of.positive is not None:
        yield (
            f"An image was taken for {of.positive} where its probability was above "
            f"{of.threshold_said}."
        )
    drawn = of.figures["bootstrap"]
    what = "groups" if of.grouped else "images"
    yield (
        f"Intervals are 95 % percentile bootstrap intervals ({drawn['draws']:,} draws of {what} "
        "with replacement)."
    )
    if of.strata is not None:
        yield (
            f"Figures were computed for each stratum ({of.strata['by']}) as well, and the largest "
            f"difference between strata of {of.strata['fewest']} or more images was tested by "
            f"{strata.TEST}."
        )


def _input(of: Subject, summary: Summary | None) -> tuple[int | None, ...] | None:
    if summary is not None:
        return tuple(summary.layers[0].output_shape[1:])
    shape = of.spec.body.input[0].arguments.get("shape") if of.spec.body.input else None
    return tuple(shape) if shape else None
