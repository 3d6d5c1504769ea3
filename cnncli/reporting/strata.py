"""The figures of a report for each stratum of the images: sex, site, scanner, year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.evaluation.evaluate import Measured
from cnncli.evaluation.strata import NONE, Finder, by_stratum
from cnncli.metrics.intervals import CHANCE
from cnncli.reporting.folds import FoldsMaterial, Subject
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Estimate, Estimates, Grid, Part, Section, Text
from cnncli.reporting.words import decimal, ends, points, with_ends
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


def found(of: Subject, finder: Finder, by: str) -> Mapping[str, Any] | None:
    """Return figures by stratum of what was measured on, and `by`, which says what strata are.

    None without predictions.
    """
    made = _measured(of)
    return {"by": by, **by_stratum(made, finder)} if made is not None else None


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
    others = f"; {NONE} holds the other images" * (NONE in rows)
    parts: list[Part] = [Text(f"Strata are {of.strata['by']}{others}.")]
    parts += [Text(text) for text in sentences(of.strata)]
    if len(rows) <= DRAWN:
        parts.append(_estimates(rows))
    table = [
        (
            name,
            f"{row['images']:,}",
            f"{row['groups']:,}",
            *(with_ends(row, each) for each in shown),
        )
        for name, row in rows.items()
    ]
    columns = ("Stratum", "Images", "Groups", *(FIGURES[name] for name in shown))
    right = frozenset(range(1, len(columns)))
    caption = "Figures of each stratum, with their 95 % intervals"
    parts.append(Grid(caption, columns, table, right, folded=len(table) > 30))
    return Section("strata", "By stratum", parts)


def sentences(strata: Mapping[str, Any]) -> Iterator[str]:
    """Return which stratum is worst by each figure, and whether the difference may be chance."""
    for name, each in strata["differences"].items():
        lowest, highest = (strata["strata"][each[end]][name] for end in ("lowest", "highest"))
        yield (
            f"By {name}, {each['lowest']} is worst ({decimal(lowest)}) and {each['highest']} best "
            f"({decimal(highest)}): a difference of {points(each['difference'])}, which "
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


def _estimates(rows: Mapping[str, Any]) -> Estimates:
    made = []
    for name, row in rows.items():
        low, high = ends(row, "accuracy") or (None, None)
        made.append(Estimate(name, row["accuracy"], low, high))
    said = f"Accuracy of each of {len(rows)} strata; the table below holds the numbers."
    return Estimates("Accuracy by stratum, with 95 % intervals", made, said)
