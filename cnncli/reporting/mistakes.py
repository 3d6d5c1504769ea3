"""Mistakes one can look at: what was taken for what, why, and which training images are near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cnncli.evaluation.evaluate import Measured
from cnncli.evaluation.listing import Source
from cnncli.reporting.alike import told_once
from cnncli.reporting.parts import Grid, Mistake, Mistakes, Near, Part, Report, Section, Text
from cnncli.reporting.pictures import (
    CHECKS,
    COLOURS,
    SANITY_UNKNOWN,
    Explain,
    explained,
    unchecked_ways,
)
from cnncli.reporting.words import listed, percent
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

LISTED = 20  # kinds of mistakes in a table

Nearest = Callable[["np.ndarray"], Sequence[Near]]


@dataclass(frozen=True)
class Wrong:
    """An image that was taken for another class; `fold` is the one of whose test part it is."""

    file: str
    label: str
    predicted: str
    probability: float
    fold: int | None = None

    @property
    def kind(self) -> tuple[str, str]:
        """True class, and the class that it was taken for."""
        return self.label, self.predicted


@dataclass(frozen=True)
class Found:
    """All mistakes of a network on so many images of `data`, the surest first."""

    data: str
    part: str | None
    images: int
    wrong: Sequence[Wrong]

    @property
    def crossed(self) -> bool:
        """Whether they are those of the folds of a cross-validation."""
        return any(each.fold is not None for each in self.wrong)

    @cached_property
    def kinds(self) -> list[tuple[tuple[str, str], int]]:
        """Pairs of true and predicted class with their number, the most frequent first."""
        counts = Counter(each.kind for each in self.wrong)
        return sorted(counts.items(), key=lambda kind: (-kind[1], kind[0]))

    def chosen(self, of_each: int, most: int) -> list[Wrong]:
        """Return the surest of each kind, up to `of_each`, and `most` in all: one kind after the
        other, the most frequent first.
        """
        by_kind = [
            [each for each in self.wrong if each.kind == kind][:of_each]
            for kind, _ in self.kinds[:most]
        ]
        return [each for found in by_kind for each in found][:most]


def find(made: Measured, fold_of: np.ndarray | None = None) -> Found:
    """Return the mistakes of an evaluation; `fold_of` has the fold of each image (N)."""
    import numpy as np

    of, classes = made.evaluation, made.meaning.classes
    wrong = np.flatnonzero(of.labels != of.predicted)
    sure = of.probabilities[wrong, of.predicted[wrong]]
    return Found(
        made.data,
        made.part,
        len(of.files),
        [
            Wrong(
                of.files[row],
                classes[of.labels[row]],
                classes[of.predicted[row]],
                float(of.probabilities[row, of.predicted[row]]),
                int(fold_of[row]) if fold_of is not None else None,
            )
            for row in wrong[np.argsort(-sure, kind="stable")].tolist()
        ],
    )


def look_at(
    chosen: Sequence[Wrong], sources: Sequence[str], explain: Explain, nearest: Nearest | None
) -> tuple[list[Mistake], list[str]]:
    """Explain mistakes; return them, and the ways whose sanity nobody checked.

    `sources` are what the reader of images takes for each. An image that cannot be read any more
    is left out.
    """
    asked = [Source(each.file, source) for each, source in zip(chosen, sources, strict=True)]
    found = list(zip(chosen, explain(asked), strict=True))
    made = [
        Mistake(
            each.file,
            each.label,
            each.predicted,
            each.probability,
            said.pixels,
            [explained(one) for one in said.maps],
            nearest(said.pixels) if nearest is not None else (),
            each.fold,
        )
        for each, said in found
        if said.pixels is not None
    ]
    return made, unchecked_ways(said for _, said in found)


def report(name: str, of: Found, made: Sequence[Mistake], unchecked: Sequence[str]) -> Report:
    """Return a page: the kinds of mistakes, then the surest of each."""
    title = f"Mistakes of {name}"
    line = f"{heading(of)} {shown(of, len(made))}"
    lighter, shared = told_once(made)
    kinds = _kinds(of, unchecked)
    first = replace(kinds, parts=[*kinds.parts, *shared])
    return Report(title, line, [first, *_sections(lighter)])


def heading(of: Found) -> str:
    """Return how many are wrong: "12 of 45 test images are taken for another class (26.7 %)."."""
    images = counted(of.images, f"{of.part} image" if of.part else "image")
    share = percent(len(of.wrong) / of.images) if of.images else percent(None)
    are = "is" if len(of.wrong) == 1 else "are"
    return f"{len(of.wrong):,} of {images} of {of.data} {are} taken for another class ({share})."


def shown(of: Found, number: int) -> str:
    """Return how many of them are shown."""
    if number == len(of.wrong):
        return "All are shown, the surest first."
    return f"{number:,} of them are shown: the surest of each kind."


def _kinds(of: Found, unchecked: Sequence[str]) -> Section:
    rows = [(true, taken, f"{number:,}") for (true, taken), number in of.kinds[:LISTED]]
    more = f" (the first {LISTED} of {len(of.kinds):,})" if len(of.kinds) > LISTED else ""
    parts: list[Part] = [
        Grid(f"Kinds of mistakes{more}", ("True", "Taken for", "Images"), rows, frozenset((2,))),
        Text(
            "Beside each image: what spoke for its answer, and the training images that are "
            "nearest to it in what the last layer of the network gets. "
            f"{COLOURS} {CHECKS}"
        ),
    ]
    if unchecked:
        parts.append(Text(f"{SANITY_UNKNOWN}: {listed(unchecked)}.", "caution"))
    return Section("kinds", "What is taken for what", parts)


def _sections(made: Sequence[Mistake]) -> Iterator[Section]:
    kinds = list(dict.fromkeys((each.label, each.predicted) for each in made))
    for number, (label, predicted) in enumerate(kinds, start=1):
        of_kind = [each for each in made if (each.label, each.predicted) == (label, predicted)]
        title = f"{label}, taken for {predicted}"
        yield Section(f"kind-{number}", title, [Mistakes(of_kind)])
