"""Figures over the folds of a cross-validation, in the words that papers use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncli.reporting.words import ends
from cnncli.words import counted

WORDS = {"accuracy": "accuracy", "auc": "AUC"}


def lines(over: Mapping[str, Mapping[str, Any]], pooled: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for accuracy and for AUC: mean and spread over folds, and of all images.

    `over` is what `tuning.pooled.spread` returns, `pooled` the figures of all images together.
    """
    for name, word in WORDS.items():
        found, value = over[name], pooled[name]
        if found["mean"] is None or value is None or value != value:
            continue
        known = ends(pooled, name)
        interval = f" ({known[0]:.3f}-{known[1]:.3f})" if known is not None else ""
        yield (
            f"{word} {found['mean']:.3f} ± {found['standard_deviation']:.3f} over "
            f"{counted(len(found['folds']), 'fold')} (standard deviation); pooled "
            f"{value:.3f}{interval}"
        )
