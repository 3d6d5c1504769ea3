"""Networks of others: how they are fed, what their outputs are, and what is refused."""

from __future__ import annotations

import importlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.preparation import Preparation
from cnncli.network.preparing import prepared
from cnncli.runs import model_file
from cnncli.spec.application_families import FAMILIES, family_of
from cnncli.training import probabilities
from tests.conftest import Cli
from tests.network.foreign import head, save

UNSAID = "nothing says which values this network was trained on"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    return tmp_path / "image.png"


def asked(path: Path, image: Path, scale: Any) -> np.ndarray:
    """What Keras itself answers to the image, its values scaled by `scale`."""
    keras = load_keras()
    values = scale(np.asarray(Image.open(image), np.float32))
    outputs = keras.saving.load_model(path, compile=False)(values[None, ..., None])
    answer: np.ndarray = np.asarray(outputs)[0]
    return answer


def predicted(cli: Cli, *argv: Any) -> tuple[list[float], str]:
    result = cli("predict", *argv, "--json")
    assert result.code == 0, result.err
    return list(json.loads(result.out)["probabilities"].values()), result.err


SCALES = {
    "--input-range=0,1": lambda values: values / 255,
    "--input-range=-1,1": lambda values: values / 127.5 - 1,
    "--input-range=0,255": lambda values: values,
    "--standardize": lambda values: (values - values.mean()) / values.std(),
}


@pytest.mark.parametrize("option", SCALES)
def test_a_network_is_fed_as_it_is_said(cli: Cli, tmp_path: Path, image: Path, option: str) -> None:
    path = save(tmp_path / "theirs.keras", head())
    chances, said = predicted(cli, path, image, option)
    np.testing.assert_allclose(chances, asked(path, image, SCALES[option]), atol=2e-5)
    assert "warning" not in said


@pytest.mark.parametrize("family", FAMILIES)
def test_families_prepare_as_keras_does(family: str) -> None:
    keras = load_keras()
    values = np.random.default_rng(0).uniform(0, 255, (2, 6, 6, 3)).astype(np.float32)
    module = importlib.import_module(f"keras.applications.{family}")
    model = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Identity(name="same")])
    made = prepared(model, Preparation(family=family))
    expected = module.preprocess_input(values.copy())
    np.testing.assert_allclose(np.asarray(made(values)), expected, atol=2e-5)
    assert made.layers[-1] is model.layers[-1]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("ResNet50", "resnet"),
        ("ResNet50V2", "resnet_v2"),
        ("EfficientNetV2B0", "efficientnet_v2"),
        ("EfficientNetB0", "efficientnet"),
        ("MobileNet", "mobilenet"),
        ("MobileNetV3Small", "mobilenet_v3"),
        ("nasnet", "nasnet"),
        ("NASNetLarge", "nasnet"),
        ("convnext", "convnext"),
        ("InceptionResNetV2", "inception_resnet_v2"),
        ("ResNet51", None),
    ],
)
def test_a_family_is_named_by_its_networks_too(name: str, family: str | None) -> None:
    assert family_of(name) == family


def test_what_nobody_says_is_told(cli: Cli, tmp_path: Path, image: Path) -> None:
    keras = load_keras()
    path = save(tmp_path / "theirs.keras", head())
    for command in ("predict", "features"):
        result = cli(command, path, image, "--json")
        assert UNSAID in result.err and "--input-range" in result.err
    scaled = save(tmp_path / "scaled.keras", [keras.layers.Rescaling(1 / 255), *head()])
    assert UNSAID not in predicted(cli, scaled, image)[1]
    twice = predicted(cli, scaled, image, "--input-range", "0,1")[1]
    assert "scaled twice" in twice
    inner = keras.Sequential(
        [keras.Input((12, 12, 1)), keras.layers.Normalization(mean=0, variance=1)]
    )
    nested = save(tmp_path / "nested.keras", [keras.layers.RandomFlip(), inner, *head()])
    assert UNSAID not in predicted(cli, nested, image)[1]


def test_two_ways_to_feed_and_unknown_families(cli: Cli, tmp_path: Path, image: Path) -> None:
    path = save(tmp_path / "theirs.keras", head())
    result = cli("predict", path, image, "--standardize", "--prepare", "vgg16")
    assert (result.code, "two ways" in result.err) == (2, True)
    result = cli("features", path, image, "--prepare", "vgg61")
    assert (result.code, 'did you mean "vgg1' in result.err) == (2, True)
    result = cli("predict", path, image, "--prepare", "vgg16")
    assert (result.code, "is for 3 channels" in result.err) == (1, True)


def test_a_run_says_itself_how_it_is_fed(cli: Cli, trained: Path, image: Path) -> None:
    for argv in (("predict", trained, image), ("evaluate", trained)):
        result = cli(*argv, "--input-range", "0,1")
        assert (result.code, "says itself how it is fed" in result.err) == (2, True)
    assert cli("features", trained, image, "--standardize").code == 2
    assert cli("features", "lesson", image, "--standardize").code == 2


def softmax(values: np.ndarray) -> np.ndarray:
    shifted = np.exp(values - values.max())
    result: np.ndarray = shifted / shifted.sum()
    return result


def test_linear_outputs_become_probabilities(cli: Cli, tmp_path: Path, images: Path) -> None:
    image = next(images.rglob("*.png"))
    path = save(tmp_path / "logits.keras", head(activation=None))
    logits = asked(path, image, lambda values: values / 255)
    chances, said = predicted(cli, path, image, "--input-range", "0,1")
    np.testing.assert_allclose(chances, softmax(logits), atol=1e-6)
    assert "are logits: softmax makes probabilities" in said
    options = ("--classes", "left,right", "--input-range", "0,1", "--json")
    measured = cli("evaluate", path, images, *options)
    assert measured.code == 0, measured.err
    assert 0 <= json.loads(measured.out)["auc"] <= 1


def test_a_loss_of_logits_is_believed(cli: Cli, tmp_path: Path, image: Path) -> None:
    keras = load_keras()
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    path = save(tmp_path / "one.keras", head(1, None), optimizer="adam", loss=loss)
    logit = asked(path, image, lambda values: values / 255)[0]
    chances, said = predicted(cli, path, image, "--input-range", "0,1")
    np.testing.assert_allclose(chances[1], 1 / (1 + np.exp(-logit)), atol=1e-6)
    assert "sigmoid makes probabilities" in said
    # Where softmax is the last layer, Keras takes what goes into it.
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    path = save(tmp_path / "both.keras", head(), optimizer="adam", loss=loss)
    expected = asked(path, image, lambda values: values / 255)
    chances, said = predicted(cli, path, image, "--input-range", "0,1")
    np.testing.assert_allclose(chances, expected, atol=1e-6)
    assert "logits" not in said


def test_one_linear_unit_may_be_a_regression(cli: Cli, tmp_path: Path, image: Path) -> None:
    path = save(tmp_path / "one.keras", head(1, None))
    result = cli("predict", path, image, "--input-range", "0,1")
    assert (result.code, "regression" in result.err, "--logits" in result.err) == (1, True, True)
    logit = asked(path, image, lambda values: values / 255)[0]
    chances, _ = predicted(cli, path, image, "--input-range", "0,1", "--logits")
    np.testing.assert_allclose(chances[1], 1 / (1 + np.exp(-logit)), atol=1e-6)


def test_logits_of_what_is_none(cli: Cli, tmp_path: Path, image: Path) -> None:
    path = save(tmp_path / "theirs.keras", head())
    result = cli("predict", path, image, "--logits")
    assert (result.code, "ends with softmax" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("units", "activation", "said"),
    [
        (2, "relu", "no probabilities of classes: "),
        (3, "relu", ", with the sum "),
        (3, "sigmoid", "each of its outputs is a sigmoid of its own"),
        (1, "tanh", "one unit (tanh), as that of a regression"),
        (1, "softmax", "which is 1 whatever the image"),
    ],
)
def test_outputs_that_are_no_probabilities_are_refused(
    cli: Cli, tmp_path: Path, image: Path, units: int, activation: str, said: str
) -> None:
    path = save(tmp_path / "theirs.keras", head(units, activation))
    result = cli("predict", path, image, "--input-range", "-1,1")
    assert result.code == 1, result.out
    assert said in result.err


def test_sums_are_judged_by_what_their_type_can_hold() -> None:
    probabilities.to_classes(np.array([[0.6, 0.4009]], np.float32), None)
    with pytest.raises(ModelError, match=r"with the sum 1\.002"):
        probabilities.to_classes(np.array([[0.6, 0.402]], np.float32), None)
    import tensorflow as tf

    rows = np.random.default_rng(0).normal(size=(200, 10))
    half = tf.nn.softmax(tf.cast(rows, tf.bfloat16))
    probabilities.to_classes(np.asarray(tf.cast(half, tf.float32)), None)


def test_weights_that_are_no_numbers(cli: Cli, tmp_path: Path, image: Path, images: Path) -> None:
    keras = load_keras()
    constant = keras.initializers.Constant(float("nan"))
    dense = keras.layers.Dense(2, kernel_initializer=constant, name="broken")
    path = save(tmp_path / "nan.keras", [keras.layers.Flatten(), dense])
    for argv in (("predict", path, image), ("features", path, image), ("evaluate", path, images)):
        result = cli(*argv)
        assert (result.code, 'weight "broken/kernel"' in result.err) == (1, True)


def test_an_answer_that_is_no_number_is_an_error_for_its_image(
    cli: Cli, tmp_path: Path, image: Path
) -> None:
    keras = load_keras()
    black = tmp_path / "black.png"
    Image.fromarray(np.zeros((12, 12), np.uint8)).save(black)
    inputs = keras.Input((12, 12, 1))
    shares = inputs / keras.ops.sum(inputs, axis=(1, 2, 3), keepdims=True)
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(shares))
    keras.Model(inputs, outputs).save(tmp_path / "theirs.keras")
    result = cli("predict", tmp_path / "theirs.keras", black, image, "--json")
    first, second = map(json.loads, result.out.splitlines())
    assert result.code == 1
    assert first["error"] == "the network answers with what is no number: nan, nan"
    assert second["predicted"] in ("class_0", "class_1")


def _two_inputs() -> Any:
    keras = load_keras()
    image, more = keras.Input((12, 12, 1)), keras.Input((3,))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(image), more])
    return keras.Model([image, more], keras.layers.Dense(2)(joined))


def _two_outputs() -> Any:
    keras = load_keras()
    image = keras.Input((12, 12, 1))
    flat = keras.layers.Flatten()(image)
    return keras.Model(image, [keras.layers.Dense(2)(flat), keras.layers.Dense(3)(flat)])


def _segmentation() -> Any:
    keras = load_keras()
    image = keras.Input((12, 12, 1))
    return keras.Model(image, keras.layers.Conv2D(2, 1, activation="softmax")(image))


def _vocabulary() -> Any:
    keras = load_keras()
    words = keras.Input((1,), dtype="string")
    lookup = keras.layers.StringLookup(output_mode="one_hot")
    lookup.adapt(["a", "b"])
    return keras.Model(words, keras.layers.Dense(2)(lookup(words)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_two_inputs, "takes inputs of shapes [12, 12, 1], [3], not one image"),
        (_two_outputs, "returns outputs of shapes [2], [3], not one number for each class"),
        (_segmentation, "returns an output of shape [12, 12, 2], not one number"),
        (_vocabulary, "takes an input of shape [1], not one image"),
    ],
)
def test_networks_that_are_no_classifiers_of_images(
    cli: Cli, tmp_path: Path, images: Path, make: Any, said: str
) -> None:
    path = tmp_path / "theirs.keras"
    make().save(path)
    for argv in (("predict", path, images), ("evaluate", path, images)):
        result = cli(*argv)
        assert (result.code, said in result.err) == (1, True), result.err
    assert cli("summary", path).code == 0


def test_a_vocabulary_comes_back_with_its_model(tmp_path: Path) -> None:
    from cnncli.network.keras_file import load

    model = _vocabulary()
    model.save(tmp_path / "theirs.keras")
    again = load(tmp_path / "theirs.keras")
    asked = np.array([["b"], ["x"]])
    np.testing.assert_array_equal(np.asarray(again(asked)), np.asarray(model(asked)))


def test_nothing_of_what_parts_were_compiled_with_is_made(cli: Cli, tmp_path: Path) -> None:
    keras = load_keras()
    inner = keras.Sequential([keras.Input((12, 12, 1)), keras.layers.Conv2D(2, 3)], name="inner")
    inner.compile("adam", loss="mse")
    path = save(tmp_path / "theirs.keras", [inner, *head()], optimizer="adam", loss="mse")
    with zipfile.ZipFile(path) as archive:
        assert "Adam" in archive.read("config.json").decode()
    trained = model_file.load(str(path))
    (nested,) = [layer for layer in trained.model.layers if layer.name == "inner"]
    assert not nested.compiled
    values = np.random.default_rng(0).uniform(0, 255, (2, 12, 12, 1))
    theirs = keras.saving.load_model(path, compile=False)
    np.testing.assert_array_equal(np.asarray(trained.model(values)), np.asarray(theirs(values)))
    assert cli("summary", path).code == 0
