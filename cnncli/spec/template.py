"""What `cnncli new` writes."""

from __future__ import annotations

import re

from cnncli.spec.names import base_name
from cnncli.spec.outside import APPLICATIONS
from cnncli.spec.yaml_text import scalar

_TEMPLATE = """\
# A convolutional neural network. Look at it with: cnncli summary {file}
# Check it while you write: cnncli validate {file}. Editors complete it: cnncli schema --help

name: {name}
description: A small network for colour images

params:                          # what you can set from the command line: -p classes=5
  input_shape: [128, 128, 3]     # height, width, channels (1 for greyscale, 3 for colour)
  classes: 2

input: $input_shape              # $name stands for a parameter
preprocess: standardize          # each image to mean 0 and variance 1; or rescale (0..1), or none

layers:
  # A layer is a class of Keras with its arguments; each takes the result of the one before.
  - Conv2D: {{filters: 16, kernel_size: 3, padding: same, activation: relu}}
  - MaxPooling2D                 # half the height and width
  - Conv2D: {{filters: 32, kernel_size: 3, padding: same, activation: relu}}
  - MaxPooling2D
  - Conv2D: {{filters: 64, kernel_size: 3, padding: same, activation: relu}}
  - GlobalAveragePooling2D       # one number for each of the 64 feature maps
  - Dropout: {{rate: 0.3}}         # against learning the images by heart
  - Dense: {{units: $classes, activation: softmax}}   # a probability for each class

training:                        # what `cnncli train` does; its options beat these values
  optimizer: {{Adam: {{learning_rate: 0.001}}}}
  epochs: 20
  batch_size: 32
  callbacks:
    - EarlyStopping: {{monitor: val_loss, patience: 5}}
"""
_WITH_HEAD = """\
name: {name}
description: {network}, trained on ImageNet, with a head of its own
params:
  input_shape: [{size}, {size}, 3]
  dropout_rate: 0.2
input: $input_shape              # pixels of 0..255: what prepares them is within the network
layers:
  - applications.{network}:
      {{weights: imagenet, include_top: false, pooling: avg, trainable: false}}
  - Dropout: {{rate: $dropout_rate}}
  - Dense: {{units: 1, activation: sigmoid}}
"""
# The sizes that networks of keras.applications were trained at, where it is not 224.
_SIZES = {
    "EfficientNetB1": 240,
    "EfficientNetB2": 260,
    "EfficientNetB3": 300,
    "EfficientNetB4": 380,
    "EfficientNetB5": 456,
    "EfficientNetB6": 528,
    "EfficientNetB7": 600,
    "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260,
    "EfficientNetV2B3": 300,
    "EfficientNetV2L": 480,
    "EfficientNetV2M": 480,
    "EfficientNetV2S": 384,
    "InceptionResNetV2": 299,
    "InceptionV3": 299,
    "NASNetLarge": 331,
    "Xception": 299,
}
_NAME = re.compile(r"^name:.*$", re.MULTILINE)


def begin(name: str, file: str) -> str:
    """Return a first spec called `name`, for `file`, with a comment on everything in it."""
    return _TEMPLATE.format(name=scalar(name), file=file)


def copy_of(text: str, name: str) -> str:
    """Return the text of a spec under another name, its comments kept."""
    line = f"name: {scalar(name)}"
    if _NAME.search(text):
        return _NAME.sub(lambda _: line, text, count=1)
    return f"{line}\n{text}"


def with_head(network: str) -> str:
    """Return the text of a spec: a network of `keras.applications`, frozen, and a new head."""
    return _WITH_HEAD.format(
        name=base_name(f"{APPLICATIONS}{network}"), network=network, size=size(network)
    )


def size(network: str) -> int:
    """Return the height and width of images that a network of `keras.applications` is made for."""
    return _SIZES.get(network, 224)
