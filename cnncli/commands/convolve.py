"""`cnncli convolve`: what a kernel makes of an image."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncli import console
from cnncli.commands.shared.applies import Needs, NotWith, When
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption
from cnncli.commands.shared.outputs import named_stdout
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncli.images.convolution import Array


# An animation is one of the grey values.
COLOURED = When(
    lambda given: not given["animate"] or bool(given["output"] or given["at"] or given["html"]),
    "for --animate, which draws the grey values",
)
# What looks closely writes no picture unless -o asks for one.
WRITTEN = When(
    lambda given: bool(given["output"] or not (given["at"] or given["animate"] or given["html"])),
    "beside --at, --animate and --html without -o",
)


def convolve(
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE|MATRIX...",
            help="Any image, - for stdin, or sample:NAME (china, flower, portrait, mri); or a "
            "matrix, as '1 3; 5 6', or a .csv or .npy file.",
        ),
    ],
    kernels: Annotated[
        list[str] | None,
        typer.Option(
            "--kernel",
            "-k",
            metavar="KERNEL",
            help="A name (see `cnncli kernels`), as gaussian:size=7,sigma=1.5; a matrix, as "
            "'0 -1 0; -1 5 -1; 0 -1 0'; a .csv or .npy file; one that a network has learnt, as "
            "MODEL:LAYER:INDEX (see `cnncli filters`). Several make a contact sheet.",
        ),
    ] = None,
    grey: Annotated[
        bool, typer.Option("--grey", "--gray", help="Make it grey first."), COLOURED
    ] = False,
    sum_channels: Annotated[
        bool,
        typer.Option("--sum", help="Add up the channels' responses, as one Conv2D filter does."),
        NotWith("grey", hint="A grey image has one channel."),
        COLOURED,
    ] = False,
    padding: Annotated[
        Literal["same", "valid", "reflect", "edge"],
        typer.Option(
            help="same: zeros outside; valid: no pixel outside; reflect: mirrored, the edge not "
            "repeated; edge: the last pixel repeated."
        ),
    ] = "same",
    stride: Annotated[int, typer.Option(min=1, metavar="N", help="Move by N pixels.")] = 1,
    dilation: Annotated[
        int, typer.Option(min=1, metavar="N", help="Space the weights N pixels apart.")
    ] = 1,
    flip: Annotated[
        bool,
        typer.Option("--flip", help="Turn the kernel by 180 degrees: mathematical convolution."),
    ] = False,
    transpose: Annotated[
        bool, typer.Option("--transpose", help="What a Conv2DTranspose does: each pixel stamps.")
    ] = False,
    bias: Annotated[float, typer.Option(metavar="B", help="Added to each sum.")] = 0.0,
    activation: Annotated[
        str | None,
        typer.Option(
            "--activation", "-a", metavar="NAME", help="A function of `cnncli activations`."
        ),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the float32 values: .npy, .tif or .csv."), WRITTEN
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="ROW,COL", help="Print the arithmetic of one output pixel."),
    ] = None,
    animate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.gif",
            callback=named_stdout,
            help="Draw the window sliding over a small crop.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            callback=named_stdout,
            help="Write a page to explore: one file, no network.",
        ),
    ] = None,
    as_json: Annotated[JsonOption, Needs("at")] = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Apply a kernel to an image, as a Conv2D does; without a kernel, show what all of them do.

    The kernel slides over the image: at each place its weights are multiplied with the pixels
    below and summed (correlation, as in Keras; --flip turns the kernel first). A colour image
    is filtered channel by channel; by a network's kernel of as many channels as it has, as its
    Conv2D does (else by the mean of its channels). The picture is scaled for display, which is
    said; --raw keeps the values. Rows and columns count from 0. The picture goes to
    PHOTO-KERNEL.png, or to what -o names (.png, .jpg, .webp, .bmp, .tif); several images go into
    the folder -o.
    Several kernels stand side by side: with identity as the first one, before and after.

    \b
    Examples:
      cnncli convolve sample:china
      cnncli convolve photo.jpg --kernel sobel -o edges.png
      cnncli convolve photo.jpg -k identity -k outline -o before-after.png
      cnncli convolve xray.png -k '0 -1 0; -1 5 -1; 0 -1 0' --raw -o sharp.npy
      cnncli convolve sample:mri --kernel gaussian:sigma=2 --at 100,120
      cnncli convolve sample:portrait --kernel outline --html outline.html
      cnncli convolve scan.png --kernel runs/lesson-20261123-142501:conv2d:3
      cnncli convolve *.png --kernel sobel --grey -o edges/
      cnncli convolve '0 0 9 9; 0 0 9 9' --kernel '-1 0 1' --padding valid
    """
    from cnncli.commands.shared import (
        convolve_look,
        convolve_matrix,
        convolve_pictures,
        learned_kernel,
    )
    from cnncli.images.kernel_text import square_instead
    from cnncli.images.sliding import Sliding

    if not math.isfinite(bias):
        raise UsageError(f"--bias is a finite number, not {bias}")
    for text in kernels or []:
        if (square := square_instead(text)) is not None:
            console.note(f"--kernel '{text}' is one row. As a square: --kernel '{square}'")
    request = convolve_pictures.Request(
        images,
        learned_kernel.kernels(kernels or [], images),
        Sliding(
            padding, stride, dilation, transpose, flip, bias, sum_channels, _applied(activation)
        ),
        activation,
        grey=grey,
        raw=raw,
        output=output,
        force=force,
    )
    looks = convolve_look.looks(request, at, animate, html, as_json=as_json)
    if not looks and convolve_matrix.prints(request):
        convolve_matrix.show(request)
    elif output is not None or not looks:
        convolve_pictures.write_all(request)
    for look in looks:
        look()


def _applied(text: str | None) -> Callable[[Array], Array] | None:
    """Return an activation function as a function of one array."""
    if text is None:
        return None
    from cnncli.teaching.activations import parse

    activation = parse(text)
    if activation.function.drawn:
        raise UsageError(
            f"{activation.name} works on whole vectors, not on single values",
            hint="Use relu, sigmoid, tanh or another of `cnncli activations --all`.",
        )
    return lambda values: activation(values)[0]
