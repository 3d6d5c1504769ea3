"""Which layers a pattern of `freeze` names; those in nested networks are `base/conv1`."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence


def networks(name: str) -> list[str]:
    """Return the nested networks around a layer, outermost first: `a` and `a/b` of `a/b/conv`."""
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def matching(pattern: str, names: Sequence[str]) -> list[int]:
    """Return the places of the layers that a pattern names, itself or a network around them.

    `names` are layers that are no network. One without a `/` means layers of the network itself,
    and where there is none, those of its nested networks and the networks in these.
    """
    if "/" in pattern:
        return _named(pattern, names, lambda name: True)
    return _named(pattern, names, lambda name: "/" not in name) or [
        place
        for place, name in enumerate(names)
        if any(fnmatch.fnmatchcase(part, pattern) for part in name.split("/"))
    ]


def _named(pattern: str, names: Sequence[str], counts: Callable[[str], bool]) -> list[int]:
    return [
        place
        for place, name in enumerate(names)
        if any(counts(n) and fnmatch.fnmatchcase(n, pattern) for n in (name, *networks(name)))
    ]
