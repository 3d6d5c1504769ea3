"""What `cnncli data` writes: a contact sheet, the pixels as an array, augmented images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnncli import console
from cnncli.commands.shared import data_options, pictures
from cnncli.commands.shared.outputs import STDOUT, Destination, choose, writing
from cnncli.data.report import Report
from cnncli.errors import UsageError
from cnncli.images.prepare import Colour, Range, Target
from cnncli.spec.model import Spec


@dataclass(frozen=True)
class Asked:
    """The files that were asked for, by the options that name them."""

    sheet: Path | None = None
    array: Path | None = None
    augmented: Path | None = None
    force: bool = False
    json: bool = False


@dataclass(frozen=True)
class Network:
    """The network that says how pixels and augmented images come about."""

    arch: str = "lesson"
    param: Sequence[str] | None = None
    set_: Sequence[str] | None = None
    augment: str | None = None
    value_range: Range | None = None
    background: Colour | None = None

    def spec(self) -> Spec:
        """Return its spec; UsageError where it has none, as then nothing is said of images."""
        from cnncli.commands.shared.architectures import architecture

        options = []
        if self.augment is not None:
            options.append(f"training.augmentation={data_options.things(self.augment)}")
        resolved = architecture(self.arch, self.param, self.set_, options=options)
        if resolved.spec is None:
            raise UsageError(
                f"{self.arch} says nothing of how images are prepared; a spec does",
                hint=f"Make one of it: cnncli import {self.arch} -o model.yaml",
            )
        return resolved.spec


@dataclass(frozen=True)
class Wanted:
    """Where each file that was asked for goes; None for those that were not.

    `network` says how pixels and augmented images come about, `target` what it takes, `piped`
    tells that a picture is the whole of standard output.
    """

    network: Spec | None = None
    target: Target | None = None
    sheet: Destination | None = None
    pixels: Destination | None = None
    table: Destination | None = None
    augmented: Destination | None = None
    piped: bool = False


def wanted(asked: Asked, network: Network) -> Wanted:
    """Try all places, and the network, before any image is read."""
    _refuse(asked)
    spec = network.spec() if asked.array is not None or asked.augmented is not None else None
    if asked.augmented is not None and spec is not None and not spec.training.augmentation:
        raise UsageError(
            f"{spec.name} has no augmentation",
            hint="Say one: --augment '[RandomFlip, RandomRotation: {factor: 0.1}]'",
        )
    return Wanted(
        spec,
        _target(spec, network) if spec is not None else None,
        _picture(asked.sheet, asked, "data.png"),
        _beside(asked, ".npy"),
        _beside(asked, ".csv"),
        _picture(asked.augmented, asked, "augmented.png"),
        STDOUT in (asked.sheet, asked.augmented),
    )


def _refuse(asked: Asked) -> None:
    """Raise UsageError for files that exclude each other or have the wrong ending."""
    pictures.alone(asked.sheet, json=asked.json, augmented=asked.augmented == STDOUT)
    pictures.alone(asked.augmented, json=asked.json)
    if asked.array is not None and asked.array.suffix != ".npy":
        raise UsageError(f"--array {asked.array}: the ending is .npy")


def _picture(path: Path | None, asked: Asked, default: str) -> Destination | None:
    return pictures.destination(path, asked.force, default) if path is not None else None


def _beside(asked: Asked, suffix: str) -> Destination | None:
    if asked.array is None:
        return None
    path = asked.array.with_suffix(suffix)
    return choose(path, force=asked.force, default=f"data{suffix}")


def write(report: Report, wanted: Wanted, *, cache: bool) -> None:
    """Write what was asked for."""
    if wanted.sheet is not None:
        from cnncli.render.pictures.data_sheet import contact_sheet

        pictures.write(contact_sheet(report), wanted.sheet)
    if wanted.network is None or wanted.target is None:
        return
    if wanted.pixels is not None and wanted.table is not None:
        _array(report, wanted.target, wanted.pixels, wanted.table, cache=cache)
    if wanted.augmented is not None:
        _augmented(report, wanted.network, wanted.target, wanted.augmented)


def _array(
    report: Report, target: Target, pixels: Destination, table: Destination, *, cache: bool
) -> None:
    from cnncli.commands.shared.progress import progress
    from cnncli.data import dataset, export

    with progress("Reading images") as show:
        read = dataset.load(report.index, target, cache=cache, progress=show)
    for note in dataset.notes(read):
        console.note(note + ".")
    with writing(pixels) as file:
        export.write_array(read, file)
    with writing(table) as file:
        export.write_table(read, file)


def _augmented(report: Report, spec: Spec, target: Target, place: Destination) -> None:
    from cnncli.commands.shared.keras_session import keras
    from cnncli.data.scan import pixels_of
    from cnncli.render.pictures.data_sheet import augmented_sheet, sample_rows
    from cnncli.training.augmentation import examples, notes

    for note in notes(spec):
        console.note(note)
    keras()
    chosen = [report.items[row] for row in sample_rows(report, 6)]
    pixels = pixels_of(chosen, target)
    pictures.write(augmented_sheet(chosen, pixels, examples(spec, pixels, 6)), place)


def _target(spec: Spec, network: Network) -> Target:
    from cnncli.training.begin import target_of

    return target_of(spec, network.value_range, network.background)
