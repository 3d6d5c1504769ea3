"""What commands write beside one file: folders, runs, tables that grow, a picture for each image.

None of it replaces anything, and nothing half-written stays that a reader would take for whole.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer import Typer
from typer import main as typer_main

from cnncli.cli import main
from cnncli.registry import COMMANDS
from tests.commands.test_early_answers import WRITES
from tests.commands.test_outputs import WRITERS, fill, quick
from tests.conftest import Cli
from tests.forker import Forker

# All that writes more than one file, by the option that names the place; {o} stands for it.
PLACES = {
    "train --out": ("run", "train {images} --arch {spec} --epochs 1 --out {o}"),
    "crossval --out": ("cv", "crossval {few} --arch {spec} --epochs 1 --folds 2 --out {o}"),
    "tune --out": ("t", "tune {few} --arch {spec} --epochs 1 --vary seed=1|2 --trials 2 --out {o}"),
    "samples --out": ("blobs", "samples blobs {o} --images 20"),
    "export --output of a folder": ("m", "export {run} --format saved-model -o {o}"),
    "evaluate --output": ("pictures", "evaluate {run} -o {o}"),
    "evaluate --out": ("run", "evaluate {run} --calibrate --out {o}"),
    "convolve --output of several": ("edges", "convolve {first} {other} -k outline -o {o}"),
    "explain --output of pages": ("p.png", "explain {run} {images} --method gradient -o {o}"),
    "predict --append": ("a.csv", "predict {run} {images} --append {o}"),
    "predict --features": ("a.npy", "predict {run} {images} --features {o}"),
    "predict --move_into": ("sorted", "predict {run} {images} --move-into {o}"),
    "predict --copy_into": ("sorted", "predict {run} {images} --copy-into {o}"),
}
RESUMED = ("train --out", "crossval --out", "tune --out")
# Those that add to a folder that is there.
ADDING = ("convolve --output of several", "predict --move_into", "predict --copy_into")
FORCED = ("convolve --output of several", "explain --output of pages")
BLOCK = 4096


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory, images: Path, tiny: Path) -> Path:
    """A run that has learnt nothing, so that there is something to calibrate."""
    out = tmp_path_factory.mktemp("unsure") / "run"
    recipe = ["--arch", str(tiny), "--epochs", "1", "--learning-rate", "1e-9", "--quiet"]
    assert main(["train", str(images), *recipe, "--out", str(out)]) == 0
    return out


@pytest.fixture
def command(
    tmp_path: Path,
    images: Path,
    few: Path,
    tiny: Path,
    trained: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str, Path | str], list[str]]:
    """Return a function that fills the place into a command line; images are one's own."""
    monkeypatch.chdir(tmp_path)
    own = Path(shutil.copytree(images, tmp_path / "own" / "halves"))
    parts = {
        "images": own,
        "first": own / "left" / "000.png",
        "other": own / "right" / "001.png",
        "few": few,
        "spec": tiny,
        "run": trained,
    }

    def words(name: str, output: Path | str) -> list[str]:
        is_slow = request.node.get_closest_marker("slow") and name == "evaluate --out"
        run = {"run": request.getfixturevalue("unsure")} if is_slow else {}
        return PLACES[name][1].format(o=output, **{**parts, **run}).split()

    return words


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_parameter_that_names_something_to_write_is_here() -> None:
    found = set()
    for entry in COMMANDS:
        app = Typer()
        app.command()(entry.load())
        for parameter in typer_main.get_command(app).params:
            if parameter.name in WRITES and not getattr(parameter, "is_flag", False):
                found.add(f"{entry.name} --{parameter.name}")
    known = {name.partition(",")[0].partition(" of ")[0] for name in (*PLACES, *WRITERS)}
    assert found - {"new --file"} == known - {"new FILE"}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_is_none_is_refused_before_the_work(
    name: str, command, tmp_path: Path, bare: Forker
) -> None:
    ending = Path(PLACES[name][0]).suffix
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "locked").mkdir(mode=0o500)
    (tmp_path / f"taken{ending}").write_bytes(b"old")
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "kept").write_bytes(b"old")
    (tmp_path / f"taken-1{ending}").write_bytes(b"old")
    places = [f"file/a{ending}", f"locked/a{ending}", f"taken{ending}"]
    places += [] if name in ADDING else ["others"]
    before = contents(tmp_path)
    for place in places:
        process = bare.start(*command(name, place), plain=True, cwd=tmp_path)
        code, said = process.wait(), process.output.read_text()
        assert code in (1, 2), (place, code, said)
        assert "Traceback" not in said
        assert [line for line in said.splitlines() if line.startswith("error: ")], (place, said)
        assert Path(place).parts[0].partition(".")[0] in said
        assert contents(tmp_path) == before, place
    (tmp_path / "locked").chmod(0o700)
    assert not list((tmp_path / "locked").iterdir())


def look(disk: Path) -> None:
    """Fail where something that is half written looks whole."""
    for path in disk.rglob("*"):
        assert not path.name.startswith(".") or path.name == ".lock", path
        if path.suffix == ".png":
            with Image.open(path) as picture:
                picture.load()
        elif path.suffix == ".csv":
            text = path.read_text()
            assert text == "" or text.endswith("\n")
            rows = list(csv.reader(text.splitlines(), strict=True))
            assert len({len(row) for row in rows}) <= 1


def size(folder: Path) -> int:
    """Return the bytes that the files of a folder take on a disk."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(-(-path.stat().st_size // BLOCK) * BLOCK for path in files)


@pytest.mark.parametrize("share", [0, 0.6])
@pytest.mark.parametrize("name", quick("samples --out", "convolve --output of several", of=PLACES))
def test_a_full_disk_leaves_nothing_that_is_half(
    name: str, share: float, command, small_disk: Path, tmp_path: Path, cli: Cli
) -> None:
    roomy, place = tmp_path / "roomy", small_disk / PLACES[name][0]
    roomy.mkdir()
    assert cli(*command(name, roomy / place.name)).code == 0
    if name == "predict --move_into":
        assert (
            cli("predict", "--undo", shutil.copytree(roomy / place.name, tmp_path / "s")).code == 0
        )
    pictures = {*contents(tmp_path / "own").values()}
    fill(small_disk, int(share * size(roomy)) // BLOCK * BLOCK)
    result = cli(*command(name, place))
    assert (result.code, "Traceback" in result.err) == (1, False), result.err
    assert "No space left on device" in result.err or "the disk is full" in result.err
    (small_disk / "ballast").unlink()
    look(small_disk)
    if name == "predict --move_into":
        there = [*contents(tmp_path / "own").values(), *contents(small_disk).values()]
        assert pictures <= {*there}
    again = command(name, place)
    if name in RESUMED and place.exists():
        again = [again[0], "--resume", str(place)]
    elif any(small_disk.iterdir()) and name in FORCED:
        again += ["--force"]
    result = cli(*again)
    assert result.code == 0, result.err
    assert contents(small_disk).keys() == contents(roomy).keys()
