"""Weights that are fetched: said with size and place before, shown on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cnncli import console
from cnncli.commands.shared.progress import Progress, progress
from cnncli.pretrained.weights import Weights

_KILO = 1000


@contextlib.contextmanager
def shown(weights: Weights, size: int) -> Iterator[Progress]:
    """Say what is fetched, and give a function to call with (bytes, all bytes)."""
    how_large = f"{size / _KILO**2:,.1f} MB" if size else "of unknown size"
    console.note(f"Fetching {weights.asked_at} ({how_large}) into {weights.place.parent}")
    with progress(f"Fetching {weights.name}, kB") as show:
        yield lambda done, total: show(done // _KILO, total // _KILO)
