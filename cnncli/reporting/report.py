"""A report, put together: what stands in it, in which order."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnncli.facts.summary import Summary
from cnncli.reporting import (
    checklists,
    division,
    network,
    pictures,
    repeat,
    results,
    training,
    verdict,
)
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Report
from cnncli.reporting.pictures import Explain, Pictures


@dataclass(frozen=True)
class Seen:
    """What only TensorFlow and the images can tell; `why_none` where they could not be had."""

    summary: Summary
    explain: Explain
    pictures: Pictures = field(default_factory=lambda: Pictures({}, {}))
    why_none: str | None = None


def report(of: Material, seen: Seen) -> Report:
    """Return the report on a run."""
    found = [
        verdict.section(of),
        verdict.intended_use(of),
        division.section(of),
        network.section(of, seen.summary),
        training.section(of),
        results.section(of),
        results.calibration(of),
        results.by_group(of),
        pictures.mistakes(of, seen.pictures, seen.explain, seen.why_none),
        pictures.table(of, seen.pictures),
        repeat.section(of),
        repeat.methods(of, seen.summary),
    ]
    sections = [each for each in found if each is not None]
    titles = {each.key: each.title for each in sections}
    sections.append(checklists.section(titles, has_about=of.about is not None))
    name = of.record["name"]
    line = (
        f"Run {of.run.path.resolve().name}, begun {of.record['created']}, written by cnncli "
        f"{of.record['versions'].get('cnncli', '')}"
    )
    return Report(f"{name}: a network that tells {_classes(of)} apart", line.strip(), sections)


def _classes(of: Material) -> str:
    from cnncli.reporting.words import listed

    return listed(of.classes, 3, "other classes")
