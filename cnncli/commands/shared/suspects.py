"""`cnncli mistakes DIR --suspects`: labels of a cross-validation that may be wrong."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli import console, csv_text
from cnncli.commands.shared import crossed
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.commands.shared.outputs import Destination
    from cnncli.reporting.suspects import Pictured
    from cnncli.tuning.suspects import Ranked, Ranking

PAGE = 500  # images on a page; the table has all


def check(model: str, moved: str | None, to: Destination | None) -> None:
    """Raise what can be known at once: no cross-validation, no cleanlab, --data for nothing."""
    from cnncli.extras import LABELS
    from cnncli.tuning.folds import Folds

    if not crossed.is_crossval(model):
        raise UsageError(
            f"--suspects: {model} is no cross-validation, in which each image is judged by a "
            "network that was not trained on it",
            hint="Make one: cnncli crossval DATA --out DIR, then cnncli mistakes DIR --suspects",
        )
    if moved is not None and (to is None or to.suffix == ".csv"):
        raise UsageError("--data does nothing without a page or a picture: -o FILE.html")
    LABELS.check("--suspects")
    Folds(Path(model)).finished()


def answer(model: str, moved: str | None, to: Destination | None, *, as_json: bool) -> None:
    """Rank the labels of a cross-validation, and write, print or list them."""
    from cnncli.reporting.suspects import decided
    from cnncli.tuning.suspects import look, rank

    ranking = rank(Path(model))
    look(ranking)
    if (said := decided(ranking)) is not None:
        console.note(f"{said}.")
    if to is not None:
        _write(ranking, moved, to)
    if as_json:
        _document(ranking)
    elif to is None:
        _show(ranking)


def _write(ranking: Ranking, moved: str | None, to: Destination) -> None:
    from cnncli.commands.shared.outputs import writing
    from cnncli.files import write_text

    if to.suffix == ".csv":
        with writing(to) as path:
            write_text(path, _csv(ranking))
        console.note(
            "Fill in the column action (keep, drop, or relabel with the class as its label), then: "
            + _again(ranking, str(to.path or "FILE.csv"))
        )
    elif to.suffix == ".png":
        _picture(ranking, moved, to)
    else:
        from cnncli.render.pages.suspects_page import page

        shown = _pictured(ranking, PAGE, moved)
        with writing(to) as path:
            write_text(path, page(ranking, shown))
        if shown:
            again = _again(ranking, "decisions.csv")
            console.note(f"Decide there, and save decisions.csv; then: {again}")


def _again(ranking: Ranking, table: str) -> str:
    """Return the command of the cross-validation that obeys a table, as this one was typed."""
    from cnncli.tuning.folds import Folds

    plan = Folds(ranking.path).plan()
    options = [word for word in plan.options if not word.startswith("--corrections=")]
    # Elsewhere, its paths do not lead to what they led to.
    data = plan.data if Path(plan.folder) == Path.cwd() else "DATA"
    words = ["cnncli", "crossval", data, "--folds", str(plan.folds), *options]
    return shlex.join([*words, "--corrections", table, "--out", f"{ranking.path.name}-corrected"])


def _picture(ranking: Ranking, moved: str | None, to: Destination) -> None:
    from cnncli.commands.shared.outputs import writing
    from cnncli.render.pictures.suspects import IMAGES, draw

    shown = _pictured(ranking, IMAGES, moved)
    if all(one.pixels is None for one in shown):
        raise UsageError(
            f"there is no picture of a suspect to draw ({shown[0].of.file}: {shown[0].reason})"
            if shown
            else "there is no suspect to draw",
            hint="A page says so: -o FILE.html",
        )
    with writing(to) as path:
        draw(f"Labels of {ranking.data} that may be wrong, the most doubtful first", shown, path)


def _pictured(ranking: Ranking, most: int, moved: str | None) -> list[Pictured]:
    """Read the pictures of the first suspects, and say how many those are."""
    from cnncli.commands.shared.training_hooks import progress
    from cnncli.reporting.suspects import pictured

    shown = ranking.suspects[:most]
    if len(shown) < len(ranking.suspects):
        console.note(
            f"The first {len(shown):,} of {len(ranking.suspects):,} suspects are shown; "
            "-o FILE.csv has all."
        )
    with progress("Reading images") as show:
        return list(pictured(ranking, shown, moved, show))


def _csv(ranking: Ranking) -> str:
    """Return all images as a table to decide in, with the decisions of before."""
    from cnncli.data.corrections import COLUMNS
    from cnncli.reporting.suspects import copies
    from cnncli.runs.record import number

    def row(one: Ranked) -> tuple[str, ...]:
        before = ranking.decided.row(one.file) if ranking.decided else (one.file, "", "")
        chances = number(one.probability_given), number(one.probability_suggested)
        found = (one.given, one.suggested, *chances, str(one.fold), "yes" if one.suspect else "")
        return (*before, *found, copies(one))

    added = ("given", "suggested", "probability_given", "probability_suggested", "fold")
    dropped = sorted(ranking.decided.dropped) if ranking.decided else []
    return csv_text.lines(
        [
            (*COLUMNS, *added, "suspect", "copies"),
            *map(row, ranking.ranked),
            *((file, "drop", "", *[""] * 7) for file in dropped),
        ]
    )


def _document(ranking: Ranking) -> None:
    rows = [
        {**asdict(one), "copies": {copy.file: copy.label for copy in one.copies}}
        for one in ranking.ranked
    ]
    console.json_result(
        {
            "schema": "cnncli.mistakes/1",
            "crossval": str(ranking.path),
            "data": ranking.data,
            "images": len(ranking.ranked),
            "accuracy": ranking.accuracy,
            "suspects": len(ranking.suspects),
            "kinds": [
                {"given": given, "suggested": suggested, "images": count}
                for (given, suggested), count in ranking.kinds
            ],
            "ranked": rows,
        }
    )


def _show(ranking: Ranking) -> None:
    from cnncli.render.terminal import suspects, table
    from cnncli.reporting.suspects import caution, heading

    if ranking.suspects:
        table.show(suspects.listed(ranking))
        console.result("")
        table.show(suspects.kinds(ranking))
        console.result("")
    console.result(f"{heading(ranking)}\n{caution(ranking)}")
    console.note(f"To decide on them: cnncli mistakes {ranking.path} --suspects -o suspects.html")
