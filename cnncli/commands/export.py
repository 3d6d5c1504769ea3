"""`cnncli export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnncli import console
from cnncli.commands.architectures import architecture
from cnncli.commands.options import (
    ArchArgument,
    ForceOption,
    MaxParamsOption,
    OutputOption,
    ParamOption,
    SetOption,
)
from cnncli.commands.outputs import STDOUT, choose, writing
from cnncli.errors import UsageError
from cnncli.registry import EXPORTERS, Exporter


def export(
    arch: ArchArgument = "lesson",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="python (Keras code) or keras (a model with its first weights); the ending of "
            "FILE says it otherwise, and without both it is python.",
        ),
    ] = None,
    output: OutputOption = None,
    force: ForceOption = False,
    param: ParamOption = None,
    set_: SetOption = None,
    max_params: MaxParamsOption = None,
) -> None:
    """Write an architecture for other tools: as Python code, or as a Keras model.

    The Python code needs Keras alone and builds the same network, with the same first weights.

    \b
    Examples:
      cnncli export lesson
      cnncli export resnet18 -o resnet18.py
      cnncli export mynet.yaml --format keras -o mynet.keras
    """
    exporter = _exporter(format_, output)
    resolved = architecture(arch, param, set_, max_params)
    if exporter.text and output in (None, STDOUT):
        console.result(exporter.load_text()(resolved))
        return
    destination = choose(output, force=force, default=f"{resolved.name}{exporter.endings[0]}")
    with writing(destination) as path:
        exporter.load()(resolved, path)


def _exporter(format_: str | None, output: Path | None) -> Exporter:
    names = ", ".join(exporter.name for exporter in EXPORTERS)
    if format_ is not None:
        found = [exporter for exporter in EXPORTERS if exporter.name == format_]
        if not found:
            raise UsageError(f'there is no format "{format_}"', hint=f"There are {names}.")
        return found[0]
    if output is None or output == STDOUT:
        return EXPORTERS[0]
    ending = output.suffix.lower()
    found = [exporter for exporter in EXPORTERS if ending in exporter.endings]
    if not found:
        raise UsageError(
            f'"{output}" does not say a format by its ending', hint=f"Add --format: {names}."
        )
    return found[0]
