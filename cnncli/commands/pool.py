"""`cnncli pool`: what a pooling layer makes of an image or of a small matrix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncli import console
from cnncli.commands.shared import outputs
from cnncli.commands.shared.applies import NotWith, When
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption

if TYPE_CHECKING:
    import numpy as np

    from cnncli.images.pooling import Pooling

SCHEMA = "cnncli.pool/1"
# Windows along a side that are shown one by one; of more, those in the first corner are.
SHOWN, CORNER = 16, 4
# Values of a matrix up to which JSON holds it with all of its windows.
LISTED = 10_000


def _takes_an_image(given: Mapping[str, Any]) -> bool:
    from cnncli.images.kernel_text import is_matrix_source

    return not is_matrix_source(given["source"])


OF_AN_IMAGE = When(_takes_an_image, "for a matrix: it belongs to an IMAGE")


def pool(
    source: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE|MATRIX",
            help="An image, - or sample:NAME; or a matrix, as '1 3; 5 6', or a .csv or .npy file.",
        ),
    ] = "1 3 2 4; 5 6 1 2; 7 2 8 1; 0 4 3 9",
    kind: Annotated[
        Literal["max", "average"], typer.Option(help="What a window is reduced to.")
    ] = "max",
    size: Annotated[
        str,
        typer.Option(metavar="N|RxC", help="The size of the window: one side, or both."),
        NotWith("is_global"),
    ] = "2",
    stride: Annotated[
        str | None,
        typer.Option(metavar="N|RxC", help="How far it moves; by its own size unless given."),
        NotWith("is_global"),
    ] = None,
    padding: Annotated[
        Literal["valid", "same"],
        typer.Option(
            help="valid: whole windows only; same: the last ones may reach past the edge."
        ),
        NotWith("is_global"),
    ] = "valid",
    is_global: Annotated[
        bool, typer.Option("--global", help="One window: the whole image or matrix.")
    ] = False,
    grey: Annotated[
        bool, typer.Option("--grey", "--gray", help="Make it grey first."), OF_AN_IMAGE
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write the values: .npy, .tif or .csv."), OF_AN_IMAGE
    ] = False,
    as_json: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Pool an image or a matrix, as MaxPooling2D and AveragePooling2D do.

    A matrix is printed with its windows and what came of each; of an image a picture is
    written, before and after side by side, to PHOTO-max-pooled.png or to what -o names. Rows and
    columns count from 0.

    \b
    Examples:
      cnncli pool
      cnncli pool '1 3 2 4; 5 6 1 2; 7 2 8 1; 0 4 3 9' --kind average
      cnncli pool '1 3 2; 5 6 1; 7 2 8' --size 2 --stride 1
      cnncli pool sample:china --size 8
      cnncli pool sample:mri --global --kind average --json
    """
    from cnncli.images.kernel_text import is_matrix_source
    from cnncli.images.pooling import Pooling, sides

    window = sides(size, "--size")
    steps = sides(stride, "--stride") if stride is not None else window
    pooling = Pooling(kind, window, steps, padding, is_global)
    if is_matrix_source(source):
        _matrix(source, pooling, as_json, output, force)
    else:
        _image(source, pooling, grey, raw, as_json, output, force)


def _matrix(source: str, pooling: Pooling, as_json: bool, output: Path | None, force: bool) -> None:
    import numpy as np

    from cnncli.commands.shared.image_outputs import VALUES, choose_one
    from cnncli.commands.shared.pictures import alone
    from cnncli.images import write
    from cnncli.images.kernel_text import read_matrix
    from cnncli.images.pooling import pool, windows
    from cnncli.render.terminal.pooling import lines

    alone(output, json=as_json)
    matrix = read_matrix(source, "MATRIX")
    destination = None
    if output is not None:
        destination = choose_one(output, VALUES, force=force, default="pooled.npy")
    pooled = pool(matrix[:, :, None], pooling)[:, :, 0]
    is_small = matrix.size <= LISTED if as_json else max(pooled.shape) <= SHOWN
    found = list(windows(matrix, pooling, None if is_small else CORNER))
    if as_json:
        console.json_result(
            {
                "schema": SCHEMA,
                "layer": pooling.name,
                "input": matrix if is_small else None,
                "output": pooled,
                "windows": None
                if not is_small
                else [
                    {
                        "row": window.row,
                        "column": window.column,
                        "rows": [window.rows.start, window.rows.stop],
                        "columns": [window.columns.start, window.columns.stop],
                        "values": window.values,
                        "result": window.result,
                    }
                    for window in found
                ],
            }
        )
    elif destination is None or destination.path is not None:
        console.result("\n".join(lines(matrix, pooled, found, pooling)), folds=True)
        if not is_small and destination is None:
            console.note("All values: -o pooled.npy (or .csv, .tif)")
    if destination is not None:
        with outputs.writing(destination) as path:
            write.raw(path, pooled[:, :, None].astype(np.float32), destination.suffix)


def _image(
    source: str,
    pooling: Pooling,
    grey: bool,
    raw: bool,
    as_json: bool,
    output: Path | None,
    force: bool,
) -> None:
    import numpy as np

    from cnncli.commands.shared.image_outputs import PICTURES, VALUES, choose_one, stem
    from cnncli.commands.shared.pictures import alone
    from cnncli.images import reader, write
    from cnncli.images.channels import to_grey
    from cnncli.images.pooling import pool

    alone(output, json=as_json)
    name = f"{stem(source)}-{pooling.kind}-pooled"
    destination = None
    if raw:
        destination = choose_one(output, VALUES, force=force, default=f"{name}.npy")
    elif output is not None or not as_json:
        destination = choose_one(output, PICTURES, force=force, default=f"{name}.png")
    image = reader.read(source)
    image = to_grey(image) if grey else image
    with console.status(f"Pooling {image.name}"):
        pooled = pool(image.pixels, pooling)
    console.note(f"{pooling.name}: {_size(image.pixels)} becomes {_size(pooled)}.")
    came = ", ".join(f"{value:.6g}" for value in pooled.ravel()) if pooling.is_global else ""
    if came and not as_json:
        console.note(f"What came of each channel: {came}")
    if as_json:
        shapes = {"input_shape": image.pixels.shape, "output_shape": pooled.shape}
        values = {"output": pooled.ravel()} if pooling.is_global else {}
        about = {"schema": SCHEMA, "image": image.name, "layer": pooling.name}
        console.json_result({**about, **shapes, **values})
    if destination is not None:
        with outputs.writing(destination) as path:
            if raw:
                write.raw(path, pooled.astype(np.float32), destination.suffix)
            else:
                write.picture(
                    path, _before_and_after(image.pixels, pooled, pooling, came), destination.suffix
                )


def _before_and_after(
    before: np.ndarray, after: np.ndarray, pooling: Pooling, came: str
) -> np.ndarray:
    from cnncli.images import display
    from cnncli.render.pictures.pooling import before_and_after

    shown = display.plain(before)
    pooled = display.mapped(after, shown.black, shown.white)
    return before_and_after(shown.pixels, pooled.pixels, pooling, f": {came}" if came else "")


def _size(pixels: np.ndarray) -> str:
    return " x ".join(map(str, pixels.shape))
