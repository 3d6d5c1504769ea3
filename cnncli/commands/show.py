"""`cnncli show`."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.options import ArchArgument, ParamOption


def show(
    arch: ArchArgument = "lesson",
    resolved: Annotated[
        bool,
        typer.Option(
            "--resolved", help="Write out blocks, repeats and parameters: one line for each layer."
        ),
    ] = False,
    param: ParamOption = None,
) -> None:
    """Print the YAML of an architecture, comments and all.

    With --resolved, or with -p, what is printed is a spec of the same network with its values
    filled in.

    \b
    Examples:
      cnncli show
      cnncli show resnet18 --resolved
      cnncli show lesson > mine.yaml
    """
    from cnncli.commands.specs import assignments, source_of
    from cnncli.spec import dump, dump_graph, expand, load_text

    text, name = source_of(arch)
    spec = load_text(text, name, assignments(param))
    if resolved:
        console.result(dump_graph(spec, expand(spec)))
    elif param:
        console.result(dump(spec))
    else:
        console.result(spec.source.text)
