"""Whether what a map shows is what the network's answer depends on.

Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
(2018): pixels are taken away, or brought in, in the order of the map. The better the map, the
sooner the probability of the class falls, or rises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from cnncli.explain.answering import AnsweringNetwork
from cnncli.explain.enlarge import enlarged
from cnncli.explain.verdicts import Verdict, undefined, why_flat

if TYPE_CHECKING:
    import numpy as np

STEPS = 32
ORDERS = 10  # random ones
SPREADS = 2  # standard deviations of their areas, that a map must be better by
BETTER, NO_BETTER = "better than random", "no better than random"


@dataclass(frozen=True)
class Curves:
    """The class's probability with 0 to all pixels taken away, or brought in (STEPS + 1 each)."""

    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def area(self) -> float:
        """The area between them: above 0 where bringing in is ahead of taking away, at most 1."""
        import numpy as np

        return float(np.trapezoid(self.insertion - self.deletion, dx=1 / STEPS))


class Faithfulness:
    """Measures maps of one image for one class, against random ones of the same resolution."""

    def __init__(self, network: AnsweringNetwork, image: np.ndarray, target: int) -> None:
        self._network = network
        self._image = image
        self._target = target
        self._random: dict[tuple[int, ...], list[Curves]] = {}

    def of_map(self, values: np.ndarray, *, by_size: bool = False) -> Verdict:
        """Return the area between the curves of a map (rows x columns), and whether it is more
        than random: above the mean of ORDERS random ones by more than SPREADS of theirs.
        """
        import numpy as np

        weights = abs(values) if by_size else values
        if weights.min() == weights.max():
            return undefined(why_flat(values))
        curves = self.curves(weights)
        random = self.random(values.shape)
        about = {
            "deletion": curves.deletion.tolist(),
            "insertion": curves.insertion.tolist(),
            "random_deletion": np.mean([each.deletion for each in random], axis=0).tolist(),
            "random_insertion": np.mean([each.insertion for each in random], axis=0).tolist(),
        }
        return _verdict(curves.area, [each.area for each in random], about)

    def curves(self, values: np.ndarray, seed: int = 0) -> Curves:
        """Return both curves in the order of a map, enlarged; equal pixels in a random one."""
        import numpy as np

        large = enlarged(values.astype(np.float32), self._image.shape)
        random = np.random.default_rng(seed).random(large.size)
        order = np.lexsort((random, -large.ravel()))
        place = np.empty(large.shape, int)
        place.flat[order] = np.arange(large.size)
        return Curves(self._chances(place, taken=True), self._chances(place, taken=False))

    def random(self, shape: tuple[int, ...]) -> list[Curves]:
        """Return the curves of random maps with so many rows and columns, computed once."""
        import numpy as np

        if shape not in self._random:
            draws = np.random.default_rng(0)
            made = []
            for seed in range(ORDERS):
                made.append(self.curves(draws.random(shape), seed))
                self._network.tell(seed + 1, ORDERS)
            self._random[shape] = made
        return self._random[shape]

    def _chances(self, place: np.ndarray, *, taken: bool) -> np.ndarray:
        """Return the probability with the first pixels in the order hidden, or only they seen."""
        import numpy as np

        counts = np.rint(np.arange(STEPS + 1) * place.size / STEPS)
        parts = []
        for some in self._network.batches(counts):
            first = place[None] < some[:, None, None]
            seen = ~first if taken else first
            shown = np.where(seen[..., None], self._image[None], 0).astype(np.float32)
            parts.append(self._network.probabilities(shown, self._target))
        return np.concatenate(parts)


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on a method over several maps: whether one may trust the next one.

    Better than random where more than half of them are (`better` is how many), and the mean of
    their areas is, against the means of the random maps, which are the same for all images: much
    that is gained in a few images makes the maps of the others no better.
    """
    defined = [(each.figure, each.about) for each in verdicts if each.figure is not None]
    if not defined:
        return undefined("the maps are empty")
    random = zip(*(about["random_areas"] for _, about in defined), strict=True)
    better = sum(each.verdict == BETTER for each in verdicts)
    means = fmean(area for area, _ in defined), [fmean(each) for each in random]
    whole = _verdict(*means, {"better": better})
    if 2 * better > len(verdicts):
        return whole
    return replace(whole, verdict=NO_BETTER, is_doubt=True)


def _verdict(area: float, random: Sequence[float], about: Mapping[str, Any]) -> Verdict:
    middle, spread = fmean(random), stdev(random)
    is_better = area > middle + SPREADS * spread
    said = {"random": middle, "spread": spread, "random_areas": list(random)}
    words = BETTER if is_better else NO_BETTER
    return Verdict(area, words, not is_better, {**said, **about})
