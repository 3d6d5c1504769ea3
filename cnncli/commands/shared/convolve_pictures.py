"""The pictures and raw values of `cnncli convolve`: one image or many, one kernel or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

from cnncli import console
from cnncli.commands.shared import image_outputs, outputs
from cnncli.commands.shared.image_outputs import PICTURES, VALUES, stem
from cnncli.errors import CnncliError, ExitCode, UsageError
from cnncli.images import display, reader, write
from cnncli.images.channels import to_grey
from cnncli.images.convolution import convolve
from cnncli.images.image import Image
from cnncli.images.kernel_text import image_of, is_matrix_source
from cnncli.images.kernels import KERNELS, Kernel, make
from cnncli.images.resize import fitting
from cnncli.images.sliding import Sliding

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The longest side of a tile on a contact sheet of few kernels, and of many.
LARGE_TILE, SMALL_TILE = 480, 240
HARDLY_A_PICTURE = 8
INKS = "weights: blue above 0, orange below"


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

    @property
    def movement(self) -> list[str]:
        """How the kernel moves, in words: the padding, and what differs from a plain one."""
        sliding = self.sliding
        words = [f"padding {sliding.padding}"]
        words += [f"stride {sliding.stride}"] if sliding.stride > 1 else []
        words += [f"dilation {sliding.dilation}"] if sliding.dilation > 1 else []
        words += ["kernel turned by 180 degrees"] if sliding.flip else []
        return words + (["transposed"] if sliding.transpose else [])

    @property
    def afterwards(self) -> list[str]:
        """What is done with the sums, in words, where something is."""
        sliding = self.sliding
        words = ["channels summed"] if sliding.sum_channels else []
        words += [f"bias {sliding.bias:g}"] if sliding.bias else []
        return words + ([self.activation] if self.activation else [])

    def read(self, source: str) -> Image:
        """Return an image, grey where that was asked for; says what was left out.

        A matrix, written out or in a file, is one of one channel.
        """
        image = image_of(source) if is_matrix_source(source) else reader.read(source)
        if image.alpha is not None:
            console.note(f"{image.name}: its transparency is left out.")
        return to_grey(image) if self.grey else image


def write_all(request: Request) -> None:
    """Write what was asked for; of several images the readable ones, then exit with 1."""
    if request.raw and not request.kernels:
        raise UsageError("--raw needs a kernel", hint="For example: --kernel sobel --raw")
    failed = 0
    scales: list[str] = []
    for source, destination in _destinations(request):
        try:
            scales += _write(request, source, destination)
        except CnncliError as error:
            if len(request.images) == 1 or error.exit_code == ExitCode.USAGE:
                raise
            failed += 1
            console.error(error)
    if scales:
        alike = len(set(scales)) == 1
        said = scales[0] if alike else "each picture on a scale of its own"
        console.note(f"Shown: {said}. The values themselves: --raw")
    if failed:
        console.note(f"{failed} of {len(request.images)} images could not be done.")
        raise typer.Exit(ExitCode.FAILED)


def _destinations(request: Request) -> list[tuple[str, outputs.Destination]]:
    slug = request.kernels[0].slug if len(request.kernels) == 1 else "kernels"
    default = f"{slug}{'.npy' if request.raw else '.png'}"
    names = [f"{stem(source)}-{default}" for source in request.images]
    allowed = VALUES if request.raw else PICTURES
    places = image_outputs.choose_all(names, request.output, allowed, force=request.force)
    return list(zip(request.images, places, strict=True))


def _write(request: Request, source: str, destination: outputs.Destination) -> list[str]:
    """Write one picture or its values; returns how values became brightness, where that is one."""
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
            write.raw(path, values, destination.suffix)
        else:
            write.picture(
                path, shown.pixels if len(request.kernels) == 1 else sheet, destination.suffix
            )
    if request.raw or len(request.kernels) != 1:
        return []
    _note_size(request, image, shown.pixels)
    return [shown.said]


def _note_size(request: Request, image: Image, shown: NDArray[np.uint8]) -> None:
    """Tell where steps are so long that hardly a picture is left."""
    rows, columns = shown.shape[:2]
    if request.sliding.stride > 1 and max(rows, columns) < HARDLY_A_PICTURE:
        console.note(
            f"{image.name}: {image.height} x {image.width} pixels become {rows} x {columns} "
            f"with --stride {request.sliding.stride}."
        )


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
    from cnncli.render.pictures import contact_sheet

    kernels = request.kernels or [make(name) for name in KERNELS]
    longest = LARGE_TILE if len(kernels) <= 4 else SMALL_TILE
    pixels = fitting(image.pixels, longest)
    tiles = []
    for kernel in kernels:
        shown = _shown(request, pixels, kernel)
        lines = [kernel.purpose, shown.ends]
        tiles.append(contact_sheet.Tile(shown.pixels, kernel.name, lines, kernel.matrices))
    size = f"{pixels.shape[0]} x {pixels.shape[1]} (height x width)"
    if pixels.shape != image.pixels.shape:
        size = f"shrunk to {size}, so that small kernels show"
    how = ", ".join([*request.movement, *request.afterwards])
    return contact_sheet.draw(tiles, f"{image.name}, {size}; {how}; {INKS}")
