"""Small images, a small network, one trained run for all tests, and processes to kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnncli.cli import main
from tests.forker import Forker, environment

TINY = """\
name: tiny
seed: 3
input: [12, 12, 1]
preprocess: standardize
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - MaxPool2D
  - Flatten
  - Dropout: {rate: 0.3}
  - Dense: {units: 2, activation: softmax}
training:
  optimizer: {Adam: {learning_rate: 0.01}}
  epochs: 4
  batch_size: 8
"""

# Everything whose state a resumed run must find again.
RESTLESS = (
    TINY.replace("learning_rate: 0.01", "learning_rate: 0.01, use_ema: true")
    + """\
  augmentation:
    - RandomTranslation: {height_factor: 0.1, width_factor: 0.1}
    - RandomContrast: {factor: 0.3}
  callbacks:
    - EarlyStopping: {patience: 4}
    - SwapEMAWeights: {swap_on_epoch: true}
    - ReduceLROnPlateau: {patience: 1, factor: 0.5, min_delta: 0.5}
"""
)


FOLDS = 2
GROUPS = r"(\d)\."  # the last digit: ten groups, each in both classes


def draw_images(
    folder: Path, count: int = 40, classes: tuple[str, str] = ("left", "right")
) -> Path:
    """Draw noisy images with a bright half: `count` of each class."""
    draws = np.random.default_rng(0)
    for name in ("left", "right"):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = draws.integers(0, 200, (12, 12))
            half = slice(0, 6) if name == "left" else slice(6, 12)
            pixels[:, half] += 55
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number:03}.png")
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_cache_of_shared_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's cache out of the fixtures that all tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_images(tmp_path_factory.mktemp("images") / "halves")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="session")
def restless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "restless.yaml"
    path.write_text(RESTLESS)
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, images: Path, tiny: Path) -> Path:
    """A finished run; tests only look at it."""
    out = tmp_path_factory.mktemp("trained") / "run"
    assert main(["train", str(images), "--arch", str(tiny), "--out", str(out), "--quiet"]) == 0
    return out


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, images: Path, restless: Path) -> Path:
    """The restless run, left alone."""
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    assert main(["train", str(images), "--arch", str(restless), "--out", str(out), "--quiet"]) == 0
    return out


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_images(tmp_path_factory.mktemp("few") / "halves", 20)


@pytest.fixture(scope="session")
def asked(few: Path, tiny: Path) -> list[str]:
    """How the shared cross-validation is called, but for --out."""
    options = ["--arch", str(tiny), "--epochs", "2", "--group-by", GROUPS, "--save-every", "0"]
    return ["crossval", str(few), "--folds", str(FOLDS), "--threads", "1", *options]


@pytest.fixture(scope="session")
def crossed(tmp_path_factory: pytest.TempPathFactory, asked: list[str]) -> Path:
    """A cross-validation that was left alone; tests only look at it."""
    out = tmp_path_factory.mktemp("crossed") / "cv"
    assert main([*asked, "--out", str(out), "--quiet"]) == 0
    return out


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory, few: Path, tiny: Path) -> Path:
    """A small study: one of its windows fits no image. Tests only look at it."""
    out = tmp_path_factory.mktemp("studied") / "study"
    varied = ["--vary", "layers[0].kernel_size=3|13", "--vary", "layers[0].filters=2..6"]
    recipe = ["--arch", str(tiny), "--epochs", "2", "--seed", "5", "--threads", "1"]
    asked = ["tune", str(few), *recipe, *varied, "--trials", "3", "--jobs", "2"]
    assert main([*asked, "--out", str(out), "--quiet"]) == 0
    return out


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forker]:
    """The process that imports TensorFlow once, started with the first test that needs it."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    forker = Forker(tmp_path_factory.mktemp("forked"), environment(cache))
    yield forker
    forker.end()


@pytest.fixture
def forker(fork_server: Forker) -> Iterator[Forker]:
    """Start commands in real processes of their own; what a test leaves of them is ended."""
    yield fork_server
    fork_server.tidy()


@pytest.fixture(scope="session")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forker]:
    """The same without TensorFlow: it is there in a third of a second."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    forker = Forker(tmp_path_factory.mktemp("bare"), environment(cache), bare=True)
    yield forker
    forker.end()


@pytest.fixture
def bare(bare_server: Forker) -> Iterator[Forker]:
    """Start commands that need no TensorFlow in processes of their own."""
    yield bare_server
    bare_server.tidy()
