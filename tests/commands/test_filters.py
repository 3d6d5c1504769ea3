"""`cnncli filters`, and `cnncli convolve` with a kernel that a network has learnt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Cli


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def weights(trained: Path) -> tuple[np.ndarray, np.ndarray]:
    import keras

    kernel, bias = (
        keras.saving.load_model(trained / "model.keras").get_layer("conv2d").get_weights()
    )
    return kernel, bias


def test_the_kernels_of_a_run(cli: Cli, trained: Path) -> None:
    result = cli("filters", trained, "--json", "--raw", "w.npz", "-o", "w.png")
    assert result.code == 0, result.err
    kernel, bias = weights(trained)
    (layer,) = json.loads(result.out)["layers"]
    assert (layer["name"], layer["kernel_size"], layer["inputs"]) == ("conv2d", [3, 3], 1)
    with np.load("w.npz") as stored:
        np.testing.assert_array_equal(stored["conv2d"], np.moveaxis(kernel, -1, 0))
    for index, one in enumerate(layer["filters"]):
        mine = kernel[..., index]
        assert one["index"] == index
        np.testing.assert_allclose(one["weights"], mine, rtol=1e-6)
        assert one["norm"] == pytest.approx(np.linalg.norm(mine), rel=1e-6)
        assert one["bias"] == pytest.approx(bias[index], rel=1e-6)
        assert (one["min"], one["max"]) == pytest.approx((mine.min(), mine.max()), rel=1e-6)
    assert np.asarray(Image.open("w.png")).std() > 10
    again = cli("filters", trained)
    assert again.out == f"{trained.name}-filters.png\n"
    assert Path(again.out.strip()).read_bytes() == Path("w.png").read_bytes()


def test_the_images_that_excite_a_filter(cli: Cli, trained: Path, images: Path) -> None:
    Path("mixed").mkdir()
    for number in range(6):
        name = f"00{number}.png"
        Path("mixed", name).write_bytes((images / "left" / name).read_bytes())
    call = ("filters", trained, "mixed", "--top", "2", "-f", "1", "--json", "-o", "top.png")
    result = cli(*call)
    assert result.code == 0, result.err
    (layer,) = json.loads(result.out)["layers"]
    (one,) = layer["filters"]
    assert one["index"] == 1 and len(one["top"]) == 2
    assert one["top"][0]["value"] >= one["top"][1]["value"] > 0
    for each in one["top"]:
        assert Path(each["file"]).exists()
        box = {"top": each["row"], "left": each["column"], "height": 3, "width": 3}
        assert each["box"] == box
    Path("mixed/cut.png").write_bytes(b"no image")
    damaged = cli(*call, "--force")
    assert damaged.code == 1
    assert "cut.png" in damaged.err and "1 image could not be read" in damaged.err
    assert json.loads(damaged.out) == json.loads(result.out)


def test_what_is_wrong_with_filters(cli: Cli, trained: Path) -> None:
    for words, said in (
        (("-f", "4"), "--filter 4: conv2d has 4 filters, numbered from 0 to 3"),
        (("-l", "flatten"), "a Flatten has no filters"),
        (("-l", "nosuch"), 'no layer is named "nosuch"'),
        (("--top", "3"), "--top does nothing without DATA"),
        (("-o", "-", "--json"), "both want standard output"),
        (("-o", "a.gif"), "the ending chooses"),
    ):
        result = cli("filters", trained, *words)
        assert (result.code, result.out) == (2, ""), result.err
        assert said in result.err
    assert cli("filters", trained, "nosuch").code == 1


def test_a_wide_layer_is_drawn_to_a_bound_that_is_said(cli: Cli) -> None:
    spec = "input: [8, 8, 1]\nlayers:\n  - Conv2D: {filters: 70, kernel_size: 1}\n  - Flatten\n"
    Path("wide.yaml").write_text(spec)
    result = cli("filters", "wide.yaml", "-o", "wide.png")
    assert result.code == 0
    assert "conv2d has 70 filters; drawn are the first 64" in result.err
    assert "not trained" in result.err
    high = Image.open("wide.png").size[1]
    assert cli("filters", "wide.yaml", "-f", "69", "-o", "one.png").code == 0
    assert Image.open("one.png").size[1] < high / 2


def test_a_learnt_kernel_does_what_its_conv2d_does(cli: Cli, trained: Path, images: Path) -> None:
    import keras

    kernel, _ = weights(trained)
    image = images / "left" / "000.png"
    name = f"{trained}:conv2d:2"
    result = cli("convolve", image, "-k", name, "--raw", "--padding", "valid", "-o", "a.npy")
    assert result.code == 0, result.err
    pixels = np.asarray(Image.open(image), np.float32)[None, :, :, None]
    layer = keras.layers.Conv2D(4, 3, use_bias=False)
    layer.build(pixels.shape)
    layer.set_weights([kernel])
    expected = np.asarray(layer(pixels))[0, ..., 2]
    np.testing.assert_allclose(np.load("a.npy"), expected, rtol=1e-4, atol=1e-2)


COLOURED = """\
input: [10, 12, 3]
layers:
  - Conv2D: {filters: 2, kernel_size: 3, padding: same, name: first}
  - Conv2D: {filters: 2, kernel_size: 3, name: second}
  - Flatten
"""


def test_channels_of_an_image_and_of_a_kernel(cli: Cli) -> None:
    import keras

    Path("a:b").mkdir()
    Path("a:b/net.yaml").write_text(COLOURED)
    pixels = np.random.default_rng(0).integers(0, 256, (10, 12, 3), np.uint8)
    Image.fromarray(pixels).save("c.png")
    assert cli("filters", "a:b/net.yaml", "--raw", "w.npz", "-l", "first", "-l", "second").code == 0
    with np.load("w.npz") as stored:
        first, second = stored["first"][1], stored["second"][1]
    result = cli("convolve", "c.png", "-k", "a:b/net.yaml:first:1", "--raw", "-o", "sum.npy")
    assert result.code == 0, result.err
    assert "sees 3 channels" in result.err
    layer = keras.layers.Conv2D(1, 3, padding="same", use_bias=False)
    layer.build((1, 10, 12, 3))
    layer.set_weights([first[..., None]])
    expected = np.asarray(layer(pixels[None].astype(np.float32)))[0, ..., 0]
    np.testing.assert_allclose(np.load("sum.npy"), expected, rtol=1e-4, atol=1e-2)
    # Of two channels there are no three: the mean, channel by channel, as of a matrix.
    mean = "; ".join(" ".join(f"{w:.9g}" for w in row) for row in second.mean(axis=2))
    assert cli("convolve", "c.png", "-k", "a:b/net.yaml:second:1", "--raw", "-o", "b.npy").code == 0
    assert cli("convolve", "c.png", "-k", mean, "--raw", "-o", "m.npy").code == 0
    np.testing.assert_allclose(np.load("b.npy"), np.load("m.npy"), rtol=1e-4, atol=1e-3)
    looked = cli("convolve", "c.png", "-k", "a:b/net.yaml:first:1", "--at", "2,2")
    assert (looked.code, "has one for each channel" in looked.err) == (2, True)
    assert cli("convolve", "c.png", "-k", "a:b/net.yaml:first:1", "--at", "2,2", "--grey").code == 0


def test_what_is_wrong_with_a_learnt_kernel(cli: Cli, trained: Path, images: Path) -> None:
    image = images / "left" / "000.png"
    for kernel, said in (
        (f"{trained}:conv2d:9", "conv2d has 4 filters, numbered from 0 to 3"),
        (f"{trained}:nosuch:1", 'no layer is named "nosuch"'),
        (f"{trained}:flatten:1", "a Flatten has no filters"),
        ("nosuch:conv2d:1", "nosuch"),
    ):
        result = cli("convolve", image, "-k", kernel, "-o", "x.png")
        assert result.code in (1, 2) and said in result.err
        assert not Path("x.png").exists()
