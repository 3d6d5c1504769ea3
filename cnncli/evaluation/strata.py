"""Figures for each stratum of the images (sex, site, scanner, year), and what they differ by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cnncli.data import classing, units
from cnncli.data.classing import Classing
from cnncli.data.labels import Labels
from cnncli.errors import UsageError
from cnncli.evaluation.evaluate import Measured, Request
from cnncli.metrics import figures
from cnncli.metrics.rates import RATES
from cnncli.metrics.strata import spread
from cnncli.runs import model_file, record
from cnncli.runs.directory import RunDirectory
from cnncli.words import counted

NONE = "(none)"  # what is in no stratum
MOST = 100
FEWEST = 5  # images of a stratum that is compared with others; of fewer, one is over 20 points
KEPT = ("images", "groups", "accuracy", "accuracy_interval", "auc", "auc_interval")
Finder = Callable[[str], str]


def finder(
    request: Request, pattern: str | None, column: str | None, files: Sequence[str] | None = None
) -> Finder | None:
    """Return what tells the stratum of a file; None where nothing is asked.

    `files` are the images that are measured on, where the request does not say it.
    Raises UsageError for a pattern that is none, a column where there is no table, and for what
    divides the images into one part, or into too many to say something of. Reads no image.
    """
    if column is not None:
        values = _column(request, column)
        return _checked(request, files, lambda file: values.get(file) or NONE)
    if pattern is None:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--by {pattern}: not a regular expression: {error}") from None
    named = _files(request) if files is None else files
    if named and not any(units.group_of(compiled, file, pattern) for file in named):
        raise UsageError(
            f"--by {pattern}: matches none of the file names",
            hint=units.first_name(named[0], pattern),
        )
    return _checked(request, named, lambda file: units.group_of(compiled, file, pattern) or NONE)


def _checked(request: Request, named: Sequence[str] | None, of: Finder) -> Finder:
    files = _files(request) if named is None else named
    known = {of(file) for file in files}
    if files and not 1 < len(known) <= MOST:
        parts = counted(len(known), "part")
        raise UsageError(
            f"--by divides the images into {parts}: there must be 2 to {MOST}",
            hint=f"The first image is {files[0]}, in {of(files[0])}",
        )
    return of


def _files(request: Request) -> Sequence[str]:
    """Return the names of the images that a request measures on."""
    _, run = model_file.find(request.model)
    if request.data is not None:
        found = classing.find(request.data, request.labels, _how(run), strict=False)
        return [item.file for item in found.items]
    if run is None:
        return []
    rows = record.read_split(run.split)
    part = "test" if any(row.part == "test" for row in rows) else "validation"
    return [row.file for row in rows if row.part == part]


def _how(run: RunDirectory | None) -> Classing:
    if run is None:
        return classing.PLAIN
    return classing.recorded(run.read_record()["data"]["options"])


def by_stratum(found: Measured, of: Finder) -> dict[str, Any]:
    """Return figures with intervals for each stratum, and the largest differences between them."""
    import numpy as np

    made, meaning = found.evaluation, found.meaning
    names = [of(file) for file in made.files]
    known = sorted(set(names))
    places = np.array([known.index(name) for name in names])
    rates = [key for rate in RATES for key in (rate, f"{rate}_interval")]
    shown = [*KEPT, *(rates if meaning.positive is not None else ())]
    rows = {}
    for place, name in enumerate(known):
        inside = places == place
        of_part = figures.figures(
            made.labels[inside],
            made.probabilities[inside],
            meaning.classes,
            meaning.positive,
            made.units[inside],
            found.threshold(inside),
        )
        rows[name] = {key: of_part[key] for key in shown}
    return {
        "strata": rows,
        "differences": _differences(found, places, known),
        "fewest": FEWEST,
    }


def uncompared(by: Mapping[str, Any], positive: str | None, classes: Sequence[str]) -> list[str]:
    """Return which strata, and which figures, are not compared, and why, in sentences."""
    few = [
        f"{name} ({row['images']:,})"
        for name, row in by["strata"].items()
        if row["images"] < by["fewest"]
    ]
    said = [f"Too few images to be compared (fewer than {FEWEST}): {', '.join(few)}."] * bool(few)
    others = [name for name in classes if name != positive]
    of_what = {"accuracy": "", **({} if positive is None else _of_rates(positive, others[0]))}
    said += [
        f"By {name} nothing is compared: there are not two strata with {FEWEST} or more images"
        f"{of_class}."
        for name, of_class in of_what.items()
        if name not in by["differences"]
    ]
    return said


def _of_rates(positive: str, other: str) -> dict[str, str]:
    return {"sensitivity": f" of {positive}", "specificity": f" of {other}"}


def _differences(found: Measured, places: Any, known: list[str]) -> dict[str, Any]:
    """Return the largest difference of accuracy; of two classes, of both rates as well.

    Each between strata with FEWEST or more images that the figure is of.
    """
    import numpy as np

    made, positive = found.evaluation, found.meaning.positive
    right = made.labels == made.predicted
    among = {"accuracy": np.ones(len(right), bool)}
    if positive is not None:
        is_positive = made.labels == found.meaning.classes.index(positive)
        among |= {"sensitivity": is_positive, "specificity": ~is_positive}
    said = {}
    for name, of_figure in among.items():
        enough = np.bincount(places[of_figure], minlength=len(known)) >= FEWEST
        these = of_figure & enough[places]
        largest = spread(right[these], places[these], made.units[these])
        if largest is not None:
            ends = {"lowest": known[largest.lowest], "highest": known[largest.highest]}
            said[name] = {**asdict(largest), **ends}
    return said


def _column(request: Request, column: str) -> Mapping[str, str | None]:
    """Return the value of a column of the table of labels for each image."""
    _, run = model_file.find(request.model)
    table, data = request.labels, request.data
    if run is not None and data is None:
        kept = run.read_record()["data"]
        data = request.moved or kept["path"]
        said = kept["labels"]
        table = Labels(Path(said[0]), *said[1:]) if said is not None else None
    if table is None or data is None:
        raise UsageError(
            f"--by-column {column}: there is no table of labels that has columns",
            hint="Name one: --labels CSV. Or take it of the file names: --by REGEX",
        )
    table = replace(table, group_column=column, grouped_by="by")
    found = classing.find(data, table, _how(run), strict=False)
    return {item.file: item.group for item in found.items}
