"""What `evaluate --on` answers: several models on the same images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli import console
from cnncli.commands.shared import crossed, seen_before, trained
from cnncli.commands.shared.options import TableFormat
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.data.labels import Labels
    from cnncli.evaluation.several import Several


def only(data: Sequence[str] | None) -> str | None:
    """Return DATA; UsageError for several."""
    if data and len(data) > 1:
        raise UsageError(
            f"one model is measured on one DATA, and there are {len(data)}: {' '.join(data)}",
            hint="Several models on the same images: cnncli evaluate MODEL MODEL... --on DATA",
        )
    return data[0] if data else None


def compare(
    models: Sequence[str],
    on: str,
    labels: Labels | None,
    group_by: str | None,
    *,
    as_json: bool,
    format_: TableFormat | None,
) -> None:
    """Measure models on a folder or on the test part of a run, and print how they differ."""
    from cnncli.commands.shared.table_output import show_table
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.evaluation.several import evaluate_several
    from cnncli.render.terminal.several import several_table

    for named in (*models, on):
        if crossed.is_crossval(named):
            crossed.refuse(named, {"--on": (on, crossed.SEVERAL)})
    for model in models:
        trained.check(model)
    found = evaluate_several(models, on, labels, group_by, hooks())
    for each in found.measured:
        seen_before.warn(each, "its figures may be too good")
    if as_json:
        _document(found)
    else:
        show_table(several_table(found), format_)


def _document(found: Several) -> None:
    from cnncli.metrics.matrix import bounded

    models = []
    for place, each in enumerate(found.measured):
        about = {
            "model": str(each.path),
            "is_best": place == found.best,
            "is_tied": place in found.tied,
            "trained_on": each.trained_on("picture"),
        }
        models.append({**about, **bounded(each.evaluation.figures)})
    console.json_result(
        {
            "schema": "cnncli.evaluate/1",
            "data": found.data,
            "part": found.part,
            "models": models,
            "pairs": list(found.pairs),
        }
    )
