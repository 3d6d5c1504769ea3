"""`cnncli filters`: the kernels that the convolutions of a network have learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnncli.commands.shared import trained
from cnncli.commands.shared.applies import Needs
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    OutputOption,
    ParamOption,
    SetOption,
)
from cnncli.errors import ExitCode

TOP = 4  # images for each filter, where DATA is named without --top


def filters(
    model: Annotated[
        str,
        typer.Argument(
            metavar="ARCH|MODEL",
            help="A run directory or .keras file (its trained weights), or an architecture "
            "(seeded random weights): a shipped name, a YAML file, -, applications:NAME.",
        ),
    ],
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]",
            help="Images to look for those that excite a filter most: a folder with all that is "
            "below it, an image, sample:digits, sample:blobs.",
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layer",
            "-l",
            metavar="NAME",
            help="A convolution (base/conv1 within a nested network); may be given several times. "
            "Without it: the first.",
        ),
    ] = None,
    filter_: Annotated[
        list[int] | None,
        typer.Option(
            "--filter",
            "-f",
            min=0,
            metavar="N",
            help="Only this filter of each layer, from 0; may be given several times.",
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100,
            metavar="N",
            help=f"How many images for each filter ({TOP} unless given).",
        ),
        Needs("data"),
    ] = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    param: ParamOption = None,
    set_: SetOption = None,
    raw: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Write the weights, an array for each layer: filters x rows x columns x channels "
            "(those of --filter in order).",
        ),
    ] = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Show the filters of a network's convolutions: the kernels that it has learnt.

    Each filter stands with its weights, their norm (the root of the summed squares) and its bias:
    in colour where it sees the channels of a colour image, else a picture for each input channel.
    With DATA, below each are the images in whose map it reaches the highest values, with the
    part of the image that this value depends on in a frame. A picture shows up to 64 filters of a
    layer (.png, .pdf); --filter chooses others. With --json or --raw, a picture is drawn only
    where -o names it.

    \b
    Examples:
      cnncli filters runs/lesson-20261123-142501
      cnncli filters runs/lesson-20261123-142501 -l conv2d_3 --json
      cnncli filters runs/lesson-20261123-142501 chest_xrays --top 9 -f 0 -f 5
      cnncli filters applications:MobileNetV2 --raw kernels.npz
    """
    from cnncli.commands.shared import filters_shown

    asked = filters_shown.Asked(
        model, data, layer or (), filter_ or (), top or TOP, raw, as_json, output, force
    )
    asked.check()
    fed = trained.preparation(input_range, standardize, prepare)
    if not filters_shown.show(asked, fed, param, set_):
        raise typer.Exit(ExitCode.FAILED)
