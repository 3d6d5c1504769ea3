"""The life of a run in run.json and log.txt: starts, stops, looks at the test part."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cnncli import files, json_text
from cnncli.errors import CnncliError
from cnncli.runs.directory import RunDirectory, lock

TESTED = "looked at the test part"


def add(run: RunDirectory, about: dict[str, Any], event: str, **facts: Any) -> None:
    """Add an event to log.txt and to `about`, which the caller writes as run.json."""
    said = [f"{name} {_text(value)}" for name, value in facts.items() if value is not None]
    run.add_to_log(": ".join([event, ", ".join(said)]) if said else event)
    time = datetime.now().astimezone().isoformat(timespec="seconds")
    about.setdefault("life", []).append({"event": event, "time": time, **facts})


def looks(about: Mapping[str, Any]) -> int:
    """Return how often the test part was looked at."""
    return sum(each["event"] == TESTED for each in about.get("life", ()))


def look(run: RunDirectory, images: int, by: str) -> None:
    """Count a look at the test part of a run that is at rest, and `by` which command; a folder
    that is not ours to write in, and one in use, stay as they are.
    """
    with contextlib.suppress(OSError, CnncliError), lock(run):
        about = run.read_record()
        add(run, about, TESTED, images=images, by=by)
        run.write_record(about)
        if run.metrics.is_file():
            metrics = {**run.read_metrics(), "test_looks": looks(about)}
            files.write_text(run.metrics, json_text.dumps(metrics, indent=2) + "\n")


def command_with_epochs(command: Sequence[str], epochs: int) -> list[str]:
    """Return the command that begins a run which comes to as many epochs in one go."""
    words = list(command)
    for place, word in enumerate(words):
        if word == "--epochs" and place + 1 < len(words):
            return [*words[: place + 1], str(epochs), *words[place + 2 :]]
        if word.startswith("--epochs="):
            return [*words[:place], f"--epochs={epochs}", *words[place + 1 :]]
    return [*words, "--epochs", str(epochs)]


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
