"""`cnncli features`: what each layer of a network makes of an image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared import pictures, trained
from cnncli.commands.shared.applies import When
from cnncli.commands.shared.options import (
    ForceOption,
    JsonOption,
    OutputOption,
    ParamOption,
    SetOption,
)
from cnncli.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from cnncli.commands.shared.outputs import Destination
    from cnncli.evaluation.subject import Subject
    from cnncli.teaching.feature_maps import LayerOutput

FORMATS = (".png", ".pdf", ".npz")
# What the units of a layer stand for, by its name.
Units = dict[str, tuple[str, ...]]


def features(
    model: Annotated[
        str,
        typer.Argument(
            metavar="ARCH|MODEL",
            help="A run directory or .keras file (its trained weights), or an architecture "
            "(seeded random weights): a shipped name, a YAML file, -, applications:NAME.",
        ),
    ],
    image: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE",
            help="An image file, - for stdin, or sample:NAME.",
        ),
    ],
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layer", "-l", metavar="NAME", help="Only this layer; may be given several times."
        ),
    ] = None,
    maps: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Draw at most N maps of a layer."),
        When(
            lambda given: (
                Path(given["output"]).suffix != ".npz"
                if given["output"] is not None
                else not given["as_json"]
            ),
            "where no sheet is drawn: a .npz file and --json hold all maps",
        ),
    ] = None,
    value_range: Annotated[
        str | None,
        typer.Option("--range", metavar="LO,HI", help="The values that become 0 and 255."),
    ] = None,
    input_range: trained.InputRangeOption = None,
    standardize: trained.StandardizeOption = False,
    prepare: trained.PrepareOption = None,
    param: ParamOption = None,
    set_: SetOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Show what each layer of a network makes of an image: its feature maps.

    The image is prepared just as for training and prediction. The maps of a layer share one
    scale, and a map that is zero everywhere is crossed out. The ending of -o chooses: a contact
    sheet (.png, .pdf), which begins with the image as it goes in, or all values (.npz, an array
    for each layer); without it, PHOTO-features.png. Without --layer, the sheet leaves out layers
    that change nothing (dropout).

    \b
    Examples:
      cnncli features lesson sample:mri
      cnncli features runs/lesson-20261123-142501 xray.png -l conv2d -l conv2d_1
      cnncli features lesson sample:portrait -o maps.npz
      cnncli features applications:MobileNetV2 sample:flower --layer Conv1 --json
    """
    from cnncli.commands.shared.architectures import layer_names, run_or_architecture
    from cnncli.commands.shared.keras_session import keras
    from cnncli.commands.shared.numbers import interval
    from cnncli.evaluation import subject as subjects
    from cnncli.images.reader import read
    from cnncli.network.results import refuse_unknown
    from cnncli.teaching.feature_maps import feature_maps

    if model == image == "-":
        raise UsageError("standard input is one thing: a spec or an image")
    pictures.alone(output, json=as_json)
    place = None
    if output is not None or not as_json:
        place = pictures.destination(output, force, f"{_stem(image)}-features.png", FORMATS)
    architecture = run_or_architecture(model, param, set_)
    if layer and (names := layer_names(model, architecture)) is not None:
        refuse_unknown(layer, names)
    wanted = interval(value_range, "--range") if value_range is not None else None
    fed = trained.preparation(input_range, standardize, prepare)
    taken = read(image)
    keras()
    with console.status("Computing the feature maps"):
        subject = subjects.load(model, architecture, fed)
        pixels = subjects.pixels(subject, taken, wanted)
        outputs = feature_maps(subject.model, pixels, layer)
    _say(subject, outputs)
    if as_json:
        console.json_result(_document(subject, taken.name, outputs))
    if place is not None:
        title = f"{subject.name} ({subject.weights} weights), {taken.name}"
        last = subject.model.layers[-1].name
        if place.suffix != ".npz":
            outputs = _drawn(outputs, subject, pixels, is_all=layer is None)
        _write(outputs, title, {last: subject.units}, maps, place)


def _stem(image: str) -> str:
    if image.startswith("sample:"):
        return image.removeprefix("sample:").replace("/", "-")
    return "stdin" if image == "-" else Path(image).stem


def _say(subject: Subject, outputs: list[LayerOutput]) -> None:
    if subject.weights == "random":
        console.note(f"{subject.name} is not trained: these are its seeded random weights.")
    if subject.doubt is not None:
        console.warn(subject.doubt)
    dying = [output for output in outputs if output.dead]
    if dying:
        counts = [f"{each.name} {len(each.dead)} of {each.shape[2]}" for each in dying]
        more = f", and in {len(counts) - 4} more layers" if len(counts) > 5 else ""
        listed = counts[:4] if more else counts
        console.note(f"Maps that are zero everywhere for this image: {', '.join(listed)}{more}.")


def _document(subject: Subject, image: str, outputs: list[LayerOutput]) -> dict[str, Any]:
    return {
        "schema": "cnncli.features/1",
        "model": subject.name,
        "weights": subject.weights,
        "image": image,
        "resize": subject.resize,
        "layers": [
            {
                "name": output.name,
                "type": output.type,
                "shape": output.shape,
                "min": output.limits[0],
                "max": output.limits[1],
                "dead": output.dead,
            }
            for output in outputs
        ],
    }


def _write(
    outputs: list[LayerOutput], title: str, units: Units, maps: int | None, place: Destination
) -> None:
    from cnncli.commands.shared.outputs import writing

    if place.suffix == ".npz":
        import numpy as np

        with writing(place) as path, path.open("wb") as file:
            np.savez(file, **{output.name: output.values for output in outputs})  # type: ignore[arg-type]
        return
    with console.status("Drawing"):
        drawn = _sheet(outputs, title, units, maps)
    with writing(place) as path:
        drawn.save(path, format=place.suffix[1:].upper())


def _drawn(
    outputs: list[LayerOutput], subject: Subject, pixels: np.ndarray, *, is_all: bool
) -> list[LayerOutput]:
    """Return what stands on the sheet: the image first, and of all layers those that change it."""
    from cnncli.teaching.feature_maps import LayerOutput, repeats

    idle = [output.name for output in repeats(outputs)] if is_all else []
    if idle:
        listed = ", ".join(idle)
        console.note(f"Not drawn, as they pass on what they get: {listed}. --layer draws them.")
        outputs = [output for output in outputs if output.name not in idle]
    if any(output.is_input for output in outputs):
        return outputs
    return [LayerOutput(subject.model.layers[0].name, "InputLayer", pixels, True), *outputs]


def _sheet(outputs: list[LayerOutput], title: str, units: Units, maps: int | None) -> Any:
    from cnncli.network.preprocessing import what_it_does
    from cnncli.render.pictures.feature_maps import Section, sheet

    sections = [
        Section(
            name=output.name,
            type=what_it_does(output.name, output.type) or output.type,
            values=output.values,
            limits=output.limits,
            dead=frozenset(output.dead),
            is_picture=output.is_input,
            labels=units.get(output.name, ()),
        )
        for output in outputs
        if output.is_drawable
    ]
    left_out = [output.name for output in outputs if not output.is_drawable]
    if left_out:
        console.note(f"Neither map nor vector, so not drawn: {', '.join(left_out)}.")
    made = sheet(title, sections, maps)
    most = max((output.shape[2] for output in outputs if output.has_maps), default=0)
    if maps is None and most > made.maps:
        console.note(f"Drawn: at most {made.maps} maps of a layer; --layer or --maps draws more.")
    return made.image
