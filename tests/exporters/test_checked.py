"""Networks for other programs: the same outside of Keras, told of themselves, or refused."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.cli import main
from cnncli.exporters import onnx, saved_model, tflite
from cnncli.exporters.network import Network
from cnncli.registry import EXPORTERS
from tests.conftest import Cli

CHECKED = {"onnx": "m.onnx", "tflite": "m.tflite", "saved-model": "m"}
MODULES = {"onnx": onnx, "tflite": tflite, "saved-model": saved_model}
PLAIN = """\
name: plain
seed: 5
input: [12, 12, 1]
preprocess: rescale
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - Flatten
  - Dense: {units: 3, activation: softmax, kernel_initializer: {RandomNormal: {stddev: 0.5}}}
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN)
    return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Path:
    """A folder with the trained run in each format."""
    folder = tmp_path_factory.mktemp("exported")
    for name in (*CHECKED.values(), "m.npz"):
        assert main(["export", str(trained), "-o", str(folder / name), "--quiet"]) == 0
    return folder


def asked_elsewhere(file: Path, images: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return what the runtime of a format says of images, and what its inputs are called."""
    if file.suffix == ".onnx":
        from onnxruntime import InferenceSession

        session = InferenceSession(file, providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]
        return session.run(["probabilities"], {"image": images})[0], names
    if file.suffix == ".tflite":
        from ai_edge_litert.interpreter import Interpreter

        runner = Interpreter(str(file)).get_signature_runner()
        return runner(image=images)["probabilities"], list(runner.get_input_details())
    import tensorflow as tf

    function = tf.saved_model.load(file).signatures["serving_default"]
    answer = function(image=tf.constant(images))["probabilities"].numpy()
    return answer, list(function.structured_input_signature[1])


@pytest.mark.parametrize("format_", CHECKED)
def test_pixels_go_in_and_the_probabilities_of_keras_come_out(
    format_: str, exported: Path, trained: Path
):
    import keras

    images = np.random.default_rng(1).integers(0, 256, (8, 12, 12, 1)).astype(np.float32)
    wanted = keras.saving.load_model(trained / "model.keras").predict(images, verbose=0)
    for batch in (images, images[:1]):
        found, inputs = asked_elsewhere(exported / CHECKED[format_], batch)
        assert inputs == ["image"]
        np.testing.assert_allclose(found, wanted[: len(batch)], atol=1e-6)


def metadata_of(file: Path) -> dict[str, Any]:
    if file.suffix == ".onnx":
        import onnx as library

        return {p.key: json.loads(p.value) for p in library.load(file).metadata_props}
    if file.suffix == ".tflite":
        from ai_edge_litert.schema_py_generated import Model, ModelT

        model = ModelT.InitFromObj(Model.GetRootAsModel(file.read_bytes(), 0))
        texts = {e.name.decode(): bytes(model.buffers[e.buffer].data) for e in model.metadata}
        return {key: json.loads(text) for key, text in texts.items() if key.startswith("cnncli.")}
    return json.loads((file / "cnncli.json").read_text(encoding="ascii"))


@pytest.mark.parametrize("format_", CHECKED)
def test_what_travels_with_a_network(format_: str, exported: Path, trained: Path):
    told = metadata_of(exported / CHECKED[format_])
    record = json.loads((trained / "run.json").read_text())
    check = told.pop("cnncli.check")
    assert told == {
        "cnncli.classes": ["left", "right"],
        "cnncli.positive": "right",
        "cnncli.resize": "stretch",
        "cnncli.preprocess": "standardize",
        "cnncli.data_digest": record["data"]["fingerprint"],
        "cnncli.version": record["versions"]["cnncli"],
    }
    assert check["largest_difference"] < 1e-5
    assert (check["batches"], check["images"] >= 16) == ([1, 8], True)


def test_onnx_is_of_the_standard_alone(exported: Path):
    import onnx as library

    model = library.load(exported / "m.onnx")
    library.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 18)]
    assert {node.domain for node in model.graph.node} == {""}
    (image,), (output,) = model.graph.input, model.graph.output
    sizes = [[d.dim_param or d.dim_value for d in e.type.tensor_type.shape.dim]
             for e in (image, output)]  # fmt: skip
    assert sizes == [["batch", 12, 12, 1], ["batch", 2]]
    assert (model.producer_name, model.graph.name) == ("cnncli", "run")


def test_netron_can_show_the_texts_of_tflite(exported: Path):
    for key, value in metadata_of(exported / "m.tflite").items():
        assert len(json.dumps(value)) < 256, key


def test_weights_are_arrays_by_layer_and_name(exported: Path, trained: Path):
    import keras

    model = keras.saving.load_model(trained / "model.keras")
    with np.load(exported / "m.npz") as found:
        assert list(found) == [variable.path for variable in model.weights]
        assert "conv2d/kernel" in found
        for variable in model.weights:
            np.testing.assert_array_equal(found[variable.path], variable.numpy())


def test_the_readme_of_a_saved_model_says_what_goes_in_and_out(exported: Path):
    said = (exported / "m" / "README.txt").read_text()
    assert "N x 12 x 12 x 1" in said and "N x 2: left, right" in said


def damaged_onnx(path: Path, change: Callable[[Any], None]) -> None:
    import onnx as library

    model = library.load(path)
    change(model)
    library.save(model, path)


def wrong_mean(model: Any) -> None:
    """Let the pixels be 10 brighter before anything is done to them."""
    from onnx import helper, numpy_helper

    for node in model.graph.node:
        node.input[:] = ["brighter" if name == "image" else name for name in node.input]
    model.graph.initializer.append(numpy_helper.from_array(np.float32(10), "ten"))
    model.graph.node.insert(0, helper.make_node("Add", ["image", "ten"], ["brighter"]))


def swapped_classes(model: Any, units: int = 3) -> None:
    from onnx import helper, numpy_helper

    for node in model.graph.node:
        node.output[:] = ["right" if name == "probabilities" else name for name in node.output]
    order = numpy_helper.from_array(np.array([1, 0, 2][:units]), "order")
    model.graph.initializer.append(order)
    model.graph.node.append(
        helper.make_node("Gather", ["right", "order"], ["probabilities"], axis=1)
    )


def missing_weight(model: Any) -> None:
    from onnx import numpy_helper

    largest = max(model.graph.initializer, key=lambda each: len(each.raw_data))
    values = numpy_helper.to_array(largest).copy()
    values.flat[: values.size // 4] = 0
    largest.CopyFrom(numpy_helper.from_array(values, largest.name))


def another_input(model: Any) -> None:
    from onnx import TensorProto, helper

    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))


@pytest.mark.parametrize("change", [wrong_mean, swapped_classes, missing_weight, another_input])
def test_a_planted_fault_is_caught_and_nothing_is_left(
    cli: Cli, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any
):
    def write(network: Network, path: Path, quantize: str | None) -> None:
        onnx.write(network, path, quantize)
        damaged_onnx(path, change)

    monkeypatch.setattr(onnx, "FORMAT", onnx.Format(write, onnx.load))
    result = cli("export", plain, "-o", tmp_path / "m.onnx")
    assert (result.code, result.out) == (1, "")
    assert re.search("ONNX Runtime .* differ by|what was written: takes image .*, more", result.err)
    assert list(tmp_path.iterdir()) == [plain]


def test_a_fault_in_tflite_is_caught(
    cli: Cli, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def write(network: Network, path: Path, quantize: str | None) -> None:
        tflite.write(network, path, quantize)
        content = path.read_bytes()
        kernel = network.model.layers[-1].kernel.numpy().T.astype("<f4").tobytes()
        assert kernel in content  # LiteRT has the units first
        path.write_bytes(content.replace(kernel, bytes(len(kernel))))

    monkeypatch.setattr(tflite, "FORMAT", tflite.Format(write, tflite.load))
    result = cli("export", plain, "-o", tmp_path / "m.tflite")
    assert (result.code, result.out) == (1, "")
    assert "LiteRT" in result.err and "differ" in result.err
    assert list(tmp_path.iterdir()) == [plain]


def test_what_litert_has_no_operation_for_is_refused_with_its_name(cli: Cli, tmp_path: Path):
    spec = tmp_path / "deep.yaml"
    spec.write_text(
        "input: [8, 8, 3]\nlayers:\n  - Reshape: {target_shape: [8, 4, 6, 1]}\n"
        "  - MaxPool3D\n  - Flatten\n  - Dense: {units: 3, activation: softmax}\n"
    )
    result = cli("export", spec, "-o", tmp_path / "m.tflite")
    assert result.code == 1 and "it has no MaxPool3D" in result.err
    assert list(tmp_path.iterdir()) == [spec]


@pytest.mark.tensorflow_process
def test_a_saved_model_replaces_only_its_kind(
    cli: Cli, plain: Path, exported: Path, tmp_path: Path
):
    other, before = tmp_path / "notes", tmp_path / "m"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    for force in ([], ["--force"]):
        result = cli("export", plain, "-o", other, *force)
        assert result.code == 2 and (other / "mine.txt").read_text() == "mine"
    assert cli("export", plain, "--format", "saved-model", "-o", "-").code == 2
    shutil.copytree(exported / "m", before)
    assert cli("export", plain, "-o", before).code == 2
    assert "N x 2: left, right" in (before / "README.txt").read_text()
    assert cli("export", plain, "-o", before, "--force").code == 0
    assert "N x 3" in (before / "README.txt").read_text()
    assert {p.name for p in tmp_path.iterdir()} == {"plain.yaml", "notes", "m"}


def test_onnx_goes_to_standard_output(plain: Path, tmp_path: Path, capfdbinary: Any):
    from onnxruntime import InferenceSession

    assert main(["export", str(plain), "--format", "onnx", "-o", "-"]) == 0
    assert InferenceSession(capfdbinary.readouterr().out).get_inputs()[0].name == "image"


def test_logits_become_probabilities(cli: Cli, tmp_path: Path):
    spec = tmp_path / "one.yaml"
    spec.write_text("input: [8, 8, 3]\npreprocess: rescale\nlayers: [Flatten, Dense: {units: 1}]\n")
    assert cli("export", spec, "-o", tmp_path / "m.onnx").code == 1
    assert cli("export", spec, "-o", tmp_path / "m.onnx", "--logits").code == 0
    images = np.random.default_rng(2).integers(0, 256, (20, 8, 8, 3)).astype(np.float32)
    found, _ = asked_elsewhere(tmp_path / "m.onnx", images)
    assert found.min() > 0 and found.max() < 1 and found.std() > 0.01


def test_options_for_pixels_do_nothing_in_code(cli: Cli):
    result = cli("export", "lesson", "--classes", "a,b")
    assert result.code == 2 and "--classes does nothing in this format" in result.err
    result = cli("export", "lesson", "-o", "m.onnx", "--data", "there")
    assert result.code == 2 and "--data does nothing but for a run" in result.err


def test_every_checked_format_has_what_is_asked_of_it():
    for exporter in EXPORTERS:
        if exporter.checked:
            form = exporter.load()
            assert callable(form.write) and callable(form.load) and callable(form.fill)
