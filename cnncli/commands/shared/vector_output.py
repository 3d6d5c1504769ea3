"""`predict --features`: vectors as an array, and the files that they are of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cnncli import files
from cnncli.commands.shared import outputs, trained
from cnncli.commands.shared.outputs import Destination
from cnncli.csv_text import line
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.predict import Prediction
    from cnncli.evaluation.vectors import VectorFile


class Vectors:
    """Writes the vector of each image that has one, and its name."""

    def __init__(self, array: VectorFile, names: TextIO) -> None:
        self._array, self._names = array, names

    def take(self, each: Prediction) -> None:
        """Write the vector of a prediction."""
        if each.vector is not None:
            self._array.add(each.vector)
            self._names.write(line([each.file]))


def destinations(
    array: Path | None, model: str, output: Path | None, *, force: bool
) -> tuple[Destination, Destination] | None:
    """Return where vectors and names go; None without `array`.

    Raises UsageError where that cannot be, or where MODEL has none to be had.
    """
    if array is None:
        return None
    trained.refuse_exported(model, "what its last layer gets is not to be had in another program")
    if files.is_stream(array):
        raise UsageError(f"--features {array}: an array goes into a file, to know its length")
    if array.suffix.lower() != ".npy":
        raise UsageError(f"--features {array}: the ending is .npy")
    names = array.with_suffix(".csv")
    if output is not None and names.absolute() == output.absolute():
        raise UsageError(
            f"-o {output} is where --features {array} writes the names of its files",
            hint=f"For example --features {array.with_stem(array.stem + '-vectors')}",
        )
    first = outputs.choose(array, force=force, default=array.name)
    return first, outputs.choose(names, force=force, default=names.name)


@contextmanager
def writing(array: Destination, names: Destination) -> Iterator[Vectors]:
    """Give what writes vectors and names; both files appear when they are whole."""
    from cnncli.evaluation.vectors import VectorFile

    with (
        outputs.writing(array) as path,
        outputs.writing(names) as list_path,
        path.open("wb") as file,
        list_path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as text,
    ):
        written = VectorFile(file)
        text.write(line(["file"]))
        yield Vectors(written, text)
        written.finish()
