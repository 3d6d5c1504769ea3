"""A network from outside is trained with a head of its own, and a run says which weights it had."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cnncli.network.backend import load_keras
from cnncli.pretrained.weights import digest_of
from cnncli.spec import check_text
from cnncli.spec.catalog import applications
from cnncli.spec.template import size, with_head
from tests.conftest import Cli
from tests.data import folders

HEAD = """\
input: [32, 32, 3]
layers:
  - applications.MobileNet: {weights: saved.weights.h5, pooling: avg, alpha: 0.25, trainable: false}
  - Dense: {units: 1, activation: sigmoid}
training: {epochs: 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spec, the weights that it names beside it, and images."""
    keras = load_keras()
    made = keras.applications.MobileNet(
        weights=None, include_top=False, alpha=0.25, input_shape=(32, 32, 3)
    )
    made.save_weights(tmp_path / "saved.weights.h5")
    (tmp_path / "net.yaml").write_text(HEAD)
    folders.classes(tmp_path / "images", {"cat": 12, "dog": 12})
    return tmp_path


def test_a_run_keeps_which_weights_it_had_and_frozen_ones(folder: Path, cli: Cli) -> None:
    run = folder / "run"
    trained = cli("train", folder / "images", "--arch", folder / "net.yaml", "--out", run)
    assert trained.code == 0, trained.err
    assert "random" not in trained.err
    file = folder / "saved.weights.h5"
    begun = f'"mobilenet" begins with the weights of {file}.'
    assert begun in " ".join(trained.err.split())
    (about,) = json.loads((run / "run.json").read_text())["weights"]
    assert about == {
        "layer": "mobilenet",
        "file": file.name,
        "path": str(file),
        "sha256": digest_of(file),
    }
    assert str(file) in (run / "spec.yaml").read_text()  # wherever the run is
    load = load_keras().saving.load_model
    model = load(run / "model.keras")
    begun = load_keras().applications.MobileNet(
        weights=str(file), include_top=False, alpha=0.25, input_shape=(32, 32, 3)
    )
    ours = model.get_layer("mobilenet").get_weights()
    for one, other in zip(ours, begun.get_weights(), strict=True):
        assert (one == other).all()
    # Trained on from its state, it needs the values of that file no more.
    file.write_bytes(b"gone")
    more = cli("train", "--resume", run, "--epochs", "2")
    assert more.code == 0, more.err


NESTED = """\
input: [8, 8, 3]
layers:
  - Model:
      input: [8, 8, 3]
      layers: [{Conv2D: {filters: 8, kernel_size: 3, name: conv}}, GlobalMaxPooling2D]
      name: body
  - Dense: {units: 1, activation: sigmoid, name: head}
preprocess: rescale
training: {epochs: 1}
"""


def test_what_is_random_and_never_trained_is_told(tmp_path: Path, cli: Cli) -> None:
    """By `freeze`, and in a parent's child, whose network is called otherwise there."""
    (tmp_path / "one.yaml").write_text(NESTED)
    (tmp_path / "two.yaml").write_text(NESTED.replace("body", "base"))
    folders.classes(tmp_path / "images", {"cat": 12, "dog": 12})

    def trained(out: str, *options: object) -> str:
        result = cli("train", *options, "--out", tmp_path / out)
        assert result.code == 0, result.err
        return " ".join(result.err.split())

    first = trained("run", tmp_path / "images", "--arch", tmp_path / "one.yaml", "--freeze", "body")
    assert "random and never trained: body, 96.1 % of the parameters." in first
    run = tmp_path / "run"
    child = trained("child", "--init", run, "--arch", tmp_path / "two.yaml", "--freeze", "base")
    assert f"1 of 2 layers with weights begin with those of {run}; not base." in child
    assert f"96.1 % of the parameters do not begin with the weights of {run}" in child
    assert 'What is called "base" here is "body" there: name: body takes it' in child
    assert "random and never trained: base" in child
    same = trained("same", "--init", run)  # its spec freezes as well
    assert "2 of 2 layers with weights begin" in same
    assert "random and never trained" not in same


def test_a_spec_that_keeps_random_weights_is_warned_of(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "null.yaml").write_text(HEAD.replace("saved.weights.h5", "null"))
    checked = cli("validate", tmp_path / "null.yaml")
    assert "3:39: warning: the weights of applications.MobileNet are random" in checked.out
    assert checked.code == 0


@pytest.mark.parametrize(("prepare", "warned"), [("", True), (", prepare: mobilenet", False)])
def test_a_network_that_nothing_feeds_is_told(
    prepare: str, warned: bool, folder: Path, cli: Cli
) -> None:
    keras = load_keras()
    keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()]
    ).save(folder / "b.keras")
    (folder / "b.yaml").write_text(
        f"input: [8, 8, 3]\nlayers:\n  - pretrained: {{file: b.keras{prepare}}}\n"
        "  - Dense: {units: 1, activation: sigmoid}\ntraining: {epochs: 1}\n"
    )
    result = cli("train", folder / "images", "--arch", folder / "b.yaml", "--out", folder / "run")
    assert result.code == 0, result.err
    assert ("nothing says which values b.keras was trained on" in result.err) == warned


def test_a_run_that_begins_anew_begins_with_the_same_weights(folder: Path, cli: Cli) -> None:
    run = folder / "run"
    cli("train", folder / "images", "--arch", folder / "net.yaml", "--out", run)
    about = json.loads((run / "run.json").read_text())
    about["weights"][0]["sha256"] = "0" * 64
    about["state"] = "begun"
    (run / "run.json").write_text(json.dumps(about))
    (run / "last" / "state.npz").unlink()
    (run / "last").rmdir()
    again = cli("train", "--resume", run)
    assert again.code == 1
    assert "its weights were changed since the run began" in again.err


@pytest.mark.parametrize("name", applications())
def test_a_spec_with_a_head_is_valid(name: str) -> None:
    assert check_text(with_head(name), "x.yaml").problems == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", applications())
def test_sizes_are_those_of_keras(name: str) -> None:
    keras = load_keras()
    make: Any = getattr(keras.applications, name)
    with keras.StatelessScope(initialize_variables=False):
        shape = make(weights=None).input_shape
    assert shape[1:3] in [(size(name), size(name)), (None, None)]


def test_pretrained_makes_a_spec_and_says_so(cli: Cli, tmp_path: Path) -> None:
    folders.classes(tmp_path / "images", {"cat": 12, "dog": 12})
    command = ["train", tmp_path / "images", "--arch", "applications:MobileNet", "--pretrained"]
    changes = ["-p", "input_shape=[32, 32, 3]", "--set", "layers[0].weights=null"]
    trained = cli(*command, *changes, "--epochs", "1", "--out", tmp_path / "run")
    assert trained.code == 0, trained.err
    assert "A spec was made: MobileNet without its top, frozen, and a new head" in trained.err
    assert "for images of 32 x 32 x 3" in " ".join(trained.err.split())
    assert "applications.MobileNet: {weights: null" in (tmp_path / "run/spec.yaml").read_text()


@pytest.mark.parametrize(
    ("arch", "said"),
    [
        ("lesson", "goes with --arch applications:NAME"),
        ("applications:MobilNet", "MobileNet"),
        ("mobilenet-v2@0.35", "Did you mean applications:MobileNetV2 with --set 'layers[0].alpha"),
        ("efficientnet@B3", "Did you mean applications:EfficientNetB3?"),
        ("resnet@50", "Did you mean applications:ResNet50?"),
    ],
)
def test_pretrained_of_another_thing_is_refused(arch: str, said: str, cli: Cli) -> None:
    result = cli("train", "sample:digits", "--arch", arch, "--pretrained")
    assert result.code == 2
    assert said in result.err


def bare_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Two classes, one of them with a file that is no picture, and no weights anywhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("CNNCLI_OFFLINE", "0")  # taken back at the end
    folders.classes(tmp_path / "images", {"cat": 12, "dog": 12})
    (tmp_path / "images" / "cat" / "cut.png").write_bytes(b"no picture")
    command = ["train", tmp_path / "images", "--arch", "applications:MobileNet", "--pretrained"]
    return [*command, "--out", tmp_path / "run"]


def test_weights_that_are_not_here_are_told_before_images_are_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = cli(*bare_pair(tmp_path, monkeypatch), "--offline")
    assert result.code == 1
    assert "fetching is forbidden" in result.err
    assert "cut.png" not in result.err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_so_they_are_where_a_run_begins_anew(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = bare_pair(tmp_path, monkeypatch)
    without = ("-p", "input_shape=[32, 32, 3]", "--set", "layers[0].weights=null")
    assert "cut.png" in cli(*command, *without, "--epochs", "1").err
    _begins_anew(tmp_path / "run")
    result = cli("train", "--resume", tmp_path / "run", "--offline")
    assert result.code == 1 and "fetching is forbidden" in result.err
    assert "cut.png" not in result.err


def _begins_anew(run: Path) -> None:
    """Make a run one with the weights of ImageNet that was killed before it had a state."""
    shutil.rmtree(run / "last")
    spec, record = run / "spec.yaml", run / "run.json"
    spec.write_text(spec.read_text().replace("weights: null", "weights: imagenet"))
    digest = hashlib.sha256(spec.read_bytes()).hexdigest()[:32]
    about = json.loads(record.read_text()) | {"state": "begun", "spec_digest": digest}
    record.write_text(json.dumps(about))


def test_a_new_spec_begins_with_a_pretrained_network(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    assert cli("new", path, "--from", "applications:EfficientNetB3").code == 0
    assert "input_shape: [300, 300, 3]" in path.read_text()
    assert cli("validate", path).code == 0
