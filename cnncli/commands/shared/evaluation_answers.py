"""What `evaluate` answers: the document of `--json`, tables, the file of predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cnncli import console
from cnncli.commands.shared import assertions, outputs, seen_before
from cnncli.commands.shared import evaluation_pictures as pictures
from cnncli.commands.shared.options import TableFormat
from cnncli.errors import UsageError
from cnncli.metrics.matrix import Normalize
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.commands.shared.assertions import Assertion
    from cnncli.evaluation.evaluate import Evaluated, Measured
    from cnncli.evaluation.strata import Finder
    from cnncli.render.terminal.table import Table
    from cnncli.training.hooks import Hooks


def predictions_file(predictions: Path | None, *, force: bool) -> outputs.Destination | None:
    """Return where --predictions writes; UsageError where that can be no table."""
    if predictions is None:
        return None
    if predictions == outputs.STDOUT:
        raise UsageError("--predictions - would stand amid the figures", hint="Name a file.")
    if predictions.suffix.lower() != ".csv" and outputs.says_a_format(predictions):
        raise UsageError(
            f"--predictions {predictions}: predictions are written as .csv",
            hint=f"For example --predictions {predictions.with_suffix('.csv')}",
        )
    return outputs.choose(predictions, force=force, default="predictions.csv")


@dataclass(frozen=True)
class Answer:
    """How an evaluation is to be answered: where to, what beside the figures, in which form."""

    folder: outputs.Destination | None
    predictions: outputs.Destination | None
    normalize: Normalize | None
    abstain: float | None
    asserted: Sequence[Assertion]
    format_: Literal["csv", "markdown", "github"] | None
    as_json: bool

    def give(
        self,
        found: Measured,
        strata: Finder | None,
        about: Mapping[str, Any],
        first: Table | None = None,
        last: Iterable[str] = (),
    ) -> None:
        """Write the files, and print the document that begins with `about`, or tables.

        Of tables, `first` stands before the others, and the lines `last` behind them.
        """
        if self.predictions is not None:
            write_predictions(found, self.predictions, self.abstain)
        asked = more(found, self.normalize, self.abstain, strata)
        if self.folder is not None:
            pictures.draw(found, asked, self.normalize or "true", self.folder)
        document = {**about, **shown_figures(found.evaluation.figures), **asked}
        if self.as_json:
            console.json_result(document)
        elif self.format_ == "github":
            annotate(found)
        else:
            self._show(found, asked, first, last)
        assertions.require(self.asserted, document, github=self.format_ == "github")

    def _show(
        self, found: Measured, asked: dict[str, Any], first: Table | None, last: Iterable[str]
    ) -> None:
        from cnncli.render.terminal import table as tables

        if self.format_ in ("csv", "markdown"):
            show_one(found, self.format_, self.normalize)
            return
        if first is not None:
            tables.show(first)
            console.result("")
        show(found, self.normalize, asked)
        for line in last:
            console.result(line)


def write_predictions(
    found: Measured, destination: outputs.Destination, abstain: float | None
) -> None:
    """Write a row for each image, as a run keeps them."""
    from cnncli import files
    from cnncli.training.finish import predictions_csv

    text = predictions_csv(found.evaluation, found.meaning.classes, abstain)
    with outputs.writing(destination) as path:
        files.write_text(path, text)


def calibrated(model: str, out: Path, moved: str | None, hooks: Hooks) -> str:
    """Write the run `out` of the same network with a temperature; return its path."""
    from cnncli.evaluation.calibrate import calibrate, check
    from cnncli.runs.directory import refuse_taken

    refuse_taken(out, force=False)
    done = calibrate(check(model), out, moved, hooks)
    number = counted(done.images, "validation image")
    console.note(
        f"Temperature {done.temperature:.4g}, fitted on {number}: "
        f"their log loss {done.log_loss[0]:.4f} becomes {done.log_loss[1]:.4f}, their calibration "
        f"error {done.error[0]:.3f} becomes {done.error[1]:.3f}. The run with it is {out}"
    )
    return str(out)


def warn(found: Evaluated) -> None:
    """Say what is doubtful of the figures."""
    from cnncli.metrics.figures import missing

    seen_before.warn(found, "the figures may be too good")
    absent = missing(found.evaluation.figures)
    if absent is not None:
        console.warn(absent)


def more(
    found: Measured, normalize: Normalize | None, abstain: float | None, strata: Finder | None
) -> dict[str, Any]:
    """Return what options ask for beside the figures, by its key in the document."""
    from cnncli.evaluation.strata import by_stratum
    from cnncli.metrics import matrix
    from cnncli.metrics.abstaining import abstaining

    made = found.evaluation
    asked: dict[str, Any] = {}
    if normalize is not None and matrix.bounded(made.figures)["confusion"] is not None:
        shares = matrix.normalized(made.figures["confusion"], normalize)
        asked["confusion_normalized"] = shares
    if abstain is not None:
        right = made.labels == made.predicted
        asked["abstain"] = abstaining(made.confidences, right, made.units, abstain)
    if strata is not None:
        asked["by"] = by_stratum(found, strata)
    return asked


def about(found: Evaluated) -> dict[str, Any]:
    """Return what the document of --json begins with: of what, on which images."""
    from dataclasses import asdict

    decision = found.decision
    chosen = decision.chosen if decision is not None else None
    return {
        "schema": "cnncli.evaluate/1",
        "model": str(found.path),
        "data": found.data,
        "part": found.part,
        "trained_on": found.trained_on("picture"),
        "trained_on_near": found.trained_on("near"),
        "trained_on_group": found.trained_on("group"),
        "trained_on_name": found.trained_on("name"),
        "positive": found.meaning.positive,
        "threshold_rule": decision.threshold.rule if decision is not None else None,
        "threshold_chosen_on": asdict(chosen) if chosen is not None else None,
    }


def shown_figures(made: dict[str, Any]) -> dict[str, Any]:
    """Return figures as the document has them: of many classes without the whole matrix."""
    from cnncli.metrics import matrix

    shown = matrix.bounded(made)
    if shown["confusion"] is None:
        shown["confusion_cells"] = matrix.cells(made["confusion"])
    return shown


def annotate(found: Measured) -> None:
    """Print the figures as an annotation for a workflow of GitHub."""
    from cnncli.render.terminal.evaluation import headline
    from cnncli.render.terminal.github import annotation

    said = f"{found.data}: {headline(found.evaluation.figures)}"
    console.result(annotation("notice", said))


def show_one(found: Measured, format_: TableFormat, normalize: Normalize | None) -> None:
    """Print the figures of the classes and the confusion as one table in a format."""
    from cnncli.commands.shared.table_output import show_table
    from cnncli.metrics.matrix import WHOLE_UP_TO
    from cnncli.render.terminal import evaluation

    classes = found.meaning.classes
    if len(classes) > WHOLE_UP_TO:
        console.note(f"The confusion of {len(classes):,} classes is left out (--json has it).")
    show_table(evaluation.table(found.evaluation.figures, classes, normalize), format_)


def show(found: Measured, normalize: Normalize | None, asked: dict[str, Any]) -> None:
    """Print the answer as tables, and the figures that matter below them."""
    from cnncli.render.terminal import evaluation
    from cnncli.render.terminal import table as tables
    from cnncli.render.terminal.strata import strata_table

    figures, classes = found.evaluation.figures, found.meaning.classes
    shown = [
        evaluation.class_table(figures, classes, most=evaluation.SHOWN_CLASSES),
        evaluation.confusion_table(figures, classes, normalize),
    ]
    if "abstain" in asked:
        shown.append(evaluation.abstain_table(asked["abstain"]))
    if "by" in asked:
        shown.append(strata_table(asked["by"], found.meaning.positive, classes))
    for each in shown:
        tables.show(each)
        console.result("")
    for line in evaluation.rates_lines(figures, found.meaning.positive):
        console.result(line, folds=True)
    console.result(evaluation.calibration_line(figures), folds=True)
    console.result(evaluation.headline(figures), folds=True)
