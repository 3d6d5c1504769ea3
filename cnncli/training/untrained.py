"""What is said of layers that stay as they were drawn: random weights that are never trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncli.network.leaves import Leaf, collapsed
from cnncli.network.sources import is_known
from cnncli.training.freezing import Freezer
from cnncli.training.initial import Taken

NAMED = 6  # layers and networks named; of more, the number


def doubts(
    freezer: Freezer, frozen: Sequence[frozenset[str]], taken: Taken | None
) -> Iterator[str]:
    """Say which layers are frozen in each phase, and begin with weights of nothing.

    `frozen` are the names of the frozen layers of each phase, `taken` those of `--init`.
    """
    if taken is not None and (said := taken.doubt()) is not None:
        yield said
    begun = taken.names if taken is not None else frozenset[str]()
    never = frozenset[str].intersection(*frozen) - begun
    weighty = [leaf for leaf in freezer.leaves if leaf.has_weights]
    drawn = [leaf for leaf in weighty if leaf.name in never and not _is_filled(leaf)]
    if not any(freezer.is_drawn(leaf) for leaf in drawn):
        return
    share = sum(map(_size, drawn)) / max(1, sum(map(_size, weighty)))
    names = collapsed(drawn, [leaf for leaf in weighty if leaf not in drawn])
    more = ", ..." if len(names) > NAMED else ""
    yield (
        f"random and never trained: {', '.join(names[:NAMED])}{more}, {100 * share:.3g} % of the "
        "parameters. Let them begin with weights (weights: imagenet or a file; --init RUN), or "
        "train them (trainable: true, unfreeze)"
    )


def _is_filled(leaf: Leaf) -> bool:
    """Whether a network around a layer has its weights of a file."""
    return any(map(is_known, leaf.within))


def _size(leaf: Leaf) -> int:
    return int(leaf.layer.count_params())
