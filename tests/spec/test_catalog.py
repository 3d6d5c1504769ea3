"""The shipped catalog is that of the installed Keras, and refuses nothing that Keras accepts."""

from __future__ import annotations

import importlib
import json

import pytest

from cnncli.network import catalog as generator
from cnncli.network.backend import load_keras
from cnncli.spec import catalog, check_text
from cnncli.spec.families import FAMILIES, REFUSED
from tests.conftest import ROOT


@pytest.mark.parametrize("name", ["catalog", "descriptions", "reference"])
def test_the_shipped_catalog_is_current(name):
    made = json.loads(json.dumps(getattr(generator, name)()))
    shipped = json.loads((ROOT / "cnncli" / "spec" / f"{name}.json").read_text(encoding="utf-8"))
    assert made == shipped, "stale: run `python -m cnncli.network.catalog`"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_class_is_known_or_refused_with_a_reason(family):
    load_keras()
    module = importlib.import_module(FAMILIES[family])
    public = {name for name in dir(module) if isinstance(getattr(module, name), type)}
    known = set(catalog.names(family)) | {n for n in public if catalog.refusal(family, n)}
    assert public - known == set()
    assert set(REFUSED[family]) <= public


# What Keras itself takes, in forms that a type check might be too strict for.
ACCEPTED = [
    "Dense: {units: 2, use_bias: 1}",
    "Dense: {units: 2, activation: LeakyReLU}",
    "Dense: {units: 2, activation: {ReLU: {max_value: 6}}}",
    "Dense: {units: 2, kernel_initializer: HeNormal, bias_initializer: {Constant: {value: 1}}}",
    "Dense: {units: 2, kernel_regularizer: l2, kernel_constraint: {MaxNorm: {max_value: 1}}}",
    "Dense: {units: 2, dtype: float16, trainable: false}",
    "Dropout: {rate: 0.5, noise_shape: [null, 1], seed: 3}",
    "Dropout: {rate: 1}",
    "Reshape: {target_shape: [-1, 2]}",
    "Rescaling: {scale: 1e-3}",
    "LayerNormalization: {axis: [-1]}",
    "BatchNormalization: {momentum: 0.9, axis: -1}",
    "Softmax: {axis: [-1]}",
    "ActivityRegularization: {l1: 0.1}",
    "GaussianNoise: {stddev: 1}",
    "Activation: {activation: swish}",
    "RandomFlip",
    "Discretization: {bin_boundaries: [0.0, 1.0]}",
    "Normalization: {mean: 0.5, variance: 0.1}",
]


@pytest.mark.parametrize("layer", ACCEPTED)
def test_what_keras_accepts_is_accepted_and_built(layer):
    from cnncli.network.build import build

    shape = "[8, 8, 3]" if layer == "RandomFlip" else "[4]"
    checked = check_text(f"input: {shape}\npreprocess: none\nlayers:\n  - {layer}\n", "x.yaml")
    assert checked.problems == ()
    assert checked.spec is not None
    build(checked.spec)


def test_a_name_alone_is_enough_for_whatever_needs_no_argument():
    """Keras itself asks for the value where `constant` is named, though it has a default."""
    from cnncli.network.build import build

    lines = []
    for family in ("initializer", "regularizer", "constraint"):
        for name in (*catalog.names(family), *catalog.identifiers(family), "constant"):
            entry = catalog.find(family, catalog.identifiers(family).get(name, name))
            if entry is not None and not entry.required and entry.name != "STFT":
                lines.append(f"  - Dense: {{units: 2, kernel_{family}: {name}}}")
    checked = check_text("\n".join(["input: [2]", "layers:", *lines, ""]), "x.yaml")
    assert checked.problems == () and len(lines) > 40
    assert checked.spec is not None
    assert len(build(checked.spec).layers) == len(lines) + 1
