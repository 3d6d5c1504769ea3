"""What `report` and `mistakes` explain mistakes with: the usual methods, under a bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncli.registry import METHODS

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Source
    from cnncli.explain.explaining import Explanation
    from cnncli.reporting.pictures import Explain
    from cnncli.runs.trained import Trained

USED = ("grad-cam-plus-plus", "occlusion")


def explainer(loaded: Trained) -> Explain:
    """Return a function that explains images of a network by the usual methods.

    Of a network without a layer of maps, by those that need none.
    """
    from cnncli.commands.shared.training_hooks import progress
    from cnncli.explain import explaining

    network = explaining.prepare(loaded)
    usable = [each for each in METHODS if each.name in USED]
    if network.default_layer is None:
        usable = [each for each in usable if not each.by_layer]
    methods = {each.name: (each.load(), each.by_layer) for each in usable}
    ways = explaining.ways(network, methods, ())

    def explain(images: Sequence[Source]) -> Iterator[Explanation]:
        with progress("Explaining mistakes") as show:
            for done, each in enumerate(explaining.explain(loaded, network, images, ways)):
                show(done, len(images))
                yield each

    return explain
