"""`.keras` files are untrusted: nothing of them runs, is read or written, or takes memory."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.keras_file import load
from cnncli.spec.families import FAMILIES
from cnncli.spec.families import REFUSED as FORBIDDEN
from tests.conftest import Cli


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    keras = load_keras()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="first")])
    model.compile("adam", "mse")
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def rewritten(path: Path, change: Callable[[dict[str, Any]], None], **members: bytes) -> Path:
    """A copy of a `.keras` file with its config changed and members replaced."""
    copy = path.with_name("changed.keras")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, members.pop(name.replace(".", "_"), content))
        for name, content in members.items():
            new.writestr(name, content)
    return copy


def dense(config: dict[str, Any]) -> dict[str, Any]:
    """The config of the Dense layer."""
    layers: list[dict[str, Any]] = config["config"]["layers"]
    return layers[-1]


def test_a_model_comes_back_with_its_weights(saved: Path) -> None:
    theirs = load_keras().saving.load_model(saved)
    ours = load(saved)
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    assert load(saved, weights=False).count_params() == 15


def test_a_stateful_layer_stays_stateful(cli: Cli, tmp_path: Path) -> None:
    keras = load_keras()
    inputs = keras.Input(batch_shape=(2, 4, 3))
    model = keras.Model(inputs, keras.layers.LSTM(2, stateful=True)(inputs))
    model.save(tmp_path / "stateful.keras")
    assert "stateful: true" in cli("import", tmp_path / "stateful.keras").out


def _becomes(class_name: str, config: dict[str, Any], module: str = "keras.layers") -> Any:
    def change(whole: dict[str, Any]) -> None:
        dense(whole).update(class_name=class_name, config=config, module=module)
        dense(whole).pop("registered_name", None)

    return change


REFUSED = {
    "Lambda": {"function": {"class_name": "__lambda__", "config": {"code": "4wAA"}}},
    "TFSMLayer": {"filepath": "planted"},
    "TorchModuleWrapper": {"module": "planted"},
    "JaxLayer": {"call_fn": "planted"},
    "FlaxLayer": {"module": "planted"},
    "StringLookup": {"vocabulary": "planted"},
    "IntegerLookup": {"vocabulary": "planted"},
    "TextVectorization": {"vocabulary": "planted"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_runs_code_or_reads_a_file_is_refused(
    saved: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(saved.parent)
    planted = Path("planted")
    planted.write_text("secret\n")
    os.utime(planted, (1, 1))
    with pytest.raises(ModelError, match=name):
        load(rewritten(saved, _becomes(name, {"name": "bad", **REFUSED[name]})))
    assert planted.stat().st_atime == 1


@pytest.mark.parametrize(
    ("family", "name"),
    [(f, name) for f, classes in FORBIDDEN.items() for name in classes if name != "InputLayer"],
)
def test_no_refused_class_is_made(saved: Path, family: str, name: str) -> None:
    changed = rewritten(saved, _becomes(name, {"name": "bad"}, module=FAMILIES[family]))
    with pytest.raises(ModelError, match=rf"\b{name}\b.* refused"):
        load(changed)


def _lambda_activation(config: dict[str, Any]) -> None:
    dense(config)["config"]["activation"] = {"class_name": "__lambda__", "config": {"value": "x"}}


def _nested(config: dict[str, Any]) -> None:
    inner = {"class_name": "Lambda", "module": "keras.layers", "config": {"name": "deep"}}
    dense(config).update(class_name="TimeDistributed", config={"name": "td", "layer": inner})


def _called(module: str, function: str) -> Any:
    """A change after which Keras would call a function of its own, as an activation."""

    def change(config: dict[str, Any]) -> None:
        found = {"class_name": "function", "module": module, "config": function}
        dense(config)["config"]["activation"] = {**found, "registered_name": "function"}

    return change


def _callback(config: dict[str, Any]) -> None:
    callback = {"class_name": "CSVLogger", "module": "keras.callbacks", "config": {"filename": "x"}}
    dense(config)["config"]["kernel_initializer"] = callback


CHANGES: dict[str, tuple[Any, str]] = {
    "plot": (_called("keras.utils", "plot_model"), "plot_model of keras.utils"),
    "download": (_called("keras.utils", "get_file"), "get_file of keras.utils"),
    "builtin": (_called("builtins", "open"), "open of builtins"),
    "callback": (_callback, "CSVLogger of keras.callbacks"),
    "load": (_becomes("load_model", {"filepath": "x"}, module="keras.saving"), "load_model"),
    "own class": (_becomes("Evil", {}, module="os"), r"os\.Evil"),
    "lambda activation": (_lambda_activation, "lambda"),
    "nested": (_nested, "Lambda"),
    "unknown class": (_becomes("Nothing", {}), "Nothing"),
    "system": (_becomes("system", {"command": "true"}, module="posix"), "posix"),
    "huge": (lambda c: dense(c)["config"].update(units=10**12), "5,000,000,000,000 parameters"),
    "no model": (lambda c: c.update(config=3), "describes no model"),
    "a layer": (lambda c: c.update(dense(c)), "no model"),
    "bad class": (lambda c: dense(c).update(class_name=[1]), "describes no model"),
    "missing layers": (lambda c: c["config"].pop("layers"), "Keras cannot load it"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_file_gives_a_clean_error(saved: Path, case: str) -> None:
    change, said = CHANGES[case]
    with pytest.raises(ModelError, match=said):
        load(rewritten(saved, change))


def test_damaged_files(saved: Path, tmp_path: Path) -> None:
    content = saved.read_bytes()
    for number, damaged in enumerate((b"", b"PK\x03\x04", content[:200], content[:-30], b"x" * 99)):
        file = tmp_path / f"damaged{number}.keras"
        file.write_bytes(damaged)
        with pytest.raises(ModelError, match="damaged"):
            load(file)
    deep = b"[" * 100_000
    for config in (b"\xff", b"{", deep, b'{"class_name": 1}', b"[]"):
        with zipfile.ZipFile(tmp_path / "config.keras", "w") as archive:
            archive.writestr("config.json", config)
        with pytest.raises(ModelError, match=r"config\.json"):
            load(tmp_path / "config.keras")


def test_bombs(saved: Path) -> None:
    nothing: Callable[[dict[str, Any]], None] = lambda config: None  # noqa: E731
    with pytest.raises(ModelError, match="far more"):
        load(rewritten(saved, nothing, **{"assets/bomb": bytes(200_000_000)}))
    with pytest.raises(ModelError, match="cannot load"):
        load(rewritten(saved, nothing, model_weights_h5=b"no HDF5"))


def test_a_dataset_that_declares_more_than_it_holds(saved: Path, tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "big.h5", "w") as file:
        file.create_dataset("layers/dense/vars/0", shape=(10**9,), chunks=(1000,), dtype="f8")
    content = (tmp_path / "big.h5").read_bytes()
    with pytest.raises(ModelError, match="declares far more"):
        load(rewritten(saved, lambda config: None, model_weights_h5=content))


def test_the_command_says_it_in_one_line(cli: Cli, saved: Path) -> None:
    result = cli("import", rewritten(saved, _becomes("Lambda", {"name": "bad"})))
    assert (result.code, result.out) == (1, "")
    assert "Lambda" in result.err and "Traceback" not in result.err
