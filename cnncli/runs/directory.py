"""The folder that a run leaves: its names, how it is claimed, and the lock on it."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from cnncli import files, json_text
from cnncli.errors import CnncliError, DataError, ModelError, UsageError
from cnncli.network.folds import CROSSVAL
from cnncli.network.several import STUDY
from cnncli.runs.kinds import check
from cnncli.runs.schema import METRICS, RECORD
from cnncli.visible import in_unicode

RUNS = Path("runs")
KEYS = {"name", "state", "data", "epochs", "classes", "versions"}  # of every run.json
_FOLD = re.compile(r"fold-\d+")
_TRIAL = re.compile(r"trial-\d+")
MOST = 20_000_000  # bytes of a text or of JSON, which takes Python up to 20 times as much
# The states of a run that is done.
FINISHED, STOPPED_EARLY = "finished", "stopped early"


@dataclass(frozen=True)
class RunDirectory:
    """A run's folder and the names in it; scripts rely on them."""

    MODEL: ClassVar[str] = "model.keras"

    path: Path

    @property
    def spec(self) -> Path:
        return self.path / "spec.yaml"

    @property
    def record(self) -> Path:
        return self.path / "run.json"

    @property
    def split(self) -> Path:
        return self.path / "split.csv"

    @property
    def history(self) -> Path:
        return self.path / "history.csv"

    @property
    def model(self) -> Path:
        return self.path / self.MODEL

    @property
    def state(self) -> Path:
        return self.path / "last" / "state.npz"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.json"

    @property
    def predictions(self) -> Path:
        return self.path / "predictions.csv"

    @property
    def sanity(self) -> Path:
        """Where it is kept whether explanations depend on the weights."""
        return self.path / "sanity.json"

    @property
    def validation_predictions(self) -> Path:
        return self.path / "validation-predictions.csv"

    @property
    def threshold(self) -> Path:
        return self.path / "threshold.json"

    @property
    def curves(self) -> Path:
        return self.path / "curves.png"

    @property
    def confusion(self) -> Path:
        return self.path / "confusion.png"

    def confusion_cells(self, part: str) -> Path:
        """Where the confusion of many classes is kept, a row for each cell that is not 0."""
        return self.path / f"confusion-{part}.csv"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    def read_record(self) -> dict[str, Any]:
        """Return what run.json says; ModelError when there is none, or it is no run's."""
        said = self.read_json(self.record)
        if not isinstance(said, dict) or not said.keys() >= KEYS:
            raise ModelError(f"{self.record}: not the record of a run of cnncli")
        check(self.record, said, RECORD)
        return said

    def read_metrics(self) -> dict[str, Any]:
        """Return what metrics.json says; ModelError when that cannot be the figures of a run."""
        said = self.read_json(self.metrics)
        check(self.metrics, said, METRICS)
        return dict(said)

    @staticmethod
    def read_text(path: Path) -> str:
        """Return a text of a run; ModelError where there is none, or it is no text of a run."""
        try:
            text = files.read(path, MOST).decode()
        except FileNotFoundError as error:
            raise ModelError(f"{path.parent}: holds no {path.name}") from error
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ModelError(f"{path}: not a text in UTF-8") from error
        return io.StringIO(text, newline=None).read()

    @staticmethod
    def read_json(path: Path) -> Any:
        """Return what a JSON file of a run says; ModelError where there is none that is JSON."""
        try:
            return json.loads(RunDirectory.read_text(path))
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{path}: not readable as JSON ({error})") from error

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write run.json, whole."""
        files.write_text(self.record, json_text.dumps(dict(record), indent=2) + "\n")

    def add_to_log(self, line: str) -> None:
        """Add a line with the time to log.txt."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(
                f"{datetime.now().isoformat(sep=' ', timespec='seconds')} {in_unicode(line)}\n"
            )


def is_run(path: Path) -> bool:
    """Whether a folder holds a run (and is therefore never a class of images)."""
    return (path / "run.json").is_file()


def run_of(path: Path) -> RunDirectory | None:
    """Return the run that a path names, by its folder or by the model in it; None for others."""
    folder = path.parent if path.is_file() and path.name == RunDirectory.MODEL else path
    return RunDirectory(folder) if is_run(folder) else None


def crossval_of(path: Path) -> Path | None:
    """Return the folder of the cross-validation that a run is a fold of; None for another run."""
    return _above(path, _FOLD, CROSSVAL)


def study_of(path: Path) -> Path | None:
    """Return the folder of the study that a run is a trial of; None for another run."""
    return _above(path, _TRIAL, STUDY)


def _above(path: Path, name: re.Pattern[str], record: str) -> Path | None:
    whole = path.resolve()
    if name.fullmatch(whole.name) is None or not (whole.parent / record).is_file():
        return None
    return path.parent if path.name == whole.name else whole.parent


def resume_command(path: Path) -> str:
    """Return the command that goes on with a run: with all folds where it is one of them."""
    above = crossval_of(path)
    return f"cnncli train --resume {path}" if above is None else f"cnncli crossval --resume {above}"


def claim(name: str, out: Path | None, *, force: bool) -> RunDirectory:
    """Make an empty folder for a run: `out`, or runs/NAME-DATE-TIME in the current folder.

    Raises UsageError when `out` is not empty; with `force`, a run there is renamed to OUT.old.
    """
    if out is None:
        return RunDirectory(_new_folder(name))
    refuse_taken(out, force=force)
    if out.exists() and not _is_empty_folder(out):
        with lock(RunDirectory(out)):
            out.rename(_free(out.with_name(out.name + ".old")))
    out.mkdir(parents=True, exist_ok=True)
    return RunDirectory(out)


def refuse_taken(out: Path | None, *, force: bool) -> None:
    """Raise what `claim` would, before the images are read: UsageError, or DataError where no
    folder can be made.
    """
    if out is None:
        return
    if not out.exists() or _is_empty_folder(out) or (force and is_run(out)):
        if reason := files.why_no_folder(out):
            raise DataError(f"{out}: no run can be made there: {reason}")
        return
    moved = f"Choose another --out, or add --force to move an earlier run to {out.name}.old."
    other = "Choose another --out: what is there is no run, so --force leaves it alone."
    hint = moved if is_run(out) else other
    raise UsageError(f"{out}: exists and is not an empty folder", hint=hint)


@contextlib.contextmanager
def lock(run: RunDirectory) -> Iterator[None]:
    """Keep other processes out of a run; the system drops the lock of a process that dies."""
    _refuse_foreign(run.path)
    descriptor = os.open(run.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 40).decode(errors="replace").strip() or "another process"
            raise CnncliError(
                f"{run.path}: in use by {holder}", hint="Wait until that one is done, or stop it."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}".encode())
        yield
    finally:
        os.close(descriptor)


def _refuse_foreign(folder: Path) -> None:
    """Raise ModelError where a file of a run is a link out of it, or none: it may be anybody's.

    What was written there would go elsewhere, or wait for a reader.
    """
    home = os.path.realpath(folder)
    for path in (*folder.glob("*"), *folder.glob("last/*")):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(home):
            raise ModelError(
                f"{path}: a link that leads out of {folder}, where nothing is written",
                hint="Put a copy of the file in its place.",
            )
        if files.is_stream(path):
            raise ModelError(f"{path}: is no regular file", hint="Remove it to go on.")


def _new_folder(name: str) -> Path:
    """Claim runs/NAME-DATE-TIME by an exclusive mkdir; -2, -3 when that one is taken."""
    RUNS.mkdir(exist_ok=True)
    first = RUNS / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    number = 1
    while True:
        folder = first if number == 1 else first.with_name(f"{first.name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _free(path: Path) -> Path:
    number = 1
    free = path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free
