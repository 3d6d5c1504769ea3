"""model -> spec -> YAML text -> spec -> model gives the same network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.errors import ModelError
from cnncli.importers.importing import spec_of
from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.spec import dump, load_file, load_text
from cnncli.spec.catalog import applications
from tests.conftest import Cli
from tests.network.models import SPECIAL, assert_same

# Six of different kinds, and the most lines that a person would want to read.
SIX = {
    "MobileNetV2": 60,
    "MobileNetV3Small": 100,
    "EfficientNetB0": 100,
    "DenseNet121": 45,
    "ResNet50": 55,
    "ConvNeXtTiny": 60,
}


def there_and_back(model: Any, *, blocks: bool) -> str:
    text = dump(spec_of(model, blocks=blocks))
    assert_same(model, build(load_text(text, "imported.yaml")))
    return text


@pytest.mark.parametrize("blocks", [True, False], ids=["blocks", "flat"])
@pytest.mark.parametrize("name", SPECIAL)
def test_special_models(name: str, blocks: bool) -> None:
    there_and_back(SPECIAL[name](), blocks=blocks)


@pytest.mark.parametrize("name", SIX)
def test_applications(name: str) -> None:
    model = getattr(load_keras().applications, name)(weights=None)
    assert len(there_and_back(model, blocks=True).splitlines()) <= SIX[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in applications() if name not in SIX])
def test_all_other_applications(name: str) -> None:
    there_and_back(getattr(load_keras().applications, name)(weights=None), blocks=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", SIX)
def test_applications_flat(name: str) -> None:
    there_and_back(getattr(load_keras().applications, name)(weights=None), blocks=False)


def test_the_list_of_applications_is_that_of_keras() -> None:
    module = load_keras().applications
    assert list(applications()) == sorted(n for n in dir(module) if callable(getattr(module, n)))


def test_resnet50_is_short(cli: Cli) -> None:
    result = cli("import", "applications:ResNet50")
    assert result.code == 0
    assert len(result.out.splitlines()) <= 60
    assert "blocks:" in result.out
    assert "params: {filters_out: 256, strides: 2, filters: 64}" in result.out
    for default in ("seed:", "preprocess:", "resize:"):
        assert default not in result.out
    assert "25,636,712 parameters" in result.err


def test_params_are_called_by_the_roles_of_their_layers(cli: Cli) -> None:
    out = cli("import", "applications:EfficientNetB0").out
    assert "se_reduce_filters: 48, se_expand_filters: 1152, project_filters: 192}" in out
    assert "filters_2" not in out


def test_repeated_layers_become_one_line(cli: Cli) -> None:
    lines = cli("import", "applications:VGG16").out.splitlines()
    assert (
        "  - Conv2D: {filters: 512, kernel_size: 3, padding: same, activation: relu, repeat: 3}"
        in lines
    )


def test_no_weights_are_downloaded(cli: Cli) -> None:
    result = cli("import", "keras.applications:MobileNet")
    assert result.out == cli("import", "applications:MobileNet").out
    assert "your own code" not in result.err


def test_flat_keeps_the_names(cli: Cli) -> None:
    out = cli("import", "applications:VGG16", "--flat").out
    assert "name: block5_conv3" in out
    assert "repeat" not in out


def _code_models() -> dict[str, tuple[Any, str]]:
    keras = load_keras()
    layers, inputs = keras.layers, keras.Input((4,))

    class Own(layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    class Subclassed(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    return {
        "lambda": (keras.Model(inputs, layers.Lambda(lambda x: x, name="twice")(inputs)), "twice"),
        "own": (keras.Model(inputs, Own(name="mine")(inputs)), "mine"),
        "subclassed": (Subclassed(name="whole"), "whole"),
        "inner": (keras.Model(inputs, Subclassed(name="part")(inputs)), "part"),
        "activation": (
            keras.Model(inputs, layers.Dense(2, activation=lambda x: x, name="odd")(inputs)),
            "odd",
        ),
        "unbuilt": (keras.Sequential([layers.Dense(2)], name="open"), "open"),
    }


@pytest.mark.parametrize("case", ["lambda", "own", "subclassed", "inner", "activation", "unbuilt"])
def test_code_cannot_be_written_and_is_named(case: str) -> None:
    model, name = _code_models()[case]
    with pytest.raises(ModelError, match=f'"{name}"'):
        spec_of(model)


def test_a_function_of_ones_own(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ownmodels.py").write_text(
        "import keras\n"
        "def make():\n"
        "    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "def fail():\n"
        "    raise ValueError('not today')\n"
        "def number():\n"
        "    return 3\n"
    )
    monkeypatch.chdir(tmp_path)
    made = cli("import", "ownmodels:make", "-o", "made.yaml")
    assert made.code == 0 and "your own code" in made.err
    assert "Dense: {units: 2}" in (tmp_path / "made.yaml").read_text()
    again = cli("import", "ownmodels:make", "-o", "made.yaml")
    assert again.code == 2 and "--force" in again.err
    failed = cli("import", "ownmodels:fail")
    assert failed.code == 1 and "not today (ownmodels.py:5)" in failed.err
    assert cli("import", "ownmodels:number").code == 1
    assert cli("import", "ownmodels:nothing").code == 2
    assert cli("import", "nosuchmodule:make").code == 2


def test_a_function_of_a_file(cli: Cli, tmp_path: Path) -> None:
    made = "keras.Sequential([keras.Input((4,)), keras.layers.ReLU()])"
    code = f"import keras\ndef net():\n    return {made}\n"
    (tmp_path / "nets_of_mine.py").write_text(code)
    result = cli("import", f"{tmp_path}/nets_of_mine.py:net")
    assert (result.code, "- ReLU" in result.out) == (0, True)


@pytest.mark.parametrize(
    ("reference", "code", "said"),
    [
        ("lesson", 2, "cnncli show lesson"),
        ("applications:ResNet5", 2, "ResNet50"),
        ("nothing.keras", 2, "nothing.keras"),
        ("old.h5", 2, 'save("model.keras")'),
    ],
)
def test_what_cannot_be_imported(
    cli: Cli, reference: str, code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    result = cli("import", reference)
    assert (result.code, result.out) == (code, "")
    assert said in result.err


def test_weights_that_nested_models_share_are_refused() -> None:
    keras = load_keras()
    shared = keras.layers.Dense(10, name="shared")
    towers = [
        keras.Sequential([keras.Input((10,)), shared], name=f"tower_{side}")
        for side in ("left", "right")
    ]
    inputs = keras.Input((10,))
    model = keras.Model(inputs, [tower(inputs) for tower in towers])
    assert model.count_params() == 110
    with pytest.raises(ModelError, match='"shared" of "tower_left" shares its weights'):
        spec_of(model)
    outer = keras.Model(inputs, shared(towers[0](inputs)), name="outer")
    with pytest.raises(ModelError, match='"shared"'):
        spec_of(outer)
    wrapped = keras.Sequential([keras.Input((3, 10)), keras.layers.TimeDistributed(shared)])
    steps = keras.Input((3, 10))
    flat = keras.layers.Flatten()(wrapped(steps))
    both = keras.Model([steps, inputs], [flat, shared(inputs)])
    with pytest.raises(ModelError, match="shares its weights"):
        spec_of(both)


def test_a_model_that_is_called_twice_is_no_sharing() -> None:
    keras = load_keras()
    inputs = keras.Input((10,))
    tower = keras.Sequential([keras.Input((10,)), keras.layers.Dense(10)])
    model = keras.Model(inputs, tower(tower(inputs)))
    assert build(spec_of(model)).count_params() == model.count_params() == 110


def test_how_a_network_is_fed_becomes_layers(cli: Cli, tmp_path: Path) -> None:
    keras = load_keras()
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, name="last")]
    model = keras.Sequential(layers)
    model.save(tmp_path / "theirs.keras")
    images = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype("float32")
    for options, scaled in (
        (("--input-range", "-1,1"), images / 127.5 - 1),
        (("--prepare", "vgg16"), keras.applications.vgg16.preprocess_input(images.copy())),
        (("--prepare", "densenet"), keras.applications.densenet.preprocess_input(images.copy())),
    ):
        made = tmp_path / "made.yaml"
        assert cli("import", tmp_path / "theirs.keras", *options, "-o", made, "--force").code == 0
        built = build(load_file(made))
        built.layers[-1].set_weights(model.layers[-1].get_weights())
        np.testing.assert_allclose(built(images), model(scaled), atol=1e-2, rtol=1e-4)
