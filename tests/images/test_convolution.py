"""Convolution against SciPy and Keras, over images of all types and awkward sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage, signal

from cnncli.errors import DataError, UsageError
from cnncli.images.convolution import arithmetic, convolve
from cnncli.images.kernels import KERNELS, Kernel, make, own
from cnncli.images.sliding import Sliding

SCIPY_MODES = {"same": "constant", "reflect": "mirror", "edge": "nearest"}
DTYPES = (np.uint8, np.uint16, np.float32)

shapes = st.tuples(st.integers(1, 17), st.integers(1, 17), st.sampled_from([1, 3]))


@st.composite
def images(draw: st.DrawFn) -> np.ndarray:
    """Greyscale and colour images of 8 and 16 bits and floats, 1 x 1 and 1 x N among them."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    numbers = st.floats(-1000, 1000, width=32)
    elements = numbers if dtype.kind == "f" else st.integers(0, np.iinfo(dtype).max)
    return draw(arrays.arrays(dtype, draw(shapes), elements=elements))


@st.composite
def kernels(draw: st.DrawFn) -> Kernel:
    """A named kernel, or one's own of any shape."""
    if draw(st.booleans()):
        return make(draw(st.sampled_from(list(KERNELS))))
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    weights = arrays.arrays(np.float64, shape, elements=st.integers(-9, 9).map(float))
    return own(draw(weights), "drawn")


def tolerance(pixels: np.ndarray, kernel: Kernel, share: float = 1e-6, channels: int = 1) -> float:
    """A share of largest weight x largest pixel x number of taps."""
    largest = max(float(np.abs(matrix).max()) for matrix in kernel.matrices)
    taps = kernel.matrices[0].size * channels
    return share * largest * float(np.abs(pixels).max()) * taps + 1e-30


def magnitude(responses: list[np.ndarray]) -> np.ndarray:
    return responses[0] if len(responses) == 1 else np.sqrt(sum(r**2 for r in responses))


def by_ndimage(plane: np.ndarray, matrix: np.ndarray, mode: str) -> np.ndarray:
    # SciPy puts the middle of an even side one further than Keras does.
    origin = [-1 if side % 2 == 0 else 0 for side in matrix.shape]
    return ndimage.correlate(plane.astype(np.float64), matrix, mode=mode, origin=origin)


def spread(matrix: np.ndarray, dilation: int) -> np.ndarray:
    reach = [(side - 1) * dilation + 1 for side in matrix.shape]
    wide = np.zeros(reach)
    wide[::dilation, ::dilation] = matrix
    return wide


def padded(plane: np.ndarray, matrix: np.ndarray, stride: int, padding: str) -> np.ndarray:
    """As much as TensorFlow's "same" adds, written down from its documentation."""
    pads = []
    for size, reach in zip(plane.shape, matrix.shape, strict=True):
        total = max(reach - stride, 0) if size % stride == 0 else max(reach - size % stride, 0)
        pads.append((total // 2, total - total // 2))
    mode = {"same": "constant"}.get(padding, padding)
    return np.pad(plane.astype(np.float64), pads, mode=mode)


def some_images() -> list[np.ndarray]:
    """Grey, colour and 16 bits, odd and even sides, single pixels, rows and columns."""
    random = np.random.default_rng(1)
    return [
        random.integers(0, 256, (9, 12, 1)).astype(np.uint8),
        random.integers(0, 256, (8, 7, 3)).astype(np.uint8),
        random.integers(0, 65536, (11, 10, 3)).astype(np.uint16),
        random.normal(size=(13, 5, 1)).astype(np.float32),
        *(np.full((1, 1, channels), 200, np.uint8) for channels in (1, 3)),
        random.integers(0, 256, (1, 15, 3)).astype(np.uint8),
        random.integers(0, 65536, (14, 1, 1)).astype(np.uint16),
    ]


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_is_that_of_scipy_on_every_kind_of_image(name: str) -> None:
    kernel = make(name)
    for pixels in some_images():
        for padding, mode in SCIPY_MODES.items():
            response = convolve(pixels, kernel, Sliding(padding=padding))
            planes = [
                magnitude([by_ndimage(pixels[:, :, c], m, mode) for m in kernel.matrices])
                for c in range(pixels.shape[2])
            ]
            np.testing.assert_allclose(
                response, np.stack(planes, axis=2), rtol=0, atol=tolerance(pixels, kernel)
            )


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_is_that_of_keras_on_every_kind_of_image(name: str) -> None:
    kernel = make(name)
    for pixels in some_images():
        for stride, dilation in ((1, 1), (2, 1), (1, 2)):
            sliding = Sliding(stride=stride, dilation=dilation, sum_channels=True)
            response = convolve(pixels, kernel, sliding)
            expected = by_keras(pixels, kernel, "same", stride, dilation)
            atol = tolerance(pixels, kernel, 1e-5, pixels.shape[2])
            np.testing.assert_allclose(response, expected, rtol=0, atol=atol)


def by_keras(
    pixels: np.ndarray,
    kernel: Kernel,
    padding: str,
    stride: int,
    dilation: int,
    transpose: bool = False,
) -> np.ndarray:
    """Return what a Conv2D or Conv2DTranspose with these weights computes in float32."""
    from cnncli.network.backend import load_keras

    keras = load_keras()
    make_layer = keras.layers.Conv2DTranspose if transpose else keras.layers.Conv2D
    matrices = np.stack(kernel.matrices, axis=-1)[:, :, None, :]
    weights = np.repeat(matrices, pixels.shape[2], axis=2)
    layer = make_layer(
        len(kernel.matrices),
        matrices.shape[:2],
        strides=stride,
        dilation_rate=dilation,
        padding=padding,
        use_bias=False,
    )
    layer.build((None, *pixels.shape))
    layer.set_weights([weights.transpose(0, 1, 3, 2) if transpose else weights])
    maps = keras.ops.convert_to_numpy(layer(pixels[None].astype(np.float32)))[0]
    return magnitude(list(np.moveaxis(maps.astype(np.float64), 2, 0)))[:, :, None]


@settings(max_examples=80)
@given(
    images(),
    kernels(),
    st.sampled_from([(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]),
    st.sampled_from(["same", "valid"]),
    st.booleans(),
)
def test_values_are_those_of_keras(
    pixels: np.ndarray,
    kernel: Kernel,
    stride_and_dilation: tuple[int, int],
    padding: str,
    transpose: bool,
) -> None:
    stride, dilation = stride_and_dilation
    reach = [(side - 1) * dilation + 1 for side in kernel.matrices[0].shape]
    if padding == "valid" and not transpose:
        assume(reach[0] <= pixels.shape[0] and reach[1] <= pixels.shape[1])
    sliding = Sliding(
        padding=padding, stride=stride, dilation=dilation, transpose=transpose, sum_channels=True
    )
    response = convolve(pixels, kernel, sliding)
    expected = by_keras(pixels, kernel, padding, stride, dilation, transpose)
    assert response.shape == expected.shape
    atol = tolerance(pixels, kernel, 1e-5, pixels.shape[2])
    np.testing.assert_allclose(response, expected, rtol=0, atol=atol)


@settings(max_examples=80)
@given(images(), kernels(), st.sampled_from(list(SCIPY_MODES)))
def test_values_are_those_of_scipy(pixels: np.ndarray, kernel: Kernel, padding: str) -> None:
    response = convolve(pixels, kernel, Sliding(padding=padding))
    assert response.dtype == np.float32 and response.shape == pixels.shape
    for channel in range(pixels.shape[2]):
        plane = pixels[:, :, channel]
        expected = magnitude(
            [by_ndimage(plane, matrix, SCIPY_MODES[padding]) for matrix in kernel.matrices]
        )
        np.testing.assert_allclose(
            response[:, :, channel], expected, rtol=0, atol=tolerance(pixels, kernel)
        )


@settings(max_examples=80)
@given(
    images(),
    kernels(),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["same", "valid", "reflect", "edge"]),
    st.booleans(),
)
def test_strides_and_dilations_are_those_of_a_dense_correlation(
    pixels: np.ndarray, kernel: Kernel, stride: int, dilation: int, padding: str, flip: bool
) -> None:
    wide = [spread(matrix, dilation) for matrix in kernel.matrices]
    if flip:
        wide = [matrix[::-1, ::-1] for matrix in wide]
    sliding = Sliding(padding=padding, stride=stride, dilation=dilation, flip=flip)
    if padding == "valid" and any(
        reach > size for reach, size in zip(wide[0].shape, pixels.shape, strict=False)
    ):
        with pytest.raises(DataError, match="a window that spans"):
            convolve(pixels, kernel, sliding)
        return
    response = convolve(pixels, kernel, sliding)
    for channel in range(pixels.shape[2]):
        plane = pixels[:, :, channel].astype(np.float64)
        if padding != "valid":
            plane = padded(plane, wide[0], stride, padding)
        full = [signal.correlate2d(plane, matrix, mode="valid") for matrix in wide]
        expected = magnitude(full)[::stride, ::stride]
        np.testing.assert_allclose(
            response[:, :, channel], expected, rtol=0, atol=tolerance(pixels, kernel)
        )


@settings(max_examples=40)
@given(images(), kernels(), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_the_arithmetic_of_a_pixel_is_what_convolve_computes(
    pixels: np.ndarray, kernel: Kernel, stride: int, dilation: int, summed: bool
) -> None:
    for padding, transpose in (
        ("same", False),
        ("reflect", False),
        ("edge", False),
        ("same", True),
    ):
        sliding = Sliding(
            padding=padding,
            stride=stride,
            dilation=dilation,
            transpose=transpose,
            bias=-2.5,
            sum_channels=summed,
            activation=lambda values: np.maximum(values, 0),
        )
        response = convolve(pixels, kernel, sliding)
        for row in {0, response.shape[0] // 2, response.shape[0] - 1}:
            for column in {0, response.shape[1] // 2, response.shape[1] - 1}:
                worked = arithmetic(pixels, kernel, sliding, row, column)
                outputs = [each.output for each in worked]
                np.testing.assert_allclose(
                    response[row, column],
                    outputs,
                    rtol=1e-6,
                    atol=tolerance(pixels, kernel, 1e-6, 3),
                )


@pytest.mark.parametrize(
    ("stride", "dilation", "transpose"),
    [
        *((1, 1, False), (2, 1, False), (3, 1, False), (1, 2, False), (1, 3, False)),
        *((1, 1, True), (2, 1, True), (3, 1, True), (1, 2, True), (1, 3, True)),
    ],
)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("size", [(3, 3), (2, 4), (5, 3)])
def test_values_are_those_of_a_keras_layer(
    stride: int, dilation: int, transpose: bool, padding: str, size: tuple[int, int]
) -> None:
    from cnncli.network.backend import load_keras

    keras = load_keras()
    random = np.random.default_rng(stride + 10 * dilation)
    pixels = random.integers(0, 65536, (13, 16, 3)).astype(np.uint16)
    matrix = random.normal(size=size)
    make_layer = keras.layers.Conv2DTranspose if transpose else keras.layers.Conv2D
    layer = make_layer(
        1, size, strides=stride, dilation_rate=dilation, padding=padding, activation="relu"
    )
    layer.build((None, 13, 16, 3))
    weights = np.repeat(matrix[:, :, None, None], 3, axis=2)
    layer.set_weights([weights.transpose(0, 1, 3, 2) if transpose else weights, np.array([7.0])])
    expected = keras.ops.convert_to_numpy(layer(pixels[None].astype(np.float32)))[0]
    sliding = Sliding(
        padding=padding,
        stride=stride,
        dilation=dilation,
        transpose=transpose,
        bias=7.0,
        sum_channels=True,
        activation=lambda values: np.maximum(values, 0),
    )
    kernel = own(matrix, "random")
    response = convolve(pixels, kernel, sliding)
    assert response.shape == expected.shape
    np.testing.assert_allclose(response, expected, rtol=0, atol=tolerance(pixels, kernel, 1e-5, 3))


@pytest.mark.parametrize(("stride", "dilation"), [(1, 2), (1, 5), (2, 1), (3, 2), (1, 20), (7, 1)])
@pytest.mark.parametrize("size", [5, 13, 23])
def test_large_kernels_with_strides_and_dilations(stride: int, dilation: int, size: int) -> None:
    random = np.random.default_rng(size)
    pixels = random.integers(0, 256, (640, 505, 1)).astype(np.uint8)
    kernel = own(random.normal(size=(size, size - 2)), "drawn")
    wide = spread(kernel.matrices[0], dilation)
    plane = padded(pixels[:, :, 0], wide, stride, "same")
    expected = signal.fftconvolve(plane, wide[::-1, ::-1], mode="valid")[::stride, ::stride]
    response = convolve(pixels, kernel, Sliding(stride=stride, dilation=dilation))[:, :, 0]
    np.testing.assert_allclose(response, expected, rtol=0, atol=tolerance(pixels, kernel))


@pytest.mark.parametrize("height", [1, 31, 500, 1201])
def test_strips_leave_no_seams(height: int) -> None:
    pixels = np.random.default_rng(height).integers(0, 256, (height, 700, 1)).astype(np.uint8)
    for name in ("sobel", "gaussian:15"):
        kernel = make("gaussian", {"size": 15}) if ":" in name else make(name)
        expected = magnitude([by_ndimage(pixels[:, :, 0], m, "mirror") for m in kernel.matrices])
        response = convolve(pixels, kernel, Sliding(padding="reflect"))[:, :, 0]
        np.testing.assert_allclose(response, expected, rtol=0, atol=tolerance(pixels, kernel))


def test_a_pixel_that_is_no_number_spoils_its_neighbourhood_only() -> None:
    pixels = np.ones((60, 60, 1), np.float32)
    pixels[30, 30] = np.nan
    response = convolve(pixels, make("blur", {"size": 21}), Sliding())
    assert int(np.isnan(response).sum()) == 21 * 21


def test_a_transpose_has_no_reflected_padding() -> None:
    with pytest.raises(UsageError, match="--transpose has no padding reflect"):
        convolve(np.ones((3, 3, 1)), make("blur"), Sliding(padding="reflect", transpose=True))
