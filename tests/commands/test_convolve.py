"""`cnncli convolve` and `cnncli kernels`, as a user types them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from cnncli.cli import main
from cnncli.images.kernels import KERNELS
from tests.conftest import ROOT, Cli
from tests.terminal import terminal

HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "scipy")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def photo(tmp_path: Path) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (21, 34, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return pixels


def by_scipy(pixels: np.ndarray, matrix: list[list[float]], mode: str = "constant") -> np.ndarray:
    planes = [
        ndimage.correlate(pixels[:, :, c].astype(float), np.array(matrix), mode=mode)
        for c in range(pixels.shape[2])
    ]
    return np.stack(planes, axis=2)


SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]


def test_the_raw_values_are_float32_and_unscaled(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png", "--kernel", "sharpen", "--raw", "-o", "out.npy")
    assert result.code == 0
    assert result.out == ""
    values = np.load("out.npy")
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, by_scipy(photo, SHARPEN))


def test_raw_values_are_the_same_in_a_tiff(cli: Cli, photo: np.ndarray) -> None:
    assert (
        cli("convolve", "photo.png", "-k", "sharpen", "--raw", "--sum", "-o", "out.tif").code == 0
    )
    with Image.open("out.tif") as stored:
        assert stored.mode == "F"
        np.testing.assert_array_equal(np.asarray(stored), by_scipy(photo, SHARPEN).sum(axis=2))


def test_raw_values_are_the_same_in_a_csv(cli: Cli, photo: np.ndarray) -> None:
    assert cli("convolve", "photo.png", "-k", "blur", "--raw", "--sum", "-o", "out.csv").code == 0
    expected = by_scipy(photo, [[1 / 9] * 3] * 3).sum(axis=2)
    np.testing.assert_allclose(np.loadtxt("out.csv", delimiter=","), expected, rtol=1e-6)


def test_several_kernels_stack_their_raw_values(cli: Cli, photo: np.ndarray) -> None:
    assert cli("convolve", "photo.png", "-k", "identity", "-k", "sharpen", "--raw").code == 0
    values = np.load("photo-kernels.npy")
    assert values.shape == (21, 34, 3, 2)
    np.testing.assert_array_equal(values[..., 0], photo)


def test_identity_gives_the_picture_itself(cli: Cli, photo: np.ndarray) -> None:
    assert cli("convolve", "photo.png", "-k", "identity", "-o", "same.png").code == 0
    np.testing.assert_array_equal(np.asarray(Image.open("same.png")), photo)


def test_a_picture_gets_a_name_that_says_what_it_is(cli: Cli, photo: np.ndarray) -> None:
    first = cli("convolve", "photo.png", "--kernel", "sobel")
    second = cli("convolve", "photo.png", "--kernel", "sobel")
    assert (first.out, second.out) == ("photo-sobel.png\n", "photo-sobel-2.png\n")
    assert "Shown: black 0, white" in first.err
    assert "--raw" in first.err


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "tif"])
def test_the_ending_chooses_the_format(cli: Cli, photo: np.ndarray, ending: str) -> None:
    assert cli("convolve", "photo.png", "-k", "emboss", "-o", f"out.{ending}").code == 0
    assert Image.open(f"out.{ending}").size == (34, 21)


def test_a_sheet_shows_the_weights_in_colour(cli: Cli) -> None:
    Image.fromarray(np.full((8, 8), 90, np.uint8)).save("even.png")
    for kernel, sign in (("1 2; 3 4", 1), ("-1 -2; -3 -4", -1)):
        command = ["convolve", "even.png", "-k", kernel, "-k", "identity", "-o", "sheet.png"]
        assert cli(*command, "--force").code == 0
        sheet = np.asarray(Image.open("sheet.png")).astype(int)
        excess = sheet[:, : sheet.shape[1] // 2, 2] - sheet[:, : sheet.shape[1] // 2, 0]
        assert (excess * sign).max() > 150  # blue for what is above 0, red for what is below
        assert (excess * sign).min() == 0


def test_without_a_kernel_all_of_them_stand_on_a_sheet(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png")
    assert result.out == "photo-kernels.png\n"
    assert min(Image.open("photo-kernels.png").size) > 600


def test_grey_is_the_weighted_sum_of_the_channels(cli: Cli, photo: np.ndarray) -> None:
    assert (
        cli("convolve", "photo.png", "-k", "identity", "--grey", "--raw", "-o", "g.npy").code == 0
    )
    expected = photo @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(np.load("g.npy"), expected, atol=0.51)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        (["--padding", "valid"], (19, 32, 3)),
        (["--stride", "2"], (11, 17, 3)),
        (["--dilation", "3", "--padding", "valid"], (15, 28, 3)),
        (["--transpose", "--stride", "2"], (42, 68, 3)),
        (["--sum"], (21, 34)),
    ],
)
def test_sizes_are_those_of_keras(
    cli: Cli, photo: np.ndarray, options: list[str], shape: tuple[int, ...]
) -> None:
    assert cli("convolve", "photo.png", "-k", "outline", *options, "--raw", "-o", "o.npy").code == 0
    assert np.load("o.npy").shape == shape


def test_bias_and_activation_come_after_the_sum(cli: Cli, photo: np.ndarray) -> None:
    command = ["convolve", "photo.png", "-k", "sobel-left", "--bias=-50", "-a", "relu"]
    assert cli(*command, "--raw", "-o", "o.npy").code == 0
    sums = by_scipy(photo, [[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    np.testing.assert_array_equal(np.load("o.npy"), np.maximum(sums - 50, 0))


def test_sixteen_bits_and_the_sample_are_read(cli: Cli) -> None:
    assert cli("convolve", "sample:mri", "-k", "identity", "--raw", "-o", "m.npy").code == 0
    assert np.load("m.npy").max() > 255


def test_several_images_go_into_a_folder(cli: Cli, photo: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    Image.fromarray(photo).save("other/photo.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    command = ["convolve", "photo.png", "broken.png", "other/photo.png", "-k", "blur"]
    result = cli(*command, "-o", "out")
    assert result.code == 1
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "photo-blur-2.png",
        "photo-blur.png",
    ]
    assert "broken.png" in result.err
    assert "1 of 3 images could not be done" in result.err


def test_at_prints_the_arithmetic(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png", "-k", "sobel-left", "--sum", "--at", "0,5", "--bias", "2")
    assert result.code == 0
    for word in ("red", "green", "blue", "products", "·", "over the channels: ", "with the bias: "):
        assert word in result.out
    assert not list(Path().glob("*sobel*"))


def test_every_line_of_the_arithmetic_is_true(cli: Cli, photo: np.ndarray) -> None:
    command = ["convolve", "photo.png", "-k", "sobel", "--sum", "--at", "0,5", "--bias=-2"]
    lines = cli(*command, "-a", "relu:max_value=70").out.splitlines()
    sums = [line.rpartition("  ") for line in lines if "channels:" in line or "bias:" in line]
    assert len(sums) == 3
    for label, _, value in sums:
        assert eval(label.rpartition(":")[2]) == pytest.approx(float(value), rel=1e-6)
    products = [float(line.split()[-1]) for line in lines if "sum of the products" in line]
    first, second = (float(value) for label, _, value in sums if "channels:" in label)
    assert (sum(products[::2]), sum(products[1::2])) == (first, second)
    (magnitude,) = (float(line.split()[-1]) for line in lines if "magnitude" in line)
    assert magnitude == pytest.approx(np.hypot(first, second), rel=1e-6)
    assert ["output", "70"] in [line.split() for line in lines]


def test_at_gives_the_numbers_as_json(cli: Cli, photo: np.ndarray) -> None:
    options = ["--bias", "2", "-a", "tanh"]
    result = cli("convolve", "photo.png", "-k", "sobel", "--at", "3,5", "--json", *options)
    document = json.loads(result.out)
    cli("convolve", "photo.png", "-k", "sobel", "--raw", "-o", "v.npy", *options)
    outputs = [channel["output"] for channel in document["channels"]]
    np.testing.assert_allclose(outputs, np.load("v.npy")[3, 5], rtol=1e-6)
    green = document["channels"][1]
    assert green["channel"] == "green"
    np.testing.assert_array_equal(green["pixels"][0], photo[2:5, 4:7, 1])


def test_the_animation_ends_with_the_whole_feature_map(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png", "-k", "laplacian", "--animate", "slide.gif")
    assert result.code == 0
    with Image.open("slide.gif") as picture:
        assert picture.n_frames == 64
        assert picture.info["loop"] == 0
        times = []
        for step in range(picture.n_frames):
            picture.seek(step)
            times.append(picture.info["duration"])
    assert min(times[:3]) >= 1500 > max(times[3:-1])  # time to read the first sums


def test_an_animation_has_the_true_neighbours_of_what_it_shows(cli: Cli, photo: np.ndarray) -> None:
    # With "valid" no window reaches out of the image, and the output begins one pixel later.
    for padding, at, name in (("same", "10,15", "a.gif"), ("valid", "9,14", "b.gif")):
        options = ["--padding", padding, "--animate", name, "--at", at]
        assert cli("convolve", "photo.png", "-k", "outline", *options).code == 0
    assert Path("a.gif").read_bytes() == Path("b.gif").read_bytes()


@pytest.mark.parametrize("kernel", ["sobel-left", "sobel", "blur"])
def test_an_animation_shows_where_the_response_varies_most(cli: Cli, kernel: str) -> None:
    # An even picture, but for one bright square off its middle: edges of both signs, and none
    # at the rim, where zeros are padded.
    pixels = np.full((60, 60), 200, np.uint8)
    pixels[41:45, 11:15] = 255
    Image.fromarray(pixels).save("square.png")
    result = cli("convolve", "square.png", "-k", kernel, "--animate", "a.gif")
    rows, columns = re.search(r"rows (\d+) to \d+, columns (\d+) to", result.err).groups()
    assert 36 <= int(rows) <= 42 and 6 <= int(columns) <= 12
    assert "where the response varies most" in result.err


def test_the_progress_of_an_animation_is_gone_before_it_is_told_of() -> None:
    with terminal(80, "stderr") as screen:
        assert main(["convolve", "sample:digits/3", "-k", "blur", "--animate", "a.gif"]) == 0
    said, _, rest = screen.shown.partition("Wrote a.gif")
    assert said.startswith("Drawing the animation ...") and said.endswith("\r\x1b[K") and rest


def test_a_small_image_is_animated_whole(cli: Cli) -> None:
    result = cli("convolve", "sample:digits/3", "-k", "blur", "--animate", "a.gif")
    assert "rows 0 to 7, columns 0 to 7. Move" in result.err


@pytest.mark.parametrize(
    "options",
    [["-k", "sobel", "--padding", "valid", "--stride", "3"], ["-k", "1 2", "--dilation", "4"]],
)
def test_any_small_kernel_can_be_animated(cli: Cli, options: list[str]) -> None:
    for image in ("sample:digits/3", "sample:mri"):
        result = cli("convolve", image, *options, "--animate", "slide.gif", "--force")
        assert result.code == 0, result.err


def test_a_single_row_of_pixels_can_be_seen_on_a_sheet(cli: Cli) -> None:
    Image.fromarray(np.zeros((1, 300), np.uint8)).save("row.png")
    assert cli("convolve", "row.png", "-k", "identity", "-k", "blur", "-o", "sheet.png").code == 0
    sheet = np.asarray(Image.open("sheet.png").convert("L"))
    black = (sheet[:, 20:310] == 0).all(axis=1)
    assert black.sum() >= 2 * 20


def test_weights_beyond_all_measure_raise_no_warning(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png", "-k", "1e308 1e308", "-o", "out.png")
    assert result.code == 0 and "Warning" not in result.err


def test_a_1_by_1_image_can_be_looked_at(cli: Cli) -> None:
    Image.fromarray(np.full((1, 1), 7, np.uint8)).save("dot.png")
    for options in (["--at", "0,0"], ["--animate", "a.gif"], ["--html", "a.html"], ["-o", "a.png"]):
        assert cli("convolve", "dot.png", "-k", "gaussian", *options).code == 0
    assert cli("convolve", "dot.png").code == 0


def test_standard_input_and_output_are_dashes(photo: np.ndarray) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cnncli", "convolve", "-", "-k", "identity", "-o", "-"],
        input=Path("photo.png").read_bytes(),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(done.stdout))), photo)


def test_nothing_heavy_is_imported_for_a_picture(photo: np.ndarray) -> None:
    code = (
        "import sys; from cnncli.cli import main; "
        "main(['convolve', 'photo.png', '-k', 'sobel', '-o', 'o.png', '-q']); "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == ""
    assert Path("o.png").exists()


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["missing.png", "-k", "sobel"], 1, "missing.png: no such file"),
        (["."], 1, "a folder, not an image"),
        (["text.png", "-k", "sobel"], 1, "not an image"),
        (["photo.png", "-k", "sobbel"], 2, 'Did you mean "sobel"?'),
        (["photo.png", "-k", "sobel", "--stride", "0"], 2, "--stride"),
        (["photo.png", "-k", "sobel", "--bias", "nan"], 2, "--bias"),
        (["photo.png", "-k", "sobel", "-a", "softmax"], 2, "softmax"),
        (["photo.png", "-k", "sobel", "-a", "rellu"], 2, "rellu"),
        (["photo.png", "-k", "sobel", "-o", "out.xyz"], 2, "not .xyz"),
        (["photo.png", "-k", "sobel", "-o", "out.npy"], 2, "Add --raw"),
        (["photo.png", "-k", "sobel", "--raw", "-o", "out.png"], 2, "Without --raw"),
        (["photo.png", "-k", "sobel", "--raw", "-o", "out.csv"], 2, "--grey or --sum"),
        (["photo.png", "--raw"], 2, "--raw needs a kernel"),
        (["photo.png", "-k", "sobel", "-o", "photo.png"], 2, "--force"),
        (["photo.png", "-k", "sobel", "-o", "nowhere/out.png"], 1, "does not exist"),
        (["photo.png", "-k", "sobel", "-o", "/dev/full"], 1, "No space left"),
        (["photo.png", "photo.png", "-k", "sobel", "-o", "out.png"], 2, "Name a folder"),
        (["photo.png", "-k", "gaussian:size=99", "--padding", "valid"], 1, "that spans 99 rows"),
        (["photo.png", "-k", "sobel", "--transpose", "--padding", "edge"], 2, "no padding edge"),
        (["photo.png", "-k", "sobel", "--at", "21,0"], 2, "which is 21 x 34"),
        (["photo.png", "-k", "sobel", "--at", "1"], 2, "--at is ROW,COLUMN"),
        (["photo.png", "-k", "sobel", "--at", "-1,2"], 2, "--at is ROW,COLUMN"),
        (["photo.png", "-k", "sobel", "--at", "1,1", "-o", "-"], 2, "-o - and --at both want"),
        (["photo.png", "-k", "sobel", "--html", "-", "--animate", "-"], 2, "both want standard"),
        (["photo.png", "-k", "blur", "--dilation", "9", "--animate", "a.gif"], 2, "span 19"),
        (["sample:mri", "-k", "blur", "--stride", "20", "--animate", "a.gif"], 2, "span 143"),
        (["photo.png", "--at", "1,1"], 2, "one kernel"),
        (["photo.png", "-k", "sobel", "--json"], 2, "--json does nothing without --at"),
        (["photo.png", "-k", "sobel", "--animate", "a.png"], 2, "does not end in .gif"),
        (["photo.png", "-k", "gaussian:size=31", "--animate", "a.gif"], 2, "up to 9 x 9"),
        (["photo.png", "-k", "sobel", "--html", "a.txt"], 2, "does not end in .html"),
        (["photo.png", "-k", "sobel", "-a", "gelu", "--html", "a.html"], 2, "not gelu"),
    ],
)
def test_each_fault_is_one_clear_message(
    cli: Cli, photo: np.ndarray, argv: list[str], code: int, message: str
) -> None:
    Path("text.png").write_text("no picture\n", encoding="ascii")
    result = cli("convolve", *argv)
    assert result.code == code, result.err
    assert message in result.err
    assert "Traceback" not in result.err
    assert result.out == ""


def test_kernels_are_listed_with_what_each_is_for(cli: Cli) -> None:
    result = cli("kernels")
    assert result.code == 0
    lines = result.out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(KERNELS)
    assert "gaussian  " in result.out and "size, sigma" in result.out
    assert "cnncli kernels NAME" in result.err
    with terminal(80) as screen:
        assert main(["kernels", "-q"]) == 0
    assert all(name in screen.shown for name in KERNELS)
    assert all(len(line) <= 80 for line in screen.shown.splitlines())


def test_kernels_are_shown_with_their_matrices(cli: Cli) -> None:
    shown = cli("kernels", "--matrices").out
    assert "sharpen: " in shown and "    -1   5  -1" in shown
    assert cli("kernels", "blur").out.splitlines()[1:] == ["    1/9  1/9  1/9"] * 3
    assert "0.5  0.25" in cli("kernels", "0.5 0.25").out


def test_the_arithmetic_says_what_values_uncommon_pixels_have(cli: Cli, photo: np.ndarray) -> None:
    options = ["-k", "blur", "--at", "10,12"]
    assert "sample:mri (16-bit: 0 to 65,535), blur:" in cli("convolve", "sample:mri", *options).out
    assert "photo.png, blur:" in cli("convolve", "photo.png", *options).out


def test_how_pictures_are_shown_is_said_once(cli: Cli, photo: np.ndarray) -> None:
    images = ["photo.png", "sample:mri", "sample:china"]
    result = cli("convolve", *images, "-k", "sobel", "-o", "edges")
    assert result.err.count("Shown: ") == 1 and "a scale of its own" in result.err
    result = cli("convolve", "photo.png", "sample:china", "-k", "identity", "-o", "same")
    assert result.err == "Shown: black 0, white 255. The values themselves: --raw\n"


def test_a_stride_that_leaves_hardly_a_picture_is_told_of(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png", "-k", "blur", "--stride", "200", "-o", "o.png")
    assert "photo.png: 21 x 34 pixels become 1 x 1 with --stride 200." in result.err


def test_kernels_are_given_as_json(cli: Cli) -> None:
    (document,) = json.loads(cli("kernels", "gaussian:size=3,sigma=1", "--json").out)
    assert document["name"] == "gaussian:size=3,sigma=1"
    assert document["sum"] == pytest.approx(1)
    assert np.shape(document["matrices"]) == (1, 3, 3)


def test_an_output_of_9_by_9_is_animated_whole(cli: Cli) -> None:
    Image.fromarray(np.arange(81, dtype=np.uint8).reshape(9, 9)).save("nine.png")
    result = cli("convolve", "nine.png", "-k", "outline", "--animate", "nine.gif")
    assert "rows 0 to 8, columns 0 to 8" in result.err
    with Image.open("nine.gif") as picture:
        assert picture.n_frames == 81
        drawn = {colour for _, colour in picture.convert("RGB").getcolors(100_000)}
    blue, orange = ((0, 114, 178), (213, 94, 0))
    for ink in (blue, orange):  # weights of both signs
        assert min(sum(abs(a - b) for a, b in zip(ink, c, strict=True)) for c in drawn) < 60


def test_a_kernel_of_one_row_that_may_be_a_square_is_told_of(cli: Cli, photo: np.ndarray) -> None:
    result = cli("convolve", "photo.png", "-k", "0 -1 0 -1 5 -1 0 -1 0", "-o", "a.png")
    assert result.code == 0
    assert "is one row. As a square: --kernel '0 -1 0; -1 5 -1; 0 -1 0'" in result.err
    for plain in ("1 2 1", "1 0; 0 1", "[[1, 2, 3, 4]]"):
        result = cli("convolve", "photo.png", "-k", plain, "-o", "b.png", "--force")
        assert result.code == 0
        assert "one row" not in result.err


def test_a_kernel_may_stand_in_brackets(cli: Cli, photo: np.ndarray) -> None:
    for name, text in (("a", "[[1,0],[0, -1/2]]"), ("b", "1 0; 0 -.5")):
        argv = ("convolve", "photo.png", "-k", text, "--raw", "-o", f"{name}.npy")
        assert cli(*argv).code == 0
    np.testing.assert_array_equal(np.load("a.npy"), np.load("b.npy"))
    result = cli("convolve", "photo.png", "-k", "[[1,0],[0,1]")
    assert result.code == 2
    assert "its brackets do not match" in result.err


MATRIX, EDGES = "0 0 9 9; 0 0 9 9; 1 2 3 4", "-1 0 1; -2 0 2; -1 0 1"


def test_a_small_matrix_is_printed_with_what_comes_of_it(cli: Cli, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("convolve", MATRIX, "-k", EDGES, "--padding", "valid")
    assert (result.code, result.err) == (0, "")
    (*_, first, second, third) = result.out.splitlines()
    values = ndimage.correlate(numbers(MATRIX), numbers(EDGES))[1:-1, 1:-1]
    assert (first, third) == ("  0  0  9  9", "  1  2  3  4")
    assert second.split("→")[1].split() == [f"{value:g}" for value in values[0]]
    assert not list(tmp_path.iterdir())


def test_a_matrix_of_a_file_is_taken_as_pool_takes_it(cli: Cli, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.csv").write_text(MATRIX.replace("; ", "\n").replace(" ", ","))
    assert cli("convolve", "m.csv", "-k", EDGES, "--raw", "-o", "o.npy").code == 0
    wanted = ndimage.correlate(numbers(MATRIX), numbers(EDGES), mode="constant")
    assert (np.load("o.npy").squeeze() == wanted).all()
    drawn = cli("convolve", MATRIX)
    assert (drawn.code, drawn.out) == (0, "matrix-kernels.png\n")
    assert "sum of the products" in cli("convolve", MATRIX, "-k", EDGES, "--at", "0,0").out


def test_one_number_alone_names_a_file_and_so_does_what_is_there(
    cli: Cli, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (("convolve", "17", "-k", "identity"), ("pool", "17")):
        result = cli(*command)
        assert (result.code, "17: no such file" in result.err) == (1, True), result.err
    (tmp_path / "1 2").write_bytes(b"no picture")
    assert "1 2" in cli("convolve", "1 2", "-k", "identity").err


def numbers(text: str) -> np.ndarray:
    return np.array([row.split() for row in text.split("; ")], float)
