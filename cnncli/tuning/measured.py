"""A cross-validation as one evaluation: no network runs, all is in what the folds tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.evaluation import thresholds
from cnncli.evaluation.thresholds import Decision, Rule
from cnncli.metrics import deciding
from cnncli.runs import life, threshold
from cnncli.runs.trained import Meaning
from cnncli.training import overlap
from cnncli.training.finish import Evaluation
from cnncli.tuning.folds import Folds
from cnncli.tuning.pooled import SPREAD, Tested, read

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Crossed:
    """Figures of all images, and of those of each fold; `decisions` are the thresholds of folds.

    `thresholds` has that of each image (N); None of more than two classes.
    """

    path: Path
    data: str
    evaluation: Evaluation
    tested: Tested
    folds: Sequence[Mapping[str, Any]]
    decisions: Sequence[Decision | None]
    thresholds: np.ndarray | None
    part: str = "test"
    seen: Counter[overlap.Kind | None] = field(default_factory=Counter)

    @property
    def meaning(self) -> Meaning:
        return Meaning(self.tested.classes, self.tested.positive)

    def threshold(self, inside: np.ndarray) -> np.ndarray | None:
        """Return the threshold that each of some images is decided by."""
        return self.thresholds[inside] if self.thresholds is not None else None

    def fold_documents(self) -> list[dict[str, Any]]:
        """Return each fold for JSON: its run, its threshold, its figures."""
        return [self._fold_document(place) for place in range(len(self.folds))]

    def _fold_document(self, place: int) -> dict[str, Any]:
        made, decision = self.folds[place], self.decisions[place]
        chosen = decision.chosen if decision is not None else None
        return {
            "fold": place + 1,
            "run": str(Folds(self.path).run(place + 1).path),
            "threshold": made["threshold"],
            "threshold_rule": decision.threshold.rule if decision is not None else None,
            "threshold_chosen_on": asdict(chosen) if chosen is not None else None,
            **{name: made[name] for name in ("images", "groups", *SPREAD)},
        }


def measure(path: Path, rule: Rule | None = None, group_by: str | None = None) -> Crossed:
    """Measure a cross-validation that is finished; loads no TensorFlow.

    By `rule` each fold has a threshold of its own, chosen on its own validation part; without it,
    the one that its run keeps. Raises ModelError for one that is not finished, or damaged.
    """
    import numpy as np

    folds = Folds(path)
    plan = folds.finished()
    tested = read(folds, plan.folds)
    if tested.csv() != folds.predictions.read_text(encoding="utf-8", errors="surrogateescape"):
        raise ModelError(
            f"{folds.predictions}: is not what the folds have tested; one was changed since",
            hint=f"Put them together again: cnncli crossval --resume {path}",
        )
    if group_by is not None:
        tested = read(folds, plan.folds, group_by)
    decisions = [_decision(folds, fold, rule, tested) for fold in range(1, plan.folds + 1)]
    values = [each.threshold.value if each is not None else deciding.HALF for each in decisions]
    of_each = np.array(values)[tested.fold_of - 1] if tested.positive is not None else None
    made = [
        {**tested.figures(tested.fold_of == fold, of_each), "loss": _loss(folds, fold)}
        for fold in range(1, plan.folds + 1)
    ]
    evaluation = Evaluation(
        tested.files,
        tested.labels,
        deciding.decide(tested.chances, tested.place, of_each),
        tested.chances,
        {**tested.figures(threshold=of_each), "loss": _mean_loss(made)},
        tested.units,
    )
    data = str(folds.run(1).read_record()["data"]["path"])
    return Crossed(path, data, evaluation, tested, made, decisions, of_each)


def look(of: Crossed, by: str) -> None:
    """Count a look at the test part of each fold, by such a command."""
    for fold, made in enumerate(of.folds, start=1):
        life.look(Folds(of.path).run(fold), made["images"], by)


def keep(of: Crossed) -> None:
    """Write the threshold of each fold into its run."""
    for fold, decision in enumerate(of.decisions, start=1):
        assert decision is not None
        threshold.write(Folds(of.path).run(fold), decision.threshold)


def _decision(folds: Folds, fold: int, rule: Rule | None, tested: Tested) -> Decision | None:
    run = folds.run(fold)
    meaning = Meaning(tested.classes, tested.positive)
    return thresholds.decide(rule, str(run.path), run, meaning)


def _loss(folds: Folds, fold: int) -> float | None:
    loss: float | None = folds.run(fold).read_metrics().get("test", {}).get("loss")
    return loss


def _mean_loss(made: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mean over the images; None where a fold does not know its loss."""
    pairs = [(each["loss"], each["images"]) for each in made]
    if any(loss is None for loss, _ in pairs):
        return None
    return float(sum(loss * images for loss, images in pairs) / sum(n for _, n in pairs))
