"""The shipped specs: each has the parameters that its source states, and a word for a learner."""

from __future__ import annotations

import math

import pytest

from cnncli.network.build import build
from cnncli.spec import check_text, load_file
from cnncli.spec.shipped import names, path
from tests.conftest import ROOT

RESNET50 = ROOT / "tests" / "spec" / "resnet50.yaml"

# name -> (all parameters, trainable ones); the sources stand in the files.
PARAMETERS = {
    "lesson": (54_627, 54_627),
    "lesson-batchnorm": (54_659, 54_643),
    "lenet5": (61_706, 61_706),
    "tiny-vgg": (19_920, 19_920),
    "resnet18": (11_699_112, 11_689_512),
    "resnet": (25_636_712, 25_583_592),
    "mobilenet-v2": (3_538_984, 3_504_872),
    "efficientnet": (5_330_571, 5_288_548),
    "unet-classifier": (1_940_817, 1_940_817),
    "blobs": (5_761, 5_761),
    "inception-mini": (681_658, 681_658),
}


def count(weights) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def test_every_shipped_spec_is_counted_here():
    assert set(names()) == set(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_shipped_spec_has_its_parameters_and_no_problem(name):
    text = path(name).read_text(encoding="utf-8")
    assert check_text(text, name).problems == ()
    assert len(text.splitlines()) <= 130
    model = build(load_file(path(name)), weights=False)
    assert (count(model.weights), count(model.trainable_weights)) == PARAMETERS[name]
    assert text.startswith("# ") and text.count("#") >= 8
    assert load_file(path(name)).training.where is not None


def test_the_u_net_has_the_published_parameters_at_the_published_width():
    widths = {"w1": 64, "w2": 128, "w3": 256, "w4": 512, "w5": 1024}
    model = build(load_file(path("unet-classifier"), widths), weights=False)
    assert model.count_params() == 31_030_593


@pytest.mark.parametrize(("module", "weights", "biases"), [("3a", 159, 368), ("3b", 379, 640)])
def test_the_inception_modules_have_the_published_parameters(module, weights, biases):
    model = build(load_file(path("inception-mini")), weights=False)
    own = [w for x in model.layers if x.name.startswith(f"inception_{module}") for w in x.weights]
    assert count(w for w in own if len(w.shape) == 1) == biases
    assert count(w for w in own if len(w.shape) > 1) // 1024 == weights


def test_resnet50_fits_in_45_lines():
    model = build(load_file(RESNET50), weights=False)
    assert len(RESNET50.read_text(encoding="utf-8").splitlines()) <= 45
    assert model.count_params() == 25_636_712
