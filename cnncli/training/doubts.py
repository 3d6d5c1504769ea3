"""Why the figures of a run may not mean what they seem to: said before it is trained."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.data import copies
from cnncli.data.corrections import Corrections
from cnncli.data.dataset import Dataset
from cnncli.data.index import Item
from cnncli.network.preparing import begins_with_scaling
from cnncli.runs import trained_file
from cnncli.runs.directory import run_of
from cnncli.runs.record import SplitRow
from cnncli.spec import expand, network_files, scaling
from cnncli.spec.model import Spec
from cnncli.spec.outside import PRETRAINED
from cnncli.training import overlap
from cnncli.training.adapt import CROSSENTROPIES
from cnncli.training.moment import Row
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

FAR_ABOVE = 4  # times the loss of guessing; a network that learns seldom begins above once
RESCALE = "--set preprocess=rescale"
NAMED = 5  # files named; of more, the number


def of_pretrained(model: Any, network: Spec) -> Iterator[str]:
    """Say which networks of files get 0..255 without a word on what they were trained on.

    `model` is the built network of the spec.
    """
    if network.preprocess != "none":
        return
    layers = {layer.name: layer for layer in model.layers}
    for node in expand(network).nodes:
        if node.class_name != PRETRAINED or node.arguments.get("prepare") is not None:
            continue
        file = network_files.of_model(Path(node.arguments["file"]))
        ours = trained_file.read_meaning(file) is not None  # which all take 0..255
        if not ours and begins_with_scaling(layers[node.name]) is None:
            yield (
                f'"{node.name}": nothing says which values {file.name} was trained on, and no '
                "layer of it scales them first: it gets 0..255. If that is not what it knows, say "
                "prepare: FAMILY, or prepare: [-1, 1], in the spec"
            )


def of_labels(read: Dataset, labels: Sequence[str | None]) -> Iterator[str]:
    """Say which classes have no images, and which pictures stand in several classes.

    `labels` are the classes of the images that were read, None of one that was dropped.
    """
    listed = {*read.index.classes, *read.index.empty_classes}
    for label in sorted(listed - set(labels)):
        why = (
            "of which the corrections leave no image"
            if label in read.classes
            else "which holds no image that can be read"
        )
        yield f"left out: the class {label}, {why}"
    kept = ([row for row in rows if labels[row] is not None] for rows in copies.exact(read.facts))
    sets = [rows for rows in kept if len({labels[row] for row in rows}) > 1]
    files = [read.items[row].file for rows in sets for row in rows]
    if files:
        yield (
            f"{len(files):,} files hold the same picture in more than one class: "
            f"{', '.join(files[:NAMED])}{', ... (cnncli data lists them)' * (len(files) > NAMED)}"
        )


def of_corrections(made: Corrections, items: Sequence[Item], parts: Sequence[str]) -> Iterator[str]:
    """Say that the test part is not what it was: its figures mean something else."""
    tested = [item.file for item, part in zip(items, parts, strict=True) if part == "test"]
    relabelled = sum(file in made.relabelled for file in tested)
    dropped = sum(file in made.dropped for file in tested)
    if relabelled or dropped:
        yield (
            f"of the {counted(len(tested), 'test image')}, {relabelled:,} are relabelled and "
            f"{dropped:,} dropped: the test figures are not to be compared with those without "
            "corrections, and flatter networks like the one that found these labels"
        )


def of_pixels(network: Spec) -> Iterator[str]:
    """Say that a network is to learn from pixels as they are, and what mends it."""
    if scaling.reach(network):
        yield (
            f"{scaling.UNSCALED}, from which many networks learn badly or not at all. Add to the "
            f"spec the line preprocess: rescale (0..1), or {RESCALE} to the command"
        )


def of_first_epoch(
    model: Any, network: Spec, classes: int, weights: np.ndarray | None
) -> Callable[[Row], str | None]:
    """Return what says that the loss of the first epoch is far above that of guessing, if it is.

    `model` is compiled and not trained yet, `weights` are those of the images to train on.
    """
    if type(model.loss).__name__ not in CROSSENTROPIES:
        return lambda row: None  # what others come to is not known
    guessing = math.log(classes) * (1.0 if weights is None else float(weights.mean()))
    most = FAR_ABOVE * guessing + sum(map(float, model.losses))  # those of the regularizers
    return lambda row: _implausible(row, network, guessing) if row["loss"] > most else None


def _implausible(row: Row, network: Spec, guessing: float) -> str:
    rate = row["learning_rate"]
    mend = (
        f"{scaling.UNSCALED}. Stop it, and begin again with {RESCALE}"
        if scaling.reach(network)
        else f"the learning rate of {rate:.2g} may be too high. Stop it, and begin again with "
        f"--learning-rate {rate / 10:.1g}"
    )
    return (
        f"the loss of the first epoch is {row['loss']:,.4g}, that of mere guessing {guessing:.2g}: "
        f"{mend}"
    )


def of_init(source: str, rows: Sequence[SplitRow]) -> Iterator[str]:
    """Say which images that are not to be trained on the weights of `source` come from already."""
    path = Path(source)
    run = run_of(path)
    is_model = run is None and path.is_file() and path.suffix == ".keras"
    before = overlap.known(run, trained_file.read_meaning(path) if is_model else None)
    for part in ("validation", "test"):
        images = [row for row in rows if row.part == part]
        for said in of_overlap(Counter(overlap.seen(before, images)), f"{part} image", source):
            yield f"{said}: the {part} figures will flatter"


def of_overlap(seen: Counter[overlap.Kind | None], noun: str, source: str) -> Iterator[str]:
    """Say how many of some images `source` was trained on, a sentence for each sign of it."""
    of = counted(seen.total(), noun)
    for kind, what in {
        "picture": "were training images of",
        "near": "are almost the same pictures as training images of",
        "group": "are of groups (patients, plants, days) that are among the training images of",
        "name": "have the file names of training images, and other pixels, of",
    }.items():
        if number := seen[kind]:  # type: ignore[index]
            yield f"{number:,} of {of} {what} {source}"
