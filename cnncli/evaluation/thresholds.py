"""Which threshold decides between two classes: chosen on the validation part, never on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnncli.errors import DataError, ModelError, UsageError
from cnncli.runs import threshold
from cnncli.runs.directory import RunDirectory, resume_command
from cnncli.runs.held import how_to_end
from cnncli.runs.threshold import Threshold
from cnncli.runs.trained import Meaning
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.metrics.thresholds import Chosen, Figure, Thresholds

Name = Literal["threshold", "at-sensitivity", "at-specificity", "best"]


@dataclass(frozen=True)
class Rule:
    """A threshold that is given, or how one is chosen."""

    name: Name
    value: float | Figure

    @property
    def text(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.name} {value}"


def noted(command: str, rule: Rule | None) -> str:
    """Return what a run notes of a look at its test part: "evaluate --at-sensitivity 0.9"."""
    return command if rule is None else f"{command} --{rule.text}"


@dataclass(frozen=True)
class Decision:
    """The threshold that an evaluation goes by, where it is from, and what it reached there."""

    threshold: Threshold
    said: str
    chosen: Chosen | None = None


def decide(
    rule: Rule | None, source: str, run: RunDirectory | None, meaning: Meaning
) -> Decision | None:
    """Return the threshold for a network: by `rule`, else the kept one; None for one half.

    Raises UsageError for a rule where there are not two classes, or nothing to choose on.
    """
    if rule is None:
        return _kept(source, run, meaning)
    if meaning.positive is None:
        raise UsageError(
            f"--{rule.name}: a threshold decides between two classes, and {source} tells "
            f"{counted(len(meaning.classes), 'class')} apart"
        )
    if rule.name == "threshold":
        given = Threshold(float(rule.value), rule.text, meaning.positive)
        return Decision(given, f"Threshold {given.value:g} for {meaning.positive}")
    if run is None:
        raise UsageError(
            f"--{rule.name} chooses on the validation part of a run, and {source} is a file",
            hint="Name the run; or the threshold itself: --threshold 0.3",
        )
    chosen = _choose(rule, run, meaning.positive)
    made = Threshold(chosen.value, rule.text, meaning.positive)
    said = (
        f"Threshold {made.value:g} for {made.positive}, {made.because}: of its "
        f"{counted(chosen.images, 'image')}, sensitivity {chosen.sensitivity:.3f}, specificity "
        f"{chosen.specificity:.3f}"
    )
    return Decision(made, said, chosen)


def _kept(source: str, run: RunDirectory | None, meaning: Meaning) -> Decision | None:
    if run is not None and (value := threshold.of_network(run, meaning.positive)) is not None:
        kept = threshold.read(run)
        assert kept is not None
        return Decision(kept, f"Threshold {value:g} for {kept.positive} of {run.threshold} "
                              f"({kept.because})")  # fmt: skip
    if meaning.threshold is None or meaning.positive is None:
        return None
    carried = Threshold(meaning.threshold, "of the file", meaning.positive)
    return Decision(carried, f"Threshold {carried.value:g} for {meaning.positive} of {source}")


def _choose(rule: Rule, run: RunDirectory, positive: str) -> Chosen:
    found = _validation(run, positive)
    if isinstance(rule.value, str):
        return found.best(rule.value)
    least = float(rule.value)
    by_rule = found.at_sensitivity if rule.name == "at-sensitivity" else found.at_specificity
    chosen = by_rule(least)
    if chosen is None:
        raise DataError(
            f"--{rule.name} {least:g}: no threshold reaches it on the validation part of {run.path}"
        )
    return chosen


def _validation(run: RunDirectory, positive: str) -> Thresholds:
    """Return the thresholds of the validation part, by the predictions that the run keeps."""
    import numpy as np

    from cnncli.metrics.thresholds import Thresholds
    from cnncli.runs import listing, tables

    unfinished = listing.unfinished(run)
    if unfinished is not None:
        raise ModelError(
            f"{run.path}: not finished, so there is no threshold to choose",
            hint=how_to_end(run.path, resume_command(run.path)),
        )
    if not run.validation_predictions.exists():
        raise DataError(
            f"{run.path}: it has no {run.validation_predictions.name} to choose a threshold on",
            hint="It was trained without validation images. Or say it: --threshold 0.3",
        )
    column = f"p_{positive}"
    rows = tables.read(run.validation_predictions, ("label", column))
    scores = np.array([_share(run, number, row[column]) for number, row in enumerate(rows, 1)])
    truth = np.array([row["label"] == positive for row in rows], bool)
    if truth.all() or not truth.any():
        raise DataError(
            f"{run.path}: its validation images are of one class, so no threshold can be chosen"
        )
    return Thresholds(truth, scores)


def _share(run: RunDirectory, number: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ModelError(f"{run.validation_predictions}: row {number}: {text!r} is no probability")
    return value
