"""`cnncli export`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.architectures import architecture
from cnncli.commands.shared.options import (
    ArchArgument,
    ForceOption,
    MaxParamsOption,
    OutputOption,
    ParamOption,
    SetOption,
)
from cnncli.commands.shared.outputs import STDOUT, choose, says_a_format, writing
from cnncli.errors import UsageError
from cnncli.evaluation.subject import has_weights, names_a_run
from cnncli.registry import EXPORTERS, Exporter
from cnncli.runs.model_file import find


def _builds(given: Mapping[str, Any]) -> bool:
    """Whether a network is built: code is written of a spec, and a run's model is copied."""
    output = Path(given["output"]) if given["output"] is not None else None
    return _exporter(given["format_"], output).name == "keras" and not names_a_run(given["arch"])


def export(
    arch: ArchArgument = "lesson",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"{', '.join(exporter.about for exporter in EXPORTERS)}; by default the ending "
            f"of FILE decides, and without a FILE it is {EXPORTERS[0].name}.",
        ),
    ] = None,
    output: OutputOption = None,
    force: ForceOption = False,
    param: ParamOption = None,
    set_: SetOption = None,
    max_params: Annotated[MaxParamsOption, When(_builds, "where no network is built")] = None,
) -> None:
    """Write an architecture for other tools: as Python code, or as a Keras model.

    The Python code needs Keras alone and builds the same network, with the same first weights.
    The Keras model of a run has its trained weights, that of an architecture its first ones.

    \b
    Examples:
      cnncli export lesson
      cnncli export resnet18 -o resnet18.py
      cnncli export mynet.yaml --format keras -o mynet.keras
      cnncli export runs/lesson-20261123-142501 -o trained.keras
    """
    exporter = _exporter(format_, output)
    is_run = names_a_run(arch)
    as_trained = is_run and exporter.takes != "architecture"
    resolved = None if as_trained else architecture(arch, param, set_, max_params)
    exporter.check("--format", arch, trained=has_weights(arch))
    if resolved is None:
        _trained(exporter, arch, output, force=force, changed=bool(param or set_))
        return
    if is_run:
        console.note(
            f"The code begins with new weights; the trained ones are in {arch}/model.keras"
        )
    if exporter.text and output in (None, STDOUT):
        console.result(exporter.load_text()(resolved))
        return
    destination = choose(output, force=force, default=f"{resolved.name}{exporter.endings[0]}")
    with writing(destination) as path:
        exporter.load()(resolved, path)


def _trained(
    exporter: Exporter, run: str, output: Path | None, *, force: bool, changed: bool
) -> None:
    """Write the trained model of a run."""
    if changed:
        raise UsageError(f"{run} was trained as it is: -p and --set change an architecture")
    model, _ = find(run)
    destination = choose(output, force=force, default=f"{Path(run).name}{exporter.endings[0]}")
    with writing(destination) as path:
        exporter.load_trained()(model, path)


def _exporter(format_: str | None, output: Path | None) -> Exporter:
    names = ", ".join(exporter.name for exporter in EXPORTERS)
    if format_ is not None:
        found = [exporter for exporter in EXPORTERS if exporter.name == format_]
        if not found:
            raise UsageError(f'there is no format "{format_}"', hint=f"There are {names}.")
        return found[0]
    if output is None or not says_a_format(output):
        return EXPORTERS[0]
    ending = output.suffix.lower()
    found = [exporter for exporter in EXPORTERS if ending in exporter.endings]
    if not found:
        raise UsageError(
            f'"{output}" does not say a format by its ending', hint=f"Add --format: {names}."
        )
    return found[0]
