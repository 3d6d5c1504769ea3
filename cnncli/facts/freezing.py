"""What `training.freeze` will keep from training, which a summary of the network counts."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from cnncli.facts.summary import Summary
from cnncli.words import counted


def frozen(summary: Summary, patterns: Sequence[str]) -> str | None:
    """Say how many of the trainable parameters the layers have that match; None for none."""
    layers = [
        layer
        for layer in summary.layers
        if any(fnmatch.fnmatchcase(layer.name, pattern) for pattern in patterns)
    ]
    if not layers:
        return None
    params = sum(layer.trainable_params for layer in layers)
    return (
        f"training.freeze keeps {counted(len(layers), 'layer')} from training: {params:,} of the "
        f"{summary.trainable_params:,} trainable params"
    )
