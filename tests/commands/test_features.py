"""`cnncli features` against sub-models of plain Keras."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.conftest import Cli
from tests.forker import Forker

PIXELS = np.random.default_rng(5).integers(0, 256, (24, 32, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(PIXELS).save("image.png")


def chain() -> Any:
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((24, 32, 3), name="pixels"),
            layers.Rescaling(1 / 255, name="rescale"),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(6, 3, activation="tanh", name="second"),
            layers.GlobalAveragePooling2D(name="average"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )


def branches() -> Any:
    """Return a graph with two branches, a layer that is used twice, and an operation."""
    import keras

    layers = keras.layers
    image = keras.Input((24, 32, 3), name="pixels")
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    once = shared(image)
    left = layers.Conv2D(5, 1, name="left")(once)
    right = layers.DepthwiseConv2D(3, padding="same", name="right")(shared(once))
    joined = layers.Concatenate(name="joined")([left, right])
    halved = keras.ops.multiply(joined, 0.5)
    return keras.Model(image, layers.Dense(2, name="last")(layers.Flatten(name="flat")(halved)))


def saved(make: Callable[[], Any]) -> Any:
    """Save a network as model.keras, its weights and statistics moved off their defaults."""
    import keras

    keras.utils.set_random_seed(3)
    model = make()
    model.save("model.keras")
    return model


def maps_of(cli: Cli, *arguments: str) -> dict[str, np.ndarray]:
    result = cli("features", *arguments, "-o", "maps.npz", "--force")
    assert result.code == 0, result.err
    with np.load("maps.npz") as stored:
        return dict(stored)


@pytest.mark.parametrize("make", [chain, branches])
def test_maps_are_the_outputs_of_a_submodel(cli: Cli, make: Callable[[], Any]):
    import keras

    model = saved(make)
    maps = maps_of(cli, "model.keras", "image.png")
    batch = PIXELS[None].astype(np.float32)
    names = [layer.name for layer in model.layers]
    assert set(names) <= set(maps)
    for layer in model.layers:
        expected = keras.Model(model.inputs, layer.output)(batch)[0]
        np.testing.assert_allclose(maps[layer.name], expected, rtol=1e-5, atol=1e-5)


def test_a_layer_that_is_used_twice_has_an_output_for_each(cli: Cli):
    import keras

    model = saved(branches)
    maps = maps_of(cli, "model.keras", "image.png", "--layer", "shared")
    assert list(maps) == ["shared", "shared@2"]
    shared = model.get_layer("shared")
    twice = shared(shared(keras.ops.convert_to_tensor(PIXELS[None].astype(np.float32))))
    np.testing.assert_allclose(maps["shared@2"], twice[0], rtol=1e-5, atol=1e-4)


def within(name: str, *outputs: str) -> Any:
    """Return a network with one nested in it, of which one layer has 2 maps, and another 3."""
    import keras

    entered = keras.Input((24, 32, 3))
    made = {n: keras.layers.Conv2D(i, 1, name=n) for i, n in ((2, "first"), (3, name))}
    maps = {n: layer(entered) for n, layer in made.items()}
    base = keras.Model(entered, [maps[n] for n in outputs], name="base")
    image = keras.Input((24, 32, 3))
    last = keras.tree.flatten(base(image))[-1]
    pooled = keras.layers.GlobalAveragePooling2D()(last)
    return keras.Model(image, keras.layers.Dense(2, activation="softmax")(pooled))


@pytest.mark.parametrize(
    ("name", "outputs", "kind"),
    [("1", ("1",), "Conv2D"), ("other", ("first", "other"), "Functional")],
)
def test_a_number_behind_a_network_is_its_layer_or_its_result(
    cli: Cli, name: str, outputs: tuple[str, ...], kind: str
) -> None:
    within(name, *outputs).save("model.keras")
    result = cli("features", "model.keras", "image.png", "--layer", "base/1", "--json")
    (layer,) = json.loads(result.out)["layers"]
    assert (layer["name"], layer["type"], layer["shape"]) == ("base/1", kind, [24, 32, 3])


@pytest.mark.parametrize("command", [["features"], ["explain", "--method", "grad-cam"]])
def test_a_number_behind_a_network_that_names_both_is_refused(cli: Cli, command: list[str]) -> None:
    within("1", "first", "1").save("model.keras")
    result = cli(*command, "model.keras", "image.png", "--layer", "base/1", "-o", "maps.png")
    assert result.code == 2
    both = '--layer base/1 names two things: result 1 of "base", and the layer "1" within it'
    assert both in result.err
    assert not Path("maps.png").exists()


def test_an_architecture_is_prepared_as_for_training_and_said_to_be_random(cli: Cli):
    import keras

    result = cli("features", "lesson", "image.png", "-o", "maps.npz")
    assert "not trained" in result.err
    with np.load("maps.npz") as stored:
        maps = dict(stored)
    grey = cv2.cvtColor(PIXELS, cv2.COLOR_RGB2GRAY)
    resized = cv2.resize(grey, (256, 256), interpolation=cv2.INTER_LINEAR).astype(np.float64)
    assert maps["input"].shape == (256, 256, 1)
    prepared = maps["input"][:, :, 0].astype(np.float64)
    assert abs(prepared - resized).mean() < 8  # the way of enlarging is the business of resize
    standard = (prepared - prepared.mean()) / np.sqrt(prepared.var() + 1e-3)
    np.testing.assert_allclose(maps["preprocess"][:, :, 0], standard, atol=1e-4)
    convolution = keras.layers.Conv2D(8, 3, padding="same", activation="relu")
    assert maps["conv2d"].shape == (256, 256, convolution.filters)


RESIDUAL = """
name: small
input: [12, 12, 1]
preprocess: standardize
resize: pad
blocks:
  residual:
    layers:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same, activation: relu, name: main}
      - Conv2D: {filters: 4, kernel_size: 1, inputs: input, name: shortcut}
      - Add: {inputs: [main, shortcut]}
layers:
  - residual: {repeat: 2}
  - GlobalAveragePooling2D
  - Dense: {units: 10, activation: softmax}
"""


def test_a_run_shows_what_its_trained_network_makes_of_an_image(cli: Cli):
    """Of a graph with branches: sub-models of the saved file, and the chances of `predict`."""
    import keras

    from cnncli.evaluation import subject

    Path("small.yaml").write_text(RESIDUAL)
    trained = cli("train", "sample:digits", "--arch", "small.yaml", "--epochs", "1", "--out", "run")
    assert trained.code == 0, trained.err
    maps = maps_of(cli, "run", "image.png")
    assert cli("features", "run", "image.png", "--json").err.count("not trained") == 0
    model = keras.saving.load_model("run/model.keras")
    for name in ("preprocess", "residual_1_shortcut", "residual_2_main", "residual_2_add"):
        inner = keras.Model(model.inputs, model.get_layer(name).output)
        np.testing.assert_allclose(maps[name], inner(maps["input"][None])[0], rtol=1e-4, atol=1e-5)
    assert subject.load("run", None).units == tuple("0123456789")
    chances = json.loads(cli("predict", "run", "image.png", "--json").out)["probabilities"]
    np.testing.assert_allclose(maps["dense"], list(chances.values()), rtol=1e-4, atol=1e-6)
    untrained = maps_of(cli, "small.yaml", "image.png")
    np.testing.assert_array_equal(untrained["input"], maps["input"])
    assert np.abs(untrained["residual_1_main"] - maps["residual_1_main"]).max() > 0


def test_a_map_that_is_zero_everywhere_is_dead(cli: Cli):
    import keras

    model = chain()
    kernel, bias = model.get_layer("first").get_weights()
    kernel[..., 2], bias[2] = 0, -1
    model.get_layer("first").set_weights([kernel, bias])
    keras.saving.save_model(model, "model.keras")
    result = cli("features", "model.keras", "image.png", "--json")
    layers = {layer["name"]: layer for layer in json.loads(result.out)["layers"]}
    assert 2 in layers["first"]["dead"] and 2 in layers["pool"]["dead"]
    assert layers["second"]["dead"] == []
    assert "Maps that are zero everywhere for this image: first 1 of 4, pool 1 of 4." in result.err


def test_json_describes_each_layer_and_makes_no_picture(cli: Cli):
    saved(chain)
    before = set(Path().iterdir())
    document = json.loads(cli("features", "model.keras", "image.png", "--json").out)
    assert document["weights"] == "trained"
    assert [layer["name"] for layer in document["layers"]][1:] == [
        "rescale",
        "first",
        "pool",
        "second",
        "average",
        "classes",
    ]
    classes = document["layers"][-1]
    assert (classes["type"], classes["shape"]) == ("Dense", [3])
    assert 0 <= classes["min"] <= classes["max"] <= 1
    assert set(Path().iterdir()) == before


def test_the_sheet_has_a_section_for_each_layer(cli: Cli):
    saved(branches)
    assert cli("features", "model.keras", "image.png").out == "image-features.png\n"
    whole = Image.open("image-features.png")
    assert cli("features", "model.keras", "image.png", "-l", "left", "-o", "left.png").code == 0
    part = Image.open("left.png")
    assert whole.size[0] == part.size[0] and whole.size[1] > 3 * part.size[1]
    assert cli("features", "model.keras", "image.png", "-l", "left", "-o", "left.pdf").code == 0
    assert Path("left.pdf").read_bytes().startswith(b"%PDF")
    # Something other than white paper is drawn, in colours.
    assert np.asarray(part).std(axis=2).max() > 50


def test_a_sheet_of_one_layer_shows_the_image_too(cli: Cli):
    # A picture of a colour that no scale of values has, 24 x 32 pixels enlarged to 96 x 128.
    Image.fromarray(np.full_like(PIXELS, (255, 0, 255))).save("pink.png")
    saved(branches)
    assert cli("features", "model.keras", "pink.png", "-l", "left", "-o", "s.png").code == 0
    pink = (np.asarray(Image.open("s.png")) == (255, 0, 255)).all(axis=2)
    assert pink.sum() >= 94 * 126
    assert list(maps_of(cli, "model.keras", "pink.png", "-l", "left")) == ["left"]


def test_the_sheet_leaves_out_layers_that_change_nothing(cli: Cli):
    import keras

    model = keras.Sequential(
        [
            keras.Input((24, 32, 3)),
            keras.layers.Conv2D(4, 3, name="first"),
            keras.layers.Dropout(0.5, name="drop"),
            keras.layers.MaxPooling2D(2, name="pool"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(2, name="last"),
        ]
    )
    model.save("model.keras")
    result = cli("features", "model.keras", "image.png", "-o", "all.png")
    assert "Not drawn, as they pass on what they get: drop, flat." in result.err
    assert {"drop", "flat"} <= set(maps_of(cli, "model.keras", "image.png"))
    result = cli("features", "model.keras", "image.png", "-l", "drop", "-o", "drop.png")
    assert "Not drawn" not in result.err


def test_what_is_longer_than_a_page_becomes_several(cli: Cli):
    import keras

    wide = keras.layers.Conv2D(240, 1, name="wide")
    keras.Sequential([keras.Input((24, 32, 3)), wide]).save("model.keras")
    names = ["image-features-1.png", "image-features-2.png", "image-features-3.png"]
    arguments = ["features", "model.keras", "image.png"]
    assert cli(*arguments).out.split() == names
    assert cli(*arguments).out.split()[0] == "image-features-2-1.png"
    assert cli(*arguments, "--scale", "map", "-o", "own.png").code == 0
    first = Image.open("own-1.png")
    assert first.size == Image.open(names[0]).size
    assert first.tobytes() != Image.open(names[0]).tobytes()
    assert cli(*arguments, "-o", "all.pdf").code == 0
    assert re.findall(rb"/Count (\d+)", Path("all.pdf").read_bytes())[-1] == b"3"
    again = cli(*arguments, "-o", "own.png")
    assert again.code == 2 and "own-1.png exists" in again.err
    refused = cli(*arguments, "-o", "-")
    assert refused.code == 2 and "3 pages" in refused.err


def test_at_most_so_many_maps_are_drawn(cli: Cli):
    saved(branches)
    for maps in ("1", "64"):
        arguments = ["-l", "joined", "--maps", maps, "-o", f"{maps}.png"]
        assert cli("features", "model.keras", "image.png", *arguments).code == 0
    assert Image.open("1.png").size == Image.open("64.png").size  # eight maps: one row
    assert Image.open("1.png").tobytes() != Image.open("64.png").tobytes()


def test_a_network_of_any_size_takes_the_image_as_it_is(cli: Cli):
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(2, 3, name="only")])
    model.save("model.keras")
    assert maps_of(cli, "model.keras", "image.png")["only"].shape == (22, 30, 2)


def test_a_network_of_two_images_is_refused(cli: Cli):
    import keras

    inputs = [keras.Input((8, 8, 1)), keras.Input((8, 8, 1))]
    keras.Model(inputs, keras.layers.Add()(inputs)).save("model.keras")
    result = cli("features", "model.keras", "image.png")
    assert result.code == 1
    assert "takes inputs of shapes [8, 8, 1], [8, 8, 1], not one image" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["model.keras", "image.png", "-l", "fist"], 2, "Did you mean first"),
        (["model.keras", "image.png", "-o", "x.svg"], 2, "Formats: .png, .pdf, .npz"),
        (["model.keras", "image.png", "--json", "-o", "-"], 2, "both want standard output"),
        (["model.keras", "image.png", "--maps", "0"], 2, "--maps"),
        (["model.keras", "image.png", "--range", "9"], 2, "--range is two numbers"),
        (["model.keras", "missing.png"], 1, "missing.png"),
        (["model.keras", "model.keras"], 1, "model.keras"),
        (["-", "-"], 2, "standard input is one thing"),
        (["missing.keras", "image.png"], 2, "missing.keras: no such file"),
        (["image.png", "image.png"], 2, "image.png"),
        (["model.keras", "image.png", "-p", "a=1"], 2, "-p changes a spec"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, arguments: list[str], code: int, message: str):
    saved(chain)
    result = cli("features", *arguments)
    assert result.code == code, result.err
    assert message in result.err and "Traceback" not in result.err
    assert result.out == ""


def test_an_unknown_layer_is_told_before_tensorflow_is_loaded(cli: Cli):
    assert cli("export", "lesson", "-o", "lesson.keras").code == 0
    loaded = "import sys; from cnncli.cli import main; code = main({}); "
    loaded += "sys.exit(code * 10 + ('tensorflow' in sys.modules))"
    for model, layer, code in (
        ("lesson", "con2d", 20),
        ("lesson.keras", "con2d", 20),
        ("lesson.keras", "conv2d", 1),
        ("lesson", "preprocess", 1),
    ):
        command = ["features", model, "sample:mri", "--layer", layer, "--json"]
        found = subprocess.run([sys.executable, "-c", loaded.format(command)], capture_output=True)
        assert found.returncode == code, found.stderr
        assert (b"Did you mean conv2d" in found.stderr) is (code == 20)


def test_what_is_no_map_is_named_and_stored(cli: Cli):
    import keras

    layers = keras.layers
    image = keras.Input((24, 32, 3))
    deep = layers.Reshape((24, 32, 3, 1), name="deep")(image)
    keras.Model(image, layers.Dense(2, name="last")(layers.Flatten()(deep))).save("model.keras")
    assert maps_of(cli, "model.keras", "image.png")["deep"].shape == (24, 32, 3, 1)
    result = cli("features", "model.keras", "image.png")
    assert result.code == 0
    assert "not drawn: deep." in result.err


def test_layers_of_a_network_that_was_summarized_are_known_at_once(
    cli: Cli, bare: Forker, images: Path
):
    model = "applications:VGG16"
    assert cli("summary", model).code == 0
    for command in (("features", model, images / "left" / "000.png"), ("filters", model)):
        process = bare.start(*command, "--layer", "block1_conf1", plain=True)
        said = (process.wait(), process.output.read_text())
        assert said[0] == 2 and 'no layer is named "block1_conf1"' in said[1], said
        assert "block1_conv1" in said[1]
