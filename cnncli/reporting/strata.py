"""The figures of a report for each stratum of the images: sex, site, scanner, year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.evaluation.evaluate import Measured
from cnncli.evaluation.strata import NONE, Finder, by_stratum, uncompared
from cnncli.metrics.intervals import CHANCE
from cnncli.metrics.strata import PERMUTATIONS
from cnncli.reporting.folds import FoldsMaterial, Subject
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Estimate, Estimates, Grid, Part, Section, Text
from cnncli.reporting.words import ends, percent, points, with_ends
from cnncli.runs.trained import Meaning
from cnncli.training.finish import Evaluation

if TYPE_CHECKING:
    import numpy as np

FIGURES = {
    "accuracy": "Accuracy",
    "auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
}
TEST = (
    f"a permutation test of {PERMUTATIONS:,} draws, in which groups of images change their strata "
    "as wholes"
)
DRAWN = 12  # strata whose intervals are drawn; of more, the table alone


@dataclass(frozen=True)
class _Part:
    """The part of a run that was measured on, as strata take it."""

    of: Material
    evaluation: Evaluation
    meaning: Meaning

    @property
    def path(self) -> Path:
        return self.of.path

    @property
    def data(self) -> str:
        return str(self.of.record["data"]["path"])

    @property
    def part(self) -> str | None:
        return self.of.part

    def threshold(self, inside: np.ndarray) -> float | None:
        return self.of.threshold


def found(of: Subject, finder: Finder, by: str, options: Sequence[str]) -> Mapping[str, Any] | None:
    """Return figures by stratum of what was measured on, and `by`, which says what strata are.

    An `example` is a file and its stratum; `options` ask a report for the same. None without
    predictions.
    """
    made = _measured(of)
    if made is None:
        return None
    files = made.evaluation.files
    pairs = ((file, finder(file)) for file in files)
    example = next((pair for pair in pairs if pair[1] != NONE), None)
    return {"by": by, "example": example, "options": options, **by_stratum(made, finder)}


def _measured(of: Subject) -> Measured | None:
    if isinstance(of, FoldsMaterial):
        return of.crossed
    made = of.predicted
    if made is None:
        return None
    evaluation = Evaluation(
        made.files, made.labels, made.predicted, made.chances, dict(of.figures), made.units
    )
    return _Part(of, evaluation, Meaning(of.classes, of.positive))


def section(of: Subject) -> Section | None:
    """Return the figures of each stratum, and what they differ by; None where none were asked."""
    if of.strata is None:
        return None
    rows = of.strata["strata"]
    shown = [name for name in FIGURES if all(name in row for row in rows.values())]
    parts: list[Part] = [Text(_what(of.strata))]
    parts += [Text(text) for text in sentences(of.strata)]
    parts += [Text(text) for text in uncompared(of.strata, of.positive, of.classes)]
    if len(rows) <= DRAWN:
        parts += [_estimates(rows, name) for name in shown if name != "auc"]
    table = [
        (
            name,
            f"{row['images']:,}",
            f"{row['groups']:,}",
            *(_cell(of, row, each) for each in shown),
        )
        for name, row in rows.items()
    ]
    columns = ("Stratum", "Images", "Groups", *(FIGURES[name] for name in shown))
    right = frozenset(range(1, len(columns)))
    caption = "Figures of each stratum, with their 95 % intervals"
    parts.append(Grid(caption, columns, table, right, folded=len(table) > 30))
    return Section("strata", "By stratum", parts)


def _what(strata: Mapping[str, Any]) -> str:
    """Return what a stratum stands for, with an example, and how strata are compared."""
    said = f"Strata are {strata['by']}"
    if strata["example"] is not None:
        file, name = strata["example"]
        said += f": {name} for {file}"
    if NONE in strata["strata"]:
        said += f"; {NONE} holds the images without one"
    tested = f" p is how often chance alone makes two of them differ by as much: {TEST}."
    return f"{said}.{tested * bool(strata['differences'])}"


def _cell(of: Subject, row: Mapping[str, Any], name: str) -> str:
    """Return a figure of a stratum, or why there is none."""
    if row[name] is None or row[name] != row[name]:
        missing = {"sensitivity": of.positive, "specificity": other(of)}.get(name)
        return "one class alone" if missing is None else f"no image of {missing}"
    return with_ends(row, name)


def other(of: Subject) -> str | None:
    """Return the class that is not the positive one, of two."""
    return next((each for each in of.classes if each != of.positive), None) if of.positive else None


def sentences(strata: Mapping[str, Any]) -> Iterator[str]:
    """Return which stratum is worst by each figure, and whether the difference may be chance."""
    for name, each in strata["differences"].items():
        if not each["difference"]:
            yield f"By {name} they do not differ."
            continue
        lowest, highest = (strata["strata"][each[end]][name] for end in ("lowest", "highest"))
        yield (
            f"By {name}, {each['lowest']} is worst ({percent(lowest)}) and {each['highest']} best "
            f"({percent(highest)}): a difference of {points(each['difference'])}, which "
            f"{_chance(each)}."
        )


def doubtful(of: Subject) -> str | None:
    """Return the differences between strata that are hardly chance."""
    if of.strata is None:
        return None
    said = [
        f"by {name} {each['lowest']} lies {points(each['difference'])} below {each['highest']} "
        f"(p = {each['p_value']:.2g})"
        for name, each in of.strata["differences"].items()
        if each["p_value"] < CHANCE
    ]
    return f"It is not as good for all strata: {'; '.join(said)}." if said else None


def _chance(each: Mapping[str, Any]) -> str:
    may = "may be chance" if each["p_value"] >= CHANCE else "is hardly chance"
    return f"{may} (p = {each['p_value']:.2g})"


def _estimates(rows: Mapping[str, Any], name: str) -> Estimates:
    made = []
    for stratum, row in rows.items():
        low, high = ends(row, name) or (None, None)
        if row[name] is not None and row[name] == row[name]:
            made.append(Estimate(stratum, row[name], low, high))
    said = f"{FIGURES[name]} of each of {len(made)} strata; the table below holds the numbers."
    return Estimates(f"{FIGURES[name]} by stratum, with 95 % intervals", made, said)
