"""The pictures of a report: test images again, and explanations of the surest mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from cnncli.evaluation.listing import Source
from cnncli.explain.explaining import Explanation, Map
from cnncli.explain.verdicts import NOT_CHECKED
from cnncli.metrics import deciding
from cnncli.reporting.alike import told_once
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Predicted
from cnncli.reporting.parts import (
    Explained,
    Mistake,
    Mistakes,
    Part,
    Predictions,
    Row,
    Section,
    Text,
)
from cnncli.reporting.words import listed
from cnncli.runs.trained import Trained
from cnncli.training import images
from cnncli.training.hooks import Hooks
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

SHOWN = 8  # mistakes with explanations
THUMBNAILS = 200  # rows of the table with a picture
SIDE = 64  # pixels of the longer side of one
SANITY_UNKNOWN = (
    "Nobody checked whether these maps depend on what the network learnt (cnncli explain RUN IMAGE "
    "--sanity does, and the run keeps it)"
)

COLOURS = (
    "Blue is for the class, orange against it. A map from purple (little) to yellow (much) shows "
    "nothing against the class; most methods that make such maps cannot."
)
CHECKS = (
    "Below each map: agreement with the other one is the rank correlation of both (1: the same "
    "order), faithfulness the area between two curves, the probability as pixels are brought in "
    "and as they are taken away in the order of the map (about 0: as a random order). A verdict "
    "in bold says that the map is not to be trusted."
)

Explain = Callable[[Sequence[Source]], Iterable[Explanation]]


@dataclass(frozen=True)
class Pictures:
    """Pixels (uint8, height x width x channels) and sources of test images, by file."""

    pixels: dict[str, np.ndarray]
    sources: dict[str, str]


def order(made: Predicted) -> list[int]:
    """Return the rows of predictions: mistakes first, and the surest first among them."""
    import numpy as np

    sure = made.chances.max(axis=1)
    return np.lexsort((-sure, made.labels == made.predicted)).tolist()


def wrong(made: Predicted, most: int | None = None) -> list[int]:
    """Return the rows of mistakes, the surest first; up to `most`."""
    found = [row for row in order(made) if made.labels[row] != made.predicted[row]]
    return found[:most]


def read(of: Subject, trained: Trained, moved: str | None, hooks: Hooks) -> Pictures:
    """Read the test images that are shown; DataError where they are not those of the run."""
    made = of.predicted
    if made is None:
        return Pictures({}, {})
    rows = [made.rows[row] for row in order(made)[:THUMBNAILS]]
    there = images.listed(of.record, moved)
    wanted = {row.file for row in rows}
    some = replace(there, items=tuple(item for item in there.items if item.file in wanted))
    silent = replace(hooks, note=_ignore, warn=_ignore)
    found = images.reload(of.record, rows, trained.target, some, silent, cache=False)
    places = zip(rows, found.places.tolist(), strict=True)
    pixels = {row.file: found.pixels[place] for row, place in places}
    return Pictures(pixels, {item.file: item.source for item in some.items})


def mistakes(of: Subject, pictures: Pictures, explain: Explain, why_none: str | None) -> Section:
    """Return the surest mistakes with their explanations; `why_none` says why there are none."""
    made = of.predicted
    parts: list[Part] = []
    if made is None:
        parts = [Text("There are no predictions to look at.")]
    elif not (places := wrong(made)):
        parts = [Text("There are none: every image was right.", "good")]
    else:
        shown = of_each_kind(made, places)
        parts.append(Text(_heading(of, places, len(shown))))
        if why_none is not None:
            parts.append(Text(f"Without pictures: {why_none}", "missing"))
        else:
            files = [made.rows[row].file for row in shown]
            said = explain([Source(file, pictures.sources[file]) for file in files])
            found = list(zip(shown, said, strict=True))
            if unchecked := unchecked_ways(each for _, each in found):
                parts.append(Text(f"{SANITY_UNKNOWN}: {listed(unchecked)}.", "caution"))
            made_of = [
                _mistake(of, made, row, each) for row, each in found if each.pixels is not None
            ]
            lighter, shared = told_once(made_of)
            parts += [*shared, Mistakes(lighter)]
    return Section("mistakes", "Mistakes", parts)


def unchecked_ways(explained: Iterable[Explanation]) -> list[str]:
    """Return the names of the ways of which nobody checked whether they show what was learnt."""
    names = (
        one.name
        for each in explained
        for one in each.maps
        if any(verdict.verdict == NOT_CHECKED for verdict in one.verdicts.values())
    )
    return list(dict.fromkeys(names))


def table(of: Subject, pictures: Pictures) -> Section | None:
    """Return all predictions, the surest mistakes first."""
    made = of.predicted
    if made is None:
        return None
    rows = [
        Row(
            made.rows[row].file,
            int(made.labels[row]),
            int(made.predicted[row]),
            float(made.chances[row, made.predicted[row]]),
            made.rows[row].group,
            fold_of(made, row),
        )
        for row in order(made)
    ]
    small = {
        place: thumbnail(pictures.pixels[row.file])
        for place, row in enumerate(rows[:THUMBNAILS])
        if row.file in pictures.pixels
    }
    said = f"{counted(len(rows), 'image')}, the surest mistakes first. "
    if small:
        said += f"{counted(len(small), 'image')} with a picture. "
    said += f"All probabilities are in predictions.csv of {of.path.resolve().name}"
    decided = f"; its column predicted goes by {deciding.HALF:g}, this table by {of.threshold_said}"
    said += f"{decided * (of.positive is not None and of.decided)}."
    return Section("predictions", "Predictions", [Text(said), Predictions(of.classes, rows, small)])


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """Return an image of at most SIDE pixels."""
    from cnncli.images.resize import fitting

    return fitting(pixels, SIDE)


def _mistake(of: Subject, made: Predicted, row: int, each: Explanation) -> Mistake:
    assert each.pixels is not None
    return Mistake(
        made.rows[row].file,
        of.classes[made.labels[row]],
        of.classes[made.predicted[row]],
        float(made.chances[row, made.predicted[row]]),
        each.pixels,
        [explained(one) for one in each.maps],
        fold=fold_of(made, row),
    )


def fold_of(made: Predicted, row: int) -> int | None:
    """Return the fold that tested an image; None of one run."""
    return int(made.folds[row]) if made.folds is not None else None


def explained(one: Map) -> Explained:
    """Return a map with what its checks say."""
    lines = [f"at {one.layer}"] if one.layer else []
    doubts: list[str] = []
    for check, verdict in one.verdicts.items():
        if verdict.verdict != NOT_CHECKED:
            (doubts if verdict.is_doubt else lines).append(verdict.line(check))
    empty = f"nothing there speaks for {one.target}" if one.is_empty else ""
    return Explained(one.method, one.values, lines, doubts, empty)


def of_each_kind(made: Predicted, places: Sequence[int]) -> list[int]:
    """Return SHOWN mistakes, the surest of each kind in turn: what is taken for what."""
    kinds: dict[tuple[int, int], list[int]] = {}
    for row in places:
        kinds.setdefault((int(made.labels[row]), int(made.predicted[row])), []).append(row)
    in_turn = (row for rows in zip_longest(*kinds.values()) for row in rows if row is not None)
    chosen = set(islice(in_turn, SHOWN))
    return [row for rows in kinds.values() for row in rows if row in chosen]


def _heading(of: Subject, found: Sequence[int], number: int) -> str:
    all_are = "All are shown" if number == len(found) else f"{number:,} are shown"
    were = "was" if len(found) == 1 else "were"
    return (
        f"{counted(len(found), 'image')} of {of.figures['images']:,} {were} taken for another "
        f"class. {all_are}, of each kind those of which the network was surest, with what spoke "
        f"for its answer. {COLOURS} {CHECKS}"
    )


def _ignore(text: str) -> None:
    pass
