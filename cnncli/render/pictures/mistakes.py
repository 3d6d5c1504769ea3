"""Mistakes as one picture: each image with its maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnncli.render.pictures import explanations
from cnncli.reporting.parts import Explained, Mistake


def draw(title: str, mistakes: Sequence[Mistake], path: Path) -> None:
    """Draw up to `explanations.IMAGES` mistakes into a PNG."""
    explanations.sheet(title, [_row(each) for each in mistakes]).save(path, "PNG")


def _row(of: Mistake) -> explanations.Row:
    said = f"{of.label}, taken for {of.predicted} ({of.probability:.3f})"
    if of.fold is not None:
        said += f", fold {of.fold}"
    if of.near:
        said += f"; nearest training images: {', '.join(each.label for each in of.near)}"
    maps = [_overlay(each) for each in of.maps]
    return explanations.Row(of.file, said, of.pixels, maps)


def _overlay(of: Explained) -> explanations.Overlay:
    return explanations.Overlay(of.name, of.lines, of.values, of.empty, of.doubts)
