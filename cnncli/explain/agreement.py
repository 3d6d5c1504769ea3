"""Whether two methods show the same of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.explain.correlation import coarser, on_grid, spearman
from cnncli.explain.verdicts import Verdict, undefined, why_flat
from cnncli.explain.ways import Way

if TYPE_CHECKING:
    import numpy as np

AGREE, CONTRADICT = 0.5, 0.2
AGREES, IN_PART, CONTRADICTS = "agrees", "agrees in part", "contradicts"
# What both maps do.
TOGETHER = {AGREES: "agree", IN_PART: "agree in part", CONTRADICTS: "contradict"}
Found = tuple[Way, "np.ndarray"]


def of_maps(maps: Sequence[Found]) -> list[Verdict | None]:
    """Return for each map of an image how far it agrees with that with which it does least.

    Maps of different methods are compared, those of layers at the same one. None for a map that
    has none to be compared with.
    """
    return [_of_map(each, [other for other in maps if _belong(each, other)]) for each in maps]


def correlation(first: Found, second: Found) -> float | None:
    """Return Spearman's correlation of two maps on the coarser of their grids.

    Of what both show: sizes, where one of them tells no more; and what speaks for the class,
    where one of them shows only that.
    """
    import numpy as np

    by_size = first[0].by_size or second[0].by_size
    shape = coarser(first[1], second[1])
    maps = [on_grid(abs(each) if by_size else each, shape) for _, each in (first, second)]
    if any(each.min() >= 0 for each in maps):
        maps = [np.maximum(each, 0) for each in maps]
    return spearman(*maps)


def _belong(first: Found, second: Found) -> bool:
    one, other = first[0], second[0]
    return one.method != other.method and (
        one.layer == other.layer or one.layer is None or other.layer is None
    )


def words(figure: float) -> str:
    """Return what a correlation means."""
    return AGREES if figure >= AGREE else CONTRADICTS if figure < CONTRADICT else IN_PART


def _of_map(each: Found, others: Sequence[Found]) -> Verdict | None:
    if not others:
        return None
    pairs = [(correlation(each, other), other[0]) for other in others]
    figures = [(figure, way) for figure, way in pairs if figure is not None]
    if not figures:
        return undefined(why_flat(each[1], *(values for _, values in others)))
    figure, way = min(figures, key=lambda pair: pair[0])
    said = words(figure)
    detail = way.name if said == CONTRADICTS else f"with {way.name}"
    listed = [{"method": o.method, "layer": o.layer, "figure": each} for each, o in pairs]
    about = {"with": way.method, "with_layer": way.layer, "all": listed}
    return Verdict(figure, said, said == CONTRADICTS, about, detail)
