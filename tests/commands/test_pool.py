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
