"""What there is to say against a split: copies on two sides, classes that are thin in a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnncli.data.shares import PARTS, TEST, TRAIN
from cnncli.data.units import units


def leaks(parts: Sequence[str], keys: Sequence[Sequence[object]]) -> list[str]:
    """Say how many images that belong together stand in several parts; `keys` as for `units`."""
    if not keys:
        return []
    members = [
        unit
        for unit in units(len(parts), *keys)
        if len(unit) > 1 and len({parts[row] for row in unit} - {""}) > 1
    ]
    if not members:
        return []
    count = sum(len(unit) for unit in members)
    return [
        f"{count:,} images are copies (or of one group) and stand on more than one side of the "
        "split: the figures on the test part will be too good"
    ]


def thin(labels: Sequence[str | None], parts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return notes and faults: classes that are thin in a part; None is an image left out."""
    counts = Counter(zip(labels, parts, strict=True))
    notes, faults = [], []
    for label in sorted({label for label in labels if label is not None}):
        total = sum(counts[label, part] for part in PARTS)
        if total == 2 and counts[label, TRAIN] == counts[label, TEST] == 1:
            notes.append(f"class {label} has two images: one to train, one to test")
        elif total == 0:
            faults.append(f"class {label} has no image in any part: it is left out")
        elif counts[label, TRAIN] == 0:
            faults.append(f"class {label} has no image to train on")
        elif counts[label, TEST] == 0 and TEST in parts:
            faults.append(f"class {label} has no image to test on")
    return notes, faults
