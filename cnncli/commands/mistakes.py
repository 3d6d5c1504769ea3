"""`cnncli mistakes`: which images a network takes for another class, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnncli import console, csv_text
from cnncli.commands.shared import crossed, seen_before, trained
from cnncli.commands.shared import suspects as doubtful
from cnncli.commands.shared.applies import Needs, NotWith
from cnncli.commands.shared.options import ForceOption, JsonOption, OutputOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.commands.shared.outputs import Destination
    from cnncli.evaluation.evaluate import Evaluated, Request
    from cnncli.explain.sanity_file import SanityFile
    from cnncli.reporting.mistakes import Found, Wrong
    from cnncli.reporting.parts import Mistake

    Look = Callable[[Sequence[Wrong]], tuple[list[Mistake], list[str]]]

ENDINGS = (".html", ".htm", ".png", ".csv")
MOST = 48  # mistakes that are explained


def mistakes(
    model: trained.ModelOrFoldsArgument,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Other images; else the run's own test part."),
    ] = None,
    data_moved: Annotated[
        str | None,
        typer.Option(
            "--data", metavar="DATA", help="Where the images of the run are, if they moved."
        ),
        NotWith("data", hint="DATA names other images; --data says where those of the run are."),
    ] = None,
    each: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help=f"Explain so many of each kind of mistake (at most {MOST})."
        ),
        NotWith("suspects"),
        Needs("output"),
        NotWith("suspects"),
    ] = 6,
    suspects: Annotated[
        bool,
        typer.Option("--suspects", help="Of a cross-validation: labels that may be wrong."),
        NotWith("data"),
    ] = False,
    json_: JsonOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Show which images a network takes for another class, the surest mistakes first.

    Without -o they are listed. A page (.html) or a picture (.png) shows the surest of each pair
    of classes with what spoke for the answer, the verdicts on that, and the training images that
    are nearest in the network's features; .csv is the list. Looking at the mistakes of the test
    part counts as a look at it. Of the DIR of `cnncli crossval` they are those among all images,
    each with the network of its own fold.

    --suspects ranks the labels of a cross-validation by how likely they are wrong (confident
    learning). In the table (.csv), or on the page (.html), a person decides on each: keep, drop or
    relabel; `train` and `crossval` obey that by --corrections.

    \b
    Examples:
      cnncli mistakes runs/lesson-20261123-142501
      cnncli mistakes runs/lesson-20261123-142501 -o mistakes.html
      cnncli mistakes runs/lesson-20261123-142501 others/ -o mistakes.csv
      cnncli mistakes cv -o mistakes.html
      cnncli mistakes cv --suspects -o suspects.html
    """
    from cnncli.commands.shared.explained_mistakes import known_sanity
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.evaluation.evaluate import Request
    from cnncli.evaluation.evaluate import evaluate as measure
    from cnncli.reporting.mistakes import find

    if suspects:
        to = _place(output, force=force, default="suspects.html")
        doubtful.check(model, data_moved, to)
        doubtful.answer(model, data_moved, to, as_json=json_)
        return
    if crossed.is_crossval(model):
        crossed.refuse(model, {"DATA": (data, crossed.ONE)})
        _of_folds(Path(model), data_moved, _place(output, force=force), each, as_json=json_)
        return
    trained.refuse_exported(model, "its features and gradients are not to be had")
    trained.check(model)
    to = _place(output, force=force)
    request = Request(model, data, moved=data_moved, command="mistakes")
    kept = known_sanity(model)
    made = measure(request, hooks())
    seen_before.warn(made, "mistakes may be fewer than on others")
    found = find(made)
    _answer(
        model, found, partial(_looked_at, made=made, request=request, kept=kept), to, each, json_
    )


def _of_folds(
    path: Path, moved: str | None, to: Destination | None, each: int, *, as_json: bool
) -> None:
    """Answer for a cross-validation: each image by the network of its own fold."""
    from cnncli.commands.shared.crossed_mistakes import look_at
    from cnncli.reporting.mistakes import find
    from cnncli.tuning import measured

    made = measured.measure(path)
    measured.look(made, "mistakes")
    found = find(made, made.tested.fold_of)
    _answer(str(path), found, partial(look_at, path=path, moved=moved), to, each, as_json)


def _answer(
    name: str, found: Found, look: Look, to: Destination | None, each: int, as_json: bool
) -> None:
    if to is not None:
        _write(name, found, look, to, each)
    if as_json:
        _document(found)
    elif to is None:
        _show(found)


def _place(
    output: Path | None, *, force: bool, default: str = "mistakes.html"
) -> Destination | None:
    """Return where to write, if anywhere; UsageError for a kind of file that there is not."""
    from cnncli.commands.shared.outputs import choose

    if output is None:
        return None
    to = choose(output, force=force, default=default)
    if to.suffix not in ENDINGS:
        raise UsageError(
            f'mistakes cannot be written as "{to.suffix}"', hint=f"There are {', '.join(ENDINGS)}."
        )
    return to


def _write(name: str, found: Found, look: Look, to: Destination, each: int) -> None:
    from cnncli.commands.shared.outputs import writing
    from cnncli.files import write_text
    from cnncli.reporting.mistakes import report
    from cnncli.reporting.words import listed

    if to.suffix == ".csv":
        with writing(to) as path:
            write_text(path, _csv(found))
        return
    from cnncli.render.pictures.explanations import IMAGES

    is_page = to.suffix != ".png"
    chosen = found.chosen(each, MOST if is_page else IMAGES)
    if len(chosen) < len(found.wrong):
        console.note(
            f"{len(chosen):,} of {len(found.wrong):,} mistakes are explained, the surest of each "
            "kind: --each N takes more or fewer."
        )
    looked, unchecked = look(chosen)
    with writing(to) as path:
        if is_page:
            from cnncli.render.pages.report_page import page

            write_text(path, page(report(name, found, looked, unchecked)))
        elif looked:
            from cnncli.render.pictures.mistakes import draw

            draw(f"Mistakes of {name}, the surest of each kind", looked, path)
        else:
            raise UsageError("there is no mistake to draw", hint="A page says so: -o FILE.html")
    if unchecked:
        console.note(
            f"Not checked whether it depends on what was learnt: {listed(unchecked)}. "
            "cnncli explain RUN IMAGE --sanity checks it."
        )


def _looked_at(
    chosen: Sequence[Wrong], made: Evaluated, request: Request, kept: SanityFile | None
) -> tuple[list[Mistake], list[str]]:
    from cnncli.commands.shared.explained_mistakes import look_at
    from cnncli.evaluation.evaluate import listed

    if not chosen:
        return [], []
    sources = {item.file: item.source for item in listed(request, made.trained.run).items}
    return look_at(chosen, made.trained, sources, request.moved, kept)


def _csv(found: Found) -> str:
    from cnncli.runs.record import number

    header = ("file", "label", "predicted", "probability")
    rows = [(one.file, one.label, one.predicted, number(one.probability)) for one in found.wrong]
    if not found.crossed:
        return csv_text.lines([header, *rows])
    pairs = zip(rows, found.wrong, strict=True)
    return csv_text.lines([(*header, "fold"), *((*row, str(one.fold)) for row, one in pairs)])


def _document(found: Found) -> None:
    console.json_result(
        {
            "schema": "cnncli.mistakes/1",
            "data": found.data,
            "part": found.part,
            "images": found.images,
            "kinds": [
                {"label": label, "predicted": predicted, "images": number}
                for (label, predicted), number in found.kinds
            ],
            "mistakes": [asdict(one) for one in found.wrong],
        }
    )


def _show(found: Found) -> None:
    from cnncli.render.terminal import table as tables
    from cnncli.render.terminal.mistakes import kinds, listed
    from cnncli.reporting.mistakes import heading

    if found.wrong:
        tables.show(listed(found))
        console.result("")
        tables.show(kinds(found))
        console.result("")
    console.result(heading(found))
