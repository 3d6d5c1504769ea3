"""A network as TensorFlow's SavedModel: a folder, for TensorFlow Serving and its kin."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.exporters.format import Format, no_room
from cnncli.exporters.network import Network
from cnncli.exporters.tflite import function_of
from cnncli.network.backend import load_keras, silent
from cnncli.network.exported import End, Exported

if TYPE_CHECKING:
    import numpy as np

SIGNATURE = "serving_default"
TEXTS, README = "cnncli.json", "README.txt"
_README = """\
{name}: a network that tells images apart, as a SavedModel of TensorFlow.
Written by cnncli {version}.

Input   image          float32, N x {shape}: pixels of 0 to 255
Output  probabilities  float32, N x {units}{classes}

All that prepares the pixels is within, but for decoding and resizing the image.
{texts} holds the same for programs.

    import numpy as np
    import tensorflow as tf

    network = tf.saved_model.load(".").signatures["{signature}"]
    image = np.zeros((1, {sizes}), np.float32)  # your pixels
    print(network(image=image)["probabilities"].numpy())
"""


def write(network: Network, path: Path, quantize: str | None = None) -> None:
    """Write the folder; ModelError where TensorFlow refuses."""
    import tensorflow as tf

    serve, holder = function_of(network.model)
    try:
        with silent():
            tf.saved_model.save(holder, str(path), signatures={SIGNATURE: serve})
    except (ValueError, AssertionError, tf.errors.OpError) as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise no_room(path) from error
        raise ModelError(f"TensorFlow cannot save it: {error}") from error
    (path / README).write_text(_readme(network), encoding="utf-8")
    _write_texts(path, {key: json.loads(text) for key, text in network.texts.items()})


def fill(path: Path, texts: Mapping[str, str]) -> None:
    """Put texts into the rooms that were kept for them."""
    file = path / TEXTS
    content = json.loads(file.read_text(encoding="ascii"))
    filled = {json.loads(before): json.loads(text) for before, text in texts.items()}
    _write_texts(path, {key: filled.get(_hashable(said), said) for key, said in content.items()})


def load(path: Path) -> Exported:
    """Open a folder with TensorFlow."""
    return SavedModel(path)


def _write_texts(path: Path, said: Mapping[str, Any]) -> None:
    (path / TEXTS).write_text(json.dumps(said, indent=2) + "\n", encoding="ascii")


def _hashable(said: Any) -> str | None:
    return said if isinstance(said, str) else None


def _readme(network: Network) -> str:
    named = json.loads(network.texts.get("cnncli.classes", "[]"))
    return _README.format(
        name=network.name,
        version=__version__,
        shape=" x ".join(map(str, network.shape)),
        sizes=", ".join(map(str, network.shape)),
        units=network.units,
        classes=f": {_meaning(network, named)}" if named else "",
        texts=TEXTS,
        signature=SIGNATURE,
    )


def _meaning(network: Network, classes: list[str]) -> str:
    if network.units == len(classes):
        return ", ".join(classes)
    return f"the probability of {json.loads(network.texts['cnncli.positive'])}"


class SavedModel(Exported):
    """A SavedModel, as TensorFlow alone loads it."""

    def __init__(self, path: Path) -> None:
        load_keras()  # TensorFlow, without its chatter
        import tensorflow as tf

        self.runtime = f"TensorFlow {tf.__version__}"
        with silent():
            self._loaded = tf.saved_model.load(str(path))
        self._function = self._loaded.signatures[SIGNATURE]
        given = self._function.structured_input_signature[1]
        returned = self._function.structured_outputs
        super().__init__(
            path,
            [_end(name, spec) for name, spec in given.items()],
            [_end(name, spec) for name, spec in returned.items()],
            {},
        )

    def _run(self, images: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        found: Any = self._function(**{self.inputs[0].name: tf.constant(images)})
        return found[self.outputs[0].name].numpy()


def _end(name: str, spec: Any) -> End:
    return End(name, tuple(spec.shape), spec.dtype.name)


FORMAT = Format(write, load, fill)
