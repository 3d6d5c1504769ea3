"""`cnncli show`."""

from __future__ import annotations

from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.shared.architectures import architecture
from cnncli.commands.shared.options import ArchArgument, ParamOption, SetOption
from cnncli.errors import UsageError


def show(
    arch: ArchArgument = "lesson",
    resolved: Annotated[
        bool,
        typer.Option(
            "--resolved", help="Write out blocks, repeats and parameters: one line for each layer."
        ),
    ] = False,
    paths: Annotated[
        bool,
        typer.Option("--paths", help="Write the path of each layer behind it, for --set."),
    ] = False,
    param: ParamOption = None,
    set_: SetOption = None,
) -> None:
    """Print the YAML of an architecture, comments and all.

    With -p, --set or --resolved the comments go, the values are filled in, and what is printed
    is a spec of the network that they describe.

    \b
    Examples:
      cnncli show
      cnncli show lesson -p dropout_rate=0.3
      cnncli show resnet18 --paths
      cnncli show lesson --resolved | cnncli summary -
    """
    from cnncli.spec import dump, dump_graph, expand
    from cnncli.spec.paths import with_paths

    spec = architecture(arch, param, set_).spec
    if spec is None:
        raise UsageError(
            f"{arch} is no spec", hint=f"Make one of it: cnncli import {arch} -o model.yaml"
        )
    if paths:
        _refuse_changes(resolved, param, set_)
        console.result(with_paths(spec))
    elif resolved:
        console.result(dump_graph(spec, expand(spec)))
    else:
        console.result(dump(spec) if param or set_ or spec.preset else spec.source.text)


def _refuse_changes(resolved: bool, param: list[str] | None, set_: list[str] | None) -> None:
    if resolved or param or set_:
        raise UsageError(
            "--paths shows the file as it stands", hint="Leave out --resolved, -p and --set."
        )
