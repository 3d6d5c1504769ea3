"""`cnncli pool`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Cli

MATRIX = "1 3 2 4; 5 6 1 2; 7 2 8 1; 0 4 3 9"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_matrix_is_printed_with_its_windows(cli: Cli) -> None:
    assert cli("pool", MATRIX).out.splitlines() == [
        'MaxPooling2D(pool_size=(2, 2), strides=(2, 2), padding="valid"): 4 x 4 becomes 2 x 2',
        "",
        "  1  3 │ 2  4",
        "  5  6 │ 1  2     6  4",
        "  ─────┼─────  →  7  9",
        "  7  2 │ 8  1",
        "  0  4 │ 3  9",
        "",
        "rows 0-1, columns 0-1   max(1, 3, 5, 6) = 6",
        "rows 0-1, columns 2-3   max(2, 4, 1, 2) = 4",
        "rows 2-3, columns 0-1   max(7, 2, 0, 4) = 7",
        "rows 2-3, columns 2-3   max(8, 1, 3, 9) = 9",
    ]


def test_long_numbers_keep_what_stands_before_the_point(cli: Cli) -> None:
    lines = cli("pool", "1.5 -3.5; 0.25 1000000", "--kind", "average").out.splitlines()
    assert lines[-1].endswith("(1.5 - 3.5 + 0.25 + 1000000) / 4 = 999998.2 / 4 = 249999.6")


def test_a_matrix_is_given_as_json(cli: Cli) -> None:
    document = json.loads(cli("pool", MATRIX, "--kind", "average", "--json").out)
    assert document["output"] == [[3.75, 2.25], [3.25, 5.25]]
    assert document["windows"][1] == {
        "row": 0,
        "column": 1,
        "rows": [0, 2],
        "columns": [2, 4],
        "values": [[2, 4], [1, 2]],
        "result": 2.25,
    }


def test_a_matrix_comes_from_a_file_and_goes_into_one(cli: Cli) -> None:
    np.savetxt("m.csv", np.arange(12).reshape(3, 4), delimiter=",")
    assert cli("pool", "m.csv", "--global", "-o", "out.csv").code == 0
    assert np.loadtxt("out.csv") == 11


def test_an_image_is_shown_before_and_after(cli: Cli) -> None:
    result = cli("pool", "sample:china", "--size", "8")
    assert result.out == "china-max-pooled.png\n"
    assert "427 x 640 x 3 becomes 53 x 80 x 3" in result.err
    assert Image.open("china-max-pooled.png").width > 1000


def test_the_values_of_an_image_are_written(cli: Cli) -> None:
    assert cli("pool", "sample:digits/5", "--raw", "-o", "out.npy").code == 0
    assert np.load("out.npy").shape == (4, 4)


def test_the_global_average_is_the_mean(cli: Cli) -> None:
    arguments = ["pool", "sample:mri", "--global", "--kind", "average", "--json"]
    document = json.loads(cli(*arguments).out)
    cli("pool", "sample:mri", "--size", "1", "--raw", "-o", "all.npy")
    assert document["output"][0] == pytest.approx(np.load("all.npy").mean(dtype=np.float64))


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["1 2; 3"], 2, "row 2 has 1 number, row 1 has 2"),
        (["nothing.png"], 1, "no such file"),
        (["nothing.csv"], 1, "no such file"),
        ([MATRIX, "--size", "5"], 1, "a window that spans 5 rows does not fit into 4"),
        ([MATRIX, "--size", "x"], 2, "--size"),
        ([MATRIX, "--stride", "0"], 2, "--stride"),
        ([MATRIX, "-o", "-", "--json"], 2, "both want standard output"),
        (["sample:mri", "-o", "-", "--json"], 2, "both want standard output"),
        ([MATRIX, "-o", "out.png"], 2, "values are written as"),
        (["sample:china", "-o", "out.npy"], 2, "Add --raw"),
    ],
)
def test_each_fault_is_one_clear_message(
    cli: Cli, argv: list[str], code: int, message: str
) -> None:
    result = cli("pool", *argv)
    assert (result.code, result.out) == (code, "")
    assert message in result.err


def test_of_a_large_matrix_the_first_windows_are_shown(cli: Cli) -> None:
    values = np.random.default_rng(1).random((2000, 3000))
    np.save("large.npy", values)
    result = cli("pool", "large.npy")
    assert "2000 x 3000 becomes 1000 x 1500; its first 4 x 4 windows:" in result.out
    assert result.out.count("max(") == 16
    assert "-o pooled.npy" in result.err
    document = json.loads(cli("pool", "large.npy", "--json").out)
    assert document["windows"] is None
    expected = values.reshape(1000, 2, 1500, 2).max(axis=(1, 3))
    np.testing.assert_array_equal(document["output"], expected)
    assert len(cli("pool", "large.npy", "--global").out.splitlines()) == 3


def test_a_matrix_in_a_file_may_hold_fractions_and_blank_lines(cli: Cli) -> None:
    Path("m.csv").write_text("1,1/2\n\n3,4\n")
    assert json.loads(cli("pool", "m.csv", "--json").out)["input"] == [[1, 0.5], [3, 4]]
    Path("plain.csv").write_text("\ufeff1,2\n\n3,4\n", encoding="utf-8")
    assert json.loads(cli("pool", "plain.csv", "--json").out)["input"] == [[1, 2], [3, 4]]


def test_a_crop_shows_small_windows(cli: Cli) -> None:
    """Of a large picture a part as well, in which each window of 2 x 2 can be seen."""
    pixels = np.zeros((600, 600), np.uint8)
    pixels[300:340, 200:240] = np.random.default_rng(2).integers(0, 256, (40, 40))
    Image.fromarray(pixels).save("large.png")
    assert cli("pool", "large.png", "-o", "large-pooled.png").code == 0
    Image.fromarray(pixels[300:340, 200:240]).save("small.png")
    assert cli("pool", "small.png", "-o", "small-pooled.png").code == 0
    large, small = Image.open("large-pooled.png"), Image.open("small-pooled.png")
    assert large.height > 1.8 * small.height
    lower = np.asarray(large)[large.height // 2 :, 16 : 16 + 560, 0]
    inside = np.asarray(small)[16:500, 16 : 16 + 560, 0]
    assert lower.max() == 255 and inside.std() > 20
    assert np.count_nonzero(lower) > 0.5 * lower.size, "the crop is where something is"
