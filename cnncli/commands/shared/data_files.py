"""What `cnncli data` writes: a contact sheet, the pixels as an array, augmented images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cnncli import console
from cnncli.commands.shared import data_options, pictures
from cnncli.commands.shared.outputs import STDOUT, Destination, choose, writing
from cnncli.data.report import Report
from cnncli.errors import UsageError


@dataclass(frozen=True)
class Wanted:
    """Where each file that was asked for goes; None for those that were not.

    `spec` is the network that says how pixels and augmented images come about, `target` what it
    takes, `piped` tells that
    a picture is the whole of standard output.
    """

    spec: Any = None
    target: Any = None
    sheet: Destination | None = None
    pixels: Destination | None = None
    table: Destination | None = None
    augmented: Destination | None = None
    piped: bool = False


def wanted(given: dict[str, Any]) -> Wanted:
    """Try all places, and the network, before any image is read."""
    force, array = given["force"], given["array"]
    pictures.alone(given["output"], json=given["json"], augmented=given["augmented"] == STDOUT)
    pictures.alone(given["augmented"], json=given["json"])
    if given["augment"] is not None and given["augmented"] is None:
        raise UsageError("--augment is for --augmented FILE.png, which draws what it does")
    if array is not None and array.suffix != ".npy":
        raise UsageError(f"--array {array}: the ending is .npy")

    def picture(option: str, default: str) -> Destination | None:
        path = given[option]
        return pictures.destination(path, force, default) if path is not None else None

    def beside(suffix: str) -> Destination | None:
        if array is None:
            return None
        return choose(array.with_suffix(suffix), force=force, default=f"data{suffix}")

    spec = _spec(given) if array is not None or given["augmented"] is not None else None
    return Wanted(
        spec,
        _target(spec, given) if spec is not None else None,
        picture("output", "data.png"),
        beside(".npy"),
        beside(".csv"),
        picture("augmented", "augmented.png"),
        STDOUT in (given["output"], given["augmented"]),
    )


def write(report: Report, wanted: Wanted, given: dict[str, Any]) -> None:
    """Write what was asked for."""
    if wanted.sheet is not None:
        from cnncli.render.pictures.data_sheet import contact_sheet

        pictures.write(contact_sheet(report), wanted.sheet)
    if wanted.pixels is not None and wanted.table is not None:
        _array(report, wanted.target, wanted.pixels, wanted.table, cache=not given["no_cache"])
    if wanted.augmented is not None:
        _augmented(report, wanted.spec, wanted.target, wanted.augmented)


def _array(
    report: Report, target: Any, pixels: Destination, table: Destination, *, cache: bool
) -> None:
    from cnncli.commands.shared.training_hooks import progress
    from cnncli.data import dataset, export

    with progress("Reading images") as show:
        read = dataset.load(report.index, target, cache=cache, progress=show)
    for note in dataset.notes(read):
        console.note(note + ".")
    with writing(pixels) as file:
        export.write_array(read, file)
    with writing(table) as file:
        export.write_table(read, file)


def _augmented(report: Report, spec: Any, target: Any, place: Destination) -> None:
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


def _target(spec: Any, given: dict[str, Any]) -> Any:
    from cnncli.training.begin import target_of

    return target_of(spec, data_options.value_range(given["value_range"]))


def _spec(given: dict[str, Any]) -> Any:
    from cnncli.commands.shared.architectures import architecture

    overrides = [*(given["set_"] or ())]
    if given["augment"] is not None:
        overrides.append(f"training.augmentation={data_options.things(given['augment'])}")
    resolved = architecture(given["arch"], given["param"], overrides)
    if resolved.spec is None:
        raise UsageError(
            f"{given['arch']} says nothing of how images are prepared; a spec does",
            hint=f"Make one of it: cnncli import {given['arch']} -o model.yaml",
        )
    if given["augmented"] is not None and not resolved.spec.training.augmentation:
        raise UsageError(
            f"{resolved.spec.name} has no augmentation",
            hint="Say one: --augment '[RandomFlip, RandomRotation: {factor: 0.1}]'",
        )
    return resolved.spec
