"""A report, put together: what stands in it, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cnncli.facts.summary import Summary
from cnncli.reporting import (
    calibration,
    checklists,
    division,
    folds_division,
    folds_training,
    groups,
    methods,
    network,
    pictures,
    repeat,
    results,
    strata,
    training,
    verdict,
)
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Report, Section
from cnncli.reporting.pictures import Explain, Pictures


@dataclass(frozen=True)
class Seen:
    """What only TensorFlow and the images can tell; `why_none` where they could not be had.

    `trained` are the parameters that each phase trains.
    """

    summary: Summary
    explain: Explain
    pictures: Pictures = field(default_factory=lambda: Pictures({}, {}))
    why_none: str | None = None
    trained: Sequence[int] = ()


def report(of: Subject, seen: Seen) -> Report:
    """Return the report on a run, or on a cross-validation."""
    found = [
        verdict.section(of),
        verdict.intended_use(of),
        *_how_it_was_made(of, seen),
        _figures(of),
        calibration.section(of),
        strata.section(of),
        groups.section(of),
        pictures.mistakes(of, seen.pictures, seen.explain, seen.why_none),
        pictures.table(of, seen.pictures),
        repeat.section(of),
        methods.section(of, seen.summary),
    ]
    sections = [each for each in found if each is not None]
    titles = {each.key: each.title for each in sections}
    sections.append(checklists.section(titles, has_about=of.about is not None))
    name = of.record["name"]
    kind = "Run" if isinstance(of, Material) else f"Cross-validation in {len(of.folds)} folds:"
    line = (
        f"{kind} {of.path.resolve().name}, begun {of.record['created']}, written by cnncli "
        f"{of.record['versions'].get('cnncli', '')}"
    )
    return Report(f"{name}: a network that tells {_classes(of)} apart", line.strip(), sections)


def _how_it_was_made(of: Subject, seen: Seen) -> list[Section]:
    drawn = network.section(of, seen.summary, seen.trained)
    if isinstance(of, Material):
        return [division.section(of), drawn, training.section(of)]
    return [folds_division.section(of), drawn, folds_training.section(of)]


def _figures(of: Subject) -> Section:
    made = results.section(of)
    if isinstance(of, Material):
        return made
    return replace(made, parts=[*made.parts, *folds_training.reached(of)])


def _classes(of: Subject) -> str:
    from cnncli.reporting.words import listed

    return listed(of.classes, 3, "other classes")
