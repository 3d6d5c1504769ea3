"""What can be known before TensorFlow is loaded is said before, by every command.

The processes of these tests end with LOADED where TensorFlow would be loaded, and have no rights of
the superuser, so that a file without permissions is one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer import Typer
from typer import main as typer_main

from cnncli.registry import COMMANDS
from tests.commands.test_outputs import device
from tests.forker import Forker

# Each argument and option that names something to read, as "command parameter": the ending of the
# file, and the command line; {x} stands for what is not there, or cannot be read.
READERS = {
    "show arch": (".yaml", "show {x}"),
    "new from_": (".yaml", "new a.yaml --from {x}"),
    "validate files": (".yaml", "validate --build {x}"),
    "import reference": (".py", "import {x}:make"),
    "summary arch": (".yaml", "summary {x}"),
    "compare arch": (".yaml", "compare lesson {x}"),
    "diagram arch": (".yaml", "diagram {x} -o o.svg"),
    "export arch": (".yaml", "export {x} -o o.keras"),
    "convolve images": (".png", "convolve {x} -o o.png"),
    "convolve kernels": (".csv", "convolve {image} -k {x} -o o.png"),
    "kernels names": (".csv", "kernels {x}"),
    "pool source": (".npy", "pool {x} -o o.png"),
    "data data": ("", "data {x}"),
    "data arch": (".yaml", "data {images} --arch {x} --augmented o.png --augment RandomFlip"),
    "data labels": (".csv", "data {images} --labels {x}"),
    "data split_from": ("", "data {images} --split-from {x}"),
    "train data": ("", "train {x} --arch {spec}"),
    "train arch": (".yaml", "train {images} --arch {x}"),
    "train init": (".keras", "train {images} --arch {spec} --init {x}"),
    "train split_from": ("", "train {images} --arch {spec} --split-from {x}"),
    "train labels": (".csv", "train {images} --arch {spec} --labels {x}"),
    "train corrections": (".csv", "train {images} --arch {spec} --corrections {x}"),
    "train resume": ("", "train --resume {x}"),
    "train data_moved": ("", "train --resume {run} --epochs 9 --data {x}"),
    "evaluate model": (".keras", "evaluate {x} {images}"),
    "evaluate data": ("", "evaluate {run} {x}"),
    "evaluate data_moved": ("", "evaluate {run} --data {x}"),
    "evaluate labels": (".csv", "evaluate {run} {images} --labels {x}"),
    "predict model": ("", "predict {x} {image}"),
    "predict images": (".png", "predict {run} {x}"),
    "predict undo": ("", "predict --undo {x}"),
    "predict files_from": (".txt", "predict {run} --files-from {x}"),
    "runs places": ("", "runs {x}"),
    "features model": (".yaml", "features {x} {image}"),
    "features image": (".png", "features {run} {x}"),
    "filters model": (".yaml", "filters {x} -o o.png"),
    "filters data": ("", "filters {run} {x} -o o.png"),
    "explain model": ("", "explain {x} {image}"),
    "explain images": (".png", "explain {run} {x}"),
    "explain truth": (".csv", "explain {run} {image} --truth {x}"),
    "curves places": ("", "curves {x}"),
    "mistakes model": (".keras", "mistakes {x}"),
    "mistakes data": ("", "mistakes {run} {x}"),
    "mistakes data_moved": ("", "mistakes {run} --data {x}"),
    "bench models": (".onnx", "bench {x}"),
    "crossval data": ("", "crossval {x} --folds 2 --out cv"),
    "crossval arch": (".yaml", "crossval {images} --arch {x} --folds 2 --out cv"),
    "crossval labels": (".csv", "crossval {images} --labels {x} --folds 2 --out cv"),
    "crossval corrections": (
        ".csv",
        "crossval {images} --arch {spec} --corrections {x} --folds 2 --out cv",
    ),
    "crossval init": (".keras", "crossval {images} --arch {spec} --init {x} --folds 2 --out cv"),
    "crossval resume": ("", "crossval --resume {x}"),
    "tune data": ("", "tune {x} --arch {spec} --vary seed=1|2 --out t"),
    "tune arch": (".yaml", "tune {images} --arch {x} --vary seed=1|2 --out t"),
    "tune labels": (".csv", "tune {images} --arch {spec} --labels {x} --vary seed=1|2 --out t"),
    "tune split_from": (
        "",
        "tune {images} --arch {spec} --split-from {x} --vary seed=1|2 --out t",
    ),
    "tune corrections": (
        ".csv",
        "tune {images} --arch {spec} --corrections {x} --vary seed=1|2 --out t",
    ),
    "tune init": (".keras", "tune {images} --arch {spec} --init {x} --vary seed=1|2 --out t"),
    "tune resume": ("", "tune --resume {x}"),
    "report run": ("", "report {x}"),
    "report about": (".md", "report {run} --about {x}"),
    "report data": ("", "report {run} --data {x}"),
    "evaluate on": ("", "evaluate {run} {run}/model.keras --on {x}"),
    "export data_moved": ("", "export {run} --data {x} -o o.onnx"),
}  # fmt: skip
NAMES_A_FILE = re.compile(r"FILE|ARCH|MODEL|IMAGE|DATA|RUN|CSV|DIR|REF|KERNEL")
WRITES = (
    "output",
    "animate",
    "html",
    "array",
    "augmented",
    "out",
    "file",
    "raw",
    "predictions",
    "append",
    "move_into",
    "features",
    "copy_into",
)


@pytest.fixture
def command(tmp_path: Path, images: Path, tiny: Path, trained: Path):
    parts = {"images": images, "image": images / "left" / "000.png", "spec": tiny, "run": trained}
    return lambda line, x="": line.format(x=x, **parts).split()


def test_each_parameter_that_names_something_to_read_is_here() -> None:
    found = set()
    for entry in COMMANDS:
        app = Typer()
        app.command()(entry.load())
        for parameter in typer_main.get_command(app).params:
            if NAMES_A_FILE.search(parameter.metavar or "") and parameter.name not in WRITES:
                found.add(f"{entry.name} {parameter.name}")
    assert found == set(READERS)


@pytest.mark.parametrize("name", READERS)
def test_what_is_missing_a_folder_or_locked_is_told_at_once(
    name: str, command, tmp_path: Path, bare: Forker
) -> None:
    ending, line = READERS[name]
    folder, locked = tmp_path / f"folder{ending}", tmp_path / f"locked{ending}"
    folder.mkdir()
    locked.touch(0) if ending else locked.mkdir(0)
    for place in (tmp_path / f"missing{ending}", folder, locked):
        process = bare.start(*command(line, place), plain=True, cwd=tmp_path)
        code, said = process.wait(), process.output.read_text()
        assert code in (1, 2), (place, code, said)
        assert "Traceback" not in said and "error: " in said
        assert place.name in said or name == "kernels names"
        assert {path.name for path in tmp_path.iterdir()} == {folder.name, locked.name}
    locked.chmod(0o700)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("summary {spec} --columns nosuch", 'no column "nosuch"'),
        ("diagram {spec} -o a.xyz", "cannot be written as"),
        ("diagram {spec} --style boxes -o a.dot", "makes a picture"),
        ("compare {spec} {spec} --with layers[77].filters=1", "layers[77]"),
        ("features {run} {image} --layer nosuch", 'no layer is named "nosuch"'),
        ("filters {run} --layer nosuch", 'no layer is named "nosuch"'),
        ("convolve {image} -k {run}:nosuch:1", 'no layer is named "nosuch"'),
        ("convolve nosuch.png -k {run}:conv2d:1", "nosuch.png: no such file"),
        ("features {run} {image} -o a.gif", "the ending chooses"),
        ("features {spec} {image} --range 5,1", "--range"),
        ("train {images} --arch {spec} --positive nosuch", "no such class"),
        ("train {images} --arch {spec} --init {spec}", "is no run, no .keras"),
        ("train {images} --arch {spec} --out {images}", "not an empty folder"),
        ("train {images} --arch {spec} --freeze conv2", 'did you mean "conv2d"?'),
        ("summary {spec} --set training.unfreeze=conv/1", "no layer is named"),
        ("evaluate {run} {images}/left", "images"),
        ("import nosuch.models:make", "there is no module nosuch"),
        ("import applications:Nosuch", "Nosuch"),
        ("export {spec} -o a.xyz", "does not say a format"),
        ("predict {run} nosuch.png {images}/nosuch", "nosuch.png: no such file"),
        ("predict {run}", "There is no image"),
        ("predict {run} {images} --shard 3/2", "--shard 3/2"),
        ("tune {images} --arch {spec} --vary layers[0].filters=1.5|2 --out t", "yaml:6:"),
        ("tune {images} --arch {spec} --vary training.epochs=2|3 --epochs 1 --out t", "no diff"),
    ],
)
def test_options_that_cannot_be_meant_are_told_at_once(
    line: str, said: str, command, tmp_path: Path, bare: Forker
) -> None:
    process = bare.start(*command(line), plain=True, cwd=tmp_path)
    assert process.wait() in (1, 2), process.output.read_text()
    assert said in process.output.read_text()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "line",
    [
        "list",
        "list --json",
        "show lesson",
        "schema",
        "new -",
        "export lesson",
        "validate {spec} --json",
        "kernels",
        "kernels sobel --json",
        "neuron --no-picture",
        "activations --format csv",
        "activations -o -",
        "pool",
        "convolve {image} -k outline -o -",
        "data {images}",
        "data {images} --json",
        "runs {run}",
        "cache",
        "summary --help",
        "--version",
    ],
)
def test_a_full_device_on_stdout_is_told(line: str, command, tmp_path: Path, bare: Forker) -> None:
    full = device(tmp_path / "full", 7)
    process = bare.start(*command(line), plain=True, cwd=tmp_path, stdout=full)
    code, said = process.wait(), process.output.read_text()
    assert (code, said.splitlines()[-1]) == (1, "error: the output: No space left on device")
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_run_that_cannot_go_on_stays_as_it_is(
    trained: Path, tmp_path: Path, bare: Forker
) -> None:
    before = (trained / "run.json").read_bytes()
    process = bare.start("train", "--resume", trained, "--epochs", 9, "--data", tmp_path / "none")
    assert process.wait() == 1
    assert (trained / "run.json").read_bytes() == before
