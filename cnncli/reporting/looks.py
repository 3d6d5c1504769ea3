"""How often the test part of a run was looked at, when, and by which command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.reporting.asking import of_each
from cnncli.reporting.folds import Subject
from cnncli.reporting.material import Material
from cnncli.reporting.words import listed
from cnncli.runs import life

ENOUGH = 2  # that of `train` itself, and a first `evaluate`, which everybody makes
MOST = 10  # that are told


def ask(of: Subject) -> str | None:
    """Say so where the test part was looked at more often; of a run, when and by what."""
    said = known(of.record) if isinstance(of, Material) else ""
    return of_each(lambda each: _too_often(each, said))(of)


def _too_often(of: Material, known: str) -> str | None:
    number = of.metrics.get("test_looks", 0)
    if number <= ENOUGH:
        return None
    return (
        f"The test part was looked at {number:,} times{known}. Where a choice was made by what was "
        "seen, the figures flatter: fresh images would settle it."
    )


def known(record: Mapping[str, Any]) -> str:
    """Return each look that the record tells of: " (2026-11-26 01:23 by train and ...)"."""
    events = record.get("life", ())
    said = [
        f"{_minute(event['time'])} by {_command(events, place)}"
        for place, event in enumerate(events)
        if event["event"] == life.TESTED
    ]
    return f" ({listed(said, MOST)})" if said else ""


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")


def _command(events: Any, place: int) -> str:
    """Return what looked; runs of old do not say so, but that training is finished next."""
    if (by := events[place].get("by")) is not None:
        return str(by)
    follows = events[place + 1]["event"] if place + 1 < len(events) else ""
    return "train" if follows in ("finished", "stopped early") else "a command not recorded"
