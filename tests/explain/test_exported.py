"""Explaining `.onnx` and `.tflite` files by their answers: the maps of what they came from."""

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
from cnncli.network.architecture import resolve
from cnncli.network.build import build
from tests.conftest import Cli

ENDINGS = ("onnx", "tflite")
METHODS = ("-m", "occlusion", "-m", "rise")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Path:
    """Return a folder with the trained run in both formats; it standardises its images."""
    folder = tmp_path_factory.mktemp("exported")
    for ending in ENDINGS:
        path = folder / f"run.{ending}"
        assert main(["export", str(trained), "-o", str(path), "--quiet"]) == 0
    return folder


def maps_of(cli: Cli, model: Path, raw: Path, *arguments: str | Path) -> dict[str, Any]:
    result = cli("explain", model, *arguments, *METHODS, "--raw", raw, "--force")
    assert result.code == 0, result.err
    with np.load(raw) as stored:
        return dict(stored)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_maps_are_those_of_the_run(
    cli: Cli, trained: Path, exported: Path, images: Path, tmp_path: Path, ending: str
):
    given = [images / "left" / "000.png", images / "right" / "003.png", "--class", "right"]
    wanted = maps_of(cli, trained, tmp_path / "wanted.npz", *given)
    found = maps_of(cli, exported / f"run.{ending}", tmp_path / "found.npz", *given)
    assert found.keys() == wanted.keys()
    for key, values in wanted.items():
        assert values.any()
        np.testing.assert_allclose(found[key], values, rtol=0, atol=1e-5 * abs(values).max())


def test_checks_that_need_answers_alone_say_the_same(
    cli: Cli, trained: Path, exported: Path, images: Path
):
    checks = ("--faithfulness", "--stability", "--json")
    arguments = (images / "left" / "000.png", *METHODS, *checks)
    wanted = json.loads(cli("explain", trained, *arguments).out)["maps"]
    found = json.loads(cli("explain", exported / "run.onnx", *arguments).out)["maps"]
    for one, other in zip(found, wanted, strict=True):
        for check in ("agreement", "faithfulness", "stability"):
            assert one["verdicts"][check]["verdict"] == other["verdicts"][check]["verdict"]
        assert one["verdicts"]["sanity"] == {"figure": None, "verdict": "cannot be checked"}


def test_what_looks_inside_is_refused_and_what_works_is_named(
    cli: Cli, exported: Path, images: Path
):
    file, image = exported / "run.tflite", images / "left" / "000.png"
    asked = cli("explain", file, image, "-m", "occlusion", "-m", "grad-cam")
    assert asked.code == 2 and "--method grad-cam looks inside" in asked.err
    assert "occlusion and rise work on such a file" in asked.err
    assert "--sanity draws the weights" in cli("explain", file, image, "--sanity").err
    assert "--layer: the layers of" in cli("explain", file, image, "-l", "conv2d").err
    usual = cli("explain", file, image, "--json")
    assert usual.code == 0 and "explained without grad-cam-plus-plus" in usual.err
    assert [each["method"] for each in json.loads(usual.out)["maps"]] == ["occlusion"]
    other = cli("explain", file, image, "--class", "middle")
    assert other.code == 2 and 'no class "middle"' in other.err


def test_no_tensorflow_is_loaded(exported: Path, images: Path, tmp_path: Path):
    code = (
        "import sys; from cnncli.cli import main\n"
        "for name in sys.argv[2:]:\n"
        "    assert main(['explain', name, sys.argv[1], '-o', name + '.png']) == 0\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    files = [str(exported / f"run.{ending}") for ending in ENDINGS]
    image = str(images / "left" / "000.png")
    subprocess.run([sys.executable, "-c", code, image, *files], check=True, timeout=120)


SIGMOID = """\
input: [12, 12, 1]
preprocess: {preprocess}
layers:
  - Conv2D: {{filters: 3, kernel_size: 3, activation: relu}}
  - GlobalAveragePooling2D
  - Dense: {{units: 1, activation: sigmoid}}
"""


@pytest.mark.parametrize("preprocess", ["rescale", "standardize", "none"])
def test_one_unit_and_each_preprocessing(
    cli: Cli, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preprocess: str
):
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SIGMOID.format(preprocess=preprocess))
    spec = resolve("net.yaml").spec
    assert spec is not None
    build(spec, preprocessing=True).save("net.keras")
    for ending in ENDINGS:
        made = cli("export", "net.keras", "-o", f"net.{ending}")
        assert made.code == 0, made.err
    given = [images / "left" / "000.png", "--classes", "a,b", "--class", "a"]
    wanted = maps_of(cli, Path("net.keras"), tmp_path / "wanted.npz", *given)
    for ending in ENDINGS:
        found = maps_of(cli, Path(f"net.{ending}"), tmp_path / "found.npz", *given)
        for key, values in wanted.items():
            scale = abs(values).max()
            np.testing.assert_allclose(found[key], values, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize(("ending", "kind"), [("tflite", "int8"), ("onnx", "int8")])
def test_fewer_bits_show_nearly_the_same(
    cli: Cli, trained: Path, images: Path, tmp_path: Path, ending: str, kind: str
):
    file = tmp_path / f"few.{ending}"
    assert cli("export", trained, "-o", file, "--quantize", kind).code == 0
    given = (images / "left" / "000.png",)
    wanted = maps_of(cli, trained, tmp_path / "wanted.npz", *given)
    found = maps_of(cli, file, tmp_path / "found.npz", *given)
    for key, values in wanted.items():
        assert np.corrcoef(found[key].ravel(), values.ravel())[0, 1] > 0.9


def test_a_file_of_others_enters_as_it_is_fed(cli: Cli, images: Path, tmp_path: Path):
    from onnx import TensorProto, helper, save

    shape = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 12, 12])
    rows = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
    weights = np.random.default_rng(0).normal(size=(144, 2)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["y"]),
    ]
    initial = helper.make_tensor("w", TensorProto.FLOAT, (144, 2), weights.ravel())
    graph = helper.make_graph(nodes, "linear", [shape], [rows], [initial])
    opset = [helper.make_opsetid("", 18)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "m.onnx")
    image = images / "left" / "000.png"
    found = maps_of(
        cli, tmp_path / "m.onnx", tmp_path / "f.npz", image, "--input-range", "0,1",
        "--classes", "a,b", "--class", "a",
    )["000.png/occlusion"]  # fmt: skip
    # What a pixel adds to the score is its value times its weight: by patches, their sums.
    pixels = np.asarray(Image.open(image), np.float64) / 255
    added = pixels * weights[:, 0].reshape(12, 12)
    expected = [[added[part].sum() for part in row] for row in _patches(12)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def _patches(side: int) -> list[list[tuple[slice, slice]]]:
    from cnncli.explain.occlusion import patches

    places = patches(side, side)
    return [places[start : start + side] for start in range(0, len(places), side)]
