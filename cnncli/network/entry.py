"""Where an image enters a network: behind the layer that does what `preprocess` of a spec says."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.network.preprocessing import what_it_does
from cnncli.network.results import Result


def preprocess_of(found: Sequence[Result]) -> Result | None:
    """Return the layer that does what `preprocess` of a spec says, if all goes through it."""
    takers = [each for each in found if -1 in each.sources and not each.is_within]
    return takers[0] if len(takers) == 1 and word_of(takers[0]) is not None else None


def word_of(result: Result) -> str | None:
    """Return what a spec would call what the layer does; None where it has no word for it."""
    layer = result.call.operation
    if result.call.type == "LayerNormalization" and list(layer.axis) == [1, 2, 3]:
        return "standardize"  # whatever it is called: --standardize puts one there as well
    return what_it_does(result.name, result.call.type)
