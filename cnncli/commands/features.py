"""`cnncli features`: what each layer of a network makes of an image."""

from __future__ import annotations

from enum import StrEnum
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
    from collections.abc import Sequence

    import numpy as np

    from cnncli.commands.shared.outputs import Destination
    from cnncli.evaluation.subject import Subject
    from cnncli.render.pictures.feature_maps import Sheet
    from cnncli.teaching.feature_maps import LayerOutput

FORMATS = (".png", ".pdf", ".npz")


class Scale(StrEnum):
    """What shares one scale of colours."""

    LAYER = "layer"
    MAP = "map"


DRAWN = When(
    lambda given: (
        Path(given["output"]).suffix != ".npz"
        if given["output"] is not None
        else not given["as_json"]
    ),
    "where no sheet is drawn: a .npz file and --json hold all maps",
)
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
        DRAWN,
    ] = None,
    scale: Annotated[
        Scale,
        typer.Option(
            help="What has one scale of colours: all maps of a layer, which can then be compared, "
            "or each map, so that faint ones are seen as well."
        ),
        DRAWN,
    ] = Scale.LAYER,
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

    The image is prepared just as for training and prediction. A map that is zero everywhere is
    crossed out. The ending of -o chooses: a contact sheet (.png, .pdf), which begins with the
    image as it goes in, or all values (.npz, an array for each layer); without it,
    PHOTO-features.png. What is longer than a page becomes several (PHOTO-features-1.png,
    PHOTO-features-2.png, of a .pdf all in one). Without --layer, the sheet leaves out layers that
    change nothing (dropout).

    \b
    Examples:
      cnncli features lesson sample:mri
      cnncli features runs/lesson-20261123-142501 xray.png -l conv2d -l conv2d_1
      cnncli features lesson sample:mri --scale map -o maps.pdf
      cnncli features lesson sample:portrait -o maps.npz
      cnncli features applications:MobileNetV2 sample:flower --layer Conv1 --json
    """
    from cnncli.commands.shared.architectures import layer_names, run_or_architecture
    from cnncli.commands.shared.keras_session import keras
    from cnncli.commands.shared.numbers import interval
    from cnncli.commands.shared.pages import places
    from cnncli.evaluation import subject as subjects
    from cnncli.images.reader import read
    from cnncli.network.results import refuse_unknown
    from cnncli.teaching.feature_maps import feature_maps

    if model == image == "-":
        raise UsageError("standard input is one thing: a spec or an image")
    pictures.alone(output, json=as_json)
    place, default = None, f"{_stem(image)}-features.png"
    if output is not None or not as_json:
        place = pictures.destination(output, force, default, FORMATS)
    architecture = run_or_architecture(model, param, set_)
    wanted = interval(value_range, "--range") if value_range is not None else None
    fed = trained.preparation(input_range, standardize, prepare)
    # What feeds a network of others puts layers in front of its own.
    names = layer_names(model, architecture) if layer and not fed.feeds else None
    if layer and names is not None:
        refuse_unknown(layer, names)
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
        if place.suffix == ".npz":
            _store(outputs, place)
            return
        outputs = _drawn(outputs, subject, pixels, is_all=layer is None)
        sheet = _sheet(outputs, title, {last: subject.units}, maps, scale)
        pages = len(sheet.parts)
        _write(
            sheet,
            [place]
            if pages == 1
            else places(output, default, pages, force=force, what="These maps"),
        )


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


def _store(outputs: list[LayerOutput], place: Destination) -> None:
    import numpy as np

    from cnncli.commands.shared.outputs import writing

    with writing(place) as path, path.open("wb") as file:
        np.savez(file, **{output.name: output.values for output in outputs})  # type: ignore[arg-type]


def _write(sheet: Sheet, places: Sequence[Destination]) -> None:
    from cnncli.commands.shared.pages import Pages

    with console.status("Drawing"), Pages(places) as pages:
        for page in sheet.pages():
            pages.write(page)


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


def _sheet(
    outputs: list[LayerOutput], title: str, units: Units, maps: int | None, scale: Scale
) -> Sheet:
    from cnncli.network.preprocessing import what_it_does
    from cnncli.render.pictures.feature_layout import Section
    from cnncli.render.pictures.feature_maps import sheet

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
    made = sheet(title, sections, maps, own_scales=scale is Scale.MAP)
    most = max((output.shape[2] for output in outputs if output.has_maps), default=0)
    if maps is None and most > made.maps:
        console.note(f"Drawn: at most {made.maps} maps of a layer; --layer or --maps draws more.")
    return made
