"""Kernels: the table, and reading them from the command line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import CnncliError, DataError, UsageError
from cnncli.images.kernel_text import parse
from cnncli.images.kernels import KERNELS, make


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_says_what_it_is_for_and_keeps_or_loses_brightness(name: str) -> None:
    kernel = make(name)
    assert kernel.purpose
    assert kernel.total == pytest.approx(0, abs=1e-12) or kernel.total == pytest.approx(1)
    assert all(np.isfinite(matrix).all() for matrix in kernel.matrices)


@pytest.mark.parametrize("name", [name for name, each in KERNELS.items() if each.arguments])
@pytest.mark.parametrize("size", [3, 7])
def test_size_is_the_side_of_the_kernel(name: str, size: int) -> None:
    assert make(name, {"size": size}).matrices[0].shape == (size, size)


def test_a_gaussian_is_that_of_opencv() -> None:
    line = cv2.getGaussianKernel(7, 1.5)
    matrix = parse("gaussian:size=7,sigma=1.5").matrices[0]
    np.testing.assert_allclose(matrix, line @ line.T, atol=1e-12)


@pytest.mark.parametrize(("name", "dx", "dy"), [("sobel-right", 1, 0), ("sobel-bottom", 0, 1)])
def test_sobel_kernels_are_those_of_opencv(name: str, dx: int, dy: int) -> None:
    down, across = cv2.getDerivKernels(dx, dy, 3)
    np.testing.assert_array_equal(make(name).matrices[0], across @ down.T)


def test_scharr_is_that_of_opencv() -> None:
    down, across = cv2.getDerivKernels(1, 0, cv2.FILTER_SCHARR)
    np.testing.assert_array_equal(make("scharr").matrices[0], across @ down.T)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 180, -60])
def test_motion_blur_keeps_brightness_at_every_angle(angle: float) -> None:
    matrix = make("motion-blur", {"angle": angle}).matrices[0]
    assert matrix.sum() == pytest.approx(1)
    np.testing.assert_allclose(matrix, matrix[::-1, ::-1], atol=1e-12)


def test_a_horizontal_motion_blur_is_one_row() -> None:
    matrix = make("motion-blur").matrices[0]
    np.testing.assert_allclose(matrix[4], 1 / 9)
    assert matrix.sum() == pytest.approx(matrix[4].sum())


@pytest.mark.parametrize(
    "text",
    ["0 -1 0; -1 5 -1; 0 -1 0", "0,-1,0;-1,5,-1;0,-1,0", " 0 -1 0 ;-1 5 -1;0 -1 0; "],
)
def test_a_matrix_is_read_however_it_is_written(text: str) -> None:
    np.testing.assert_array_equal(parse(text).matrices[0], make("sharpen").matrices[0])


def test_fractions_are_numbers() -> None:
    np.testing.assert_allclose(parse("1/9 1/9 1/9;" * 3).matrices[0], make("blur").matrices[0])


def test_kernels_are_read_from_files(tmp_path: Path) -> None:
    matrix = np.array([[1.5, -2], [0, 1e-3], [4, 5]])
    np.save(tmp_path / "k.npy", matrix)
    np.savetxt(tmp_path / "k.csv", matrix, delimiter=",")
    for name in ("k.npy", "k.csv"):
        kernel = parse(str(tmp_path / name))
        np.testing.assert_array_equal(kernel.matrices[0], matrix)
        assert kernel.slug == "k"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sobell", 'there is no kernel "sobell"'),
        ("", 'there is no kernel ""'),
        ("gaussian:radius=3", 'has no argument "radius"'),
        ("sobel:size=3", 'has no argument "size"'),
        ("gaussian:size=4", "odd whole number"),
        ("gaussian:size=3.5", "odd whole number"),
        ("gaussian:size=-3", "odd whole number"),
        ("gaussian:size=99999", "odd whole number"),
        ("gaussian:sigma=0", "above 0"),
        ("gaussian:sigma=nan", "is not an argument"),
        ("gaussian:sigma", "is not an argument"),
        ("1 2; 3", "row 2 has 1 number, row 1 has 2"),
        ("1 2;; 3 4", "row 2 has 0 numbers"),
        ("1 2 3-", '"3-" is not a number'),
        ("1/0", '"1/0" is not a number'),
        ("1e999", "finite"),
    ],
)
def test_what_is_no_kernel_is_said(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("k.npy", b""),
        ("k.npy", b"\x93NUMPY\x01\x00"),
        ("k.npy", b"not an array"),
        ("k.csv", b""),
        ("k.csv", b"\xff\xfe\x00"),
        ("k.csv", b"a,b\nc,d\n"),
        ("k.csv", b"1,2\n3\n"),
    ],
)
def test_files_that_hold_no_kernel_are_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CnncliError):
        parse(str(tmp_path / name))


def test_an_array_of_three_dimensions_is_no_kernel(tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", np.ones((3, 3, 8)))
    with pytest.raises(UsageError, match="not 3 x 3 x 8"):
        parse(str(tmp_path / "k.npy"))


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="no array of numbers"):
        parse(str(tmp_path / "k.npy"))


@given(st.text(alphabet="0123456789 .,;/eE+-gausin:=", max_size=30))
def test_any_text_is_a_kernel_or_an_error(text: str) -> None:
    try:
        kernel = parse(text)
    except CnncliError as error:
        assert error.message
    else:
        assert np.isfinite(kernel.matrices[0]).all()


@given(
    st.lists(st.lists(st.integers(-99, 99), min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from([",", ", ", " , "]),
)
def test_a_matrix_of_json_is_that_matrix(rows: list[list[int]], comma: str) -> None:
    text = "[" + comma.join("[" + comma.join(map(str, row)) + "]" for row in rows) + "]"
    np.testing.assert_array_equal(parse(text).matrices[0], rows)
