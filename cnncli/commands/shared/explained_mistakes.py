"""What `report` and `mistakes` explain mistakes with: the usual methods, checked, under a bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnncli.commands.shared import explain_checks
from cnncli.registry import METHODS

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Source
    from cnncli.explain.explaining import Explanation
    from cnncli.explain.network import Network
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.reporting.pictures import Explain
    from cnncli.runs.trained import Trained

USED = ("grad-cam-plus-plus", "occlusion")
# Sanity is a property of the network that takes long to find: what the run knows of it is said.
ASKED = explain_checks.Asked(sanity=False, agreement=None, faithfulness=True, stability=False)


def known_sanity(model: str) -> SanityFile | None:
    """Return what a run knows of its methods; called before its network is loaded."""
    return explain_checks.sanity_file(model, ASKED)


def explainer(loaded: Trained, network: Network, kept: SanityFile | None) -> Explain:
    """Return a function that explains images of a network by the usual methods.

    Of a network without a layer of maps, by those that need none.
    """
    from cnncli.commands.shared.training_hooks import progress
    from cnncli.explain import explaining
    from cnncli.explain.ways import ways

    usable = [each for each in METHODS if each.name in USED]
    if network.default_layer is None:
        usable = [each for each in usable if not each.by_layer]
    used = ways(network, usable, ())

    def explain(images: Sequence[Source]) -> Iterator[Explanation]:
        checks = explain_checks.checks(ASKED, loaded, network, used, images, kept)
        with progress("Explaining mistakes") as show:
            found = explaining.explain(loaded, network, images, used, checks=checks)
            for done, each in enumerate(found):
                show(done, len(images))
                yield each

    return explain
