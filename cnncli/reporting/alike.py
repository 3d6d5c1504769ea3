"""Doubts on maps that hold for all images that are shown: told once, rather than beside each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cnncli.reporting.parts import Explained, Mistake, Text
from cnncli.reporting.words import listed

_FIGURE = re.compile(r" \([^()]*\)$")  # at the end of a verdict
Doubt = tuple[str, str]  # of which map, and the verdict without its figure


def told_once(found: Sequence[Mistake]) -> tuple[list[Mistake], list[Text]]:
    """Return mistakes without the doubts that all of them share, and a caution that has those.

    What is told of all still stands below each map with its figure, as any other verdict does.
    """
    shared = _shared(found)
    if not shared:
        return list(found), []
    said = [f"{name} ({verdict})" for name, verdict in shared]
    text = f"Not to be trusted on any of the {len(found):,} images shown: {listed(said)}."
    return [_without(each, shared) for each in found], [Text(text, "caution")]


def _shared(found: Sequence[Mistake]) -> list[Doubt]:
    if len(found) < 2:
        return []
    first, *others = [[doubt for one in each.maps for doubt in _doubts(one)] for each in found]
    return [doubt for doubt in first if all(doubt in other for other in others)]


def _doubts(of: Explained) -> list[Doubt]:
    layer = of.lines[0] if of.lines and of.lines[0].startswith("at ") else ""
    return [(f"{of.name} {layer}".strip(), _FIGURE.sub("", doubt)) for doubt in of.doubts]


def _without(of: Mistake, shared: Sequence[Doubt]) -> Mistake:
    return replace(of, maps=[_lighter(one, shared) for one in of.maps])


def _lighter(of: Explained, shared: Sequence[Doubt]) -> Explained:
    pairs = list(zip(of.doubts, _doubts(of), strict=True))
    told = [doubt for doubt, known in pairs if known in shared]
    left = [doubt for doubt, known in pairs if known not in shared]
    return replace(of, lines=[*of.lines, *told], doubts=left)
