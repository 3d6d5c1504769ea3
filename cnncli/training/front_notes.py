"""What is said of frozen layers, before a phase that has some is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnncli.facts.macs import macs
from cnncli.spec.phases import Stage
from cnncli.training.freezing import Freezer
from cnncli.training.images import Images
from cnncli.training.parts import Parts
from cnncli.training.route import Step, route_of
from cnncli.words import counted


def of_phase(number: int, said: Sequence[Stage], freezer: Freezer) -> str:
    """Return what a phase is, and how much of the network it trains."""
    weighty = [leaf for leaf in freezer.leaves if leaf.has_weights]
    trained = len(weighty) - len(freezer.frozen())
    epochs = counted(said[number - 1].training.epochs, "epoch")
    return (
        f"Phase {number} of {len(said)}: {epochs}, {trained:,} of "
        f"{counted(len(weighty), 'layer')} with weights are trained."
    )


def of_anew(parts: Parts, why_not: str | None) -> str:
    """Return what it costs that the results of a frozen front are not kept."""
    begins = f"Frozen up to {parts.last}:"
    share = _share(parts)
    if why_not is not None:
        return (
            f"{begins} {why_not}, so that these layers{share} compute every image again in each "
            "epoch."
        )
    return f"{begins} without the cache these layers{share} compute every image in each epoch."


def of_kept(parts: Parts, images: Images, *, there: bool) -> str:
    """Return what becomes of the results of a frozen front; `there`: they were kept already."""
    size = 4 * route_of(parts.front).width * len(images.rows)
    how = "was kept already" if there else "is computed once"
    return (
        f"Frozen up to {parts.last}: what these layers{_share(parts)} make of "
        f"{counted(len(images.rows), 'image')} {how} ({size / 1e6:,.1f} MB) and is trained on "
        "from there."
    )


def of_inference(freezer: Freezer, inferring: frozenset[int]) -> Iterator[str]:
    """Say which BatchNormalization does not follow the images that are trained on."""
    layers = {id(leaf.layer): leaf.layer for leaf in freezer.leaves}
    number = sum(type(layers[key]).__name__ == "BatchNormalization" for key in inferring)
    if number:
        yield (
            f"BatchNormalization that is or was frozen ({counted(number, 'layer')}) keeps its "
            "statistics (inference mode), also where it is trained again."
        )


def _share(parts: Parts) -> str:
    """Return which part of the arithmetic of a network stands in front; "" where not known."""
    front, behind = (_macs(route_of(part).steps) for part in (parts.front, parts.head))
    if front is None or behind is None or not front:
        return ""
    return f" ({100 * front / (front + behind):.3g} % of the multiply-accumulates)"


def _macs(steps: Sequence[Step]) -> int | None:
    found = [macs(step.call) for step in steps]
    return None if None in found else sum(each or 0 for each in found)
