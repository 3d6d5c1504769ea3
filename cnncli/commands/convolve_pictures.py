"""The pictures and raw values of `cnncli convolve`: one image or many, one kernel or many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

from cnncli import console
from cnncli.commands import outputs
from cnncli.errors import CnncliError, ExitCode, UsageError
from cnncli.images import display, reader, write
from cnncli.images.channels import to_grey
from cnncli.images.convolution import Sliding, convolve
from cnncli.images.image import Image
from cnncli.images.kernels import KERNELS, Kernel, make
from cnncli.images.resize import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
RAW = (".npy", ".tif", ".tiff", ".csv")
# The longest side of a tile on a contact sheet of few kernels, and of many.
LARGE_TILE, SMALL_TILE = 480, 240


@dataclass(frozen=True)
class Request:
    """What was asked for: sources, kernels (none: all), how they slide, where it goes."""

    images: Sequence[str]
    kernels: Sequence[Kernel]
    sliding: Sliding
    activation: str | None
    grey: bool
    raw: bool
    output: Path | None
    force: bool

    def read(self, source: str) -> Image:
        """Return an image, grey where that was asked for; says what was left out."""
        image = reader.read(source)
        if image.alpha is not None:
            console.note(f"{image.name}: its transparency is left out.")
        return to_grey(image) if self.grey else image


def write_all(request: Request) -> None:
    """Write what was asked for; of several images the readable ones, then exit with 1."""
    if request.raw and not request.kernels:
        raise UsageError("--raw needs a kernel", hint="For example: --kernel sobel --raw")
    failed = 0
    for source, destination in list(_destinations(request)):
        try:
            _write(request, source, destination)
        except CnncliError as error:
            if len(request.images) == 1 or error.exit_code == ExitCode.USAGE:
                raise
            failed += 1
            console.error(error)
    if failed:
        console.note(f"{failed} of {len(request.images)} images could not be done.")
        raise typer.Exit(ExitCode.FAILED)


def stem(source: str) -> str:
    """Return the name of a picture without folder and ending: "photo", "china", "stdin"."""
    if source == reader.STDIN:
        return "stdin"
    name = source.removeprefix("sample:").replace("/", "-") if source.startswith("sample:") else ""
    return name or reader.shown_name(Path(source).stem) or "image"


def _destinations(request: Request) -> Iterator[tuple[str, outputs.Destination]]:
    slug = request.kernels[0].slug if len(request.kernels) == 1 else "kernels"
    ending = ".npy" if request.raw else ".png"
    folder = _folder(request)
    taken: set[Path] = set()
    for source in request.images:
        default = f"{stem(source)}-{slug}{ending}"
        if folder is None:
            yield (
                source,
                _checked(
                    request, outputs.choose(request.output, force=request.force, default=default)
                ),
            )
            continue
        path = (
            outputs.free_name(folder / default) if folder / default in taken else folder / default
        )
        taken.add(path)
        yield source, outputs.choose(path, force=request.force, default=default)


def _folder(request: Request) -> Path | None:
    """Return the folder that -o names: for several images, or where it is one already."""
    output = request.output
    if output is None:
        return None
    if len(request.images) > 1 and output == outputs.STDOUT:
        raise UsageError("-o - takes one image", hint="Name a folder for several: -o edges/")
    if len(request.images) > 1 and not output.is_dir():
        if output.suffix.lower() in (*PICTURES, *RAW):
            raise UsageError(
                f"several images do not go into the one file {output}",
                hint=f"Name a folder: -o {output.with_suffix('')}/",
            )
        output.mkdir(parents=True, exist_ok=True)
    return output if output.is_dir() else None


def _checked(request: Request, destination: outputs.Destination) -> outputs.Destination:
    """Refuse an ending that cannot hold what is asked for, before the work."""
    allowed = RAW if request.raw else PICTURES
    if destination.suffix in allowed:
        return destination
    if request.raw:
        hint = "Without --raw it is a picture." if destination.suffix in PICTURES else None
        raise UsageError(f"--raw writes {', '.join(RAW)}, not {destination.suffix}", hint=hint)
    hint = "Add --raw for the values." if destination.suffix in RAW else None
    raise UsageError(
        f"a picture is written as {', '.join(PICTURES)}, not {destination.suffix}", hint=hint
    )


def _write(request: Request, source: str, destination: outputs.Destination) -> None:
    image = request.read(source)
    with console.status(f"Convolving {image.name}"):
        if request.raw:
            values = _values(request, image, destination.suffix)
        elif len(request.kernels) == 1:
            shown = _shown(request, image.pixels, request.kernels[0])
        else:
            sheet = _sheet(request, image)
    with outputs.writing(destination) as path:
        if request.raw:
            write.raw(path, values)
        else:
            write.picture(path, shown.pixels if len(request.kernels) == 1 else sheet)
    if not request.raw and len(request.kernels) == 1:
        console.note(f"Shown: {shown.said}. The values themselves: --raw")


def _shown(request: Request, pixels: NDArray[np.generic], kernel: Kernel) -> display.Shown:
    return display.show(convolve(pixels, kernel, request.sliding), kernel, pixels)


def _values(request: Request, image: Image, ending: str) -> NDArray[np.float32]:
    """Return height x width x channels, and a last axis of kernels where there are several."""
    responses = [convolve(image.pixels, kernel, request.sliding) for kernel in request.kernels]
    if len(responses) > 1 and ending != ".npy":
        raise UsageError(f"{ending} holds one kernel's values", hint="Several go into a .npy file.")
    if responses[0].shape[2] > 1 and ending == ".csv":
        raise UsageError(
            f"{image.name} has {responses[0].shape[2]} channels, a CSV file holds one",
            hint="Add --grey or --sum, or write a .npy file.",
        )
    return responses[0] if len(responses) == 1 else np.stack(responses, axis=-1).squeeze()


def _sheet(request: Request, image: Image) -> NDArray[np.uint8]:
    from cnncli.render import contact_sheet

    kernels = request.kernels or [make(name) for name in KERNELS]
    longest = LARGE_TILE if len(kernels) <= 4 else SMALL_TILE
    pixels = fitting(image.pixels, longest)
    tiles = []
    for kernel in kernels:
        shown = _shown(request, pixels, kernel)
        tiles.append(contact_sheet.Tile(shown.pixels, kernel.name, shown.ends))
    size = f"{pixels.shape[1]} x {pixels.shape[0]}"
    if pixels.shape != image.pixels.shape:
        size = f"shrunk to {size}, so that small kernels show"
    return contact_sheet.draw(tiles, f"{image.name}, {size}")
