"""The class that an image is known to have, where its place or its run tells it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from cnncli.errors import CnncliError
from cnncli.evaluation.listing import Source
from cnncli.images import sample_sets, samples
from cnncli.runs import record
from cnncli.runs.trained import Trained


class Truth:
    """Tells the true class of images: by the split of the run, else by the folder that they lie in.

    A folder counts where it is called like a class of the network: DATA/cat/1.png.
    """

    def __init__(self, trained: Trained) -> None:
        self._trained = trained

    def of(self, image: Source) -> str | None:
        """Return the class of an image; None where it is not known."""
        if image.source is None or image.source == "-":
            return None
        if samples.is_sample(image.source):
            label = _of_sample(image.source)
        else:
            path = Path(image.source).absolute()
            label = self._split.get(str(path)) or path.parent.name
        return label if label in self._trained.meaning.classes else None

    @cached_property
    def _split(self) -> Mapping[str, str]:
        """The class of each image of the run, by its path."""
        run = self._trained.run
        if run is None:
            return {}
        try:
            folder = Path(run.read_record()["data"]["path"])
            rows = record.read_split(run.split)
        except (CnncliError, KeyError, TypeError):  # predicting needs neither of them
            return {}
        return {str(folder / row.file): row.label for row in rows}


def _of_sample(source: str) -> str | None:
    found = sample_sets.member(source)
    return found[0].labels()[found[1]] if found is not None else None
