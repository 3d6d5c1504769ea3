"""The checks of `cnncli explain` as a user meets them: options, `sanity.json`, notes, pictures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Cli


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(trained: Path) -> Path:
    """A run of one's own: its file of checks is written."""
    return Path(shutil.copytree(trained, "run"))


@pytest.fixture
def image(images: Path) -> Path:
    return images / "left" / "000.png"


def maps(text: str) -> list[Any]:
    return [each for line in text.splitlines() for each in json.loads(line)["maps"]]


def test_sanity_is_kept_in_the_run_and_shown_from_then_on(cli: Cli, run: Path, image: Path):
    common = ("explain", run, image, "-m", "grad-cam", "-m", "gradient", "--json")
    before = cli(*common)
    unchecked = {"figure": None, "verdict": "not checked"}
    assert [each["verdicts"]["sanity"] for each in maps(before.out)] == [unchecked] * 2
    assert "what was learnt: grad-cam at conv2d, gradient. --sanity checks it." in before.err
    checked = cli(*common, "--sanity")
    assert checked.code == 0, checked.err
    assert "Sanity was checked on 8 images of the run's validation part." in checked.err
    after = cli(*common)
    assert after.out == checked.out and "was checked on" not in after.err
    kept = json.loads((run / "sanity.json").read_text())["methods"]
    for each in maps(after.out):
        entry = kept[each["method"]][each["layer"] or "-"]
        said = each["verdicts"]["sanity"]
        assert said == {key: entry[key] for key in said}
        assert said["control"] == 1 and said["images"] == 8
        assert f"Sanity of {each['method']}" in after.err
    one = json.loads((run / "sanity.json").read_text())
    cli("explain", run, image, "-m", "occlusion", "--sanity", "--json")
    two = json.loads((run / "sanity.json").read_text())
    assert two["methods"].pop("occlusion") and two == one


def test_sanity_of_other_weights_is_not_shown(cli: Cli, run: Path, image: Path):
    common = ("explain", run, image, "-m", "gradient", "--json")
    cli(*common, "--sanity")
    kept = json.loads((run / "sanity.json").read_text())
    kept["methods"]["gradient"]["-"]["model"] = "0" * 64
    (run / "sanity.json").write_text(json.dumps(kept))
    result = cli(*common)
    assert maps(result.out)[0]["verdicts"]["sanity"]["verdict"] == "not checked"
    assert "sanity.json is of other weights" in result.err


def test_a_run_that_keeps_nothing_still_tells(cli: Cli, run: Path, image: Path):
    (run / "sanity.json").mkdir()  # nothing can be read or written there
    result = cli("explain", run, image, "-m", "gradient", "--sanity", "--json")
    assert result.code == 0
    assert maps(result.out)[0]["verdicts"]["sanity"]["figure"] is not None
    assert "the sanity check cannot be kept in the run" in result.err
    assert "Traceback" not in result.err


def test_a_file_is_checked_on_the_images_that_are_given(cli: Cli, run: Path, image: Path):
    shutil.copy(run / "model.keras", "alone.keras")
    result = cli("explain", "alone.keras", image, "-m", "gradient", "--sanity", "--json")
    assert result.code == 0, result.err
    said = maps(result.out)[0]["verdicts"]["sanity"]
    assert said["images"] == 1 and said["figure"] is not None
    assert "checked on 1 image of those that are given" in result.err
    assert "that of 1 scatters" in result.err
    assert {each.name for each in Path().iterdir()} == {"run", "alone.keras"}


def test_the_images_of_a_run_that_has_lost_its_own(cli: Cli, run: Path, image: Path):
    record = json.loads((run / "run.json").read_text())
    record["data"]["path"] = "gone"
    (run / "run.json").write_text(json.dumps(record))
    result = cli("explain", run, image, "-m", "gradient", "--sanity", "--json")
    assert result.code == 0
    assert maps(result.out)[0]["verdicts"]["sanity"]["images"] == 1


def test_two_methods_are_compared_unless_one_says_no(cli: Cli, run: Path, image: Path):
    common = ("explain", run, image, "-m", "grad-cam", "-m", "occlusion", "--json")
    result = cli(*common)
    cam, occlusion = (each["verdicts"]["agreement"] for each in maps(result.out))
    assert cam["figure"] == occlusion["figure"]
    assert (cam["with"], cam["with_layer"]) == ("occlusion", None)
    assert (occlusion["with"], occlusion["with_layer"]) == ("grad-cam", "conv2d")
    assert "Agreement of grad-cam at conv2d and occlusion: they " in result.err
    without = cli(*common, "--no-agreement")
    assert all(each["verdicts"].keys() == {"sanity"} for each in maps(without.out))
    refused = cli("explain", run, image, "-m", "occlusion", "--agreement")
    assert refused.code == 2 and "one method has none to agree with" in refused.err


def test_of_several_classes_pairs_of_maps_are_counted_and_areas_told_apart(
    cli: Cli, run: Path, image: Path
):
    ways = ("-m", "grad-cam", "-m", "occlusion", "--class", "left", "--class", "right")
    result = cli("explain", run, image, *ways, "--faithfulness", "--json")
    assert " of 2 pairs of maps; mean " in result.err
    # In a mean over both classes, whose probabilities add up to 1, random maps would be 0 ± 0.
    for each in maps(result.out):
        layer = f" at {each['layer']}" if each["layer"] else ""
        said = each["verdicts"]["faithfulness"]
        assert f"Faithfulness of {each['method']}{layer} for {each['class']}: " in result.err
        assert f": {said['verdict']}" in result.err


def test_all_checks_stand_in_the_picture_and_on_stderr(cli: Cli, run: Path, images: Path):
    files = sorted((images / "right").iterdir())[:3]
    plain = cli("explain", run, *files, "-o", "plain.png")
    result = cli("explain", run, *files, "--faithfulness", "--stability", "-o", "all.png")
    assert (plain.code, result.code) == (0, 0), result.err
    for check in ("Faithfulness", "Stability"):
        assert f"{check} of grad-cam-plus-plus at conv2d: " in result.err
        assert f"{check} of occlusion: " in result.err
    assert "better" in result.err and " of 3 images (mean " in result.err and " ± " in result.err
    heights = [np.asarray(Image.open(name)).shape[0] for name in ("plain.png", "all.png")]
    assert heights[1] > heights[0] + 3 * 100  # curves below the maps


def test_curves_are_in_the_json(cli: Cli, run: Path, image: Path):
    result = cli("explain", run, image, "-m", "occlusion", "--faithfulness", "--json")
    said = maps(result.out)[0]["verdicts"]["faithfulness"]
    lines = [np.array(said[key]) for key in ("insertion", "deletion")]
    assert all(len(each) == 33 for each in lines)
    assert np.trapezoid(lines[0] - lines[1], dx=1 / 32) == pytest.approx(said["figure"])
    probability = json.loads(result.out)["probability"]
    assert lines[0][-1] == pytest.approx(probability, abs=1e-6)
    assert lines[1][0] == pytest.approx(probability, abs=1e-6)


def test_an_empty_map_has_no_verdicts_and_says_so(cli: Cli):
    import keras

    layers = keras.layers
    image = keras.Input((16, 16, 3))
    shown = layers.Conv2D(2, 3, activation="relu", kernel_initializer="ones", name="conv")(image)
    last = layers.Dense(2, activation="softmax", kernel_initializer=keras.initializers.Constant(-1))
    keras.Model(image, last(layers.GlobalAveragePooling2D()(shown))).save("model.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("image.png")
    checks = ("--sanity", "--faithfulness", "--stability", "-m", "hires-cam", "-m", "gradient")
    result = cli("explain", "model.keras", "image.png", *checks, "--json")
    assert result.code == 0, result.err
    said = maps(result.out)[0]["verdicts"]
    assert list(said) == ["sanity", "agreement", "faithfulness", "stability"]
    assert {each["verdict"] for each in said.values()} == {"undefined"}
    assert {each["figure"] for each in said.values()} == {None}
    assert "NaN" not in result.out
    assert "Stability of hires-cam at conv: undefined as the map is empty." in result.err


def test_stdin_is_no_image_to_check_on(cli: Cli, run: Path):
    shutil.copy(run / "model.keras", "alone.keras")
    result = cli("explain", "alone.keras", "-", "-m", "gradient", "--sanity", "--json")
    assert result.code == 2 and "read more than once" in result.err
