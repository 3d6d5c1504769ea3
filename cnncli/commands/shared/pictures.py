"""Where a command writes a figure: as `outputs`, in one of the formats that figures have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.commands.shared.outputs import STDOUT, Destination, choose, says_a_format, writing
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_FORMATS = (".png", ".svg", ".pdf")


def destination(
    output: Path | None, force: bool, default: str, formats: Sequence[str] = FIGURE_FORMATS
) -> Destination:
    """Return where to write a picture; raises UsageError for an ending that is not in `formats`."""
    if output is not None and says_a_format(output) and output.suffix.lower() not in formats:
        named = f'"{output.suffix}"' if output.suffix else "no ending"
        raise UsageError(
            f"-o {output}: the ending chooses the format, and {named} is none of them",
            hint=f"Formats: {', '.join(formats)}",
        )
    return choose(output, force=force, default=default)


def alone(output: Path | None, **wanted: object) -> None:
    """Raise UsageError where a picture and something else are to go to standard output."""
    others = [f"--{name}" for name, value in wanted.items() if value]
    if output == STDOUT and others:
        raise UsageError(
            f"-o - and {others[0]} both want standard output",
            hint="Name a file for the picture: -o picture.png",
        )


def write(figure: Figure, place: Destination) -> None:
    """Write a figure of Matplotlib's to the place that was chosen."""
    from cnncli.render.pictures.figure import save

    with writing(place) as path:
        save(figure, path, place.suffix)
