"""No option does nothing: each changes what a command does, or is refused in that way of calling.

Two tests are made from the commands themselves. One calls each command in each of its ways with
each of its options, and compares with the same call without it. The other breaks each rule that
stands in an annotation (`commands/shared/applies.py`).
"""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.main import get_command

from cnncli.cli import app, main
from cnncli.commands.shared.applies import Leaves, Needs, NotWith, rules
from cnncli.registry import COMMANDS
from tests.conftest import Cli
from tests.data import folders

SPEC = """\
name: small
params: {width: 2, side: 3}
input: [12, 12, 3]
preprocess: rescale
blocks:
  pair:
    layers:
      - Conv2D: {filters: 3, kernel_size: 3, activation: relu}
      - BatchNormalization
layers:
  - Conv2D: {filters: 2, kernel_size: $side, activation: relu}
  - pair
  - Sequential:
      layers:
        - Flatten
        - Dense: {units: 3}
  - Dense: {units: $width, activation: tanh}
  - Dense: {units: 2, activation: softmax}
"""
MISFIT = """\
input: [12, 12, 3]
layers:
  - Conv2D: {filters: 2, kernel_size: 20}
"""
# The ways in which each command is called; a new command says its own here.
WAYS: dict[str, list[list[str]]] = {
    "list": [[]],
    "show": [["small.yaml"]],
    "new": [["fresh.yaml"], ["-"]],
    "validate": [["wrong.yaml", "misfit.yaml"]],
    "import": [["own.keras"], ["own.py:make"]],
    "schema": [[]],
    "layers": [[], ["Conv2D"], ["--kind", "optimizer"]],
    "summary": [
        ["small.yaml", *way] for way in ([], ["--json"], ["--format", "keras"], ["--format", "csv"])
    ],
    "compare": [["small.yaml", "lenet5"], ["small.yaml", "lenet5", "--json"]],
    "diagram": [
        ["small.yaml", *way]
        for way in ([], ["--style", "boxes"], ["--style", "neurons"], ["-o", "x.mmd"])
    ],
    "neuron": [[], ["--json"]],
    "activations": [["relu", "tanh", *way] for way in ([], ["--at", "1,2"], ["--json"])],
    "convolve": [
        ["photo.png", *way]
        for way in (
            ["-k", "sobel-left"],
            [],
            ["-k", "sobel-left", "--raw"],
            ["-k", "sobel-left", "--at", "2,2"],
            ["-k", "sobel-left", "--animate", "a.gif"],
            ["--html", "page.html"],
        )
    ],
    "kernels": [[], ["sobel"], ["--json"]],
    "pool": [
        [source, *way]
        for source in ("photo.png", "1 3 2 4; 5 6 1 2; 7 2 8 1; 0 4 3 9")
        for way in ([], ["--global"], ["--json"])
    ],
    "filters": [["small.yaml", *way] for way in ([], ["images"], ["--json"], ["--raw", "w.npz"])],
    "samples": [[], ["--json"], ["blobs", "made"]],
    "data": [
        ["images", *way]
        for way in ([], ["--array", "p.npy"], ["--augmented", "a.png", "--augment", "RandomFlip"])
    ],
    "cache": [[], ["--clear"]],
    "features": [["small.yaml", "deep.png", *way] for way in ([], ["--json"], ["-o", "m.npz"])],
    "train": [["images", "--arch", "wide.yaml", "--epochs", "1", "--out", "fresh"]],
    "evaluate": [
        ["trained"],
        ["trained", "--json"],
        ["trained", "images"],
        ["foreign.keras", "images", "--classes", "cat,dog"],
    ],
    "predict": [["trained", "photo.png"], ["foreign.keras", "photo.png", "--json"]],
    "runs": [["."], ["trained", "trained-2"]],
    "curves": [["trained"], ["trained", "--json"]],
    "explain": [
        ["trained", "photo.png", "--method", "gradient", "--json"],
        ["foreign.keras", "photo.png", "--method", "hires-cam"],
    ],
    "export": [["small.yaml"], ["small.yaml", "-o", "m.keras"], ["small.yaml", "-o", "m.onnx"]],
    "bench": [["mean.onnx", "--batch", "1"], ["mean.onnx", "--threads", "1"]],
}
# What they tell is seen in a trained run alone.
ELSEWHERE = {"crossval", "mistakes", "report", "tune"}
VALUES = {
    "max_drop": "0.5",
    "abstain": "1",
    "activation": "relu",
    "animate": "slide.gif",
    "arch": "lenet5",
    "array": "pixels.npy",
    "at": "1,3",
    "at_sensitivity": "0.9",
    "at_specificity": "0.9",
    "augment": "RandomRotation: {factor: 0.2}",
    "augmented": "augmented.png",
    "background": "white",
    "bias": "0.5",
    "classes": "a,b",
    "columns": "layer",
    "convolve dilation": "2",
    "convolve stride": "2",
    "class_": "cat",
    "class_weight": "{cat: 2}",
    "corrections": "decided.csv",
    "data": "images",
    "data param": "input_shape=[8,8,1]",
    "data depth": "2",
    "data set_": "input=[6,6,3]",
    "depth": "1",
    "train depth": "2",
    "freeze": "conv2d",
    "init": "trained",
    "loss": "CategoricalCrossentropy",
    "optimizer": "SGD",
    "split_seed": "5",
    "data_moved": "images",
    "evaluate data_moved": "nowhere",
    "export format_": "python|keras",
    "fold": "1",
    "folds": "3",
    "filters filter_": "1",
    "filters param": "side=2",
    "filters raw": "weights.npz",
    "filters set_": "layers[0].filters=3",
    "activations format_": "csv",
    "from_": "lesson",
    "group_column": "label",
    "group_by": r"(\d)\.",
    "html": "look.html",
    "image_column": "file",
    "input_range": "0,1",
    "inputs": "1,2",
    "interval": "-2,2",
    "keep": "last",
    "kernels": "sobel",
    "label_column": "label",
    "labels": "table.csv",
    "kind": "optimizer",
    "layer": "conv2d",
    "maps": "1",
    "metric": "loss",
    "data assert_": "images < 1",
    "summary assert_": "total_params < 1",
    "assert_": "accuracy < 0",
    "merge": "pets=cat,dog",
    "max_params": "1",
    "name": "another",
    "names": "sobel",
    "output": "taken.out",
    "out": "run",
    "param": "width=3",
    "by": "[ab]",
    "by_column": "site",
    "on": "images",
    "places": "runs",
    "positive": "cat",
    "search": "pool",
    "set_": "layers[3].units=5",
    "predict top": "1",
    "predict shard": "2/2",
    "append": "fresh.csv",
    "predict features": "vectors.npy",
    "move_into": "sorted",
    "copy_into": "sorted",
    "undo": "sorted",
    "predict files_from": "table.csv",
    "prepare": "ResNet50",
    "raw": "maps.npz",
    "method": "gradient-x-input",
    "resume": "run",
    "size": "3",
    "sort": "auc",
    "split": "60/20/20",
    "split_from": "table.csv",
    "truth": "truth.csv",
    "workers": "1",  # of several: tests/training/cluster
    "join_timeout": "3",
    "pool stride": "1",
    "range_": "0,100",
    "value_range": "0,100",
    "predictions": "taken.csv",
    "threshold": "0.3",
    "weights": "1,2",
    "with_": "layers[3].units=5",
    "vary": "layers[0].filters=2..3",
    "tune metric": "val_loss",
}
# What each does is not to be seen in a small call: tested where it stands.
# A network of others may be sure of what it sees, whatever --abstain asks for.
UNSEEN = {
    *("abstain", "no_cache", "save_every", "force", "near", "strict", "split_seed", "workers"),
}


SLOW = {"mean.onnx", "--animate", "--augmented", "--out", "--method", "--classes"}


def command(name: str) -> Any:
    return get_command(app).get_command(None, name)  # type: ignore[attr-defined]


def options(name: str) -> list[Any]:
    return [each for each in command(name).params if each.expose_value]


def words(name: str, parameter: Any) -> Iterator[list[str]]:
    """Yield an option with a value as it is typed; each of its choices where it has some."""
    if parameter.param_type_name == "argument":
        yield [VALUES.get(parameter.name, "small.yaml")]
    elif parameter.is_flag:
        yield [parameter.opts[0]]
    elif choices := getattr(parameter.type, "choices", None):
        yield from ([parameter.opts[0], str(getattr(one, "value", one))] for one in choices)
    else:
        value = VALUES.get(f"{name} {parameter.name}") or VALUES.get(parameter.name)
        if value is None and parameter.type.name.startswith(("int", "float")):
            value = "3"
        assert value is not None, f"VALUES: what may --{parameter.name} of {name} be?"
        yield from ([parameter.opts[0], one] for one in value.split("|"))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the calls name; it must not be written to."""
    import keras
    from PIL import Image

    folder = tmp_path_factory.mktemp("inputs")
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "photo.png")
    Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 200).save(folder / "deep.png")
    (folder / "small.yaml").write_text(SPEC)
    (folder / "wide.yaml").write_text(SPEC.replace("units: 2, activation", "units: 3, activation"))
    (folder / "wrong.yaml").write_text(SPEC.replace("Flatten", "Flaten"))
    (folder / "misfit.yaml").write_text(MISFIT)
    (folder / "own.py").write_text(
        "import keras\n\n\ndef make():\n"
        "    image = keras.Input((8, 8, 1))\n"
        "    made = keras.layers.Conv2D(2, 3)(keras.layers.Conv2D(2, 3)(image))\n"
        "    return keras.Model(image, made)\n"
    )
    image = keras.Input((8, 8, 1))
    same = keras.layers.Conv2D(2, 3)(keras.layers.Conv2D(2, 3)(image))
    keras.Model(image, same).save(folder / "own.keras")
    folders.classes(folder / "images", {"cat": 12, "dog": 12})
    clear = np.dstack([pixels, pixels[:, :, :1]])  # partly transparent
    Image.fromarray(clear).save(folder / "images" / "cat" / "clear.png")
    parts, labels = ["train", "test", "validation"], ["left", "right"]
    names = sorted(f"{path.parent.name}/{path.name}" for path in folder.glob("images/*/*.png"))
    lines = [f"{name},{labels[i % 2]},{parts[i % 3]}" for i, name in enumerate(names)]
    model = keras.Sequential([image, keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2, activation="softmax"))
    model.save(folder / "foreign.keras")
    _mean(folder / "mean.onnx")
    train = ("train", folder / "images", "--arch", folder / "small.yaml", "--epochs", "1")
    assert main([*map(str, train), "--out", str(folder / "trained"), "--quiet"]) == 0
    shutil.copytree(folder / "trained", folder / "trained-2")
    about = (folder / "trained-2" / "run.json").read_text()
    (folder / "trained-2" / "run.json").write_text(about.replace('"seed": 0', '"seed": 1'))
    (folder / "truth.csv").write_text("file,top,left,height,width\nphoto.png,2,2,4,4\n")
    (folder / "decided.csv").write_text(f"file,action,label\n{names[0]},drop,\n")
    (folder / "table.csv").write_text("\n".join(["file,label,split", *lines]) + "\n")
    return folder


RUNS = ("trained", "trained-2")  # among the inputs


def _mean(path: Path) -> None:
    """Write a network of ONNX, the mean of each of three channels, which answers in no time."""
    import onnx
    from onnx import helper

    floats = onnx.TensorProto.FLOAT
    steps = [
        helper.make_node("GlobalAveragePool", ["turned"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Softmax", ["flat"], ["probabilities"]),
    ]
    turn = helper.make_node("Transpose", ["image"], ["turned"], perm=[0, 3, 1, 2])
    graph = helper.make_graph(
        [turn, *steps],
        "mean",
        [helper.make_tensor_value_info("image", floats, ["N", 8, 8, 3])],
        [helper.make_tensor_value_info("probabilities", floats, ["N", 3])],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def _steady(said: str) -> str:
    """Leave away of what `bench` says the times and sizes, and how broad they are."""
    return re.sub(r"[ -]+", " ", re.sub(r"\d+[.,][\d.,e-]+|\b\d{2,}\b", "#", said))


def _tells_time(path: Path) -> bool:
    """Whether a file of a run differs from one time to the next."""
    in_a_run = any((folder / "run.json").is_file() for folder in path.parents)
    return in_a_run and path.suffix not in (".csv", ".yaml")


class Desk:
    """A folder of its own for each call, with the inputs in it as links."""

    def __init__(self, cli: Cli, inputs: Path, tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cli, self.inputs, self.tmp, self.monkeypatch = cli, inputs, tmp, monkeypatch
        self.calls = 0

    def call(self, *argv: str) -> tuple[int, str, str, dict[str, bytes]]:
        """Return the exit code, both outputs, and the files that came to be; none is a bug."""
        self.calls += 1
        folder = self.tmp / str(self.calls)
        folder.mkdir()
        for each in self.inputs.iterdir():
            if (each / "run.json").is_file():  # what looks at a run counts that in it
                shutil.copytree(each, folder / each.name)
            else:
                (folder / each.name).symlink_to(each)
        self.monkeypatch.chdir(folder)
        result = self.cli(*argv)
        made = {
            str(path.relative_to(folder)): b"" if _tells_time(path) else path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
            and not path.is_symlink()
            and not {"trained", "trained-2"} & {*path.parts}
        }
        assert result.code in (0, 1, 2), result.err
        out = _steady(result.out) if argv[0] == "bench" else result.out
        return result.code, out, result.err, made


@pytest.fixture
def desk(cli: Cli, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(cli, inputs, tmp_path, monkeypatch)


def test_every_command_says_its_ways() -> None:
    assert {entry.name for entry in COMMANDS} == set(WAYS) | ELSEWHERE


@pytest.mark.parametrize(
    ("name", "way"),
    [
        pytest.param(
            name, way, marks=[pytest.mark.slow] * bool(SLOW & set(way)), id=" ".join([name, *way])
        )
        for name, ways in WAYS.items()
        for way in ways
    ],
)
def test_no_option_does_nothing(desk: Desk, name: str, way: list[str]) -> None:
    plain = desk.call(name, *way)
    idle = []
    for parameter in options(name):
        if parameter.param_type_name == "argument" or set(parameter.opts) & set(way):
            continue
        tried = (desk.call(name, *way, *more) for more in words(name, parameter))
        if all(each == plain for each in tried):
            idle.append(parameter.name)
    assert set(idle) <= UNSEEN


def line(name: str, *wanted: str, alone: bool = False) -> list[str]:
    """Return a call with the parameters `wanted`, and what a command cannot do without."""
    found: list[str] = []
    arguments = [each.name for each in options(name) if each.param_type_name == "argument"]
    before = max((arguments.index(each) for each in wanted if each in arguments), default=0)
    for each in options(name):
        if each.name in (*wanted, *arguments[:before]) or (each.required and not alone):
            found += next(words(name, each))
    return found


def broken(name: str) -> Iterator[tuple[str, list[str], str]]:
    """Yield calls that break a rule of a command, and the option that is to be refused."""
    known = {each.name: each for each in options(name)}
    for option, those in rules(inspect.unwrap(command(name).callback)).items():
        typed = known[option].opts[-1] if known[option].param_type_name == "option" else "DATA"
        for rule in those:
            if isinstance(rule, Needs):
                yield option, line(name, option), typed
            elif isinstance(rule, NotWith):
                for other in sorted(set(rule.others) & set(known)):
                    yield f"{option}-{other}", line(name, option, other), typed
            elif isinstance(rule, Leaves):
                needed = [each for each in rule.others if each in known and known[each].required]
                for other in sorted(set(known) - {option, *rule.others}):
                    yield f"{option}-{other}", line(name, option, other, *needed, alone=True), ""


@pytest.mark.parametrize(
    ("name", "call", "option"),
    [
        pytest.param(entry.name, call, option, id=f"{entry.name}-{label}")
        for entry in COMMANDS
        for label, call, option in broken(entry.name)
    ],
)
def test_a_rule_that_is_broken(desk: Desk, name: str, call: list[str], option: str) -> None:
    code, out, said, made = desk.call(name, *call)
    assert (code, out, made) == (2, "", {})
    assert "does nothing" in said
    assert option in said


def test_what_resume_obeys(desk: Desk) -> None:
    for option in ("--epochs=3", "--data=images", "--save-every=3", "--tensorboard", "--no-cache"):
        code, _, said, _ = desk.call("train", "--resume", "nowhere", option, "--json")
        assert (code, said.splitlines()[0]) == (1, "error: nowhere: no run; it holds no run.json")
    code, _, said, _ = desk.call("train", "--resume", "nowhere", "--learning-rate", "0.1")
    assert (code, said.splitlines()) == (
        2,
        [
            "error: --learning-rate does nothing beside --resume",
            "Beside it apply --epochs, --data, --save-every, --tensorboard, --no-cache, "
            "--workers, --join-timeout, --json. A run goes on as it began; what else is to "
            "differ, such as another rate, begins a new one: cnncli train DATA --init RUN",
        ],
    )


def test_standard_output_is_not_overwritten(desk: Desk) -> None:
    code, out, said, _ = desk.call("schema", "-o", "-", "--force")
    assert (code, out, said) == (2, "", "error: --force does nothing without -o\n")
