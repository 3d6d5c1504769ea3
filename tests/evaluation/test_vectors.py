"""The vectors of `predict --features` are what Keras gives the last layer, row for row."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnncli.evaluation.listing import Source
from cnncli.evaluation.predict import prepared
from cnncli.images.prepare import Target
from tests.conftest import Cli


def chain(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((12, 12, 1)), *layers])


def nested() -> Any:
    conv = keras.layers.Conv2D(3, 3, activation="relu")
    inside = chain(conv, keras.layers.Flatten(), keras.layers.Dense(5), keras.layers.Dense(2))
    return chain(inside, keras.layers.Softmax())


MODELS = {
    "a dense layer": lambda: chain(
        keras.layers.Conv2D(3, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(2, activation="softmax"),
    ),
    "one unit": lambda: chain(
        keras.layers.Flatten(), keras.layers.Dense(6), keras.layers.Dense(1, activation="sigmoid")
    ),
    "maps": lambda: chain(
        keras.layers.Conv2D(3, 3),
        keras.layers.Conv2D(2, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Softmax(),
    ),
    "a network within": nested,
}


def last(model: Any) -> tuple[Any, Any]:
    """Return the last layer with weights, and the model that it stands in."""
    found = [layer for layer in model.layers if layer.weights][-1]
    return last(found) if hasattr(found, "layers") else (found, model)


@pytest.mark.parametrize("name", MODELS)
def test_vectors_are_what_the_last_layer_gets(
    cli: Cli, images: Path, tmp_path: Path, name: str
) -> None:
    keras.utils.set_random_seed(1)
    model = MODELS[name]()
    model.save(tmp_path / "m.keras")
    (tmp_path / "left").mkdir()
    for image in sorted((images / "left").glob("00*.png")):
        (tmp_path / "left" / image.name).write_bytes(image.read_bytes())
    (tmp_path / "left" / "004.png").write_bytes(b"no image")
    call = ("predict", tmp_path / "m.keras", tmp_path / "left", "--format", "csv")
    result = cli(*call, "--features", tmp_path / "v.npy")
    assert result.code == 1
    assert result.out == cli(*call).out  # which they change nothing of
    with (tmp_path / "v.csv").open(newline="") as file:
        files = [row["file"] for row in csv.DictReader(file)]
    assert files == [str(tmp_path / "left" / f"00{k}.png") for k in (0, 1, 2, 3, 5, 6, 7, 8, 9)]
    found = [prepared(Source(file, file), Target(12, 12, 1)) for file in files]
    pixels = np.stack([each[0] for each in found if not isinstance(each, str)])
    layer, within = last(model)
    expected = keras.Model(within.inputs, layer.input).predict(pixels.astype("float32"), verbose=0)
    vectors = np.load(tmp_path / "v.npy")
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected.reshape(len(pixels), -1), rtol=2e-5, atol=2e-5)


def test_where_there_are_no_vectors_is_told(
    cli: Cli, trained: Path, images: Path, tmp_path: Path
) -> None:
    (tmp_path / "m.onnx").touch()
    image, array = images / "left" / "000.png", tmp_path / "v.npy"
    for model, *options, said in (
        (tmp_path / "m.onnx", "--features", array, "not to be had in another program"),
        (trained, "--features", tmp_path / "v.csv", "the ending is .npy"),
        (trained, "--features", array, "-o", tmp_path / "v.csv", "is where --features"),
        (trained, "--features", "/dev/stdout", "goes into a file"),
        (trained, "--features", array, "--append", tmp_path / "t.csv", "does nothing beside"),
    ):
        refused = cli("predict", model, image, *options)
        assert refused.code == 2 and said in refused.err, refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]
    assert cli("predict", trained, image, "--features", array).code == 0
    assert cli("predict", trained, image, "--features", array).code == 2
    assert cli("predict", trained, image, "--features", array, "--force").code == 0
