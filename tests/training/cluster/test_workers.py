"""Several workers on this machine come to what one process comes to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.same import assert_same_bits
from tests.training.cluster.together import Together, furthest, history

PLAIN = """\
name: plain
seed: 3
input: [12, 12, 1]
preprocess: standardize
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - MaxPool2D
  - Flatten
  - Dense: {units: 2, activation: softmax}
training:
  optimizer: {Adam: {learning_rate: 0.01}}
  epochs: 2
  batch_size: 9
"""
DROPPING = PLAIN.replace("  - Flatten\n", "  - Flatten\n  - Dropout: {rate: 0.3}\n")
# Without a bias, whose gradient before a normalization is nothing but roundings.
NORMALIZED = PLAIN.replace(
    ", activation: relu}\n", ", use_bias: false}\n  - BatchNormalization\n  - ReLU\n", 1
)
SPECS = {"dropout": DROPPING, "normalized": NORMALIZED}


def spec(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text)
    return path


def assert_all_hold_the_same(call: Together, count: int) -> None:
    first, *others = call.held(count)
    for other in others:
        assert first.keys() == other.keys()
        for name, values in first.items():
            np.testing.assert_array_equal(other[name], values, err_msg=name)


@pytest.mark.tensorflow_process
def test_two_workers_come_to_what_one_comes_to(images: Path, tmp_path: Path) -> None:
    two, one = tmp_path / "two", tmp_path / "one"
    common = (images, "--arch", spec(tmp_path, PLAIN))
    call = Together(tmp_path / "a", *common, "--workers", "2", "--out", two).done()
    assert "Training on 2 CPUs of 2 workers, which share each batch." in call.said
    assert (tmp_path / "a" / "out.txt").read_text() == f"{two}\n"
    assert_all_hold_the_same(call, 2)
    Together(tmp_path / "b", *common, "--out", one).done()
    assert sorted(each.name for each in two.iterdir()) == sorted(
        each.name for each in one.iterdir()
    )
    assert furthest(two, one) < 1e-5
    np.testing.assert_allclose(history(two), history(one), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_lenet5_on_digits(count: int, tmp_path: Path) -> None:
    common = ("sample:digits", "--arch", "lenet5", "--epochs", "3", "--seed", "1")
    runs = [tmp_path / name for name in ("several", "again", "one")]
    for number, run in enumerate(runs[:2]):
        argv = (*common, "--workers", count, "--out", run)
        assert_all_hold_the_same(Together(tmp_path / str(number), *argv).done(), count)
    Together(tmp_path / "2", *common, "--out", runs[2]).done()
    assert_same_bits(runs[0], runs[1])
    assert furthest(runs[0], runs[2]) < 1e-5
    np.testing.assert_allclose(history(runs[0]), history(runs[2]), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("kind", SPECS)
def test_other_networks(count: int, kind: str, images: Path, tmp_path: Path) -> None:
    common = (images, "--arch", spec(tmp_path, SPECS[kind]))
    runs = [tmp_path / name for name in ("several", "again", "one")]
    for number, run in enumerate(runs[:2]):
        argv = (*common, "--workers", count, "--out", run)
        assert_all_hold_the_same(Together(tmp_path / str(number), *argv).done(), count)
    assert_same_bits(runs[0], runs[1])
    if kind == "normalized":
        Together(tmp_path / "2", *common, "--out", runs[2]).done()
        np.testing.assert_allclose(history(runs[0]), history(runs[2]), atol=1e-3)
