"""What `report` and `mistakes` explain mistakes with: the usual methods, checked, under a bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncli import console
from cnncli.commands.shared import explain_checks
from cnncli.registry import METHODS

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Source
    from cnncli.explain.explaining import Explanation
    from cnncli.explain.network import Network
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.reporting.mistakes import Nearest, Wrong
    from cnncli.reporting.parts import Mistake
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
    from cnncli.commands.shared.progress import progress
    from cnncli.explain import explaining
    from cnncli.explain.ways import ways

    usable = [each for each in METHODS if each.name in USED]
    if network.default_layer is None:
        usable = [each for each in usable if not each.by_layer]
    used = ways(network, usable, ())

    def explain(images: Sequence[Source]) -> Iterator[Explanation]:
        checks = explain_checks.checks(ASKED, loaded, network, used, images, kept)
        with progress("Explaining mistakes") as show, network.telling(show.within):
            show(0, len(images))
            found = explaining.explain(loaded, network, images, used, checks=checks)
            for done, each in enumerate(found):
                yield each
                show(done + 1, len(images))

    return explain


def look_at(
    chosen: Sequence[Wrong],
    loaded: Trained,
    sources: Mapping[str, str],
    moved: str | None,
    kept: SanityFile | None,
) -> tuple[list[Mistake], list[str]]:
    """Explain mistakes of one network; return them, and the ways whose sanity nobody checked.

    `sources` are what the reader of images takes for each file, `moved` is where the images of
    the run are now.
    """
    from cnncli.explain.explaining import prepare
    from cnncli.reporting import mistakes

    network = prepare(loaded)
    return mistakes.look_at(
        chosen,
        [sources[one.file] for one in chosen],
        explainer(loaded, network, kept),
        _nearest(loaded, network, moved),
    )


def _nearest(loaded: Trained, network: Network, moved: str | None) -> Nearest | None:
    """Return what finds training images; None, said, where the run's are not to be had."""
    from cnncli.commands.shared.progress import progress
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.errors import CnncliError
    from cnncli.reporting.neighbours import Neighbours, training_images

    if loaded.run is None:
        console.note("A file knows no training images: none are shown beside the mistakes.")
        return None
    try:
        known = training_images(loaded.run, loaded, moved, hooks())
    except CnncliError as error:
        console.warn(f"no training images beside the mistakes: {error.message}")
        return None
    with progress("Looking at training images") as show:
        return Neighbours(network, known, show).of
