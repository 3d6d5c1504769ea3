"""The checks that an explanation goes through, and what each says of its maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnncli.explain import agreement, stability
from cnncli.explain.answering import AnsweringNetwork
from cnncli.explain.faithfulness import Faithfulness
from cnncli.explain.verdicts import NOT_CHECKED, Verdict
from cnncli.explain.ways import Way

if TYPE_CHECKING:
    import numpy as np

SANITY, AGREEMENT, FAITHFULNESS, STABILITY = "sanity", "agreement", "faithfulness", "stability"


@dataclass(frozen=True)
class Checks:
    """Which checks are made; `sanity` holds what is known of each way, whatever the image."""

    sanity: Mapping[Way, Verdict] = field(default_factory=dict)
    agreement: bool = False
    faithfulness: bool = False
    stability: bool = False

    def of(
        self,
        network: AnsweringNetwork,
        ways: Sequence[Way],
        image: np.ndarray,
        target: int,
        maps: Sequence[np.ndarray],
    ) -> list[dict[str, Verdict]]:
        """Return the verdicts on the maps of one image for a class, one map for each way."""
        pairs = list(zip(ways, maps, strict=True))
        unchecked = Verdict(None, NOT_CHECKED)
        found = [{SANITY: self.sanity.get(way, unchecked)} for way in ways]
        if self.agreement:
            for said, verdict in zip(found, agreement.of_maps(pairs), strict=True):
                if verdict is not None:
                    said[AGREEMENT] = verdict
        if self.faithfulness:
            measured = Faithfulness(network, image, target)
            for said, (way, values) in zip(found, pairs, strict=True):
                network.begin(f"{FAITHFULNESS} of {way.name}")
                said[FAITHFULNESS] = measured.of_map(values, by_size=way.by_size)
        if self.stability:
            for said, (way, values) in zip(found, pairs, strict=True):
                network.begin(f"{STABILITY} of {way.name}")
                said[STABILITY] = stability.of_map(network, way, image, target, values)
        return found


NO_CHECKS = Checks()
