"""Networks from outside in a spec: what is said of them without TensorFlow."""

from __future__ import annotations

import itertools
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cnncli.spec import check_text, dump, load_text
from cnncli.spec.outside import names

HEAD = "input: [96, 96, 3]\nlayers:\n  - "
TAIL = "\n  - GlobalAveragePooling2D\n  - Dense: {units: 2, activation: softmax}\n"


def layer(name: str, class_name: str, **own: object) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name, **own}}


PLAIN = [layer("block5_conv", "Conv2D"), layer("block5_pool", "MaxPooling2D")]


def keras_file(
    path: Path, *layers: Any, nested: bool = False, ours: bool = False, takes: object = None
) -> None:
    """Write what a `.keras` file says of a chain of layers, or of one in another network."""
    chain = [layer("in", "InputLayer", batch_shape=takes), *layers]
    for before, each in itertools.pairwise(chain):
        tensor = {"keras_history": [before["config"]["name"], 0, 0]}
        each["inbound_nodes"] = [{"args": [{"config": tensor}], "kwargs": {}}]
    config = layer("net", "Functional", layers=chain)
    if nested:
        config = layer("outer", "Sequential", layers=[layer("first", "InputLayer"), config])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        if ours:
            archive.writestr("cnncli.json", "{}")


def problems(line: str, folder: Path, before: str = "") -> list[str]:
    """What is wrong with a spec of this one layer, and a head; it stands in `folder`."""
    checked = check_text(before + HEAD + line + TAIL, str(folder / "net.yaml"))
    return [f"{p.line}:{p.column} {p.message}; {p.hint}" for p in checked.problems]


@pytest.mark.parametrize(
    "line",
    [
        "applications.MobileNetV2",
        "applications.MobileNetV2: {weights: imagenet, include_top: false, alpha: 0.5}",
        "applications.MobileNet: {weights: null, alpha: 0.1, depth_multiplier: 2}",
        "applications.MobileNetV3Small: {minimalistic: true, trainable: false, name: base}",
        "applications.VGG16: {weights: saved.weights.h5}",
        "applications.VGG16: {weights: run}",
        "pretrained: {file: saved.keras, until: block5_pool, trainable: false}",
        "pretrained: {file: saved.keras, prepare: vgg16}",
        "pretrained: {file: saved.keras, prepare: ResNet50V2}",
        "pretrained: {file: saved.keras, prepare: [-1, 1]}",
        "pretrained: {file: run, prepare: standardize}",
    ],
)
def test_what_may_be_said(line: str, tmp_path: Path) -> None:
    (tmp_path / "saved.weights.h5").touch()
    (tmp_path / "run").mkdir()
    for name in ("saved.keras", "run/model.keras"):
        keras_file(tmp_path / name, *PLAIN)
    assert problems(line, tmp_path) == []


@pytest.mark.parametrize(
    ("line", "said"),  # with ^ before the place that is meant
    [
        ("^applications.MobilNetV2", 'Keras has no layer .*"applications.MobileNetV2"'),
        ("applications.VGG16: {^alpha: 1.0}", '.* has no argument "alpha"'),
        ("applications.MobileNet: {alpha: ^0, weights: null}", ".*alpha.* above 0"),
        ("applications.MobileNetV2: {alpha: ^0.36}", "there are weights of ImageNet.*null"),
        ("applications.VGG16: {pooling: ^mean}", ".*avg or max"),
        ("applications.VGG16: {weights: ^imagnet}", '.*no such file; .*"imagenet"'),
        ("applications.VGG16: {weights: ^other.weights.h5}", '.*no such file; .*"othe.weig'),
        ("applications.VGG16: {weights: ^othe.txt}", ".* is not a .keras or .weights.h5"),
        ("applications.VGG16: {include_top: ^true}", ".*features; .*Dense"),
        ("applications.VGG16: {^classes: 3}", ".*; .*Dense"),
        ("applications.VGG16: {^input_shape: [96, 96, 3]}", ".*input:"),
        ("applications.ConvNeXtTiny: {^include_preprocessing: false}", ".*; .*0..255"),
        ("applications.VGG16: {^repet: 2}", '.*"repeat"'),
        ("^pretrained", 'pretrained needs the argument "file"'),
        ("pretrained: {file: ^othe.weights.h5}", ".* is not a .keras file"),
        ("pretrained: {file: ^a.keras}", ".*a.keras: no such file"),
        ("pretrained: {file: b.keras, prepare: ^resnt}", '"prepare" is .*"resnet"'),
        ("pretrained: {file: b.keras, prepare: ^[1, 0]}", '"prepare" is'),
        (
            "pretrained: {file: b.keras, until: ^blok5_pool}",
            '.*no layer "blok5_pool"; .*"block5_pool"',
        ),
        ("pretrained: {file: b.keras, until: ^block5_add}", ".*; the last layers of block5 are b"),
        ("pretrained: {file: ^empty}", ".*model.keras: no such file"),
        ("pretrained: {file: ^cut.keras}", ".*cut.keras: it is not a .keras file, or a damaged"),
        ("pretrained: {file: b.keras, ^layer: x}", '.*no argument "layer"'),
        ("TimeDistributed: {layer: ^applications.VGG16}", ".*VGG16 stands in a list of layers"),
    ],
)
def test_what_may_not_be_said(line: str, said: str, tmp_path: Path) -> None:
    for name in ("othe.weights.h5", "othe.txt"):
        (tmp_path / name).touch()
    keras_file(tmp_path / "b.keras", *PLAIN)
    (tmp_path / "cut.keras").write_bytes((tmp_path / "b.keras").read_bytes()[:200])
    (tmp_path / "empty").mkdir()
    (found,) = problems(line.replace("^", ""), tmp_path)
    assert re.match(rf"3:{5 + line.index('^')} {said}", found), found


@pytest.mark.parametrize(
    "line", ["applications.VGG16", "pretrained: {file: b.keras, prepare: nasnet}"]
)
def test_a_preprocess_beside_is_an_error(line: str, tmp_path: Path) -> None:
    keras_file(tmp_path / "b.keras", *PLAIN)
    (found,) = problems(line, tmp_path, "preprocess: rescale\n")
    assert "prepares its pixels itself" in found
    assert "leave preprocess out" in found


def test_where_nothing_prepares_preprocess_may(tmp_path: Path) -> None:
    keras_file(tmp_path / "b.keras", *PLAIN)
    assert problems("pretrained: {file: b.keras}", tmp_path, "preprocess: rescale\n") == []


IMAGENET = {"mean": [123.7, 116.3, 103.5], "variance": [3409.0, 3262.0, 3293.0]}


@pytest.mark.parametrize(
    ("first", "severity"),
    [
        ({"class_name": "Rescaling", "scale": 1 / 127.5, "offset": -1.0}, "error"),
        ({"class_name": "Normalization", **IMAGENET}, "error"),
        ({"class_name": "Rescaling", "scale": 2.0, "offset": -1.0}, "warning"),  # of 0..1
        ({"class_name": "BatchNormalization"}, "warning"),
        (None, None),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_file_that_scales_itself_is_not_fed_twice(
    first: dict[str, object] | None, severity: str | None, nested: bool, tmp_path: Path
) -> None:
    layers = [layer("scale", **first), *PLAIN] if first else list(PLAIN)
    keras_file(tmp_path / "b.keras", *layers, nested=nested)
    spec = f"preprocess: rescale\n{HEAD}pretrained: {{file: b.keras}}{TAIL}"
    found = check_text(spec, str(tmp_path / "net.yaml")).problems
    assert [each.severity for each in found] == ([severity] if severity else [])
    assert all("scales its pixels itself (by its layer scale)" in each.message for each in found)
    prepared = problems("pretrained: {file: b.keras, prepare: vgg16}", tmp_path)
    assert [line[:5] for line in prepared] == ["3:42 "] * (severity == "error")
    assert problems("pretrained: {file: b.keras, prepare: efficientnet}", tmp_path) == []


@pytest.mark.parametrize(
    ("takes", "hint"),
    [
        ([None, 96, 96, 3], None),
        ([None, None, None, 3], None),
        ([None, 224, 96, 3], "write input: [224, 96, 3]"),
        ([None, None, None, 1], "write input: [96, 96, 1]"),
        ([None, "x"], None),
        (7, None),
    ],
)
def test_an_input_of_another_size_is_told_where_it_stands(
    takes: object, hint: str | None, tmp_path: Path
) -> None:
    keras_file(tmp_path / "b.keras", *PLAIN, takes=takes)
    found = problems("pretrained: {file: b.keras}", tmp_path)
    assert [line.split("; ")[1] for line in found] == ([hint] if hint else [])
    assert all(line.startswith("1:1 ") or line.startswith("1:8 ") for line in found)


def test_the_network_of_a_run_takes_pixels(tmp_path: Path) -> None:
    keras_file(tmp_path / "b.keras", *PLAIN, ours=True)
    (found,) = problems("pretrained: {file: b.keras}", tmp_path, "preprocess: rescale\n")
    assert "as cnncli trained it" in found


def test_every_network_of_keras_has_a_word() -> None:
    assert len(names()) == 41


def test_a_spec_is_written_as_it_was_read(tmp_path: Path) -> None:
    keras_file(tmp_path / "b.keras", *PLAIN)
    said = "pretrained: {file: b.keras, until: block5_pool, prepare: [-1, 1]"
    text = f"{HEAD}{said}, trainable: false, name: x}}{TAIL}"
    assert said in dump(load_text(text, str(tmp_path / "net.yaml")))
