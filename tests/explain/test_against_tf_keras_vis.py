"""Maps against tf-keras-vis, at their own resolution: chains, branches, colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pytest

from cnncli.explain.network import Network
from cnncli.network.architecture import resolve
from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.registry import METHODS

METHOD = {entry.name: entry.load() for entry in METHODS}
# An architecture, the units of its last layer, the layer to explain by, and the class.
CASES = {
    "lenet5": ("lenet5", 10, "C3", 3),
    "lesson": ("lesson", 1, "conv2d_4", 1),
    "lesson with softmax": ("lesson", 2, "conv2d_4", 0),
    "within a branch": ("inception-mini", 10, "inception_3b_branch_5", 5),
}


@dataclass
class Case:
    model: Any
    image: np.ndarray
    layer: str
    target: int

    @property
    def unit(self) -> int:
        return self.target if self.model.output_shape[-1] > 1 else 0


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    keras = load_keras()
    arch, units, layer, target = CASES[request.param]
    model = build(resolve(arch).spec, preprocessing=False)
    if units != model.output_shape[-1]:
        keras.utils.set_random_seed(1)
        last = keras.layers.Dense(units, activation="softmax", name="classes")
        model = keras.Model(model.input, last(model.layers[-2].output))
    noise = np.random.default_rng(0).normal(size=model.input_shape[1:]).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3).reshape(noise.shape) * 8
    return Case(model, smooth[None], layer, target)


def theirs(case: Case, name: str) -> np.ndarray:
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    made = {
        "gradient": Saliency,
        "grad-cam": Gradcam,
        "grad-cam-plus-plus": GradcamPlusPlus,
        "score-cam": Scorecam,
    }[name](case.model, ReplaceToLinear(), clone=True)
    score = CategoricalScore([case.unit])
    if name == "gradient":
        return np.asarray(made(score, case.image, keepdims=False, normalize_map=False))
    plain = {"expand_cam": False, "normalize_cam": False, "seek_penultimate_conv_layer": False}
    return np.asarray(made(score, case.image, penultimate_layer=case.layer, **plain))


@pytest.mark.filterwarnings("ignore:The structure of `inputs`")
@pytest.mark.parametrize("name", ["gradient", "grad-cam", "grad-cam-plus-plus", "score-cam"])
def test_the_maps_are_those_of_tf_keras_vis(case: Case, name: str):
    units = case.model.output_shape[-1]
    if name == "score-cam" and units == 1:
        pytest.skip("its Score-CAM weighs all maps alike where there is one unit")
    classes = [str(place) for place in range(max(2, units))]
    network = Network(case.model, classes, "1" if len(classes) == 2 else None)
    own = METHOD[name](network, case.image, [case.target], case.layer).values
    own = abs(own) if name == "gradient" else own
    expected = theirs(case, name)
    assert own.shape == expected.shape and own.std() > 0
    assert np.corrcoef(own.ravel(), expected.ravel())[0, 1] >= 0.999
