"""What `training.freeze` will keep from training, which a summary of the network counts."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.facts.summary import Summary
from cnncli.spec.layer_names import matching
from cnncli.spec.model import Pattern, Training
from cnncli.spec.phases import Freezing, stages
from cnncli.words import counted


def frozen(summary: Summary, training: Training) -> str | None:
    """Say how many of the trainable parameters the recipe keeps from training; None for none.

    Of a recipe in phases, what the first one keeps.
    """
    said = stages(training)
    kept = _kept([part.name for part in summary.parts], said[0].freezing)
    if not kept:
        return None
    params = sum(summary.parts[place].layer.trainable_params for place in kept)
    first = f" in the first of {len(said)} phases" if len(said) > 1 else ""
    return (
        f"training.freeze keeps {counted(len(kept), 'layer')} from training{first}: {params:,} of "
        f"the {summary.trainable_params:,} trainable params"
    )


def _kept(names: Sequence[str], freezing: Sequence[Freezing]) -> set[int]:
    """Return the places of the layers that are frozen, and not unfrozen again."""
    kept: set[int] = set()
    for each in freezing:
        kept |= _all(each.freeze, names)
        kept -= _all(each.unfreeze, names)
    return kept


def _all(patterns: Sequence[Pattern], names: Sequence[str]) -> set[int]:
    return {place for pattern in patterns for place in matching(pattern.text, names)}
