"""Pixels that nothing brings to another scale are told, in the file and before a run."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.network.build import build
from cnncli.spec import check_text, load_text
from cnncli.spec.shipped import names, path
from cnncli.spec.template import begin, copy_of

HEAD = "input: [6, 6, 3]\nlayers:\n"
TAIL = "  - Flatten\n  - Dense: {units: 2, activation: softmax}\n"
CONV = "Conv2D: {filters: 4, kernel_size: 3"
# Layers behind which, while a network is trained, the scale of the pixels is of no matter.
SCALE_FREE = [
    "  - BatchNormalization\n",
    "  - LayerNormalization\n",
    "  - GroupNormalization: {groups: 1}\n",
    f"  - {CONV}}}\n  - BatchNormalization\n  - ReLU\n",
    f"  - {CONV}, activation: relu}}\n  - MaxPool2D\n  - BatchNormalization\n",
    f"  - {CONV}, activation: linear}}\n  - LeakyReLU\n  - LayerNormalization\n",
    "  - SeparableConv2D: {filters: 4, kernel_size: 3}\n  - BatchNormalization\n",
    "  - ZeroPadding2D\n  - Sequential:\n      layers:\n        - Dropout: {rate: 0.0}\n"
    f"        - {CONV}, activation: relu}}\n  - BatchNormalization\n",
]
SCALED = [
    "  - Rescaling: {scale: 0.00392156862745098}\n",
    "  - Normalization: {mean: 127.0, variance: 5000.0}\n",
    "  - RandomFlip\n  - CenterCrop: {height: 4, width: 4}\n  - Rescaling: {scale: 0.01}\n",
    "  - ops.divide: {x2: 255.0}\n",
    "  - Sequential:\n      layers: [RandomFlip, RandomContrast: {factor: 0.1}]\n"
    "  - Rescaling: {scale: 0.00784, offset: -1.0}\n",
    "  - Sequential:\n      layers:\n        - Rescaling: {scale: 0.01}\n"
    f"        - {CONV}, activation: relu}}\n",
    "  - Rescaling: {scale: 0.01, name: seen}\n  - Flatten: {name: one}\n"
    "  - use: {layer: seen, inputs: input, name: again}\n  - Flatten: {name: two}\n"
    "  - Concatenate: {inputs: [one, two]}\n",
]
RAW = [
    "",
    f"  - {CONV}, activation: relu}}\n",
    f"  - {CONV}, activation: tanh}}\n  - BatchNormalization\n",
    f"  - {CONV}}}\n  - Rescaling: {{scale: 0.01}}\n",
    "  - RandomFlip\n",
    "  - Sequential:\n      layers:\n        - RandomFlip\n",
    "  - Rescaling: {scale: 0.5, name: seen}\n  - Add: {inputs: [seen, input]}\n",
]
PAIR = "input: {left: [6, 6, 3], right: [6, 6, 3]}\nlayers:\n"


def said(text: str) -> list[tuple[int | None, str]]:
    found = check_text(text, "own.yaml").problems
    assert {each.severity for each in found} <= {"warning"}
    return [(each.line, each.message) for each in found]


@pytest.mark.parametrize("layers", SCALE_FREE)
def test_what_takes_the_scale_away_is_enough(layers: str) -> None:
    assert said(HEAD + layers + TAIL) == []
    model = build(load_text(HEAD + layers + TAIL))
    pixels = np.random.default_rng(0).uniform(0, 255, (16, 6, 6, 3)).astype(np.float32)
    for few in (pixels, pixels / 2):
        np.testing.assert_allclose(
            model(few, training=True), model(pixels, training=True), atol=2e-3
        )


@pytest.mark.parametrize("layers", SCALED)
def test_what_scales_is_enough(layers: str) -> None:
    assert said(HEAD + layers + TAIL) == []
    build(load_text(HEAD + layers + TAIL))


@pytest.mark.parametrize("layers", RAW)
def test_raw_pixels_are_told_at_the_input(layers: str) -> None:
    ((line, message),) = said(HEAD + layers + TAIL)
    assert (line, "0 to 255" in message) == (1, True)
    for answer in ("rescale", "standardize", "none"):
        assert said(f"preprocess: {answer}\n{HEAD}{layers}{TAIL}") == []
    build(load_text(HEAD + layers + TAIL))


def test_of_two_networks_in_one_each_has_its_own_input() -> None:
    nested = (
        "  - Model:\n      input: {a: [6, 6, 3], b: [6, 6, 3]}\n      layers:\n"
        "        - Rescaling: {scale: 0.01, inputs: a, name: small}\n"
        "        - Add: {inputs: [small, b]}\n      inputs: %s\n"
    )
    for inputs in ("[left, right]", "{a: left, b: right}"):
        ((line, _),) = said(PAIR + nested % inputs + TAIL)
        assert line == 1
    scaled = "  - Rescaling: {scale: 0.01, inputs: right, name: fine}\n"
    assert said(PAIR + scaled + nested % "[left, fine]" + TAIL) == []


def test_inputs_that_are_no_pictures_are_left_alone() -> None:
    for shape in ("[6]", "[6, 6]", "[6, 6, 7]", "[null, null, 7]"):
        assert said(f"input: {shape}\nlayers: [Dense: {{units: 2}}]\n") == []


def test_pixels_that_are_scaled_twice() -> None:
    text = f"preprocess: rescale\n{HEAD}  - Rescaling: {{scale: 0.0039}}\n{TAIL}"
    ((line, message),) = said(text)
    assert (line, "twice" in message) == (4, True)
    assert said(text.replace("0.0039", "2.0, offset: -1.0")) == []


def test_a_chain_as_long_as_a_spec_may_be() -> None:
    (only,) = said(HEAD + "  - Dropout: {rate: 0.1, repeat: 19000}\n" + TAIL)
    assert only[0] == 1


@pytest.mark.parametrize("name", names())
def test_what_new_writes_says_how_pixels_are_scaled(name: str) -> None:
    assert said(copy_of(path(name).read_text(encoding="utf-8"), "mine")) == []
    assert said(begin("mine", "mine.yaml")) == []
