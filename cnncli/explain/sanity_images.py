"""The images on which the sanity of explanations is checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

from cnncli import files
from cnncli.errors import CnncliError, DataError
from cnncli.evaluation.listing import Source
from cnncli.evaluation.predict import with_pixels
from cnncli.explain.network import Network
from cnncli.explain.sanity import IMAGES, Sanity, Show, measure
from cnncli.explain.ways import Way
from cnncli.runs import record
from cnncli.runs.directory import RunDirectory
from cnncli.runs.trained import Trained
from cnncli.training import images as trained_on


@dataclass(frozen=True)
class Chosen:
    """Images to check on, and where they are from, in words."""

    images: Sequence[Source]
    words: str


def choose(run: RunDirectory | None, given: Sequence[Source]) -> Chosen:
    """Return the first images of each class of the validation part of a run, in turn.

    Those that are given, where there is no run, no such part, or its images are gone; but for
    streams, which can be read only once.
    """
    own: list[Source] = []
    if run is not None:
        try:
            own = _of_run(run)
        except CnncliError:  # explaining needs none of it
            own = []
    if own:
        return Chosen(own, "of the run's validation part")
    return Chosen([each for each in given if not _is_stream(each)], "of those that are given")


def check(
    trained: Trained, network: Network, ways: Sequence[Way], chosen: Chosen, show: Show
) -> dict[Way, Sanity]:
    """Return the sanity of each way on the first IMAGES that can be read, each for the class
    that is predicted. Raises DataError where none can be read.
    """
    import numpy as np

    readable = (
        (prediction.predicted, pixels)
        for prediction, pixels in with_pixels(trained, chosen.images)
        if pixels is not None and prediction.predicted is not None
    )
    found = list(islice(readable, IMAGES))
    if not found:
        raise DataError(f"--sanity: none of the images {chosen.words} can be read")
    classes = [network.classes.index(name) for name, _ in found]
    inputs = network.inputs(np.stack([pixels for _, pixels in found]))
    return measure(network, ways, inputs, classes, show)


def _is_stream(image: Source) -> bool:
    source = image.source
    return source is not None and (source == "-" or files.is_stream(Path(source)))


def _of_run(run: RunDirectory) -> list[Source]:
    about = run.read_record()
    there = {item.file: item.source for item in trained_on.listed(about, None).items}
    by_class: dict[str, list[Source]] = {name: [] for name in about["classes"]}
    for row in record.read_split(run.split, about["classes"]):
        if row.part == "validation" and row.file in there:
            by_class[row.label].append(Source(row.file, there[row.file]))
    return list(islice(_in_turn(list(by_class.values())), IMAGES))


def _in_turn(groups: Sequence[Sequence[Source]]) -> Iterator[Source]:
    for turn in zip_longest(*groups):
        yield from (each for each in turn if each is not None)
