"""`cnncli bench`."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared import trained
from cnncli.commands.shared.architectures import architecture
from cnncli.commands.shared.options import (
    JsonOption,
    TableFormat,
    TableFormatOption,
    refuse_two_answers,
)
from cnncli.errors import ModelError, UsageError
from cnncli.evaluation.subject import has_weights
from cnncli.registry import EXPORTERS

if TYPE_CHECKING:
    from cnncli.exporters.deploy import Source
    from cnncli.exporters.speed import Speed

BATCHES = (1, 8, 32)


class Runtime(StrEnum):
    """What runs a network: Keras, ONNX Runtime, LiteRT."""

    keras = "keras"
    onnx = "onnx"
    litert = "litert"


FORMAT_OF = {Runtime.keras: "keras", Runtime.onnx: "onnx", Runtime.litert: "tflite"}


def bench(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL|ARCH...",
            help="Runs, .keras, .onnx and .tflite files, or architectures (random weights).",
        ),
    ],
    batch: Annotated[
        list[int] | None,
        typer.Option(
            "--batch",
            min=1,
            metavar="N",
            help="Images that are answered together; may be given several times (else 1, 8, 32).",
        ),
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(
            "--threads",
            min=1,
            metavar="N",
            help="Threads that a runtime may use; may be given several times (else 1 and all).",
        ),
    ] = None,
    runtime: Annotated[
        list[Runtime] | None,
        typer.Option("--runtime", help="Measure this one; may be given several times (else all)."),
    ] = None,
    format_: TableFormatOption = None,
    json_: JsonOption = False,
) -> None:
    """Measure how fast networks answer on this machine, in Keras, ONNX Runtime and LiteRT.

    Each runtime has a process of its own, with one thread and with all, and they take turns. After
    a warm-up a batch is answered again and again: the least time, the median and the quartiles
    are shown. On a machine that others use, too, the least time is the one to compare.

    \b
    Examples:
      cnncli bench lenet5
      cnncli bench runs/lesson-20261123-142501 --batch 1
      cnncli bench lesson lenet5 --runtime onnx --threads 1
      cnncli bench a.onnx b.onnx --json
    """
    from cnncli.exporters import speed

    refuse_two_answers(as_json=json_, format_=format_)
    wanted = {FORMAT_OF[each] for each in runtime or FORMAT_OF}
    sources = [_source(model, wanted) for model in models]
    formats = _formats(wanted, asked=bool(runtime))
    found: list[Speed] = []
    for source in sources:
        trained.load_keras(source.name)
        with tempfile.TemporaryDirectory() as folder, console.status(f"Measuring {source.name}"):
            keras = "keras" in wanted
            paths = speed.files(source, Path(folder), formats, console.note, keras=keras)
            found += speed.measure(source.name, paths, batch or BATCHES, threads or ())
    if not found:
        raise ModelError("none of these runtimes can run it")
    _show(found, format_, as_json=json_)


def _source(model: str, wanted: Collection[str]) -> Source:
    """Return what a name means; says what is wrong with it before anything is measured."""
    from cnncli.exporters.deploy import Source
    from cnncli.network.runtimes import is_exported

    if is_exported(model) and Path(model).suffix.lower().removeprefix(".") not in wanted:
        raise UsageError(f"{model}: none of the runtimes of --runtime takes such a file")
    if is_exported(model) or has_weights(model):
        trained.check(model)
        return Source(model, None)
    return Source(model, architecture(model))


def _formats(names: Collection[str], *, asked: bool) -> dict[str, Any]:
    """Return the formats to write, of those whose packages are there; says which are not.

    Raises NotInstalledError where one that is `asked` for is not.
    """
    from cnncli.exporters.speed import FORMATS

    wanted = [each for each in EXPORTERS if each.name in FORMATS and each.name in names]
    for exporter in wanted:
        if asked:
            exporter.check("--runtime", "", trained=True)
        if exporter.requires is not None and exporter.requires.missing():
            console.note(f"Without {exporter.name}: pip install 'cnncli[{exporter.requires.name}]'")
    return {each.name: each.load() for each in wanted if each.works(trained=True)}


def _show(found: list[Speed], format_: TableFormat | None, *, as_json: bool) -> None:
    from cnncli.commands.shared.table_output import show_table
    from cnncli.render.terminal.speed import document, table

    if as_json:
        console.json_result(document(found))
    else:
        show_table(table(found, precise=format_ is not None), format_)
