"""Whether the weights that a run began with came from images of its test part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnncli.errors import CnncliError
from cnncli.reporting.material import Material
from cnncli.runs import trained_file
from cnncli.runs.descent import MOST
from cnncli.runs.directory import run_of
from cnncli.training import overlap
from cnncli.training.doubts import of_overlap


def ask(of: Material) -> str | None:
    """Ask each run that the weights descend from for its training images, as far as they tell."""
    test = of.of_part("test")
    said: list[str] = []
    unknown: list[str] = []
    for source in _sources(of.record):
        before = _known(source)
        if not before.kinds:
            unknown.append(source)
        said += of_overlap(Counter(overlap.seen(before, test)), "test image", source)
    if said:
        return f"Training began with other weights: {'; '.join(said)}: the figures flatter."
    if unknown:
        return (
            f"Training began with the weights of {unknown[0]}: whether they came from images of "
            "this test part is not known here."
        )
    return None


def _sources(record: Any) -> Iterator[str]:
    """Yield what a run began with, what that began with, and so on; files of weights too."""
    left, seen = _begun_with(record), set[str]()
    while left and len(seen) < MOST:
        source = left.pop()
        if source in seen:
            continue
        seen.add(source)
        yield source
        run = run_of(Path(source))
        if run is not None:
            left += _begun_with(run.read_record())


def _begun_with(record: Any) -> list[str]:
    init = [record["init"]] if record.get("init") else []
    return init + [each["path"] for each in record.get("weights", ()) if "path" in each]


def _known(source: str) -> overlap.Known:
    path = Path(source)
    run = run_of(path)
    is_file = run is None and path.is_file() and path.suffix == ".keras"
    try:
        return overlap.known(run, trained_file.read_meaning(path) if is_file else None)
    except CnncliError:  # a file that is damaged by now tells nothing
        return overlap.known(None, None)
