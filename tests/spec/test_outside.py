"""Networks from outside in a spec: what is said of them without TensorFlow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnncli.spec import check_text, dump, load_text
from cnncli.spec.outside import names

HEAD = "input: [96, 96, 3]\nlayers:\n  - "
TAIL = "\n  - GlobalAveragePooling2D\n  - Dense: {units: 2, activation: softmax}\n"


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
    for name in ("saved.weights.h5", "saved.keras"):
        (tmp_path / name).touch()
    (tmp_path / "run").mkdir()
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
        ("pretrained: {file: b.keras, ^layer: x}", '.*no argument "layer"'),
        ("TimeDistributed: {layer: ^applications.VGG16}", ".*VGG16 stands in a list of layers"),
    ],
)
def test_what_may_not_be_said(line: str, said: str, tmp_path: Path) -> None:
    for name in ("othe.weights.h5", "othe.txt", "b.keras"):
        (tmp_path / name).touch()
    (found,) = problems(line.replace("^", ""), tmp_path)
    assert re.match(rf"3:{5 + line.index('^')} {said}", found), found


@pytest.mark.parametrize(
    "line", ["applications.VGG16", "pretrained: {file: b.keras, prepare: nasnet}"]
)
def test_a_preprocess_beside_is_an_error(line: str, tmp_path: Path) -> None:
    (tmp_path / "b.keras").touch()
    (found,) = problems(line, tmp_path, "preprocess: rescale\n")
    assert "prepares its pixels itself" in found
    assert "leave preprocess out" in found


def test_where_nothing_prepares_preprocess_may(tmp_path: Path) -> None:
    (tmp_path / "b.keras").touch()
    assert problems("pretrained: {file: b.keras}", tmp_path, "preprocess: rescale\n") == []


def test_every_network_of_keras_has_a_word() -> None:
    assert len(names()) == 41


def test_a_spec_is_written_as_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "b.keras").touch()
    layers = "pretrained: {file: b.keras, until: pool, prepare: [-1, 1], trainable: false, name: x}"
    spec = load_text(HEAD + layers + TAIL, str(tmp_path / "net.yaml"))
    assert "pretrained: {file: b.keras, until: pool, prepare: [-1, 1]" in dump(spec)
