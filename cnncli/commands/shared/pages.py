"""Pictures of several pages: a numbered file for each, of a PDF all in one."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cnncli.commands.shared import outputs, pictures
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = (".png", ".pdf")


def places(
    output: Path | None,
    default: str,
    count: int,
    *,
    force: bool,
    what: str,
    formats: Sequence[str] = FORMATS,
) -> list[outputs.Destination]:
    """Return one place for all pages, or a numbered one for each: maps-1.png, maps-2.png.

    Raises UsageError where several pages of `what` ("50 images") do not fit into one output.
    """
    if count == 1 or (output or Path(default)).suffix.lower() == ".pdf":
        return [pictures.destination(output, force, default, formats)]
    if output == outputs.STDOUT:
        raise UsageError(
            f"{what} are {count:,} pages, and standard output takes one picture",
            hint=f"Name a file: -o {Path(default).with_suffix('.pdf')}",
        )
    names = _numbered(output, count) if output else next(_free(Path(default), count))
    return [
        pictures.destination(name if output else None, force, str(name), formats) for name in names
    ]


def _numbered(path: Path, count: int) -> list[Path]:
    return [path.with_stem(f"{path.stem}-{page}") for page in range(1, count + 1)]


def _free(path: Path, count: int) -> Iterator[list[Path]]:
    """Yield names for pages that nothing has yet."""
    stems = itertools.chain([path.stem], (f"{path.stem}-{copy}" for copy in itertools.count(2)))
    for stem in stems:
        names = _numbered(path.with_stem(stem), count)
        if not any(map(os.path.lexists, names)):
            yield names


class Pages:
    """Writes pages as they come, within a `with`; a PDF appears whole, at the end."""

    def __init__(self, places: Sequence[outputs.Destination]) -> None:
        self._places = list(places)
        self._files = ExitStack()
        self._count = 0
        self._pdf: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._files.__exit__(*raised)

    def write(self, page: Image) -> None:
        """Write the next page."""
        place = self._places[min(self._count, len(self._places) - 1)]
        self._count += 1
        if place.suffix != ".pdf":
            with outputs.writing(place) as path:
                page.save(path, format="PNG")
            return
        is_first = self._pdf is None
        self._pdf = self._pdf or self._files.enter_context(outputs.writing(place))
        page.save(self._pdf, format="PDF", resolution=150, append=not is_first)
