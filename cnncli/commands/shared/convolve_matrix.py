"""A matrix that is convolved: small ones are printed, with the kernel and what comes of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cnncli import console
from cnncli.images.kernel_text import is_matrix_source

if TYPE_CHECKING:
    from cnncli.commands.shared.convolve_pictures import Request

SHOWN = 16  # values along a side; larger ones become a picture, as images do


def prints(request: Request) -> bool:
    """Whether the one source is a small matrix, of which nothing is to be written to a file."""
    alone = len(request.images) == len(request.kernels) == 1
    if not alone or request.output is not None or request.raw:
        return False
    source = request.images[0]
    return is_matrix_source(source) and max(request.read(source).pixels.shape) <= SHOWN


def show(request: Request) -> None:
    """Print the matrix, the kernel, and what comes of them."""
    from cnncli.images.convolution import convolve
    from cnncli.render.terminal.matrices import beside, kernel_lines, lines

    matrix, kernel = request.read(request.images[0]).pixels, request.kernels[0]
    result = convolve(matrix, kernel, request.sliding)
    sizes = " becomes ".join(f"{each.shape[0]} x {each.shape[1]}" for each in (matrix, result))
    blocks = [[f"  {line}" for line in lines(matrix[:, :, 0])], lines(result[:, :, 0])]
    how = ", ".join([*request.movement, *request.afterwards])
    said = [*kernel_lines(kernel, console.columns(sys.stdout)), "", f"{sizes} ({how})", ""]
    console.result("\n".join([*said, *beside(blocks, ["→"])]))
