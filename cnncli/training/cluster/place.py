"""The place of this process among the workers of a cluster, as its surroundings describe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cnncli.training.cluster import slurm, tf_config


@dataclass(frozen=True)
class Place:
    """Worker number `index` of `count`; worker 0 is the chief, which alone writes the run.

    `addresses` are HOST:PORT, "" where they are not known before the workers have met.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def count(self) -> int:
        return len(self.addresses)

    @property
    def is_chief(self) -> bool:
        return self.index == 0

    @property
    def others(self) -> list[int]:
        return [each for each in range(self.count) if each != self.index]

    def name(self, index: int) -> str:
        """Return what a worker is called: its number, and its address."""
        said = [*(["the chief"] if index == 0 else []), self.addresses[index]]
        return f"worker {index} ({', '.join(filter(None, said))})".removesuffix(" ()")

    def at(self, addresses: Sequence[str]) -> Place:
        """Return the same place, with the addresses that are known by now."""
        return replace(self, addresses=tuple(addresses))


def here(environment: Mapping[str, str]) -> Place | None:
    """Return the place that TF_CONFIG describes, else Slurm; None where there is no cluster.

    Raises UsageError for what TensorFlow would not understand, or wait for without an end.
    """
    if environment.get("TF_CONFIG"):
        addresses, index = tf_config.read(environment["TF_CONFIG"])
    elif slurm.is_step(environment):
        addresses, index = slurm.read(environment)
    else:
        return None
    return Place(tuple(addresses), index) if len(addresses) > 1 else None
