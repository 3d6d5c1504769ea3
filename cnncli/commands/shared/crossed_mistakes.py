"""Mistakes of a cross-validation: each explained with the network of its own fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Source
    from cnncli.explain.explaining import Explanation
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.reporting.mistakes import Wrong
    from cnncli.reporting.parts import Mistake
    from cnncli.runs.trained import Trained


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
    from cnncli.training import images
    from cnncli.tuning.folds import Folds

    there = images.listed(Folds(path).run(fold).read_record(), moved)
    loaded, kept = _load(path, fold)
    sources = {item.file: item.source for item in there.items}
    return explained_mistakes.look_at(chosen, loaded, sources, moved, kept)


def _load(path: Path, fold: int) -> tuple[Trained, SanityFile | None]:
    from cnncli.commands.shared.explained_mistakes import known_sanity
    from cnncli.commands.shared.keras_session import keras
    from cnncli.runs import model_file
    from cnncli.tuning.folds import Folds

    run = str(Folds(path).run(fold).path)
    kept = known_sanity(run)
    keras()
    return model_file.load(run), kept


@dataclass(frozen=True)
class FoldsExplainer:
    """Explains images of a cross-validation, each by the network of the fold that tested it."""

    path: Path
    fold_of: Mapping[str, int]

    def __call__(self, images: Sequence[Source]) -> Iterator[Explanation]:
        """Yield an explanation for each image, in their order."""
        found: dict[str, Explanation] = {}
        for fold in sorted({self.fold_of[each.file] for each in images}):
            of_fold = [each for each in images if self.fold_of[each.file] == fold]
            said = zip(of_fold, self._explain(fold, of_fold), strict=True)
            found |= {each.file: explanation for each, explanation in said}
        yield from (found[each.file] for each in images)

    def _explain(self, fold: int, images: Sequence[Source]) -> Iterable[Explanation]:
        from cnncli.commands.shared.explained_mistakes import explainer
        from cnncli.explain.explaining import prepare

        loaded, kept = _load(self.path, fold)
        return explainer(loaded, prepare(loaded), kept)(images)
