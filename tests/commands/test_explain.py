"""`cnncli explain` as a user runs it: pictures, files of maps, JSON, layers, classes, faults."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnncli.registry import METHODS
from tests.conftest import Cli


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_image_is_explained_by_two_methods_in_a_picture(cli: Cli, trained: Path, images: Path):
    result = cli("explain", trained, images / "left" / "000.png")
    assert (result.code, result.out) == (0, "000-explain.png\n"), result.err
    assert "Layer conv2d (10 x 10)" in result.err
    picture = np.asarray(Image.open("000-explain.png"))
    assert picture.shape[1] > 1000 and picture.std(axis=2).max() > 50
    again = cli("explain", trained, images / "left" / "000.png")
    assert again.out == "000-explain-2.png\n"
    assert Path("000-explain.png").read_bytes() == Path("000-explain-2.png").read_bytes()


def test_json_says_what_predict_says_and_raw_holds_the_maps(cli: Cli, trained: Path, images: Path):
    files = [images / "left" / "000.png", images / "right" / "000.png"]
    methods = [word for entry in METHODS for word in ("-m", entry.name)]
    result = cli("explain", trained, *files, *methods, "--raw", "maps.npz", "--json")
    assert result.code == 0, result.err
    made = lines(result.out)
    predicted = lines(cli("predict", trained, *files, "--json").out)
    for line, other in zip(made, predicted, strict=True):
        assert line["image"] == other["file"]
        assert line["predicted"] == other["predicted"]
        assert line["probability"] == other["probability"]
        assert line["label"] == Path(line["image"]).parent.name
        assert [each["method"] for each in line["maps"]] == [entry.name for entry in METHODS]
    with np.load("maps.npz") as stored:
        maps = dict(stored)
    # Both are called 000.png, so that their folders tell them apart.
    assert set(maps) == {f"{file}/{entry.name}" for file in files for entry in METHODS}
    for each in (each for line in made for each in line["maps"]):
        values = maps[each["key"]]
        assert values.dtype == np.float32
        assert each["shape"] == list(values.shape)
        assert (each["min"], each["max"]) == (values.min(), values.max())
        assert each["empty"] == (not values.any())
    assert maps[f"{files[0]}/grad-cam"].shape == (10, 10)
    assert maps[f"{files[0]}/gradient"].shape == (12, 12)
    assert not Path("explanations.png").exists()


def test_classes_and_layers_have_maps_of_their_own(cli: Cli, trained: Path, images: Path):
    classes = ("--class", "left", "--class", "right")
    common = ("explain", trained, images / "left" / "001.png", "-m", "grad-cam", "-m", "gradient")
    result = cli(*common, *classes, "-l", "conv2d", "-l", "max_pooling2d", "--raw", "m.npz")
    assert result.code == 0, result.err
    with np.load("m.npz") as stored:
        maps = dict(stored)
    assert set(maps) == {
        *(f"001.png/grad-cam/{layer}/{name}" for layer in ("conv2d", "max_pooling2d")
          for name in ("left", "right")),
        *(f"001.png/gradient/-/{name}" for name in ("left", "right")),
    }  # fmt: skip
    assert maps["001.png/grad-cam/max_pooling2d/left"].shape == (5, 5)
    both = maps["001.png/grad-cam/conv2d/left"], maps["001.png/grad-cam/conv2d/right"]
    assert abs(both[0] - both[1]).max() > 0
    assert cli(*common, "-l", "all", "-o", "all.pdf").code == 0
    assert Path("all.pdf").read_bytes().startswith(b"%PDF")


def test_more_than_24_images_are_pages(cli: Cli, trained: Path, images: Path):
    result = cli("explain", trained, images, "-m", "gradient", "--quiet")
    assert result.out.split() == [f"explanations-{page}.png" for page in (1, 2, 3, 4)]
    sizes = [Image.open(name).size for name in result.out.split()]
    assert sizes[0] == sizes[1] == sizes[2] and sizes[3][1] < sizes[0][1]  # 24, 24, 24, 8
    assert cli("explain", trained, images, "-m", "gradient", "-o", "all.pdf").code == 0
    assert re.findall(rb"/Count (\d+)", Path("all.pdf").read_bytes())[-1] == b"4"


def nested() -> Any:
    import keras

    keras.utils.set_random_seed(2)
    layers = keras.layers
    base = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(name="pool"),
        ],
        name="base",
    )
    image = keras.Input((16, 16, 3), name="image")
    pooled = layers.GlobalAveragePooling2D()(base(image))
    return keras.Model(image, layers.Dense(3, activation="softmax", name="last")(pooled))


def test_layers_within_nested_networks_and_colours(cli: Cli):
    import keras

    model = nested()
    model.save("model.keras")
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("image.png")
    names = ("--classes", "red,green,blue", "--class", "green")
    common = ("explain", "model.keras", "image.png", "-m", "grad-cam", *names)
    result = cli(*common, "-l", "base/conv1", "--raw", "maps.npz", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["maps"][0]["layer"] == "base/conv1"
    with np.load("maps.npz") as stored:
        made = stored["image.png/grad-cam"]
    base = model.get_layer("base")
    inner = keras.Model(base.inputs, base.get_layer("conv1").output)
    shown = np.asarray(inner(pixels[None].astype(np.float32)))[0]
    # The mean over pooled maps gives each of its largest values the same share of the gradient.
    kernel = model.get_layer("last").get_weights()[0][:, 1]
    expected = np.maximum((shown * (kernel / 49) * 49 / 14**2).sum(-1), 0)
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-5)
    features = cli("features", "model.keras", "image.png", "-l", "base/conv1", "-o", "f.npz")
    assert features.code == 0, features.err
    with np.load("f.npz") as stored:
        np.testing.assert_allclose(stored["base/conv1"], shown, rtol=1e-5, atol=1e-4)


def test_an_empty_map_is_said(cli: Cli):

    model = nested()
    kernel, bias = model.get_layer("last").get_weights()
    kernel[:, 0] = -1
    model.get_layer("last").set_weights([kernel, bias])
    model.save("model.keras")
    Image.new("RGB", (16, 16), "white").save("image.png")
    result = cli("explain", "model.keras", "image.png", "-m", "grad-cam", "--class", "class_0")
    assert result.code == 0
    assert "Empty, as nothing there speaks for the class: grad-cam" in result.err
    picture = np.asarray(Image.open("image-explain.png"))
    assert picture.std(axis=2).max() == 0  # no colours


def test_an_image_that_cannot_be_read_is_left_out(cli: Cli, trained: Path, images: Path):
    Path("broken.png").write_bytes(b"nothing")
    result = cli("explain", trained, "broken.png", images / "left" / "000.png", "--json")
    assert result.code == 1
    first, second = lines(result.out)
    assert first["image"] == "broken.png" and "error" in first
    assert second["maps"]
    assert "1 image could not be explained" in result.err
    drawn = cli("explain", trained, "broken.png", images / "left" / "000.png", "-o", "x.png")
    assert drawn.code == 1 and Path("x.png").exists()
    assert "broken.png: " in drawn.err


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["-m", "gradcam"], 2, 'no method "gradcam"'),
        (["-m", "edges"], 2, 'no method "edges"'),
        (["--class", "up"], 2, "It tells left, right apart"),
        (["-l", "conv"], 2, "Did you mean conv2d"),
        (["-l", "flatten"], 2, "Layers with maps: conv2d"),
        (["--raw", "maps.zip"], 2, ".npz"),
        (["-o", "maps.svg"], 2, ".png, .pdf"),
        (["--json", "-o", "-"], 2, "standard output"),
        (["--json", "--raw", "-"], 2, "standard output"),
        (["-o", "no/such/a.png"], 1, "does not exist"),
    ],
)
def test_what_cannot_be_done_is_said(
    cli: Cli, trained: Path, images: Path, options: list[str], code: int, message: str
):
    result = cli("explain", trained, images / "left" / "000.png", *options)
    assert result.code == code, result.err
    assert message in result.err and "Traceback" not in result.err
    assert result.out == "" and not list(Path().iterdir())


def test_an_architecture_has_nothing_to_explain(cli: Cli, images: Path):
    result = cli("explain", "lesson", images)
    assert result.code == 1
    assert "an architecture, not a trained network" in result.err


def test_methods_are_scored_by_where_the_cause_is(cli: Cli, trained: Path, images: Path):
    """The left images have a bright left half: boxes of it, and of all that lies outside of it."""
    names = [f"left/00{number}.png" for number in range(4)]
    header = "file,top,left,height,width\n"
    Path("truth.csv").write_text(header + "".join(f"{images}/{name},0,0,12,12\n" for name in names))
    common = ("explain", trained, *(images / name for name in names), images / "right" / "000.png")
    asked = ("--class", "left", "-m", "occlusion", "-m", "gradient", "--truth", "truth.csv")
    result = cli(*common, *asked)
    assert result.code == 0, result.err
    assert result.out.splitlines()[0].split() == [
        "method", "layer", "images", "pointing", "energy", "area", "lift",
    ]  # fmt: skip
    assert [line.split()[1:] for line in result.out.splitlines()[1:]] == [
        ["4", "1.00", "1.000", "1.000", "1.0"]
    ] * 2
    assert "knows no cause in 1 image: not counted" in result.err
    assert not list(Path().glob("*.png"))
    *explained, scores = lines(cli(*common, *asked, "--json").out)
    assert len(explained) == 5
    assert [each["method"] for each in scores["truth"]] == ["occlusion", "gradient"]
    assert scores["truth"][0] == {
        "method": "occlusion", "layer": None, "images": 4, "pointing": 1.0,
        "energy": 1.0, "area": 1.0, "lift": 1.0, "missed": [],
    }  # fmt: skip
    other = cli(*common, "--class", "right", "-m", "occlusion", "--truth", "truth.csv")
    assert (other.code, other.out) == (0, "")
    assert "4 maps of a class that is not the image's own" in other.err
    assert "nothing to score" in other.err


@pytest.mark.parametrize("option", [("-o", "-"), ("--raw", "-")])
def test_scores_and_files_do_not_share_standard_output(
    cli: Cli, trained: Path, images: Path, option: tuple[str, str]
):
    Path("truth.csv").write_text(f"file,top,left,height,width\n{images}/left/000.png,0,0,9,9\n")
    call = ("explain", trained, images / "left" / "000.png", "--truth", "truth.csv", *option)
    result = cli(*call)
    assert (result.code, result.out) == (2, "")
    assert "--truth both want standard output" in result.err
