"""Several runs in one folder, below a record of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from cnncli import files, json_text
from cnncli.errors import DataError, ModelError, UsageError
from cnncli.images.samples import is_sample
from cnncli.network import several
from cnncli.runs.directory import FINISHED, STOPPED_EARLY, RunDirectory, is_run, resume_command
from cnncli.runs.kinds import Kind, check, listed, plain

# What a run may hold whose beginning was cut short: it is none yet.
BEGUN = ("spec.yaml", "split.csv", "log.txt", ".lock")


def options_of_train(*ours: str) -> Kind:
    """Return the kind of lists of options of `train`, but those that are ours to say."""
    return listed(
        plain(
            "an option of train",
            str,
            where=lambda word: word.startswith("--") and word.partition("=")[0] not in ours,
        )
    )


@dataclass(frozen=True)
class Together:
    """A folder of runs, NAME-1 and on, which a COMMAND makes; RECORD says what was asked for."""

    RECORD: ClassVar[str]
    KIND: ClassVar[Kind]
    COMMAND: ClassVar[str]
    NAME: ClassVar[str]

    path: Path

    @property
    def record(self) -> Path:
        return self.path / self.RECORD

    @property
    def resume(self) -> str:
        """The command that goes on with it."""
        return f"cnncli {self.COMMAND} --resume {self.path}"

    def run(self, number: int) -> RunDirectory:
        """Where a run is kept, which count from 1."""
        return RunDirectory(self.path / f"{self.NAME}-{number}")

    def is_done(self, number: int) -> bool:
        """Whether a run has come to its end."""
        run = self.run(number)
        return is_run(run.path) and run.read_record()["state"] in (FINISHED, STOPPED_EARLY)

    def make(
        self, document: Mapping[str, Any], beside: Mapping[Path, str] = MappingProxyType({})
    ) -> None:
        """Make the folder, files `beside` the record, and that; UsageError where something is."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise UsageError(
                f"{self.path}: exists and is not an empty folder",
                hint=f"Go on with it: {self.resume}"
                if self.record.exists()
                else "Choose another --out.",
            )
        is_new = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            for place, text in beside.items():
                files.write_text(place, text)
            self.write(document)
        except OSError:
            for place in beside:
                place.unlink(missing_ok=True)
            if is_new:
                self.path.rmdir()
            raise

    def write(self, document: Mapping[str, Any]) -> None:
        """Write the record, whole."""
        files.write_text(self.record, json_text.dumps(dict(document), indent=2) + "\n")

    def read(self) -> dict[str, Any]:
        """Return what the record says; ModelError where it is not there, or not ours."""
        if not self.record.exists() and (command := _other(self.path)) is not None:
            raise ModelError(f"{self.path}: {command[0]}", hint=f"Go on with it: {command[1]}")
        said = RunDirectory.read_json(self.record)
        check(self.record, said, type(self).KIND)
        return dict(said)

    def require_images(self, data: str, folder: str) -> None:
        """Raise DataError where the images are gone: once, and not for each run."""
        place = Path(folder, data)
        if not is_sample(data) and not place.exists():
            raise DataError(
                f"{place}: no such folder, and the images of {self.path} were there",
                hint="Put them back to go on.",
            )

    def clear(self, number: int) -> None:
        """Remove what is left of a run that was killed before it was one."""
        import shutil

        place = self.run(number).path
        if not place.exists() or is_run(place):
            return
        kept = [each.name for each in place.iterdir() if each.name not in BEGUN]
        if any(not name.startswith(".") for name in kept):
            raise ModelError(f"{place}: is no run, and holds {kept[0]}", hint="Move it away.")
        shutil.rmtree(place)


def _other(path: Path) -> tuple[str, str] | None:
    """Return what else a folder is, and the command that goes on with it."""
    if is_run(path):
        return "a run", resume_command(path)
    found = several.told(path, RunDirectory.MODEL)
    return (found[0].partition(",")[0], several.resume(path)) if found is not None else None
