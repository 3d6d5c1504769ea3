"""`cnncli export`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cnncli import console
from cnncli.commands.shared import trained
from cnncli.commands.shared.applies import Needs, When
from cnncli.commands.shared.architectures import architecture
from cnncli.commands.shared.options import (
    ArchArgument,
    ForceOption,
    MaxParamsOption,
    OutputOption,
    ParamOption,
    SetOption,
)
from cnncli.commands.shared.outputs import STDOUT, choose, choose_folder, says_a_format, writing
from cnncli.errors import UsageError
from cnncli.evaluation.subject import has_weights, names_a_run
from cnncli.registry import EXPORTERS, Exporter
from cnncli.runs.model_file import find
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.exporters.accuracy import Accuracy
    from cnncli.exporters.deploy import Deployed, Source


Quantize = Literal["float16", "dynamic", "int8"]


def _chosen(given: Mapping[str, Any]) -> Exporter:
    output = Path(given["output"]) if given["output"] is not None else None
    return _exporter(given["format_"], output)


def _builds(given: Mapping[str, Any]) -> bool:
    """Whether a network is built: code is written of a spec, and a trained one is loaded."""
    return _chosen(given).name != "python" and not has_weights(given["arch"])


_OfPixels = When(
    lambda given: _chosen(given).checked,
    "in this format: it is for those that take raw pixels "
    f"({', '.join(exporter.name for exporter in EXPORTERS if exporter.checked)})",
)


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
    classes: Annotated[trained.ClassesOption, _OfPixels] = None,
    input_range: Annotated[trained.InputRangeOption, _OfPixels] = None,
    standardize: Annotated[trained.StandardizeOption, _OfPixels] = False,
    prepare: Annotated[trained.PrepareOption, _OfPixels] = None,
    logits: Annotated[trained.LogitsOption, _OfPixels] = False,
    data_moved: Annotated[
        str | None,
        typer.Option(
            "--data", metavar="DATA", help="Where the images of the run are, if they moved."
        ),
        When(
            lambda given: _chosen(given).checked and names_a_run(given["arch"]),
            "but for a run, in a format that is checked on its images",
        ),
    ] = None,
    quantize: Annotated[
        Quantize | None,
        typer.Option(
            "--quantize",
            help="Write it with fewer bits: float16 weights; dynamic (weights of 8 bits); int8 "
            "(all of 8 bits, by images of the run). The accuracy before and after is printed.",
        ),
        When(
            lambda given: given["quantize"] in _chosen(given).quantize,
            "in this format: there are "
            + "; ".join(
                f"{', '.join(exporter.quantize)} for {exporter.name}"
                for exporter in EXPORTERS
                if exporter.quantize
            ),
        ),
    ] = None,
    max_drop: Annotated[
        float | None,
        typer.Option(
            "--max-drop",
            min=0.0,
            max=1.0,
            metavar="D",
            help="Write nothing where the accuracy falls by more than this, as 0.01.",
        ),
        Needs("quantize"),
    ] = None,
    param: ParamOption = None,
    set_: SetOption = None,
    max_params: Annotated[MaxParamsOption, When(_builds, "where no network is built")] = None,
) -> None:
    """Write a network for other programs, and check there that it is the same.

    As onnx, tflite and saved-model it takes raw pixels of 0 to 255 at its input's size and gives
    probabilities: the preparation is within, and classes travel as metadata. The file is loaded
    by its own runtime and compared with Keras on real images, in batches of 1 and 8; where they
    differ, nothing is written.

    The Python code needs Keras alone and builds the same network, with the same first weights.
    The Keras model of a run has its trained weights, that of an architecture its first ones.

    \b
    Examples:
      cnncli export runs/lesson-20261123-142501 -o model.onnx
      cnncli export runs/lesson-20261123-142501 -o model.tflite
      cnncli export digits -o small.tflite --quantize int8 --max-drop 0.01
      cnncli export theirs.keras -o model.onnx --classes cat,dog --input-range 0,1
      cnncli export lesson
      cnncli export resnet18 -o resnet18.py
      cnncli export mynet.yaml --format keras -o mynet.keras
    """
    exporter = _exporter(format_, output)
    is_trained = has_weights(arch)
    by_file = is_trained and (exporter.checked or names_a_run(arch))
    as_trained = by_file and exporter.takes != "architecture"
    resolved = None if as_trained else architecture(arch, param, set_, max_params)
    exporter.check("--format", arch, trained=is_trained)
    if resolved is None and (param or set_):
        raise UsageError(f"{arch} was trained as it is: -p and --set change an architecture")
    if exporter.checked:
        from cnncli.exporters.deploy import Source

        names = trained.class_names(classes)
        fed = trained.preparation(input_range, standardize, prepare, logits)
        if resolved is None:
            trained.check(arch, names, fed)
        source = Source(arch, resolved, names, fed, data_moved)
        _checked(exporter, source, output, quantize, max_drop, force=force)
        return
    if resolved is None:
        model, _ = find(arch)
        destination = choose(output, force=force, default=_named(exporter, arch))
        with writing(destination) as path:
            exporter.load_trained()(model, path)
        return
    if names_a_run(arch):
        console.note(
            f"The code begins with new weights; the trained ones are in {arch}/model.keras"
        )
    if exporter.text and output in (None, STDOUT):
        console.result(exporter.load_text()(resolved))
        return
    destination = choose(output, force=force, default=_named(exporter, resolved.name))
    with writing(destination) as path:
        exporter.load()(resolved, path)


def _checked(
    exporter: Exporter,
    source: Source,
    output: Path | None,
    quantize: Quantize | None,
    max_drop: float | None,
    *,
    force: bool,
) -> None:
    """Write a network in a format that another program runs, once it was seen to run there."""
    from cnncli.commands.shared.keras_session import keras
    from cnncli.data import index
    from cnncli.exporters import deploy

    default = _named(exporter, source.name)
    destination = (
        choose_folder(output, force=force, default=default, holds=exporter.folder)
        if exporter.folder
        else choose(output, force=force, default=default)
    )
    if source.moved is not None:
        index.find(source.moved)  # says so where it is not there
    keras()
    found = deploy.load(source)
    trained.tell(found)
    with writing(destination, as_folder=bool(exporter.folder)) as path:
        with console.status("Converting and checking"):
            network = deploy.network_of(found, _stem(source.name), source.moved, console.note)
            less = None
            if quantize is not None:
                network, less = deploy.fewer(
                    found, network, quantize, max_drop=max_drop, moved=source.moved
                )
            made = deploy.deploy(network, exporter.load(), path, less)
        _tell(made, network.images_from)
        if quantize is not None:
            _tell_size(made.accuracy, path, network.weight_bytes)


def _tell(made: Deployed, images: str) -> None:
    checked = made.checked
    allowed = "" if checked.tolerance is None else f" (at most {checked.tolerance:.2g} is allowed)"
    console.note(
        f"Checked: {checked.runtime} and Keras differ by {checked.difference:.2g} on {images}, in "
        f"batches of 1 and 8{allowed}"
    )
    if checked.doubt is not None:
        console.warn(checked.doubt)


def _tell_size(accuracy: Accuracy | None, path: Path, before: int) -> None:
    console.note(
        f"{path.stat().st_size / 1e6:.3g} MB; its weights in float32: {before / 1e6:.3g} MB"
    )
    if accuracy is None:
        console.warn("what it costs in accuracy is not known: there are no images of a run")
        return
    low, high = accuracy.interval
    console.note(
        f"Accuracy on {counted(accuracy.images, f'{accuracy.part} image')}: {accuracy.before:.3f} "
        f"before, {accuracy.after:.3f} after; difference {accuracy.after - accuracy.before:+.3f} "
        f"(95 %: {low:+.3f} to {high:+.3f})"
    )


def _named(exporter: Exporter, arch: str) -> str:
    """Return the name of a file for a network."""
    return f"{_stem(arch)}{exporter.endings[0] or f'-{exporter.name}'}"


def _stem(arch: str) -> str:
    """Return the name of a run, a file or an architecture."""
    name = "stdin" if arch == "-" else Path(arch.rpartition(":")[2]).name
    ending = Path(name).suffix
    return name.removesuffix(ending) if ending in (".yaml", ".yml", ".keras") else name


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
