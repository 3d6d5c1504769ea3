"""threshold.json of a run: above which probability an image is taken for the positive class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnncli import files, json_text
from cnncli.errors import ModelError
from cnncli.runs.directory import RunDirectory, lock
from cnncli.runs.kinds import check
from cnncli.runs.schema import THRESHOLD

_CHOSEN = {
    "at-sensitivity": "the highest with a sensitivity of at least {}",
    "at-specificity": "the lowest with a specificity of at least {}",
    "best": "the one of the highest {}",
}
_FIGURES = {"f1": "F1", "youden": "sum of sensitivity and specificity"}


@dataclass(frozen=True)
class Threshold:
    """A threshold for the probability of the positive class, and the rule that it came by."""

    value: float
    rule: str
    positive: str

    @property
    def is_chosen(self) -> bool:
        """Whether it was chosen on the validation part, rather than given."""
        return self.rule.partition(" ")[0] in _CHOSEN

    @property
    def because(self) -> str:
        """How it came about, in words."""
        name, _, value = self.rule.partition(" ")
        if name not in _CHOSEN:
            return "given" if name == "threshold" else self.rule
        return f"{_CHOSEN[name].format(_FIGURES.get(value, value))} on the validation part"


def read(run: RunDirectory) -> Threshold | None:
    """Return the threshold that is kept for a run; None without one.

    Raises ModelError for a file that is none of ours.
    """
    if not run.threshold.exists():
        return None
    said = run.read_json(run.threshold)
    check(run.threshold, said, THRESHOLD)
    return Threshold(float(said["threshold"]), said["rule"], said["positive"])


def of_network(run: RunDirectory, positive: str | None) -> float | None:
    """Return the threshold that a network obeys; ModelError where it is for another class."""
    kept = read(run)
    if kept is None:
        return None
    if kept.positive != positive:
        raise ModelError(
            f"{run.threshold}: it is a threshold for {kept.positive}, and the positive class of "
            f"the network is {positive or 'none'}",
            hint="Choose another, or remove the file.",
        )
    return kept.value


def write(run: RunDirectory, threshold: Threshold) -> None:
    """Keep a threshold: prediction, evaluation and exports obey it from then on."""
    said = {"threshold": threshold.value, "rule": threshold.rule, "positive": threshold.positive}
    with lock(run):
        files.write_text(run.threshold, json_text.dumps(said, indent=2) + "\n")


def drop(run: RunDirectory, warn: Callable[[str], None]) -> None:
    """Remove the threshold of a run that trains on: it was chosen for another model."""
    if not run.threshold.is_file():
        return
    run.threshold.unlink()
    warn(
        f"{run.threshold} is dropped, as it was chosen for the model of before: "
        f"cnncli evaluate {run.path} --keep chooses another"
    )
