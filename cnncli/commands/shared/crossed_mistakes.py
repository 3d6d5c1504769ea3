"""Mistakes of a cross-validation: each explained with the network of its own fold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.reporting.mistakes import Wrong
    from cnncli.reporting.parts import Mistake


def look_at(
    chosen: Sequence[Wrong], path: Path, moved: str | None
) -> tuple[list[Mistake], list[str]]:
    """Explain mistakes, fold by fold; return them in their order, and the unchecked ways."""
    made: dict[str, Mistake] = {}
    unchecked: dict[str, None] = {}
    for fold in sorted({one.fold for one in chosen if one.fold is not None}):
        of_fold = [one for one in chosen if one.fold == fold]
        found, ways = _of_fold(of_fold, path, fold, moved)
        made |= {each.file: each for each in found}
        unchecked |= dict.fromkeys(ways)
    return [made[one.file] for one in chosen if one.file in made], list(unchecked)


def _of_fold(
    chosen: Sequence[Wrong], path: Path, fold: int, moved: str | None
) -> tuple[list[Mistake], list[str]]:
    from cnncli.commands.shared import explained_mistakes
    from cnncli.commands.shared.keras_session import keras
    from cnncli.runs import model_file
    from cnncli.training import images
    from cnncli.tuning.folds import Folds

    run = Folds(path).run(fold)
    there = images.listed(run.read_record(), moved)
    kept = explained_mistakes.known_sanity(str(run.path))
    keras()
    loaded = model_file.load(str(run.path))
    sources = {item.file: item.source for item in there.items}
    return explained_mistakes.look_at(chosen, loaded, sources, moved, kept)
