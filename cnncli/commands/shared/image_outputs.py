"""Where the pictures and values of commands on images go: names, endings, folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cnncli.commands.shared import outputs
from cnncli.errors import UsageError
from cnncli.images.kernel_text import is_matrix, is_matrix_source
from cnncli.images.reader import STDIN, shown_name
from cnncli.images.samples import PREFIX

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
VALUES = (".npy", ".tif", ".tiff", ".csv")


def stem(source: str) -> str:
    """Return the name of an image without folder and ending: "photo", "china", "stdin"."""
    if source == STDIN:
        return "stdin"
    if source.startswith(PREFIX):
        return source.removeprefix(PREFIX).replace("/", "-")
    if is_matrix_source(source) and is_matrix(source):
        return "matrix"
    shown = shown_name(Path(source).stem)
    return os.fsdecode(shown.encode()) or "image"  # as this locale has names of files


def choose_one(
    output: Path | None, allowed: Sequence[str], *, force: bool, default: str
) -> outputs.Destination:
    """Return where one picture or array goes; UsageError for an ending that cannot hold it."""
    if output is not None and output.is_dir():
        output = output / default
    destination = outputs.choose(output, force=force, default=default)
    if destination.suffix not in allowed:
        raise _ending(destination.suffix, allowed)
    return destination


def choose_all(
    names: Sequence[str], output: Path | None, allowed: Sequence[str], *, force: bool
) -> list[outputs.Destination]:
    """Return where each of `names` goes: several into the folder that `output` names.

    Names that meet (of images in different folders) are numbered.
    """
    if len(names) == 1:
        return [choose_one(output, allowed, force=force, default=names[0])]
    folder = _folder(output)
    places: list[outputs.Destination] = []
    taken: set[Path] = set()
    for name in names:
        path = _apart(Path(name) if folder is None else folder / name, taken, new=folder is None)
        taken.add(path)
        place = outputs.choose(path, force=force, default=name)
        places.append(outputs.Destination(place.path, place.suffix, chosen=True))
    return places


def _apart(path: Path, taken: set[Path], *, new: bool) -> Path:
    """Return a path that no other image of this call takes (and, if `new`, no file either)."""
    number, candidate = 1, path
    while candidate in taken or (new and candidate.exists()):
        number += 1
        candidate = path.with_stem(f"{path.stem}-{number}")
    return candidate


def _folder(output: Path | None) -> Path | None:
    """Return the folder that `-o` names for several images, made where there is none."""
    if output is None or output.is_dir():
        return output
    if output == outputs.STDOUT:
        raise UsageError("-o - takes one image", hint="Name a folder for several: -o edges/")
    if output.suffix.lower() in (*PICTURES, *VALUES) or output.exists():
        raise UsageError(
            f"several images do not go into the one file {output}",
            hint="Name a folder: -o edges/",
        )
    output.mkdir(parents=True, exist_ok=True)
    return output


def _ending(suffix: str, allowed: Sequence[str]) -> UsageError:
    hint = None
    if allowed == PICTURES and suffix in VALUES:
        hint = "Add --raw for the values."
    elif allowed == VALUES and suffix in PICTURES:
        hint = "Without --raw it is a picture."
    kind = "a picture is" if allowed == PICTURES else "values are"
    return UsageError(f"{kind} written as {', '.join(allowed)}, not {suffix}", hint=hint)
