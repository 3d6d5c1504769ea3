"""`cnncli kernels`: the kernels by name, with their matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.applies import NotWith
from cnncli.commands.shared.options import JsonOption

if TYPE_CHECKING:
    from cnncli.images.kernels import Kernel


def kernels(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KERNEL]...",
            help="Names, as gaussian:size=7, matrices or files: their matrices are shown.",
        ),
    ] = None,
    matrices: Annotated[
        bool,
        typer.Option("--matrices", help="Show all of them with their matrices."),
        NotWith("names", "as_json", hint="There are matrices in it anyway."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the kernels of `cnncli convolve` and what each is for, or show their matrices.

    A kernel whose weights sum to 1 keeps the brightness of a picture; where they sum to 0, even
    areas vanish and edges stay. A magnitude is the square root of the summed squares of what
    its two matrices answer.

    \b
    Examples:
      cnncli kernels
      cnncli kernels sobel gaussian:size=7,sigma=1.5
      cnncli kernels --matrices
      cnncli kernels laplacian --json | jq '.[0].matrices[0]'
    """
    from cnncli.images.kernel_text import parse
    from cnncli.images.kernels import KERNELS
    from cnncli.render.terminal.matrices import kernel_lines

    shown = [parse(text) for text in names or KERNELS]
    if as_json:
        console.json_result([_document(kernel) for kernel in shown])
        return
    if not (names or matrices):
        _list(shown)
        return
    width = console.stdout().width
    console.result("\n\n".join("\n".join(kernel_lines(kernel, width)) for kernel in shown))


def _list(shown: list[Kernel]) -> None:
    from cnncli.render.terminal.table import Column, Table, show

    columns = (Column("kernel"), Column("what it is for"), Column("arguments", priority=1))
    rows = [(kernel.name, kernel.purpose, ", ".join(kernel.arguments)) for kernel in shown]
    show(Table(columns=columns, rows=rows))
    console.note("With its matrix: cnncli kernels NAME, or all of them: cnncli kernels --matrices")


def _document(kernel: Kernel) -> dict[str, Any]:
    return {
        "name": kernel.name,
        "purpose": kernel.purpose,
        "arguments": list(kernel.arguments),
        "magnitude": kernel.is_magnitude,
        "sum": kernel.total,
        "matrices": kernel.matrices,
    }
