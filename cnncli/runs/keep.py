"""Which epoch of a run is kept as its model: the best by a figure of the history, or the last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.spec.phases import KEPT

LAST = "last"
# What is better when it is larger, and when it is smaller, by words in the names of figures.
_UP = (
    *("acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2", "similarity"),
    *("sensitivity", "specificity", "positives_rate", "top_k"),
)
_DOWN = ("loss", "error", "entropy", "hinge", "divergence", "poisson", "log_cosh", "false")


@dataclass(frozen=True)
class Keep:
    """A figure of the history, and whether more of it is better; "last" for the last epoch."""

    figure: str
    largest: bool = False

    @property
    def because(self) -> str:
        """Why an epoch was kept: "lowest val_loss"."""
        if self.figure == LAST:
            return "last epoch"
        return f"{'highest' if self.largest else 'lowest'} {self.figure}"

    def takes(self, row: Mapping[str, float], best: float | None) -> bool:
        """Whether an epoch is kept instead of one whose figure was `best`, the first of equals."""
        if self.figure == LAST or best is None or math.isnan(best):
            return True
        value = row[self.figure]
        return value > best if self.largest else value < best

    def value(self, row: Mapping[str, float]) -> float | None:
        """Return the figure of an epoch that counts; None for the last epoch."""
        return None if self.figure == LAST else row[self.figure]

    def choose(self, history: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
        """Return the row of the epoch that is kept; an empty one of no history."""
        kept: Mapping[str, float] = {}
        for row in history:
            if self.figure != LAST and self.figure not in row:
                return history[-1]
            if self.takes(row, self.value(kept) if kept else None):
                kept = row
        return kept


def keep(said: str | None, *, validates: bool) -> Keep:
    """Return what a spec says of the epoch to keep; without a word, the lowest val_loss."""
    figure = said or (KEPT if validates else LAST)
    return Keep(figure, largest=direction(figure) is True)


def kept(about: Mapping[str, Any], history: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    """Return the row of the epoch that a run keeps, by its run.json; an empty one of no history.

    Where a phase is judged by another figure than the one before, its epochs alone count.
    """
    validates, said = bool(history) and "val_loss" in history[-1], about.get("keep")
    phases = about.get("phases", ())
    if phases and history:
        now = int(history[-1].get("phase", 1))
        began = max(n for n, each in enumerate(phases[:now], start=1) if n == 1 or each["anew"])
        history = [row for row in history if row.get("phase", 1) >= began]
        said = phases[min(now, len(phases)) - 1]["keep"]
    return keep(said, validates=validates).choose(history)


def direction(figure: str) -> bool | None:
    """Tell whether more of a figure is better; None where its name does not say so."""
    if any(word in figure for word in _DOWN):
        return False
    return True if any(word in figure for word in _UP) else None


def beside(by: Keep, history: Sequence[Mapping[str, float]], epoch: int | None) -> dict[str, Any]:
    """Return the figures of the kept epoch and of the last one, and what their difference says."""
    if not history or epoch is None:
        return {}
    kept, last = history[epoch - 1], history[-1]
    return {
        "keep": by.figure,
        "kept": dict(kept),
        "last": dict(last),
        "difference": difference(kept, last),
    }


def difference(kept: Mapping[str, float], last: Mapping[str, float]) -> str | None:
    """Return what the last epoch is, compared with the kept one, by the validation part."""
    if kept["epoch"] == last["epoch"] or "val_loss" not in last:
        return None
    worse = last["val_loss"] - kept["val_loss"]
    righter = last["val_accuracy"] - kept["val_accuracy"]
    said = (
        f"epoch {last['epoch']:.0f}, the last: val_loss {last['val_loss']:.4f} (kept "
        f"{kept['val_loss']:.4f}), val_accuracy {last['val_accuracy']:.4f} (kept "
        f"{kept['val_accuracy']:.4f})"
    )
    if worse == 0 and righter == 0:
        return f"{said}: they are equally good"
    if worse > 0 and righter > 0:
        return f"{said}: it is right more often, and surer where it is wrong"
    if worse > 0:
        return f"{said}: training on made it no better on images that it does not know"
    if righter < 0:
        return f"{said}: it is right less often, and less sure where it is wrong"
    return f"{said}: the last epoch is the better one by both"
