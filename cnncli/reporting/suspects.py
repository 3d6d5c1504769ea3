"""Doubtful labels for people: in words, and with the pictures as the files have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import CnncliError
from cnncli.images.prepare import to_levels
from cnncli.images.reader import read
from cnncli.images.resize import fitting
from cnncli.reporting.words import percent
from cnncli.training import images
from cnncli.training.hooks import Progress
from cnncli.tuning.folds import Folds
from cnncli.tuning.suspects import Ranked, Ranking
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

SIDE = 256  # pixels of the longer side of a picture


@dataclass(frozen=True)
class Pictured:
    """A suspect with its picture (uint8, height x width x 1 or 3), or why there is none."""

    of: Ranked
    pixels: np.ndarray | None
    reason: str = ""


def pictured(
    ranking: Ranking, shown: Sequence[Ranked], moved: str | None, progress: Progress
) -> Iterator[Pictured]:
    """Yield suspects with their pictures; `moved` says where the images are now.

    Raises DataError where the folder is not there.
    """
    about = Folds(ranking.path).run(1).read_record()
    sources = {item.file: item.source for item in images.listed(about, moved).items}
    for place, one in enumerate(shown):
        yield _pictured(one, sources.get(one.file), about["data"]["options"])
        progress(place + 1, len(shown))


def _pictured(one: Ranked, source: str | None, taken: dict[str, Any]) -> Pictured:
    if source is None:
        return Pictured(one, None, "the file is gone")
    limits, colour = taken["value_range"], taken.get("background")
    try:
        image = read(source, name=one.file)
        levels = to_levels(image, tuple(limits) if limits else None, colour and tuple(colour))
    except CnncliError as error:
        return Pictured(one, None, error.message)
    return Pictured(one, fitting(levels.pixels, SIDE))


def heading(of: Ranking) -> str:
    """Return how many labels are suspects."""
    number, share = len(of.suspects), len(of.suspects) / len(of.ranked)
    labels = counted(len(of.ranked), "label")
    return f"{number:,} of {labels} of {of.data} may be wrong ({percent(share)})."


def caution(of: Ranking) -> str:
    """Return how far the networks are to be believed: less, the less they agree with labels."""
    return (
        f"The networks agree with {percent(of.accuracy)} of all labels; "
        "where they do not, they may be wrong."
    )


def copies(one: Ranked) -> str:
    """Return the copies of an image that have another class: "b/7.png (b)"."""
    return "; ".join(f"{copy.file} ({copy.label})" for copy in one.copies)


def decided(of: Ranking) -> str | None:
    """Say what is no suspect again, as a person decided on it before; None where nothing is."""
    if of.decided is None or not of.decided.decided:
        return None
    return (
        f"{counted(len(of.decided.decided), 'image')} decided on before ({of.decided.path}) "
        "are no suspects again; a table or page of these keeps those decisions"
    )
