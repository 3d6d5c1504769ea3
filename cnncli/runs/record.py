"""What a run writes of where it came from: versions, threads, the images by content."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import csv_text, files
from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.images.parallel import processors
from cnncli.runs import tables

if TYPE_CHECKING:
    import numpy as np

_NEAR = re.compile("([0-9a-f]{64})?")
PARTS = ("train", "validation", "test")
PACKAGES = {
    "tensorflow": "tensorflow",
    "keras": "keras",
    "numpy": "numpy",
    "opencv": "opencv-python-headless",
    "scikit-learn": "scikit-learn",
}


@dataclass(frozen=True)
class SplitRow:
    """A line of split.csv: an image, its class, its part, and a digest of its pixels.

    `group` names the patient, plant or day whose images were kept together; None without. `near`
    is the difference hash of its picture, 64 hexadecimal digits; "" of one too small for it.
    """

    file: str
    label: str
    part: str
    digest: str
    group: str | None = None
    near: str = ""


def versions() -> dict[str, str]:
    """Return the versions that the bits of a run depend on."""
    found = {"cnncli": __version__, "python": platform.python_version()}
    for name, package in PACKAGES.items():
        try:
            found[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def machine() -> dict[str, str]:
    """Return the system and the processor of this machine, and no name of it."""
    return {
        "system": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "processor": _processor() or platform.processor() or platform.machine(),
    }


def _processor() -> str | None:
    """Return what Linux calls the processor; None where it does not say."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else None


def version_changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say which versions are not those of before."""
    return [
        f"{name} {before[name]} -> {now[name]}"
        for name in now
        if name in before and before[name] != now[name]
    ]


def set_threads(recorded: int | None = None) -> int:
    """Fix the number of threads within an operation, and return it: it changes the bits.

    Without `recorded` it is that of `threads`. Once TensorFlow runs in this process the number
    cannot be changed any more.
    """
    import tensorflow as tf

    wanted = recorded or threads()
    try:
        tf.config.threading.set_intra_op_parallelism_threads(wanted)
    except RuntimeError:
        return tf.config.threading.get_intra_op_parallelism_threads() or processors()
    return wanted


def threads() -> int:
    """Return TF_NUM_INTRAOP_THREADS, else one for each processor that this process may use."""
    return int(os.environ.get("TF_NUM_INTRAOP_THREADS", "0") or 0) or processors()


def digest(pixels: np.ndarray) -> str:
    """Return 16 hexadecimal digits that stand for the pixels of one image."""
    return hashlib.blake2b(pixels.tobytes(), digest_size=8).hexdigest()


def fingerprint(rows: Sequence[SplitRow]) -> str:
    """Return one digest of all images, their classes and parts."""
    whole = hashlib.sha256()
    for row in rows:
        whole.update(f"{row.file}\0{row.label}\0{row.part}\0{row.digest}\n".encode())
    return whole.hexdigest()[:32]


def write_split(path: Path, rows: Sequence[SplitRow]) -> None:
    """Write split.csv: file, label, split, digests of the picture, and the group."""
    files.write_text(path, split_csv(rows))


def split_csv(rows: Sequence[SplitRow]) -> str:
    """Return the text of split.csv."""
    lines = [("file", "label", "split", "digest", "group", "near")]
    lines += [
        (row.file, row.label, row.part, row.digest, row.group or "", row.near) for row in rows
    ]
    return csv_text.lines(lines)


def read_split(path: Path, classes: Sequence[str] | None = None) -> list[SplitRow]:
    """Read split.csv; ModelError when it is not there, or not one of ours.

    With `classes`, each image must be of one of them.
    """
    rows = [
        SplitRow(
            row["file"],
            row["label"],
            row["split"],
            row["digest"],
            group=row.get("group") or None,
            near=row.get("near") or "",
        )
        for row in tables.read(path, ("file", "label", "split", "digest"))
    ]
    for number, row in enumerate(rows, start=1):
        if not _NEAR.fullmatch(row.near):
            raise ModelError(f"{path}: row {number}: near should be 64 hexadecimal digits")
        if row.part not in PARTS:
            raise ModelError(f"{path}: row {number}: {row.part!r} is none of {', '.join(PARTS)}")
        if classes is not None and row.label not in classes:
            raise ModelError(f"{path}: row {number}: the run has no class {row.label!r}")
    if not rows:
        raise ModelError(f"{path}: it lists no images")
    return rows


def number(value: float) -> str:
    """Write a number with 9 significant digits: enough for every float32."""
    return f"{value:.9g}"


def phases(about: Mapping[str, Any]) -> list[int]:
    """Return the most epochs of each phase of a run; one phase where run.json names none."""
    return [each["epochs"] for each in about.get("phases") or [about]]


# Columns of a history that are no figures.
PLACES = ("epoch", "phase")


def write_history(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write history.csv: a row for each epoch, the columns of Keras's log."""
    if not history:
        return
    columns = list(history[0])
    rows = [[number(row[name]) for name in columns] for row in history]
    files.write_text(path, csv_text.lines([columns, *rows]))
