"""All commands that read a model or a run, with those that nobody should trust.

Which commands these are is asked of the command line itself: what a new one reads must be named
here. Each runs in a process that is forked behind the import of TensorFlow and may take half a GB
of addresses more than it has then, and ten seconds of a processor.
"""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cnncli.cli import main
from tests.commands.test_early_answers import READERS
from tests.forker import Forker, Process
from tests.network.hostile import models

# What each argument and option of READERS may be given: a file of a network, a run, the folder of
# a cross-validation or of a study; "" for what reads other things.
TAKES = {
    "show arch": "run model",
    "new from_": "run model",
    "validate files": "",
    "import reference": "run model",
    "summary arch": "run model",
    "compare arch": "run model",
    "diagram arch": "run model",
    "export arch": "run model",
    "export data_moved": "",
    "convolve images": "",
    "convolve kernels": "run model",
    "kernels names": "",
    "pool source": "",
    "data data": "run",
    "data arch": "run model",
    "data labels": "",
    "data split_from": "run",
    "train data": "run",
    "train arch": "run model",
    "train init": "run model",
    "train split_from": "run",
    "train labels": "",
    "train corrections": "",
    "train resume": "run",
    "train data_moved": "",
    "evaluate model": "run model crossval",
    "evaluate data": "",
    "evaluate data_moved": "",
    "evaluate labels": "",
    "evaluate on": "run",
    "predict model": "run model",
    "predict images": "",
    "predict undo": "",
    "predict files_from": "",
    "runs places": "run crossval study",
    "features model": "run model",
    "features image": "",
    "filters model": "run model",
    "filters data": "",
    "explain model": "run model",
    "explain images": "",
    "explain truth": "",
    "curves places": "run crossval study",
    "mistakes model": "run model crossval",
    "mistakes data": "",
    "mistakes data_moved": "",
    "bench models": "run model",
    "crossval data": "",
    "crossval arch": "run model",
    "crossval labels": "",
    "crossval corrections": "",
    "crossval init": "run model",
    "crossval resume": "crossval",
    "tune data": "",
    "tune arch": "run model",
    "tune labels": "",
    "tune split_from": "run",
    "tune corrections": "",
    "tune init": "run model",
    "tune resume": "study",
    "report run": "run crossval",
    "report about": "",
    "report data": "",
}
# Command lines that go further than those of READERS, and stay short.
LINES = {
    "import reference": "import {x}",
    "compare arch": "compare {spec} {x}",
    "diagram arch": "diagram {x} -o o.dot",
    "export arch": "export {x} -o o.keras",
    "convolve kernels": "convolve {image} -k {x}:conv2d:1 -o o.png",
    "data arch": "data {images} --arch {x} --array o.npy",
    "train data": "train {x} --arch {spec} --epochs 1 --out o",
    "train arch": "train {images} --arch {x} --epochs 1 --out o",
    "train init": "train {images} --arch {spec} --init {x} --epochs 1 --out o",
    "train split_from": "train {images} --arch {spec} --split-from {x} --epochs 1 --out o",
    "train resume": "train --resume {x} --epochs 5",
    "explain model": "explain {x} {image} --method gradient",
    "bench models": "bench {x} --runtime keras --batch 1 --threads 1",
    "crossval arch": "crossval {few} --arch {x} --folds 2 --epochs 1 --out o",
    "crossval init": "crossval {few} --arch {spec} --init {x} --folds 2 --epochs 1 --out o",
    "tune arch": "tune {few} --arch {x} --vary seed=1|2 --trials 1 --epochs 1 --out o",
    "tune split_from": (
        "tune {images} --arch {spec} --split-from {x} --vary seed=1|2 --trials 1 --epochs 1 --out o"
    ),
    "tune init": (
        "tune {few} --arch {spec} --init {x} --vary seed=1|2 --trials 1 --epochs 1 --out o"
    ),
}
RUN = (
    *("run.json", "spec.yaml", "split.csv", "history.csv", "metrics.json", "predictions.csv"),
    *("validation-predictions.csv", "model.keras", "last/state.npz", "sanity.json"),
    "threshold.json",
)
PARTS = {
    "run": RUN,
    "crossval": (
        *("crossval.json", "predictions.csv", "fold-1/run.json", "fold-1/split.csv"),
        *("fold-1/predictions.csv", "fold-1/metrics.json", "fold-1/history.csv"),
    ),
    "study": (
        *("study.json", "trials.csv", "trial-1/run.json", "trial-1/history.csv"),
        *("trial-1/spec.yaml", "trial-1/metrics.json"),
    ),
}
# What a command that trains or measures may want of a run that is not its own.
ORIGIN = ("run.json", "spec.yaml", "split.csv", "model.keras")
FEW = 2  # ways of damage that a command sees of a file, beside that it is not there
LIMITS = (500_000_000, 10)


def test_all_that_a_command_reads_is_here() -> None:
    assert TAKES.keys() == READERS.keys()
    assert {word for said in TAKES.values() for word in said.split()} == {*PARTS, "model"}


def _other(path: Path) -> None:
    """Write a whole file of the same kind that says something else."""
    if path.suffix == ".npz":
        np.savez(path, facts=np.frombuffer(b"[]", np.uint8))
    elif path.suffix == ".keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", "[]")
    else:
        path.write_text({".json": "[[]]", ".csv": "a,b\n1,2\n", ".yaml": "- 1\n"}[path.suffix])


def _endless(path: Path) -> None:
    """Put a link there to a device of our own that never ends, outside of the run."""
    outside = path.parent.parent.parent / "zero"
    path.unlink()
    if not outside.exists():
        os.mknod(outside, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    path.symlink_to(outside)


def _instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.unlink()
        make(path)

    return damage


DAMAGE: dict[str, Callable[[Path], object]] = {
    "is empty": lambda path: path.write_bytes(b""),
    "is cut": lambda path: os.truncate(path, path.stat().st_size * 2 // 3),
    "is no text": lambda path: path.write_bytes(b"\xff\xfe\x00\x9b" * 300),
    "is another": _other,
    "has 10 GB": lambda path: os.truncate(path, 10**10),
    "is a FIFO": _instead(os.mkfifo),
    "is a folder": _instead(os.mkdir),
    "leads nowhere": _instead(lambda path: path.symlink_to("nowhere/at/all")),
    "has no end": _endless,
}


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory,
    images: Path,
    trained: Path,
    crossed: Path,
    studied: Path,
) -> dict[str, Path]:
    """A run with all files that one may have, a cross-validation and a study."""
    run = Path(shutil.copytree(trained, tmp_path_factory.mktemp("whole") / "run"))
    assert main(["evaluate", str(run), "--best", "f1", "--keep"]) == 0
    image = str(images / "left" / "000.png")
    explain = ["explain", str(run), image, "--method", "gradient", "--sanity", "-o"]
    assert main([*explain, str(run.parent / "o.png")]) == 0
    assert all((run / name).is_file() for name in RUN)
    return {"run": run, "crossval": crossed, "study": studied}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return models(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def desk(
    forker: Forker,
    tmp_path: Path,
    images: Path,
    few: Path,
    tiny: Path,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    monkeypatch.setattr("tests.forker.LONGEST", 100)
    image = images / "left" / "000.png"
    parts = {"images": images, "image": image, "few": few, "spec": tiny, "run": trained}
    return Desk(forker, tmp_path, parts)


class Desk:
    """Runs commands on what is damaged, each in a folder of its own."""

    def __init__(self, forker: Forker, folder: Path, parts: dict[str, Path]) -> None:
        self.forker, self.folder, self.parts = forker, folder, parts
        self.count = 0

    def place(self) -> Path:
        """Make a folder."""
        self.count += 1
        place = self.folder / str(self.count)
        place.mkdir()
        return place

    def start(self, name: str, given: Path, place: Path) -> Process:
        """Begin the command of a parameter that is given something."""
        line = LINES.get(name, READERS[name][1]).format(x="{x}", **self.parts)
        argv = [str(given).join(word.split("{x}")) for word in line.split()]
        return self.forker.start(*argv, cwd=place, frugal=LIMITS)


def fault(process: Process, codes: tuple[int, ...]) -> str | None:
    """Say what is wrong with how a command has ended; None where nothing is."""
    code, said = process.wait(), process.output.read_text(errors="replace")
    if code not in codes:
        return f"exit code {code}: {said[-600:]}"
    if "Traceback" in said or (code and "error: " not in said):
        return said[-600:]
    return None


class Case:
    """A command under way on what has one damaged file."""

    def __init__(self, desk: Desk, whole: Path, name: str, file: str, way: str) -> None:
        self.said = f"{name}: {file} {way}"
        self.place = desk.place()
        given = Path(shutil.copytree(whole, self.place / "given"))
        DAMAGE.get(way, Path.unlink)(given / file)
        self.process = desk.start(name, given, self.place)

    @property
    def code(self) -> int | None:
        return self.process.code

    def fault(self, codes: tuple[int, ...]) -> str | None:
        """Say what is wrong with how it ends; None where nothing is."""
        said = fault(self.process, codes)
        shutil.rmtree(self.place)
        return said and f"{self.said}: {said}"


def damaged(desk: Desk, whole: dict[str, Path], name: str, kind: str) -> Iterator[str]:
    """Yield what is wrong with how a command takes a damaged run, for each file of it."""
    ways = list(DAMAGE)
    first = sum(map(ord, name))  # each command sees other ways
    works = name.split()[0] in ("train", "crossval", "tune", "bench") and kind == "run"
    parts = ORIGIN if works and name != "train resume" else PARTS[kind]
    for number, file in enumerate(parts):
        codes: tuple[int, ...] = (0, 1, 2)
        turn = [ways[(first + number + step * 2) % len(ways)] for step in range(FEW)]
        missing = Case(desk, whole[kind], name, file, "is not there")
        if said := missing.fault(codes):
            yield said
        # A split may be anybody's table, and what it leaves out is told.
        if missing.code != 0 and not name.endswith("split_from"):  # it is needed
            codes = (1, 2)
        for first_way, other in zip(turn[::2], turn[1::2], strict=True):
            pair = [Case(desk, whole[kind], name, file, way) for way in (first_way, other)]
            yield from filter(None, [case.fault(codes) for case in pair])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in TAKES for kind in TAKES[name].split() if kind != "model"],
)
def test_a_damaged_run(desk: Desk, whole: dict[str, Path], name: str, kind: str) -> None:
    found = list(damaged(desk, whole, name, kind))
    assert not found, "\n\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TAKES if "model" in TAKES[name]])
def test_a_model_of_others(desk: Desk, hostile: list[Path], name: str) -> None:
    found = []
    for pair in (hostile[start : start + 2] for start in range(0, len(hostile), 2)):
        under_way = [(path, desk.start(name, path, desk.place())) for path in pair]
        for path, process in under_way:
            if said := fault(process, (0, 1, 2)):
                found.append(f"{name}: {path.name}: {said}")
    assert not found, "\n\n".join(found)
