"""What a run that begins with the weights of another one takes over from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.commands.shared.data_options import Division
from cnncli.commands.shared.training_request import NewRun
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.runs.directory import RunDirectory
    from cnncli.training.begin import Request
    from cnncli.training.images import Options

NOTHING = "there is nothing to train on: name a folder of images, or --resume RUN"


def with_parent(wanted: NewRun) -> tuple[NewRun, RunDirectory | None]:
    """Return what was asked for, with the network of its parent if none was named, and the parent.

    Raises UsageError where there is nothing to train on, ModelError where there is no parent.
    """
    from cnncli.runs.descent import parent_of
    from cnncli.training import initial

    if wanted.init is not None:
        initial.check(wanted.init)
    parent = parent_of(wanted.init)
    if parent is None:
        if not wanted.source.data:
            raise UsageError(NOTHING)
        return wanted, None
    if wanted.recipe.arch is None and not wanted.recipe.pretrained:
        number = len(parent.read_record().get("phases", ()))
        too = f", with its {number} phases (none by --set training.phases=null)" if number else ""
        console.note(f"Network: that of {parent.path} (another by --arch){too}.")
        recipe = replace(wanted.recipe, arch=str(parent.path))
        wanted = replace(wanted, recipe=recipe)
    return wanted, parent


def taken_over(request: Request, parent: RunDirectory, wanted: NewRun) -> Request:
    """Return a request with the images and the split of its parent, where none are given."""
    about = parent.read_record()
    if not wanted.source.data:
        console.note(f"Images: those of {parent.path}, {about['data']['path']} (others by DATA).")
        request = _with_images(request, about)
    elif not _same_folder(request.data, about["data"]["path"]):
        return request
    if wanted.division != Division():
        return request
    console.note(f"Split: that of {parent.path} (another by --split, --split-seed, --folds).")
    options = request.options
    split = replace(options.split, source=parent.path)
    return replace(request, options=replace(options, split=split))


def _with_images(request: Request, about: Mapping[str, Any]) -> Request:
    from cnncli.data.labels import Labels

    data = about["data"]
    table = data["labels"]
    recorded = Labels(Path(table[0]), *table[1:]) if table is not None else None
    return replace(
        request,
        data=data["path"],
        labels=request.labels or recorded,
        options=_options(request.options, data),
    )


def _options(options: Options, data: Mapping[str, Any]) -> Options:
    from cnncli.data.classing import PLAIN, recorded

    taken = data["options"]
    decided = data.get("corrections")
    return replace(
        options,
        classing=recorded(taken) if options.classing == PLAIN else options.classing,
        positive=options.positive or taken["positive"],
        value_range=options.value_range or _tuple(taken["value_range"]),
        background=options.background or _tuple(taken.get("background")),
        corrections=options.corrections or (Path(decided["path"]) if decided else None),
    )


def _same_folder(one: str, other: str) -> bool:
    return one == other or Path(one).resolve() == Path(other).resolve()


def _tuple(value: Any) -> Any:
    return tuple(value) if value else None
