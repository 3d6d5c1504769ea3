"""MODEL as an `.onnx` or `.tflite` file: ours or anybody's, run without TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnncli.cli import main
from cnncli.network.preparation import Preparation, fed
from cnncli.network.preparing import prepared
from cnncli.spec.application_families import FAMILIES
from tests.conftest import Cli

FILES = ("m.onnx", "m.tflite")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    for name in FILES:
        assert main(["export", str(trained), "-o", str(folder / name), "--quiet"]) == 0
    return folder


@pytest.mark.parametrize("name", FILES)
def test_predictions_are_those_of_the_run(
    cli: Cli, exported: Path, trained: Path, images: Path, name: str
):
    wanted = [
        json.loads(line) for line in cli("predict", trained, images, "--json").out.split("\n")[:-1]
    ]
    result = cli("predict", exported / name, images, "--json")
    found = [json.loads(line) for line in result.out.splitlines()]
    assert (result.code, result.err, len(found)) == (0, "", 80)
    for one, other in zip(found, wanted, strict=True):
        assert (one["file"], one["predicted"]) == (other["file"], other["predicted"])
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_figures_are_those_of_the_run(
    cli: Cli, exported: Path, trained: Path, images: Path, name: str
):
    wanted = json.loads(cli("evaluate", trained, images, "--json").out)
    result = cli("evaluate", exported / name, images, "--json")
    assert "does not say which images it was trained on" in result.err
    found = json.loads(result.out)
    for sign in ("", "_near", "_group", "_name"):
        assert found[f"trained_on{sign}"] is None  # 0 would be an answer, and may be wrong
    for key in ("accuracy", "confusion", "positive", "images"):
        assert found[key] == wanted[key]
    assert found["auc"] == pytest.approx(wanted["auc"], abs=1e-4)
    assert found["loss"] is None  # a file does not say what it was trained with


def test_several_say_which_of_them_do_not_tell(
    cli: Cli, exported: Path, trained: Path, images: Path
):
    result = cli("evaluate", trained, exported / "m.onnx", "--on", images, "--json")
    assert [each["trained_on"] for each in json.loads(result.out)["models"]] == [58, None]
    assert "m.onnx does not say which images it was trained on" in result.err


def test_no_tensorflow_is_loaded(exported: Path, images: Path):
    code = (
        "import sys; from cnncli.cli import main\n"
        "for name in sys.argv[2:]:\n"
        "    assert main(['predict', name, sys.argv[1]]) == 0\n"
        "    assert main(['evaluate', name, sys.argv[1]]) == 0\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    files = [str(exported / name) for name in FILES]
    subprocess.run([sys.executable, "-c", code, str(images), *files], check=True, timeout=120)


# What a prediction by such a file has no use for, and would take longer to import than to predict.
UNUSED = (
    "tensorflow", "keras", "onnx.", "h5py", "scipy", "sklearn", "matplotlib", "PIL", "rich", "yaml",
    "importlib.metadata", "cnncli.spec", "cnncli.facts", "cnncli.data", "cnncli.network.keras_",
    "cnncli.network.classifier", "cnncli.network.exported_parts", "cnncli.runs.trained_file",
    "cnncli.runs.listing", "cnncli.metrics.figures",
)  # fmt: skip
COUNTED = """
import sys
import onnxruntime

class Session(onnxruntime.InferenceSession):
    made = 0

    def __init__(self, *given, **named):
        Session.made += 1
        super().__init__(*given, **named)

onnxruntime.InferenceSession = Session
from cnncli.cli import main
assert main(["predict", *sys.argv[1:]]) == 0
print(Session.made, *sys.modules)
"""


def test_a_prediction_loads_its_file_once_and_nothing_that_it_does_not_use(
    exported: Path, images: Path
):
    call = [sys.executable, "-c", COUNTED, str(exported / "m.onnx"), str(images / "left/000.png")]
    done = subprocess.run(call, check=True, timeout=120, capture_output=True, text=True)
    made, *modules = done.stdout.splitlines()[-1].split()
    assert made == "1"
    assert "cnncli.network.onnx_file" in modules
    assert [name for name in modules if f"{name}.".startswith(UNUSED)] == []


def test_evaluate_needs_images(cli: Cli, exported: Path):
    result = cli("evaluate", exported / "m.onnx")
    assert result.code == 2 and "cnncli evaluate MODEL DATA" in result.err


def test_what_ours_says_itself_is_not_said_again(cli: Cli, exported: Path, images: Path):
    image = images / "left" / "000.png"
    for option in (["--input-range", "0,1"], ["--classes", "a,b"], ["--logits"]):
        result = cli("predict", exported / "m.onnx", image, *option)
        assert result.code == 2, option


def test_other_commands_say_that_they_cannot_take_it(cli: Cli, exported: Path, images: Path):
    file = exported / "m.onnx"
    for command in (["summary", file], ["export", file], ["train", images, "--arch", file]):
        result = cli(*command)
        assert (
            result.code == 2 and "cnncli predict, evaluate, explain and bench take it" in result.err
        )


# Files of others


def foreign_onnx(path: Path, kind: str = "FLOAT", units: int = 2) -> np.ndarray:
    """Write a network with its channels first, a mean of each and a matrix; return the matrix."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    matrix = np.random.default_rng(2).normal(size=(3, units)).astype(np.float32)
    elements = getattr(TensorProto, kind)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("GlobalAveragePool", ["numbers"], ["means"]),
            helper.make_node("Flatten", ["means"], ["flat"]),
            helper.make_node("MatMul", ["flat", "matrix"], ["scores"]),
        ],
        "theirs",
        [helper.make_tensor_value_info("pixels", elements, ["n", 3, 8, 10])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", units])],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return matrix


@pytest.fixture
def photo(tmp_path: Path) -> tuple[Path, np.ndarray]:
    pixels = np.random.default_rng(3).integers(0, 256, (8, 10, 3)).astype(np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    return path, pixels


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


@pytest.mark.parametrize(
    ("options", "prepare"),
    [
        ([], lambda x: x),
        (["--input-range", "-1,1"], lambda x: x / 127.5 - 1),
        (["--standardize"], lambda x: (x - x.mean()) / np.sqrt(x.var() + 1e-3)),
        (["--prepare", "mobilenet_v2"], lambda x: x / 127.5 - 1),
    ],
)
def test_a_network_of_others_with_its_channels_first(
    cli: Cli, tmp_path: Path, photo: Any, options: list[str], prepare: Any
):
    path, pixels = photo
    matrix = foreign_onnx(tmp_path / "theirs.onnx")
    result = cli(
        "predict", tmp_path / "theirs.onnx", path, "--classes", "cat,dog", "--logits", "--json",
        *options,
    )  # fmt: skip
    wanted = softmax(prepare(pixels.astype(np.float64)).mean(axis=(0, 1)) @ matrix)
    found = json.loads(result.out)["probabilities"]
    assert [found["cat"], found["dog"]] == pytest.approx(wanted.tolist(), abs=1e-5)
    assert ("nothing says which values" in result.err) == (not options)


def test_whole_numbers_as_input_are_the_pixels_themselves(cli: Cli, tmp_path: Path, photo: Any):
    path, pixels = photo
    matrix = foreign_onnx(tmp_path / "theirs.onnx", "UINT8")
    result = cli("predict", tmp_path / "theirs.onnx", path, "--logits", "--json")
    wanted = softmax(pixels.astype(np.float64).mean(axis=(0, 1)) @ matrix)
    found = json.loads(result.out)["probabilities"]
    assert list(found.values()) == pytest.approx(wanted.tolist(), abs=1e-5)
    assert (list(found), result.err) == (["class_0", "class_1"], "")


def test_a_tflite_file_of_whole_numbers(cli: Cli, tmp_path: Path, photo: Any):
    import keras
    import tensorflow as tf

    path, pixels = photo
    keras.utils.set_random_seed(4)
    inputs = keras.Input((8, 10, 3), batch_size=1)
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(inputs)
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(scaled))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(pooled))
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    draws = np.random.default_rng(5).integers(0, 256, (20, 1, 8, 10, 3)).astype(np.float32)
    converter.representative_dataset = lambda: ([each] for each in draws)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    (tmp_path / "theirs.tflite").write_bytes(converter.convert())
    result = cli("predict", tmp_path / "theirs.tflite", path, "--json")
    found = json.loads(result.out)["probabilities"]
    wanted = model(pixels[None].astype(np.float32)).numpy()[0]
    assert list(found.values()) == pytest.approx(wanted.tolist(), abs=0.02)
    assert result.err == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_pixels_are_prepared_as_the_layers_of_keras_would(family: str):
    import keras

    inputs = keras.Input((4, 5, 3))
    model = keras.Model(inputs, keras.layers.Flatten()(inputs))
    pixels = np.random.default_rng(6).integers(0, 256, (2, 4, 5, 3)).astype(np.float32)
    asked = Preparation(family=family)
    wanted = np.asarray(prepared(model, asked)(pixels))
    np.testing.assert_allclose(fed(pixels, asked).reshape(2, -1), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["empty", "text", "half", "zeros"])
def test_a_damaged_file_is_one_line(
    cli: Cli, exported: Path, tmp_path: Path, images: Path, name: str, damage: str
):
    whole = (exported / name).read_bytes()
    middle = len(whole) // 2
    content = {
        "empty": b"",
        "text": b"no network at all\n" * 9,
        "half": whole[:middle],
        "zeros": whole[:200] + bytes(len(whole) - 200),
    }[damage]
    (tmp_path / name).write_bytes(content)
    result = cli("predict", tmp_path / name, images / "left" / "000.png")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ") and result.err.count("\n") <= 2


def test_what_takes_no_image_is_said(cli: Cli, tmp_path: Path, images: Path):
    import onnx
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "g", ends[:1], ends[1:])
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "m.onnx")
    result = cli("predict", tmp_path / "m.onnx", images / "left" / "000.png")
    assert result.code == 1 and "takes a (any x 4), not one image" in result.err


def test_changed_metadata_are_refused(cli: Cli, exported: Path, tmp_path: Path, images: Path):
    import onnx

    model = onnx.load(exported / "m.onnx")
    for entry in model.metadata_props:
        if entry.key == "cnncli.classes":
            entry.value = '["left", 3]'
    onnx.save(model, tmp_path / "m.onnx")
    result = cli("predict", tmp_path / "m.onnx", images / "left" / "000.png")
    assert result.code == 1 and "cnncli.*" in result.err and "classes" in result.err
