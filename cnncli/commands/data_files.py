"""What `cnncli data` writes: a contact sheet, the pixels as an array, augmented images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnncli import console
from cnncli.data.report import Report
from cnncli.errors import UsageError


def contact_sheet(report: Report, output: Path, *, force: bool) -> None:
    """Draw some images of each class."""
    from cnncli.commands import pictures
    from cnncli.render.data_sheet import contact_sheet

    place = pictures.destination(output, force, "data.png")
    pictures.write(contact_sheet(report), place)


def array(report: Report, given: dict[str, Any]) -> None:
    """Write the pixels as the network takes them, and beside them the files and labels."""
    from cnncli.commands.outputs import choose, writing
    from cnncli.commands.training_hooks import progress
    from cnncli.data import dataset, export

    path = given["array"]
    if path.suffix != ".npy":
        raise UsageError(f"--array {path}: the ending is .npy")
    pixels = choose(path, force=given["force"], default="data.npy")
    table = choose(path.with_suffix(".csv"), force=given["force"], default="data.csv")
    target = _target(given)
    with progress("Reading images") as show:
        read = dataset.load(report.index, target, cache=not given["no_cache"], progress=show)
    for note in dataset.notes(read):
        console.note(note + ".")
    with writing(pixels) as file:
        export.write_array(read, file)
    with writing(table) as file:
        export.write_table(read, file)


def augmented(report: Report, given: dict[str, Any]) -> None:
    """Draw some images, and what the augmentation of the spec makes of them."""
    from cnncli.commands import pictures
    from cnncli.commands.keras_session import keras
    from cnncli.data.scan import pixels_of
    from cnncli.render.data_sheet import augmented_sheet, sample_rows
    from cnncli.training.augmentation import examples, notes

    place = pictures.destination(given["augmented"], given["force"], "augmented.png")
    spec = _spec(given)
    if not spec.training.augmentation:
        raise UsageError(
            f"{spec.name} has no augmentation",
            hint="Say one: --augment '[RandomFlip, RandomRotation: {factor: 0.1}]'",
        )
    for note in notes(spec):
        console.note(note)
    keras()
    chosen = [report.items[row] for row in sample_rows(report, 6)]
    pixels = pixels_of(chosen, _target(given))
    pictures.write(augmented_sheet(chosen, pixels, examples(spec, pixels, 6)), place)


def _target(given: dict[str, Any]) -> Any:
    from cnncli.commands.data_options import value_range
    from cnncli.training.begin import target_of

    return target_of(_spec(given), value_range(given["value_range"]))


def _spec(given: dict[str, Any]) -> Any:
    from cnncli.commands.architectures import architecture

    overrides = [*(given["set_"] or ())]
    if given["augment"] is not None:
        overrides.append(f"training.augmentation={given['augment']}")
    resolved = architecture(given["arch"], given["param"], overrides)
    if resolved.spec is None:
        raise UsageError(
            f"{given['arch']} says nothing of how images are prepared; a spec does",
            hint=f"Make one of it: cnncli import {given['arch']} -o model.yaml",
        )
    return resolved.spec
