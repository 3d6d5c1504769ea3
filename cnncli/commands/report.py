"""`cnncli report`: one page on a run, to hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.options import ForceOption, OutputOption
from cnncli.commands.shared.strata_options import ByColumnOption, ByOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.reporting.folds import Subject
    from cnncli.reporting.report import Seen


def report(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|DIR", help="The folder of a finished run, or the DIR of `cnncli crossval`."
        ),
    ],
    output: OutputOption = None,
    about: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What the network is for, in your own words; else RUN/about.md.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Where the images of the run are, if they moved."),
    ] = None,
    by: ByOption = None,
    by_column: ByColumnOption = None,
    force: ForceOption = False,
) -> None:
    """Write one HTML page on a run: what it reached, what that is worth, how to repeat it.

    The page begins with the verdict and what is to be held against it, and ends with the
    methods in the words of a paper. It is one file that loads nothing, to be mailed or printed.
    The surest mistakes are shown with explanations, where the images are still there. Of the DIR
    of `cnncli crossval` it is one page on all folds.

    \b
    Examples:
      cnncli report runs/lesson-20261123-142501
      cnncli report runs/lesson-20261123-142501 -o report.html --about purpose.md
      cnncli report runs/lesson-20261123-142501 --by-column sex
      cnncli report cv --by '^(\\w)'
    """
    from cnncli.commands.shared.outputs import choose, writing
    from cnncli.data import index
    from cnncli.files import write_text
    from cnncli.reporting.report import report as compose

    of = _material(run, about)
    name = of.path.resolve().name.replace("/", "-")
    to = choose(output, force=force, default=f"{name}-report.html")
    if to.suffix not in (".html", ".htm"):
        raise UsageError(f"a report is an HTML page, not {to.suffix}", hint="-o report.html")
    if data is not None:
        index.find(data)  # says so where it is not there
    of = replace(of, strata=_strata(of, by, by_column, data))
    made = compose(of, _seen(of, data))
    from cnncli.render.pages.report_page import page

    with writing(to) as path:
        write_text(path, page(made))


def _material(run: Path, about: Path | None) -> Subject:
    from cnncli.commands.shared.crossed import is_crossval
    from cnncli.reporting import folds, material

    return folds.read(run, about) if is_crossval(run) else material.read(run, about)


def _strata(
    of: Subject, by: str | None, by_column: str | None, data: str | None
) -> Mapping[str, Any] | None:
    from cnncli.evaluation.evaluate import Request
    from cnncli.evaluation.strata import finder
    from cnncli.reporting import strata
    from cnncli.reporting.material import Material

    made = of.predicted
    if made is None:
        return None
    run = of.path if isinstance(of, Material) else of.folds[0].path
    found = finder(Request(str(run), moved=data), by, by_column, made.files)
    if found is None:
        return None
    said = f"the values of the column {by_column}" if by is None else f"what {by} finds in names"
    options = ["--by-column", str(by_column)] if by is None else ["--by", by]
    return strata.found(of, found, said, options)


def _seen(of: Subject, data: str | None) -> Seen:
    """Load the network, and the images that are shown; say why where there are none."""
    from cnncli.commands.shared import explained_mistakes
    from cnncli.commands.shared.crossed_mistakes import FoldsExplainer
    from cnncli.commands.shared.keras_session import keras
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.errors import CnncliError
    from cnncli.explain.explaining import prepare
    from cnncli.facts.summarize import summarize
    from cnncli.network.architecture import of_spec
    from cnncli.reporting import pictures
    from cnncli.reporting.material import Material
    from cnncli.reporting.report import Seen
    from cnncli.runs import model_file
    from cnncli.training.freezing import trained_parameters

    summary = summarize(of_spec(of.spec), keras)
    run = str(of.path if isinstance(of, Material) else of.folds[0].path)
    kept = explained_mistakes.known_sanity(run)
    keras()
    trained = trained_parameters(of.spec)
    loaded = model_file.load(run)
    if isinstance(of, Material):
        explain = explained_mistakes.explainer(loaded, prepare(loaded), kept)
    else:
        explain = FoldsExplainer(of.path, of.crossed.tested.folds_of_files)
    try:
        found = pictures.read(of, loaded, data, hooks())
    except CnncliError as error:
        if data is not None:
            raise
        console.warn(f"the report shows no images: {error.message}")
        if error.hint:
            console.note(error.hint)
        return Seen(summary, explain, trained=trained, why_none=error.message)
    return Seen(summary, explain, found, trained=trained)
