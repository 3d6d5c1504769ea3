"""A network as a `.tflite` file for LiteRT, which runs on phones and small boards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.exporters.format import Format
from cnncli.exporters.network import Network
from cnncli.network.backend import silent
from cnncli.network.exported import Exported
from cnncli.network.litert_file import LiteRtFile

LARGEST = 2_000_000_000  # bytes, as a file of FlatBuffers has offsets of 31 bits


def write(network: Network, path: Path, quantize: str | None = None) -> None:
    """Write the network; ModelError where LiteRT has no operation for a part of it."""
    if network.weight_bytes > LARGEST:
        raise ModelError(
            f"{network.name}: its weights take {network.weight_bytes / 1e9:.3g} GB, "
            f"and a .tflite file holds {LARGEST / 1e9:g} GB"
        )
    with silent():
        path.write_bytes(_with_texts(_converted(network, quantize), network.texts))


def load(path: Path) -> Exported:
    """Open a file with LiteRT."""
    return LiteRtFile(path)


def _converted(network: Network, quantize: str | None) -> bytes:
    import tensorflow as tf

    serve, holder = function_of(network.model)
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [serve.get_concrete_function()], holder
    )
    if quantize is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    elif quantize == "int8":
        images = network.images if network.typical is None else network.typical
        # Its pixels stay float32, as those of any other file of ours.
        converter.representative_dataset = lambda: (
            [image[None].astype("float32")] for image in images
        )
    try:
        return bytes(converter.convert())
    except Exception as error:  # its classes have no common base of their own
        raise ModelError(f"LiteRT cannot run {network.name}: {_reason(error)}") from error


def function_of(model: Any) -> tuple[Any, Any]:
    """Return the function that makes probabilities of images, and what holds its variables.

    A Keras model is none of TensorFlow's modules: without a holder its weights are lost.
    """
    import tensorflow as tf

    holder = tf.Module()
    holder.variables_of_model = [variable.value for variable in model.variables]
    spec = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="image")

    @tf.function(input_signature=[spec], autograph=False)
    def serve(image: Any) -> dict[str, Any]:
        return {"probabilities": tf.cast(model(image, training=False), tf.float32)}

    holder.serve = serve
    return serve, holder


def _reason(error: Exception) -> str:
    """Return which operations are lacking, or the last line of what is said."""
    text = str(error)
    lacking = re.findall(r"'tf\.(\w+)' op is neither a custom op nor a flex op", text)
    if lacking:
        return f"it has no {' and no '.join(dict.fromkeys(lacking))}"
    if "tensor list" in text.lower() or "TensorList" in text:
        return "its layers that go step by step (LSTM, GRU, ConvLSTM) need a batch that is fixed"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _with_texts(content: bytes, texts: Mapping[str, str]) -> bytes:
    """Return the file with texts that travel in it."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    for key, text in texts.items():
        buffer, entry = schema.BufferT(), schema.MetadataT()
        buffer.data = list(text.encode("ascii"))
        entry.name, entry.buffer = key, len(model.buffers)
        model.buffers.append(buffer)
        model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


FORMAT = Format(write, load)
