"""Networks from outside give what plain Keras gives: their own features of pixels of 0..255."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.errors import SpecError
from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.spec import check_text, load_text
from cnncli.spec.catalog import applications
from tests.conftest import Cli

SIZE = 96
# The smallest of each family.
FAMILIES = {
    "ConvNeXtTiny": {},
    "DenseNet121": {},
    "EfficientNetB0": {},
    "EfficientNetV2B0": {},
    "InceptionResNetV2": {},
    "InceptionV3": {},
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {"alpha": 0.75},
    "NASNetMobile": {},
    "ResNet50": {},
    "ResNet50V2": {},
    "VGG16": {},
    "VGG19": {},
    "Xception": {},
}  # fmt: skip


def images() -> np.ndarray:
    """Real images, RGB, 0..255."""
    from sklearn.datasets import load_sample_images

    cut = [image[y : y + SIZE, x : x + SIZE] for image in load_sample_images().images
           for y, x in ((0, 0), (200, 300))]  # fmt: skip
    return np.stack(cut).astype(np.float32)


def random_network(name: str, **arguments: Any) -> Any:
    """A network of Keras's own, no weight as it is made."""
    keras = load_keras()
    keras.utils.set_random_seed(7)
    make = getattr(keras.applications, name)
    shape = (SIZE, SIZE, 3)
    model = make(weights=None, include_top=False, input_shape=shape, pooling="avg", **arguments)
    drawn = np.random.default_rng(8)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            changed = [each + drawn.uniform(0, 0.2, each.shape) for each in layer.get_weights()]
            layer.set_weights(changed)
    return model


def their_features(model: Any, name: str) -> np.ndarray:
    module = import_module(f"keras.applications.{applications()[name]['module']}")
    return model.predict(module.preprocess_input(images()), verbose=0)


def spec_of(line: str, folder: Path, head: str = "input: [96, 96, 3]") -> Any:
    return load_text(f"{head}\nlayers:\n  - {line}\n", str(folder / "net.yaml"))


def assert_features(line: str, folder: Path, theirs: np.ndarray) -> None:
    ours = build(spec_of(line, folder)).predict(images(), verbose=0)
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max(), rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_gives_the_features_of_keras(name: str, tmp_path: Path) -> None:
    model = random_network(name, **FAMILIES[name])
    model.save_weights(tmp_path / "saved.weights.h5")
    model.save(tmp_path / "saved.keras")
    theirs = their_features(model, name)
    assert theirs.std() > 0
    more = "".join(f", {key}: {value}" for key, value in FAMILIES[name].items())
    for file in ("saved.weights.h5", "saved.keras"):
        line = f"applications.{name}: {{weights: {file}, pooling: avg{more}}}"
        assert_features(line, tmp_path, theirs)
    assert_features(f"pretrained: {{file: saved.keras, prepare: {name}}}", tmp_path, theirs)


def test_all_families_are_tried() -> None:
    assert {applications()[name]["module"] for name in FAMILIES} == {
        each["module"] for each in applications().values()
    }


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small network: its weights, alone and old, and as a `.keras` file."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    folder = tmp_path_factory.mktemp("saved")
    model = random_network("MobileNet", alpha=0.25)
    model.save_weights(folder / "saved.weights.h5")
    model.save(folder / "saved.keras")
    with h5py.File(folder / "old.h5", "w") as old:
        legacy_h5_format.save_weights_to_hdf5_group(old, model)
    np.save(folder / "features.npy", their_features(model, "MobileNet"))
    (folder / "run").mkdir()
    keras = load_keras()
    whole = keras.Sequential([keras.Input((SIZE, SIZE, 3)), model, keras.layers.Dense(2)])
    whole.save(folder / "run" / "model.keras")
    return folder


@pytest.mark.parametrize("file", ["saved.weights.h5", "saved.keras", "old.h5", "run"])
def test_weights_of_a_file(file: str, saved: Path) -> None:
    theirs = np.load(saved / "features.npy")
    line = f"applications.MobileNet: {{weights: {file}, pooling: avg, alpha: 0.25}}"
    assert_features(line, saved, theirs)


def test_a_network_of_a_file_is_cut_behind_a_layer(saved: Path) -> None:
    keras = load_keras()
    whole = keras.saving.load_model(saved / "saved.keras")
    cut = keras.Model(whole.inputs, whole.get_layer("conv_pw_3_relu").output)
    fed = keras.applications.mobilenet.preprocess_input(images())
    theirs = cut.predict(fed, verbose=0)
    for prepare in ("mobilenet", "[-1, 1]"):
        line = f"pretrained: {{file: saved.keras, until: conv_pw_3_relu, prepare: {prepare}}}"
        assert_features(line, saved, theirs)


def test_a_frozen_network_is_frozen_within(saved: Path) -> None:
    line = "pretrained: {file: saved.keras, prepare: mobilenet, trainable: false}\n  - Dense: 2"
    model = build(spec_of(line.replace("2", "{units: 2}"), saved))
    assert [weight.path for weight in model.trainable_weights] == ["dense/kernel", "dense/bias"]
    assert [layer.name for layer in model.layers] == ["input", "pretrained", "dense"]


def test_shapes_alone_need_no_weights(saved: Path) -> None:
    line = "applications.MobileNetV2: {alpha: 0.35, pooling: max}"
    model = build(spec_of(line, saved), weights=False)
    assert model.count_params() == 410_208
    assert model.output_shape == (None, 1280)


def test_it_stands_within_models_and_blocks_and_is_used_again(saved: Path) -> None:
    text = """
input: {left: [96, 96, 3], right: [96, 96, 3]}
blocks:
  features:
    params: {file: saved.weights.h5}
    layers:
      - applications.MobileNet: {weights: $file, alpha: 0.25, name: base}
      - GlobalAveragePooling2D
layers:
  - features: {inputs: left, name: one}
  - Model:
      input: [96, 96, 3]
      layers: [{pretrained: {file: saved.keras, prepare: mobilenet}}]
      inputs: right
      name: two
  - use: {layer: two, inputs: left, name: three}
output: [one, two, three]
"""
    model = build(load_text(text, str(saved / "net.yaml")))
    one, two, three = model.predict([images(), images()[::-1]], verbose=0)
    theirs = np.load(saved / "features.npy")
    for ours, expected in ((one, theirs), (two, theirs[::-1]), (three, theirs)):
        np.testing.assert_allclose(ours, expected, atol=1e-5 * np.abs(theirs).max(), rtol=0)


@pytest.mark.parametrize(
    ("line", "head", "said"),
    [
        ("applications.VGG16: {weights: null}", "input: [96, 96, 1]", "3 channels.*three equal"),
        ("applications.VGG16: {weights: null}", "input: [8, 8, 3]", "at least 32x32"),
        ("applications.VGG16: {weights: null}", "input: [8]", "takes one image"),
        ("Model: {input: [64, 96, 3], layers: [pretrained: {file: saved.keras}]}",
         "input: [64, 96, 3]", r"takes \[96, 96, 3\], and is"),
        ("pretrained: {file: saved.keras, until: out}", "input: [96, 96, 3]", 'no layer "out"'),
        ("Sequential: {layers: [applications.VGG16: {weights: null}]}", "input: [96, 96, 3]",
         "use Model"),
    ],
)  # fmt: skip
def test_what_keras_refuses_is_told_at_the_line(
    line: str, head: str, said: str, saved: Path
) -> None:
    with pytest.raises(SpecError, match=rf"(?s)net.yaml:3:.*{said}"):
        build(spec_of(line, saved, head))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no weights", "holds no weights of"), (None, "holds no weights of")],
)
def test_a_file_of_other_weights_is_told(
    content: bytes | None, said: str, saved: Path, tmp_path: Path
) -> None:
    file = tmp_path / "other.weights.h5"
    whole = (saved / "saved.weights.h5").read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    line = "applications.MobileNet: {weights: other.weights.h5, alpha: 0.25}"
    for weights in (True, False):
        with pytest.raises(SpecError, match=rf"(?s)net.yaml:3:39:.*{said}"):
            build(spec_of(line, tmp_path), weights=weights)


def test_weights_of_another_width_are_told(saved: Path) -> None:
    for file in ("saved.weights.h5", "saved.keras"):
        line = f"applications.MobileNet: {{weights: {file}, alpha: 0.5}}"
        for weights in (True, False):
            with pytest.raises(
                SpecError, match=rf"(?s)net.yaml:3:39: .*{file}: holds no weights of"
            ):
                build(spec_of(line, saved), weights=weights)


def test_its_pixels_are_not_said_to_be_unscaled(saved: Path) -> None:
    for line in ("applications.VGG16", "pretrained: {file: saved.keras, prepare: mobilenet}"):
        text = f"input: [96, 96, 3]\nlayers:\n  - {line}\n  - Flatten\n  - Dense: {{units: 2}}\n"
        assert check_text(text, str(saved / "net.yaml")).problems == ()


SUMMARY = "input: [96, 96, 3]\nlayers:\n  - applications.MobileNetV2: {alpha: 0.35}\n"


def test_a_summary_shows_one_row_and_opens(cli: Cli, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SUMMARY)
    rows = cli("summary", spec, "--columns", "layer,type,params,macs").out.splitlines()
    assert [row.split()[:2] for row in rows[1:3]] == [
        ["input", "InputLayer"],
        ["mobilenetv2", "applications.MobileNetV2"],
    ]
    assert rows[3] == ""
    opened = cli("summary", spec, "--depth", "2").out
    assert "  block_16_project " in opened


def test_macs_are_those_of_its_layers(cli: Cli, tmp_path: Path) -> None:
    import json

    (tmp_path / "net.yaml").write_text(SUMMARY)
    keras = load_keras()
    flat = keras.applications.MobileNetV2(
        weights=None, include_top=False, alpha=0.35, input_shape=(SIZE, SIZE, 3)
    )
    flat.save(tmp_path / "flat.keras")
    ours, theirs = (
        json.loads(cli("summary", tmp_path / name, "--json").out)
        for name in ("net.yaml", "flat.keras")
    )
    assert ours["total_macs"] == theirs["total_macs"]
    assert ours["total_params"] == theirs["total_params"]
    inner = {layer["name"]: layer for layer in ours["layers"][-1]["layers"]}
    for layer in theirs["layers"]:
        if layer["type"] != "InputLayer":
            for key in ("macs", "params", "receptive_field", "output_shape"):
                assert inner[layer["name"]][key] == layer[key], layer["name"]


def test_a_comparison_says_what_was_changed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SUMMARY)
    out = cli("compare", tmp_path / "net.yaml", "--with", "layers[0].alpha=0.5").out
    assert "alpha 0.35 → 0.5" in out
    assert "block_1" not in out


def test_a_diagram_shows_one_card(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SUMMARY)
    assert cli("diagram", tmp_path / "net.yaml", "-o", tmp_path / "d.svg").code == 0
    drawn = (tmp_path / "d.svg").read_text()
    assert "applications.MobileNetV2 of" in drawn
    assert "block_1_expand" not in drawn
