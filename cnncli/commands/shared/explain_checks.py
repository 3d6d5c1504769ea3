"""The checks of explanations that are asked for, and what stands in the run of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console
from cnncli.errors import UsageError
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Source
    from cnncli.explain.answering import AnsweringNetwork
    from cnncli.explain.checks import Checks
    from cnncli.explain.network import Network
    from cnncli.explain.sanity import Sanity
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.explain.verdicts import Verdict
    from cnncli.explain.ways import Way
    from cnncli.runs.trained import Trained

SanityOption = Annotated[
    bool,
    typer.Option(
        "--sanity",
        help="Check whether the maps change when the weights are drawn anew; kept in the run.",
    ),
]
AgreementOption = Annotated[
    bool | None,
    typer.Option(
        "--agreement/--no-agreement",
        help="Check whether the methods show the same; on where there are two or more.",
    ),
]
FaithfulnessOption = Annotated[
    bool,
    typer.Option(
        "--faithfulness",
        help="Check whether the answer depends on what the maps show, more than on random pixels; "
        "draws the curves.",
    ),
]
StabilityOption = Annotated[
    bool,
    typer.Option(
        "--stability", help="Check whether the maps stay when the image changes by next to nothing."
    ),
]


@dataclass(frozen=True)
class Asked:
    """The options; `agreement` is None where it is not said."""

    sanity: bool
    agreement: bool | None
    faithfulness: bool
    stability: bool


def refuse(asked: Asked, methods: int) -> None:
    """Raise UsageError for a check that cannot be made; loads no TensorFlow."""
    if asked.agreement and methods < 2:
        raise UsageError(
            "--agreement: one method has none to agree with",
            hint="Name another one as well: -m grad-cam -m occlusion",
        )


def sanity_file(model: str, asked: Asked) -> SanityFile | None:
    """Return the file of the run of MODEL, if it has one or is to get one.

    Called before the network is loaded, as the file is of the weights that stand there now.
    """
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.runs import model_file

    _, run = model_file.find(model)
    return SanityFile(run) if run is not None and (asked.sanity or run.sanity.exists()) else None


def checks(
    asked: Asked,
    loaded: Trained,
    network: AnsweringNetwork,
    ways: Sequence[Way],
    images: Sequence[Source],
    kept: SanityFile | None,
) -> Checks:
    """Return the checks to make, with the sanity of each way, as far as it is known or asked."""
    from cnncli.explain.checks import Checks
    from cnncli.explain.network import Network
    from cnncli.explain.verdicts import uncheckable

    agreement = asked.agreement
    if agreement is None:
        agreement = len({way.method for way in ways}) > 1
    verdicts = {way: uncheckable() for way in ways}
    if isinstance(network, Network):
        verdicts = _sanity(asked, loaded, network, ways, images, kept)
    return Checks(verdicts, agreement, asked.faithfulness, asked.stability)


def _sanity(
    asked: Asked,
    loaded: Trained,
    network: Network,
    ways: Sequence[Way],
    images: Sequence[Source],
    kept: SanityFile | None,
) -> dict[Way, Verdict]:
    """Return what is known of each way, or found out now where that is asked for."""
    known = _kept(ways, kept)
    if asked.sanity:
        missing = [way for way in ways if way not in known]
        known = {**known, **_checked(loaded, network, missing, images, kept)}
    return {way: each.verdict for way, each in known.items()}


def _kept(ways: Sequence[Way], kept: SanityFile | None) -> Mapping[Way, Sanity]:
    if kept is None:
        return {}
    known = kept.read(ways)
    if kept.note:
        console.warn(kept.note)
    return known


def _checked(
    loaded: Trained,
    network: Network,
    ways: Sequence[Way],
    images: Sequence[Source],
    kept: SanityFile | None,
) -> Mapping[Way, Sanity]:
    """Check ways of which nothing is known, and keep what is found."""
    from cnncli.commands.shared.progress import progress
    from cnncli.explain import sanity_images
    from cnncli.explain.sanity import IMAGES

    if not ways:
        return {}
    chosen = sanity_images.choose(loaded.run, images)
    if not chosen.images:
        raise UsageError(
            "--sanity: there is no image to check it on that can be read more than once",
            hint="Name image files.",
        )
    with progress("Checking sanity") as show, network.telling(show.within):
        found = sanity_images.check(loaded, network, ways, chosen, show)
    few = min(each.images for each in found.values())
    console.note(f"Sanity was checked on {counted(few, 'image')} {chosen.words}.")
    if few < IMAGES:
        console.warn(f"the sanity check is meant for {IMAGES} images: that of {few} scatters")
    if kept is not None:
        _keep(kept, found)
    return found


def _keep(kept: SanityFile, found: Mapping[Way, Sanity]) -> None:
    kept.note = ""
    try:
        kept.add(found)
    except OSError as error:
        reason = error.strerror or str(error)
        console.warn(f"the sanity check cannot be kept in the run: {reason}")
    if kept.note:
        console.warn(kept.note)
