"""What `cnncli filters` shows: a picture, JSON, a file of weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.commands.shared import outputs, pictures
from cnncli.commands.shared.architectures import layer_names, run_or_architecture
from cnncli.errors import CnncliError, DataError, UsageError
from cnncli.evaluation.listing import Source, sources
from cnncli.images.reader import is_there, read
from cnncli.images.samples import PREFIX, is_sample
from cnncli.network.results import refuse_unknown
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

    from cnncli.evaluation.exciting import Excited
    from cnncli.evaluation.filters import Filters
    from cnncli.evaluation.subject import Subject
    from cnncli.network.preparation import Preparation
    from cnncli.render.pictures import filters as picture

FORMATS = (".png", ".pdf")
DRAWN = 64  # filters of a layer on a picture
WRITTEN = 10_000  # weights of a layer in a JSON document
SILENT = "0 in all images: nothing excites it."
Top = dict[str, list[list["Excited"]]]


@dataclass(frozen=True)
class Asked:
    """What was asked for, and where it goes."""

    model: str
    data: str | None
    layers: Sequence[str]
    indices: Sequence[int]
    count: int
    raw: Path | None
    as_json: bool
    output: Path | None
    force: bool

    def check(self) -> None:
        """Raise UsageError where two want standard input or output."""
        if self.model == self.data == "-":
            raise UsageError("standard input is one thing: a spec or an image")
        pictures.alone(self.output, json=self.as_json, raw=self.raw == outputs.STDOUT)
        if self.raw == outputs.STDOUT and self.as_json:
            raise UsageError("--raw - and --json both want standard output")

    def places(self) -> tuple[outputs.Destination | None, outputs.Destination | None]:
        """Return where the weights and the picture go, where they are wanted."""
        raw = drawn = None
        if self.raw is not None:
            raw = pictures.destination(self.raw, self.force, "filters.npz", (".npz",))
        if self.output is not None or not (self.as_json or self.raw):
            stem = "spec" if self.model == "-" else Path(self.model).stem.replace(":", "-")
            default = f"{stem or 'model'}-filters.png"
            drawn = pictures.destination(self.output, self.force, default, FORMATS)
        return raw, drawn


@dataclass
class Images:
    """The images of DATA as a network takes them; those that cannot be read are told and left."""

    subject: Subject
    found: Sequence[Source]
    failed: int = field(default=0)

    def __iter__(self) -> Iterator[tuple[str, np.ndarray]]:
        from cnncli.commands.shared.progress import progress

        with progress("Looking") as show:
            for number, source in enumerate(self.found):
                show(number, len(self.found))
                try:
                    yield source.file, self.pixels(source)
                except CnncliError as error:
                    self.failed += 1
                    console.error(error)

    def pixels(self, source: Source) -> np.ndarray:
        """Return what goes into the network, uint8."""
        from cnncli.evaluation import subject as subjects

        if source.source is None:
            raise DataError(f"{source.file}: {source.error}")
        return subjects.pixels(self.subject, read(source.source, name=source.file))

    def of(self, names: set[str]) -> dict[str, np.ndarray]:
        """Return the pixels of some by their names."""
        return {each.file: self.pixels(each) for each in self.found if each.file in names}


def show(asked: Asked, fed: Preparation, param: list[str] | None, set_: list[str] | None) -> bool:
    """Show it; returns whether all images could be read."""
    from cnncli.commands.shared.keras_session import keras
    from cnncli.evaluation import subject as subjects
    from cnncli.evaluation.filters import filters

    raw, drawn = asked.places()
    architecture = run_or_architecture(asked.model, param, set_)
    # What feeds a network of others puts layers in front of its own.
    names = layer_names(asked.model, architecture) if asked.layers and not fed.feeds else None
    if names is not None:
        refuse_unknown(asked.layers, names)
    found = list(sources([asked.data])) if asked.data is not None else []
    _refuse_missing(found)
    keras()
    with console.status("Loading the network"):
        subject = subjects.load(asked.model, architecture, fed)
        chosen, known = filters(subject.model, asked.layers)
    for each in chosen:
        for index in asked.indices:
            each.check(index, f"--filter {index}")
    _say(subject, chosen, known, asked)
    images = Images(subject, found)
    top = _top(subject, chosen, images, asked.count) if found else {}
    if raw is not None:
        _write_raw(asked, chosen, raw)
    if asked.as_json:
        console.json_result(_document(asked, subject, chosen, top))
    if drawn is not None:
        _draw(asked, subject, chosen, top, images, drawn)
    if images.failed:
        console.warn(f"{counted(images.failed, 'image')} could not be read")
    return not images.failed


def _refuse_missing(found: Sequence[Source]) -> None:
    """Raise DataError where no image is there at all, before a network is loaded for it."""
    if not found or any(each.source is not None and is_there(each.source) for each in found):
        return
    first = found[0]
    if first.source is None:
        raise DataError(f"{first.file}: {first.error}")
    read(first.source, name=first.file)


def _say(subject: Subject, chosen: Sequence[Filters], known: Sequence[str], asked: Asked) -> None:
    if subject.weights == "random":
        console.note(f"{subject.name} is not trained: these are its seeded random weights.")
    if subject.doubt is not None and asked.data is not None:
        console.warn(subject.doubt)
    if not asked.layers and len(known) > 1:
        others = ", ".join(known[1:6]) + (", ..." if len(known) > 6 else "")
        console.note(f"{chosen[0].name}, the first of {len(known)} convolutions; --layer: {others}")


def _top(subject: Subject, chosen: Sequence[Filters], images: Images, count: int) -> Top:
    from cnncli.evaluation.exciting import exciting

    top = exciting(subject.model, chosen, images, count)
    if images.failed == len(images.found):
        raise DataError("no image could be read")
    return top


def _indices(asked: Asked, each: Filters) -> list[int]:
    return sorted(set(asked.indices)) or list(range(len(each.kernels)))


def _write_raw(asked: Asked, chosen: Sequence[Filters], place: outputs.Destination) -> None:
    import numpy as np

    with outputs.writing(place) as path, path.open("wb") as file:
        np.savez(file, **{each.name: each.kernels[_indices(asked, each)] for each in chosen})  # type: ignore[arg-type]


def _document(
    asked: Asked, subject: Subject, chosen: Sequence[Filters], top: Top
) -> dict[str, Any]:
    return {
        "schema": "cnncli.filters/1",
        "model": subject.name,
        "weights": subject.weights,
        "layers": [
            {
                "name": each.name,
                "type": each.type,
                "kernel_size": list(each.kernels.shape[1:3]),
                "inputs": each.inputs,
                "count": len(each.kernels),
                "filters": [_one(each, index, top) for index in _indices(asked, each)],
            }
            for each in chosen
        ],
    }


def _one(each: Filters, index: int, top: Top) -> dict[str, Any]:
    kernel = each.kernels[index]
    said = {
        "index": index,
        "norm": float(each.norms[index]),
        "mean": float(kernel.mean()),
        "min": float(kernel.min()),
        "max": float(kernel.max()),
        "bias": float(each.biases[index]) if each.biases is not None else None,
        "weights": kernel if each.kernels.size <= WRITTEN else None,
    }
    if top:
        said["top"] = [
            {
                "file": one.image,
                "value": one.value,
                "row": one.row,
                "column": one.column,
                "box": one.box._asdict() if one.box is not None else None,
            }
            for one in top[each.name][index]
        ]
    return said


def _draw(
    asked: Asked,
    subject: Subject,
    chosen: Sequence[Filters],
    top: Top,
    images: Images,
    place: outputs.Destination,
) -> None:
    from cnncli.render.pictures import filters as picture

    drawn = {each.name: _indices(asked, each)[:DRAWN] for each in chosen}
    for each in chosen:
        if len(_indices(asked, each)) > DRAWN:
            console.note(
                f"{each.name} has {len(each.kernels)} filters; drawn are the first {DRAWN}. "
                "--filter N draws others, --json and --raw hold all."
            )
    names = {one.image for name in top for i in drawn[name] for one in top[name][i]}
    pixels = images.of(names) if names else {}
    layers = [_layer(each, drawn[each.name], top, pixels) for each in chosen]
    title = f"Filters of {subject.name} ({subject.weights} weights)"
    if asked.data is not None:
        title += f", and what excites them in {asked.data}"
    with console.status("Drawing"):
        sheet = picture.sheet(title, layers)
    with outputs.writing(place) as path:
        sheet.save(path, format=place.suffix[1:].upper())


def _short(image: str) -> str:
    """Return the name of an image without its folder; of a sample, without what all begin with."""
    return image.removeprefix(PREFIX) if is_sample(image) else Path(image).name


def _layer(
    each: Filters, indices: Sequence[int], top: Top, pixels: dict[str, np.ndarray]
) -> picture.Layer:
    from cnncli.render.pictures import filters as picture

    rows, columns = each.kernels.shape[1:3]
    channels = counted(each.inputs, "input channel")
    line = f"{each.type}, {counted(len(each.kernels), 'filter')} of {rows} × {columns}, {channels}"
    norms, shown = each.norms, []
    for index in indices:
        excited = top[each.name][index] if top else []
        thumbs = [
            picture.Thumb(_short(one.image), one.value, pixels[one.image], one.box)
            for one in excited
        ]
        bias = float(each.biases[index]) if each.biases is not None else None
        silent = SILENT if top and not excited else ""
        kernel = each.kernels[index]
        shown.append(picture.Filter(index, kernel, float(norms[index]), bias, thumbs, silent))
    largest = float(abs(each.kernels).max())
    in_colour = each.is_first and each.inputs == 3
    return picture.Layer(
        each.name, line, shown, largest if math.isfinite(largest) else 1, in_colour
    )
